// The tracker over HTTP: a request's path, query and address to an answer. Refusals have status 200, for clients read the
// reason only then. A peer is where its packets come from: `ip` in the query is believed of a trusted proxy alone.

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
import { type AnnounceQuery, parseAnnounceQuery, parseScrapeQuery } from '../core/tracker/http-request.ts';
import type { ServerRequest, ServerResponse } from '../host/http-server.ts';
import type { FrontCounts } from './ops/counts.ts';
import { BANNED, refusal, TOO_MANY } from './refusals.ts';
import type { Tracker } from './tracker.ts';

/** As much of a request as is looked at. */
export type TrackerRequest = Pick<ServerRequest, 'path' | 'query' | 'remoteHost'> & Partial<ServerRequest>;

/**
 * Answers `/announce` and `/scrape`, and where the tracker asks for keys `/KEY/announce` and `/KEY/scrape`; any other path is
 * 404. Calls `respond` once, now or when the store has answered.
 */
export function handleTrackerRequest(
  tracker: Tracker,
  request: TrackerRequest,
  now: number,
  answer: (response: ServerResponse) => void,
  counts?: FrontCounts,
): void {
  const begun = counts?.begun() ?? -1;
  const respond = (response: ServerResponse) => {
    counts?.ended(begun);
    answer(response);
  };
  const question = questionOf(tracker, request.path);
  if (question === undefined) {
    answer(NOT_FOUND);
    return;
  }
  const refuse = (no: AnnounceRefusal) => {
    counts?.failed(no.code ?? 'other');
    respond(bencoded(encodeRefusal(no)));
  };
  try {
    const socketIp = request.remoteIp ?? plainIpBytes(request.remoteHost);
    // A proxy that writes no header may write the address into the query (BEP 3, "ip"): limits and bans are that address's.
    const proxys =
      question === 'announce' && request.isProxys === true ? parseAnnounceQuery(request.query) : undefined;
    const ip = proxys?.ip === undefined ? socketIp : claimedIp(proxys.ip);
    // Only a connection that is gone already has no address.
    if (ip === undefined) throw new ProtocolError('TRACKER_REQUEST_INVALID', 'Your address cannot be seen.');
    const isWhole =
      question === 'scrape' && tracker.allowsFullScrape && !request.query.includes('info_hash=');
    if (tracker.bans.has(ip)) refuse(BANNED);
    else if (!tracker.admits(ip, now, isWhole ? FULL_SCRAPE_COST : 1)) refuse(TOO_MANY);
    else if (question === 'announce')
      announce(tracker, request, proxys ?? parseAnnounceQuery(request.query), ip, now, {
        ...{ respond, refuse, counts },
      });
    else {
      counts?.scraped();
      const no = tracker.scrapeRefusal(request.path);
      if (no !== undefined) refuse(no);
      else if (isWhole) scrapeAll(tracker, now, respond);
      else scrape(tracker, request, now, respond);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    refuse(refusal('malformed', error.message, FAULTY_MINUTES));
  }
}

/** Whether a path is one that is announced to. */
export function isAnnouncePath(tracker: Tracker, path: string): boolean {
  return questionOf(tracker, path) === 'announce';
}

function questionOf(tracker: Tracker, path: string): 'announce' | 'scrape' | undefined {
  if (path === '/announce') return 'announce';
  if (path === '/scrape') return 'scrape';
  if (!tracker.asksForKeys) return undefined;
  const match = /^\/[^/]{1,128}\/(announce|scrape)$/.exec(path);
  return match === null ? undefined : (match[1] as 'announce' | 'scrape');
}

function announce(
  tracker: Tracker,
  request: TrackerRequest,
  facts: AnnounceQuery,
  ip: Uint8Array,
  now: number,
  {
    respond,
    refuse,
    counts,
  }: {
    readonly respond: (response: ServerResponse) => void;
    readonly refuse: (no: AnnounceRefusal) => void;
    readonly counts: FrontCounts | undefined;
  },
): void {
  counts?.announced(facts.event);
  const { compact } = facts;
  const localIp =
    request.localIp ?? (request.localHost === undefined ? undefined : plainIpBytes(request.localHost));
  const url = request.path;
  tracker.announce({ facts, ip, localIp, url }, now, answer => {
    if (isRefusal(answer)) {
      refuse(answer);
      return;
    }
    if (answer.isAlone) counts?.failed('store_down');
    respond(bencoded(encodeAnnounceAnswer(answer, compact), !compact));
  });
}

function claimedIp(text: string): Uint8Array {
  const ip = text.length > 64 ? undefined : plainIpBytes(text.replace(/%3a/gi, ':'));
  if (ip === undefined) throw new ProtocolError('TRACKER_REQUEST_INVALID', 'ip must be an address.');
  return ip;
}

function scrape(
  tracker: Tracker,
  { query }: TrackerRequest,
  now: number,
  respond: (response: ServerResponse) => void,
): void {
  const infoHashes = parseScrapeQuery(query, tracker.maxScrapeHashes);
  tracker.scrape(infoHashes, now, counts => respond(bencoded(encodeScrapeAnswer(infoHashes, counts), true)));
}

function scrapeAll(tracker: Tracker, now: number, respond: (response: ServerResponse) => void): void {
  tracker.scrapeAll(now, (infoHashes, counts) =>
    respond(bencoded(encodeScrapeAnswer(infoHashes, counts), true)),
  );
}

function isRefusal(answer: AnnounceReply | AnnounceRefusal): answer is AnnounceRefusal {
  return 'kind' in answer;
}

/** Compact peers are as good as random; their names as text, and counts, shrink to a third. */
function bencoded(body: Uint8Array, compressible = false): ServerResponse {
  return { status: 200, headers: PLAIN, body, compressible };
}

// Bencoding has no type of its own; trackers have always said this.
const PLAIN = { 'content-type': 'text/plain', 'cache-control': 'no-store' };
const NOT_FOUND: ServerResponse = {
  status: 404,
  headers: PLAIN,
  body: encodeUtf8('There is nothing here.\n'),
};
// What is wrong with a request will be wrong with the next.
const FAULTY_MINUTES = 30;
const FULL_SCRAPE_COST = 200;
