// The HTTP tracker protocol's requests, both sides (BEP 3, "trackers"; BEP 23; BEP 48). A client makes a URL, a tracker
// reads its query. Bytes travel percent-encoded, numbers in base ten. The tracker's side never looks at `ipv4` and `ipv6`,
// and hands `ip` on as a claim: whoever believes them lets anyone enrol a victim. It does no routing: paths are the caller's.

import { ProtocolError } from '../errors.ts';
import type { AnnounceEvent, AnnounceFacts, AnnounceRequest } from './announce.ts';
import { LEFT_UNKNOWN } from './announce.ts';
import { percentDecode, percentEncode } from './percent.ts';

/** The URL of one announce. A query that the tracker's URL already has is kept and comes first. */
export function announceUrl(trackerUrl: string, request: AnnounceRequest): string {
  requireTwenty(request.infoHash, 'info hash');
  requireTwenty(request.peerId, 'peer id');
  const { event, numWant, trackerId, ipv4, ipv6 } = request;
  let url = `${withQuery(trackerUrl)}info_hash=${percentEncode(request.infoHash)}`;
  url += `&peer_id=${percentEncode(request.peerId)}&port=${request.port}`;
  url += `&uploaded=${request.uploaded}&downloaded=${request.downloaded}&left=${request.left}`;
  url += `&compact=1&no_peer_id=1&key=${request.key.toString(16).toUpperCase().padStart(8, '0')}`;
  if (event !== undefined) url += `&event=${event}`;
  if (numWant !== undefined) url += `&numwant=${numWant}`;
  if (trackerId !== undefined) url += `&trackerid=${percentEncode(trackerId)}`;
  if (ipv4 !== undefined) url += `&ipv4=${ipv4}`;
  if (ipv6 !== undefined) url += `&ipv6=${ipv6.replaceAll(':', '%3A')}`;
  return url;
}

/** The URL of one scrape; undefined where the tracker's URL has no scrape beside it (BEP 48, "Scrape Request"). */
export function scrapeUrl(trackerUrl: string, infoHashes: readonly Uint8Array[]): string | undefined {
  for (const infoHash of infoHashes) requireTwenty(infoHash, 'info hash');
  const match = SCRAPE_BESIDE.exec(trackerUrl);
  if (match === null) return undefined;
  const url = withQuery(`${match[1]}scrape${match[2]}`);
  return url + infoHashes.map(infoHash => `info_hash=${percentEncode(infoHash)}`).join('&');
}

/** What an announce's query says. */
export interface AnnounceQuery extends AnnounceFacts {
  /** BEP 23: what the peer prefers; compact unless it says 0. */
  readonly compact: boolean;
  /** BEP 3, "ip", as it came: only a trusted proxy is believed it. */
  readonly ip?: string;
}

/**
 * Reads an announce's query, without its question mark.
 * @throws ProtocolError `TRACKER_REQUEST_INVALID`: its sentence is the `failure reason` to answer with
 */
export function parseAnnounceQuery(query: string): AnnounceQuery {
  if (query.length > MAX_ANNOUNCE_QUERY) refuse('The query is too long.');
  const said = new SaidValues();
  eachPair(query, said);
  const event = eventOf(said.event);
  const numWant = numWantOf(said.numwant);
  return {
    infoHash: twentyBytes(said.info_hash, 'info_hash'),
    peerId: twentyBytes(said.peer_id, 'peer_id'),
    port: portOf(said.port),
    uploaded: wholeNumber(said.uploaded, 'uploaded') ?? 0,
    downloaded: wholeNumber(said.downloaded, 'downloaded') ?? 0,
    left: wholeNumber(said.left, 'left') ?? LEFT_UNKNOWN,
    ...(event !== undefined && { event }),
    ...(numWant !== undefined && { numWant }),
    compact: said.compact !== '0',
    ...(said.ip !== undefined && { ip: said.ip }),
  };
}

/** The parameters of an announce that are read; all others are passed over undecoded. */
class SaidValues implements PairReader {
  info_hash: string | undefined = undefined;
  peer_id: string | undefined = undefined;
  port: string | undefined = undefined;
  uploaded: string | undefined = undefined;
  downloaded: string | undefined = undefined;
  left: string | undefined = undefined;
  event: string | undefined = undefined;
  numwant: string | undefined = undefined;
  compact: string | undefined = undefined;
  ip: string | undefined = undefined;

