// The tracker over HTTP: a request's path, query and address to an answer. Refusals have status 200, for clients read the
// reason only then. `ip` in the query is never believed, nor any header: a peer is where its packets come from.

import { plainIpBytes } from '../core/bytes/ip-prefix.ts';
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

/** As much of a request as is looked at. */
export type TrackerRequest = Pick<ServerRequest, 'path' | 'query' | 'remoteHost'> & Partial<ServerRequest>;

/** Answers `/announce` and `/scrape`; any other path is 404. Calls `respond` once, now or when the store has answered. */
export function handleTrackerRequest(
  tracker: Tracker,
  request: TrackerRequest,
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
  request: TrackerRequest,
  now: number,
  respond: (response: ServerResponse) => void,
): void {
  const facts = parseAnnounceQuery(request.query);
  const { remoteIp, remoteHost } = request;
  const ip = remoteIp ?? plainIpBytes(remoteHost);
  // Only a connection that is gone already has no address.
  if (ip === undefined) throw new ProtocolError('TRACKER_REQUEST_INVALID', 'Your address cannot be seen.');
  const localIp =
    request.localIp ?? (request.localHost === undefined ? undefined : plainIpBytes(request.localHost));
  tracker.announce({ facts, ip, localIp }, now, answer => {
    respond(
      bencoded(isRefusal(answer) ? encodeRefusal(answer) : encodeAnnounceAnswer(answer, facts.compact)),
    );
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
