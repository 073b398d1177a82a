// The UDP tracker protocol as a client speaks it (BEP 15; BEP 41 for the URL's path): requests are written, answers are
// read strictly. A datagram may be longer than it has to be (BEP 15: "do not expect packets to be exactly of a certain
// size"), never shorter. When to send, and whose answer to believe, is `udp-exchange`'s.
//
//   request   | connection id 8 | action 4 | transaction id 4 | …      connect has a constant in place of its id
//   answer    | action 4 | transaction id 4 | …

import { decodeCompactList } from '../bytes/compact-address.ts';
import { ProtocolError } from '../errors.ts';
import type { AnnounceAnswer, AnnounceEvent, AnnounceRequest, SwarmCounts } from './announce.ts';
import { shownText } from './shown-text.ts';

/** The first datagram to a tracker: the answer's connection id proves that we are where we seem to be. */
export function encodeUdpConnect(transactionId: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  const view = viewOf(bytes);
  writeUint64(view, 0, PROTOCOL_ID);
  view.setUint32(8, CONNECT);
  view.setUint32(12, transactionId);
  return bytes;
}

/** `urlData` is the path and query of the tracker's URL, told where it is not empty. BEP 41, "URLData" */
export function encodeUdpAnnounce(
  connectionId: Uint8Array,
  transactionId: number,
  request: AnnounceRequest,
  urlData: string,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ANNOUNCE_LENGTH + urlDataLength(urlData));
  const view = viewOf(bytes);
  writeHeader(bytes, view, connectionId, ANNOUNCE, transactionId);
  bytes.set(requireTwenty(request.infoHash, 'info hash'), 16);
  bytes.set(requireTwenty(request.peerId, 'peer id'), 36);
  writeUint64(view, 56, request.downloaded);
  writeUint64(view, 64, request.left);
  writeUint64(view, 72, request.uploaded);
  view.setUint32(80, eventNumber(request.event));
  // 84: our address. 0 is the one that the datagram comes from; trackers that believe another let anyone enrol a victim.
  view.setUint32(88, request.key);
  view.setInt32(92, request.numWant ?? -1);
  view.setUint16(96, request.port);
  writeUrlData(bytes, ANNOUNCE_LENGTH, urlData);
  return bytes;
}

/** At most `MAX_UDP_SCRAPE` hashes. */
export function encodeUdpScrape(
  connectionId: Uint8Array,
  transactionId: number,
  infoHashes: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16 + 20 * infoHashes.length);
  writeHeader(bytes, viewOf(bytes), connectionId, SCRAPE, transactionId);
  for (const [i, infoHash] of infoHashes.entries())
    bytes.set(requireTwenty(infoHash, 'info hash'), 16 + 20 * i);
  return bytes;
}

export type UdpAnswer =
  | { readonly action: 'connect'; readonly connectionId: Uint8Array }
  | { readonly action: 'announce'; readonly answer: AnnounceAnswer }
  /** One for each hash asked for, in that order; fewer where the tracker left some out. */
  | { readonly action: 'scrape'; readonly counts: readonly SwarmCounts[] }
  /** `reason` is fit to be shown. */
  | { readonly action: 'error'; readonly reason: string };

/** The transaction that a datagram answers; undefined where it is no answer of a tracker. */
export function udpTransactionId(bytes: Uint8Array): number | undefined {
  if (bytes.length < 8) return undefined;
  const view = viewOf(bytes);
  return view.getUint32(0) <= ERROR ? view.getUint32(4) : undefined;
}

/**
 * Reads an answer. `width` is of the addresses in it: 4 where it came over IPv4, else 16 (BEP 15, "IPv6").
 * @throws ProtocolError `TRACKER_ANSWER_INVALID`
 */
