// The UDP tracker protocol as a tracker speaks it (BEP 15; BEP 41 for the URL's path): requests are read where they lie,
// answers are written where they leave from, and no object is made for either. Lengths are strict: what is cut off is
// refused. What is longer than it has to be is not (BEP 15: "do not expect packets to be exactly of a certain size").
// Whom to believe is `connection-ids`'s, what to answer the tracker's; this file only reads and writes.
//
//   request   | connection id 8 | action 4 | transaction id 4 | …      connect has a constant in place of its id
//   announce  | 16: info hash 20 | peer id 20 | downloaded 8 | left 8 | uploaded 8 | event 4 | ip 4 | key 4 | want 4 | port 2 | options
//   answer    | action 4 | transaction id 4 | …

import type { AnnounceEvent, AnnounceFacts, SwarmCounts } from './announce.ts';

export type UdpRequestKind = 'connect' | 'announce' | 'scrape';

/** What a datagram of `length` bytes asks; undefined where it is no request, or too short to be told why not. */
export function udpRequestKind(bytes: Uint8Array, length: number): UdpRequestKind | undefined {
  if (length < UDP_HEADER_LENGTH) return undefined;
  switch (uint32(bytes, 8)) {
    case CONNECT:
      return uint32(bytes, 0) === PROTOCOL_ID_HIGH && uint32(bytes, 4) === PROTOCOL_ID_LOW
        ? 'connect'
        : undefined;
    case ANNOUNCE:
      return 'announce';
    case SCRAPE:
      return 'scrape';
    default:
      return undefined;
  }
}

/** What is wrong with an announce, as the sentence to refuse it with; undefined where nothing is. */
export function udpAnnounceFault(bytes: Uint8Array, length: number): string | undefined {
  if (length < ANNOUNCE_LENGTH) return 'The announce is cut off.';
  return bytes[96] === 0 && bytes[97] === 0 ? 'port must be 1 to 65535.' : undefined;
}

/** Where the info hash lies in announces that begin at `at`. */
export function udpInfoHash(at: number): { readonly at: number; readonly length: number } {
  return { at: at + UDP_HEADER_LENGTH, length: 20 };
}

/** What is wrong with a scrape, likewise. */
export function udpScrapeFault(length: number): string | undefined {
  if (length < UDP_HEADER_LENGTH + 20) return 'The scrape names no torrent.';
  return (length - UDP_HEADER_LENGTH) % 20 === 0 ? undefined : 'The scrape is cut off.';
}

/**
 * Facts of an announce, read into one object that is used again. The address in it (byte 84) is never looked at. The peer id, which
 * few rules ask for, is a copy that is made when one does: within the call that the request is lent for.
 */
export class UdpAnnounceFacts implements AnnounceFacts {
  readonly infoHash = new Uint8Array(20);
  port = 0;
  downloaded = 0;
  left = 0;
  uploaded = 0;
  event: AnnounceEvent | undefined = undefined;
  numWant: number | undefined = undefined;
  request: Uint8Array = NO_REQUEST;

  get peerId(): Uint8Array {
    return this.request.slice(36, 56);
  }
}

/** Reads an announce that has no fault. Events without a number of BEP 15 are the regular announce; a want below 0 is none. */
export function readUdpAnnounce(bytes: Uint8Array, facts: UdpAnnounceFacts): void {
  const { infoHash } = facts;
  // By fours, as in `writeUdpAnnounceAnswer`.
  for (let i = 0; i < 20; i += 4) {
    infoHash[i] = bytes[16 + i]!;
    infoHash[i + 1] = bytes[17 + i]!;
    infoHash[i + 2] = bytes[18 + i]!;
    infoHash[i + 3] = bytes[19 + i]!;
  }
  facts.request = bytes;
  facts.downloaded = uint64(bytes, 56);
  facts.left = uint64(bytes, 64);
  facts.uploaded = uint64(bytes, 72);
  const event = uint32(bytes, 80);
  facts.event = event < EVENTS.length ? EVENTS[event] : undefined;
  const numWant = uint32(bytes, 92) | 0;
  facts.numWant = numWant < 0 ? undefined : numWant;
  facts.port = (bytes[96]! << 8) | bytes[97]!;
}

/**
 * The path and query of the URL that the client announces to, one unit a byte; '' where it does not say. BEP 41, "URLData".
 * What follows the options' end, or an option that is cut off, is passed over: clients older than BEP 41 left bytes there.
 */
export function udpUrlData(bytes: Uint8Array, length: number): string {
  let text = '';
  for (let at = ANNOUNCE_LENGTH; at < length && bytes[at] !== OPTION_END; ) {
    if (bytes[at] === OPTION_NOTHING) {
      at++;
      continue;
    }
    if (at + 1 >= length) break;
    const end = at + 2 + bytes[at + 1]!;
    if (end > length) break;
    if (bytes[at] === OPTION_URL_DATA)
      for (let i = at + 2; i < end; i++) text += String.fromCharCode(bytes[i]!);
    at = end;
  }
  return text;
}

