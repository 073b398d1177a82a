// Requests come in: queued, read from the disk in ranges that serve several at once, sent as the stream takes them. What
// waits in a socket cannot be taken back, so no more is read ahead than half a second's worth.

import { ProtocolError } from '../errors.ts';
import { BLOCK_LENGTH } from '../metainfo/metainfo.ts';
import { MAX_BLOCK_LENGTH } from '../wire/message.ts';
import { takesGrant } from './fast-grants.ts';
import { LatelyGiven } from './lately-given.ts';
import { serveWithin } from './limited.ts';
import type { Peer } from './peer.ts';
import { isRepeatTooEarly, pieceGoesOut, takesFinish } from './spreading.ts';
import type { ReadJob, TorrentState } from './state.ts';

/** @throws ProtocolError `REQUEST_INVALID`, `PEER_FLOODS` */
export function requestReceived(
  state: TorrentState,
  peer: Peer,
  piece: number,
  begin: number,
  length: number,
  now: number,
): void {
  const { layout } = state;
  if (layout === undefined || length > MAX_BLOCK_LENGTH || !layout.mayRequest(piece, begin, length)) {
    throw new ProtocolError('REQUEST_INVALID', 'The peer asks for a block that the torrent does not have.');
  }
  const isHere = state.have.has(piece) && state.phase === 'active';
  const isFull = peer.requested.count >= state.options.maxPeerRequests;
  const isAllowed =
    !peer.amChoking || takesFinish(peer, piece, length) || takesGrant(state, peer, piece, length);
  if (!isHere || isFull || !isAllowed) {
    peer.floods.requestWasInVain(now);
    reject(state, peer, piece, begin, length);
    return;
  }
  if (isRepeatTooEarly(state, peer, piece, now)) {
    reject(state, peer, piece, begin, length);
    return;
  }
  peer.requested.add(piece, begin, length, now);
  pieceGoesOut(state, peer, piece, now);
}

/** @throws ProtocolError `PEER_FLOODS` */
export function requestCancelled(
  state: TorrentState,
  peer: Peer,
  piece: number,
  begin: number,
  length: number,
  now: number,
): void {
  peer.floods.requestWasInVain(now);
  const at = peer.requested.find(piece, begin);
  if (at < 0 || peer.requested.length(at) !== length) return;
  peer.requested.remove(at);
  // BEP 6, "Reject Request": each request is answered, a cancelled one too.
  reject(state, peer, piece, begin, length);
}

/** Starts reads for what the peer asked, as far ahead of its stream as its rate makes sensible. */
export function serve(state: TorrentState, peer: Peer, now: number): void {
  const { requested } = peer;
  if (requested.count === 0 || peer.hasClosed) return;
  const { limits } = state;
  const allowance = limits?.uploadOf(peer);
  if (limits !== undefined && allowance !== undefined) {
    serveWithin(state, limits, peer, allowance, now);
    return;
  }
  const { maxReadLength, minReadAhead, maxReadAhead } = state.options;
  const ahead = Math.min(maxReadAhead, Math.max(minReadAhead, peer.sent.perSecond(now) / 2));
  // Two at least, so that the disk reads one while the other is sent.
  const longest = Math.min(maxReadLength, ahead / 2);
  while (requested.count > 0 && peer.readingBytes + peer.encoder.length < ahead)
    readBlocks(state, peer, longest);
}

/** Reads the oldest requests that follow one another, at least one and up to so many bytes. Says how many those are. */
export function readBlocks(state: TorrentState, peer: Peer, maxLength: number): number {
  const { requested } = peer;
  const piece = requested.piece(0);
  const begin = requested.begin(0);
  const lengths: number[] = [];
  let end = begin;
  while (requested.count > 0 && requested.piece(0) === piece && requested.begin(0) === end) {
    const length = requested.length(0);
    if (lengths.length > 0 && end + length - begin > maxLength) break;
    lengths.push(length);
    end += length;
    requested.remove(0);
  }
  const read = ++state.lastRead;
  state.reads.set(read, { peer: peer.number, piece, begin, lengths });
  peer.readingBytes += readingCost(end - begin);
  state.emit({ type: 'read', read, peer: peer.number, piece, begin, length: end - begin });
  return end - begin;
}

/** `bytes` are given away to the stream. Undefined: the disk failed. */
export function blockRead(
  state: TorrentState,
  read: number,
  bytes: Uint8Array | undefined,
  now: number,
): void {
  const job = state.reads.get(read);
  if (job === undefined) return;
  state.reads.delete(read);
  const peer = state.peers.get(job.peer);
  if (peer === undefined) return;
  peer.readingBytes -= readingCost(totalLength(job));
  let { begin } = job;
  for (const length of job.lengths) {
    if (bytes === undefined) {
      reject(state, peer, job.piece, begin, length);
    } else {
      const at = begin - job.begin;
      peer.encoder.piece(job.piece, begin, bytes.subarray(at, at + length));
      peer.unsentBlockBytes += length;
      peer.sent.add(length, now);
      state.sent.add(length, now);
      state.latelyGiven ??= new LatelyGiven();
      state.latelyGiven.note(job.piece, now);
    }
    begin += length;
  }
  state.touch(peer);
  serve(state, peer, now);
}

/** What the peer asked of these pieces and we have not begun to read is refused. BEP 6, "Reject Request" */
export function refuseRequests(state: TorrentState, peer: Peer, isRefused: (piece: number) => boolean): void {
  const { requested } = peer;
  const kept: [piece: number, begin: number, length: number, time: number][] = [];
  for (let i = 0; i < requested.count; i++) {
    const request = [requested.piece(i), requested.begin(i), requested.length(i)] as const;
    if (isRefused(request[0])) reject(state, peer, ...request);
    else kept.push([...request, requested.time(i)]);
  }
  requested.clear();
  for (const request of kept) requested.add(...request);
}

function reject(state: TorrentState, peer: Peer, piece: number, begin: number, length: number): void {
  if (!peer.facts.fast) return;
  peer.encoder.reject(piece, begin, length);
  state.touch(peer);
}

/** A read of a byte costs the disk what one of a block does: who asks for bytes has no more reads at a time. */
function readingCost(length: number): number {
  return Math.max(length, BLOCK_LENGTH);
}

function totalLength(job: ReadJob): number {
  let length = 0;
  for (const part of job.lengths) length += part;
  return length;
}