  take(name: string, value: string): void {
    switch (name) {
      // Two values of these leave open who announces what. `key` may come twice: trackers keep passkeys under that name.
      case 'info_hash':
      case 'peer_id':
      case 'port':
      case 'left':
      case 'event':
        if (this[name] !== undefined) refuse(`The query has ${name} twice.`);
        this[name] = value;
        break;
      case 'uploaded':
      case 'downloaded':
      case 'numwant':
      case 'compact':
      case 'ip':
        this[name] = value;
    }
  }
}

/**
 * Reads a scrape's query: its info hashes, at least one.
 * @throws ProtocolError `TRACKER_REQUEST_INVALID`
 */
export function parseScrapeQuery(query: string, maxHashes: number): Uint8Array[] {
  if (query.length > MAX_SCRAPE_QUERY) refuse('The query is too long.');
  const hashes: Uint8Array[] = [];
  const take = (name: string, value: string) => {
    if (name !== 'info_hash') return;
    if (hashes.length === maxHashes) refuse(`A scrape may name ${maxHashes} torrents at most.`);
    hashes.push(twentyBytes(value, name));
  };
  eachPair(query, { take });
  // BEP 48 has no word for "all torrents"; trackers that answered it were flooded.
  if (hashes.length === 0) refuse('The query has no info_hash.');
  return hashes;
}

function withQuery(url: string): string {
  const whole = url.split('#', 1)[0]!;
  if (!whole.includes('?')) return `${whole}?`;
  return /[?&]$/.test(whole) ? whole : `${whole}&`;
}

function requireTwenty(bytes: Uint8Array, what: string): void {
  if (bytes.length !== 20) throw new TypeError(`tracker: a ${what} has 20 bytes, not ${bytes.length}`);
}

interface PairReader {
  take(name: string, value: string): void;
}

function eachPair(query: string, reader: PairReader): void {
  let at = 0;
  for (let pairs = 0; at < query.length; pairs++) {
    if (pairs === MAX_PAIRS) refuse('The query has too many parameters.');
    let end = query.indexOf('&', at);
    if (end < 0) end = query.length;
    const equals = query.indexOf('=', at);
    if (equals >= 0 && equals < end) reader.take(query.slice(at, equals), query.slice(equals + 1, end));
    at = end + 1;
  }
}

function twentyBytes(value: string | undefined, name: string): Uint8Array {
  if (value === undefined) refuse(`The query has no ${name}.`);
  // Three characters a byte at most: no longer text can be right, whatever it decodes to.
  const bytes = value.length <= 60 ? percentDecode(value) : undefined;
  if (bytes?.length !== 20) refuse(`${name} must be 20 percent-encoded bytes.`);
  return bytes;
}

function portOf(value: string | undefined): number {
  const port = wholeNumber(value, 'port') ?? refuse('The query has no port.');
  if (port === 0 || port > 65_535) refuse('port must be 1 to 65535.');
  return port;
}

/** Undefined where the value is absent or empty. A number beyond what JavaScript counts exactly is taken as the largest that it does. */
function wholeNumber(value: string | undefined, name: string): number | undefined {
  if (value === undefined || value === '') return undefined;
  if (!/^\d{1,20}$/.test(value)) refuse(`${name} must be a whole number.`);
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
}

/** Clients copy the UDP protocol's -1 for "as many as you like" (BEP 15). */
function numWantOf(value: string | undefined): number | undefined {
  return value?.startsWith('-') === true ? undefined : wholeNumber(value, 'numwant');
}

function eventOf(value: string | undefined): AnnounceEvent | undefined {
  // BEP 3: `empty` is the same as not being present. Events of other BEPs and of clients' own are not a reason to refuse.
  return EVENTS.find(event => event === value);
}

function refuse(sentence: string): never {
  throw new ProtocolError('TRACKER_REQUEST_INVALID', sentence);
}

/** The part before a last path segment that starts with `announce`, and the part after that word. */
const SCRAPE_BESIDE =
  /^([a-z][a-z0-9+.-]*:\/\/[^/?#]+(?:\/[^/?#]*)*\/)announce([^/?#]*(?:\?[^#]*)?)(?:#.*)?$/i;
const EVENTS: readonly AnnounceEvent[] = ['started', 'completed', 'stopped', 'paused'];
// Real announces have 200 to 600 characters and some 15 parameters.
const MAX_ANNOUNCE_QUERY = 4_096;
const MAX_SCRAPE_QUERY = 16_384;
const MAX_PAIRS = 512;