export function parseUdpAnswer(bytes: Uint8Array, width: 4 | 16): UdpAnswer {
  const view = viewOf(bytes);
  const action = bytes.length < 8 ? undefined : view.getUint32(0);
  switch (action) {
    case CONNECT:
      requireLength(bytes, 16);
      return { action: 'connect', connectionId: bytes.slice(8, 16) };
    case ANNOUNCE:
      // opentracker answers with eight bytes where a torrent is not on its list.
      requireLength(bytes, 20, ': the tracker may not serve this torrent');
      return { action: 'announce', answer: announceAnswer(bytes, view, width) };
    case SCRAPE:
      return { action: 'scrape', counts: scrapeCounts(bytes, view) };
    case ERROR:
      return { action: 'error', reason: shownText(bytes.subarray(8)) ?? 'It gave no reason.' };
    default:
      throw new ProtocolError(
        'TRACKER_ANSWER_INVALID',
        'The answer is none of the UDP tracker protocol: it is no tracker that answers there.',
      );
  }
}

function announceAnswer(bytes: Uint8Array, view: DataView, width: 4 | 16): AnnounceAnswer {
  const incomplete = countAt(view, 12);
  const complete = countAt(view, 16);
  const peers = bytes.subarray(20, 20 + MAX_PEERS * (width + 2));
  return {
    kind: 'answer',
    intervalSeconds: countAt(view, 8) ?? 0,
    peers: decodeCompactList(peers, width),
    ...(complete !== undefined && { complete }),
    ...(incomplete !== undefined && { incomplete }),
  };
}

function scrapeCounts(bytes: Uint8Array, view: DataView): SwarmCounts[] {
  const counts: SwarmCounts[] = [];
  for (let at = 8; at + 12 <= bytes.length && counts.length < MAX_UDP_SCRAPE; at += 12) {
    counts.push({
      complete: countAt(view, at) ?? 0,
      downloaded: countAt(view, at + 4) ?? 0,
      incomplete: countAt(view, at + 8) ?? 0,
    });
  }
  return counts;
}

/** The numbers are signed; some trackers say -1 for what they do not know. */
function countAt(view: DataView, at: number): number | undefined {
  const count = view.getInt32(at);
  return count < 0 ? undefined : count;
}

/** BEP 15 has no number for BEP 21's `paused`. */
function eventNumber(event: AnnounceEvent | undefined): number {
  if (event === 'completed') return 1;
  if (event === 'started') return 2;
  return event === 'stopped' ? 3 : 0;
}

function writeHeader(
  bytes: Uint8Array,
  view: DataView,
  connectionId: Uint8Array,
  action: number,
  transactionId: number,
): void {
  if (connectionId.length !== 8) throw new TypeError('tracker: a connection id has 8 bytes');
  bytes.set(connectionId);
  view.setUint32(8, action);
  view.setUint32(12, transactionId);
}

function urlDataLength(urlData: string): number {
  return urlData.length + 2 * Math.ceil(urlData.length / MAX_OPTION);
}

/** A URL is ASCII: a character is a byte. */
function writeUrlData(bytes: Uint8Array, start: number, urlData: string): void {
  let at = start;
  for (let from = 0; from < urlData.length; from += MAX_OPTION) {
    const part = urlData.slice(from, from + MAX_OPTION);
    bytes[at++] = OPTION_URL_DATA;
    bytes[at++] = part.length;
    for (let i = 0; i < part.length; i++) bytes[at++] = part.charCodeAt(i);
  }
}

function writeUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 4, value % 2 ** 32);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function requireLength(bytes: Uint8Array, length: number, why = ''): void {
  if (bytes.length >= length) return;
  throw new ProtocolError('TRACKER_ANSWER_INVALID', `The answer is cut off${why}.`);
}

function requireTwenty(bytes: Uint8Array, what: string): Uint8Array {
  if (bytes.length !== 20) throw new TypeError(`tracker: a ${what} has 20 bytes, not ${bytes.length}`);
  return bytes;
}

/** BEP 15, "Scrape": about 74 fit into a datagram that no network cuts. */
export const MAX_UDP_SCRAPE = 74;

const PROTOCOL_ID = 0x41727101980;
const CONNECT = 0;
const ANNOUNCE = 1;
const SCRAPE = 2;
const ERROR = 3;
const ANNOUNCE_LENGTH = 98;
const OPTION_URL_DATA = 2;
const MAX_OPTION = 255;
// A datagram cannot hold many more.
const MAX_PEERS = 2_000;