/** How many torrents a scrape without a fault names. */
export function udpScrapeCount(length: number): number {
  return Math.floor((length - UDP_HEADER_LENGTH) / 20);
}

/** The hash number `index` of a scrape: a view of `bytes`. */
export function udpScrapeHash(bytes: Uint8Array, index: number): Uint8Array {
  const at = UDP_HEADER_LENGTH + 20 * index;
  return bytes.subarray(at, at + 20);
}

/** Begins the answer to a connect; the caller writes the connection id at byte 8. Gives the length of the whole. */
export function writeUdpConnectAnswer(request: Uint8Array, out: Uint8Array): number {
  writeHead(CONNECT, request, out);
  return 16;
}

/** The answer to an announce: `peers` are compact, of the asker's family. Of more than fit, the first that do. */
export function writeUdpAnnounceAnswer(
  request: Uint8Array,
  out: Uint8Array,
  answer: Pick<SwarmCounts, 'complete' | 'incomplete'> & { readonly intervalSeconds: number },
  peers: Uint8Array,
  width: 4 | 16,
): number {
  writeHead(ANNOUNCE, request, out);
  writeUint32(out, 8, answer.intervalSeconds);
  writeUint32(out, 12, answer.incomplete);
  writeUint32(out, 16, answer.complete);
  const length = Math.min(peers.length, udpPeersRoom(out, width) * (width + 2)) | 0;
  if (length === peers.length && length > SHORT) out.set(peers, ANNOUNCE_ANSWER_LENGTH);
  else {
    // By sixes, of which either kind of peer has some: V8 asks once in each round, and not at each byte, what the arrays are.
    for (let i = 0, at = ANNOUNCE_ANSWER_LENGTH; i < length; i += 6, at += 6) {
      out[at] = peers[i]!;
      out[at + 1] = peers[i + 1]!;
      out[at + 2] = peers[i + 2]!;
      out[at + 3] = peers[i + 3]!;
      out[at + 4] = peers[i + 4]!;
      out[at + 5] = peers[i + 5]!;
    }
  }
  return ANNOUNCE_ANSWER_LENGTH + length;
}

/** How many peers an announce's answer has room for in `out`. */
export function udpPeersRoom(out: Uint8Array, width: 4 | 16): number {
  return ((out.length - ANNOUNCE_ANSWER_LENGTH) / (width + 2)) | 0;
}

/** The answer to a scrape: zeros for torrents that are unknown, for places tell which is which. */
export function writeUdpScrapeAnswer(
  request: Uint8Array,
  out: Uint8Array,
  counts: readonly (SwarmCounts | undefined)[],
): number {
  writeHead(SCRAPE, request, out);
  let at = 8;
  for (let i = 0; i < counts.length && at + 12 <= out.length; i++, at += 12) {
    const swarm = counts[i];
    writeUint32(out, at, swarm?.complete ?? 0);
    writeUint32(out, at + 4, swarm?.downloaded ?? 0);
    writeUint32(out, at + 8, swarm?.incomplete ?? 0);
  }
  return at;
}

/** A refusal; `reason` is ASCII. */
export function writeUdpError(request: Uint8Array, out: Uint8Array, reason: string): number {
  writeHead(ERROR, request, out);
  const length = Math.min(reason.length, out.length - 8);
  for (let i = 0; i < length; i++) out[8 + i] = reason.charCodeAt(i);
  return 8 + length;
}

function writeHead(action: number, request: Uint8Array, out: Uint8Array): void {
  out[0] = 0;
  out[1] = 0;
  out[2] = 0;
  out[3] = action;
  out[4] = request[12]!;
  out[5] = request[13]!;
  out[6] = request[14]!;
  out[7] = request[15]!;
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Beyond what JavaScript counts exactly, the largest number that it does. Some clients say -1 for what they do not know. */
function uint64(bytes: Uint8Array, at: number): number {
  const high = uint32(bytes, at);
  return high > 0x1fffff ? Number.MAX_SAFE_INTEGER : high * 2 ** 32 + uint32(bytes, at + 4);
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export const UDP_HEADER_LENGTH = 16;

const PROTOCOL_ID_HIGH = 0x417;
const PROTOCOL_ID_LOW = 0x27101980;
const CONNECT = 0;
const ANNOUNCE = 1;
const SCRAPE = 2;
const ERROR = 3;
const ANNOUNCE_LENGTH = 98;
const NO_REQUEST = new Uint8Array(ANNOUNCE_LENGTH);
/** Of an announce's answer without peers. */
const ANNOUNCE_ANSWER_LENGTH = 20;
/** Bytes that are copied one by one sooner than `set` is called. */
const SHORT = 64;
const EVENTS: readonly (AnnounceEvent | undefined)[] = [undefined, 'completed', 'started', 'stopped'];
const OPTION_END = 0;
const OPTION_NOTHING = 1;
const OPTION_URL_DATA = 2;
