// The tracker over HTTP: a request's path, query and address to an answer. Refusals have status 200, for clients read the
// reason only then. `ip` in the query is never believed, nor any header: a peer is where its packets come from.

import { addressBytes } from '../core/bytes/compact-address.ts';
import { encodeUtf8 } from '../core/bytes/utf8.ts';
import { ProtocolError } from '../core/errors.ts';
import type { AnnounceRefusal } from '../core/tracker/announce.ts';
import {
  type AnnounceReply,
  encodeAnnounceAnswer,
  encodeRefusal,
  encodeScrapeAnswer,
} from '../core/tracker/http-answer.ts';
import { parseAnnounceQuery, parseScrapeQuery } from '../core/tracker/http-request.ts';
import type { ServerRequest, ServerResponse } from '../host/http-server.ts';
import type { Tracker } from './tracker.ts';

/** Answers `/announce` and `/scrape`; any other path is 404. Calls `respond` once, now or when the store has answered. */
export function handleTrackerRequest(
  tracker: Tracker,
  request: Pick<ServerRequest, 'path' | 'query' | 'remoteHost'> & { readonly localHost?: string },
  now: number,
  respond: (response: ServerResponse) => void,
): void {
  try {
    if (request.path === '/announce') announce(tracker, request, now, respond);
    else if (request.path === '/scrape') scrape(tracker, request, now, respond);
    else respond(NOT_FOUND);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    respond(bencoded(encodeRefusal({ reason: error.message })));
  }
}

function announce(
  tracker: Tracker,
  { query, remoteHost, localHost }: { query: string; remoteHost: string; localHost?: string },
  now: number,
  respond: (response: ServerResponse) => void,
): void {
  const { compact, ...facts } = parseAnnounceQuery(query);
  const ip = socketAddress(remoteHost);
  // Only a connection that is gone already has no address.
  if (ip === undefined) throw new ProtocolError('TRACKER_REQUEST_INVALID', 'Your address cannot be seen.');
  const localIp = localHost === undefined ? undefined : socketAddress(localHost);
  tracker.announce({ facts, ip, localIp }, now, answer => {
    respond(bencoded(isRefusal(answer) ? encodeRefusal(answer) : encodeAnnounceAnswer(answer, compact)));
  });
}

function scrape(
  tracker: Tracker,
  { query }: { query: string },
  now: number,
  respond: (response: ServerResponse) => void,
): void {
  const infoHashes = parseScrapeQuery(query, tracker.maxScrapeHashes);
  tracker.scrape(infoHashes, now, counts => respond(bencoded(encodeScrapeAnswer(infoHashes, counts))));
}

function isRefusal(answer: AnnounceReply | AnnounceRefusal): answer is AnnounceRefusal {
  return 'kind' in answer;
}

/** 4 or 16 bytes; IPv4 that an IPv6 socket shows as `::ffff:1.2.3.4` as 4, and no zone (`%eth0`). */
function socketAddress(host: string): Uint8Array | undefined {
  const bytes = addressBytes(host.split('%', 1)[0]!);
  if (bytes?.length !== 16 || bytes[10] !== 0xff || bytes[11] !== 0xff) return bytes;
  return bytes.subarray(0, 10).some(byte => byte !== 0) ? bytes : bytes.subarray(12);
}

function bencoded(body: Uint8Array): ServerResponse {
  return { status: 200, headers: PLAIN, body };
}

// Bencoding has no type of its own; trackers have always said this.
const PLAIN = { 'content-type': 'text/plain', 'cache-control': 'no-store' };
const NOT_FOUND: ServerResponse = {
  status: 404,
  headers: PLAIN,
  body: encodeUtf8('There is nothing here.\n'),
};
