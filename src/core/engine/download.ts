// Blocks come in: struck off, copied into their piece, the piece sent to be checked and stored, the next requests made.
// The picker says which block, the pipeline how many.

import { ProtocolError } from '../errors.ts';
import { BLOCK_LENGTH } from '../metainfo/metainfo.ts';
import type { PieceVerdict } from '../metainfo/piece-proof.ts';
import { pieceFailed, piecePassed } from './blame.ts';
import { completionChanged } from './completion.ts';
import { tellHave } from './have-telling.ts';
import { pieceNoLongerUseful } from './interest.ts';
import { askWithin, blockCame, unreserve } from './limited.ts';
import type { Peer } from './peer.ts';
import type { PickedBlock } from './picker.ts';
import { type PieceBuffer, RECEIVED } from './piece-buffer.ts';
import { dataLengthOf, type TorrentState } from './state.ts';
import { hurriedDepth } from './streaming.ts';

/** @throws ProtocolError `BLOCK_INVALID`, `UNASKED` */
export function blockReceived(
  state: TorrentState,
  peer: Peer,
  piece: number,
  begin: number,
  bytes: Uint8Array,
  now: number,
): void {
  const { layout, picker } = state;
  if (layout === undefined || !layout.hasRange(piece, begin, bytes.length) || begin % BLOCK_LENGTH !== 0) {
    throw new ProtocolError('BLOCK_INVALID', 'The peer sent a block that the torrent does not have.');
  }
  state.received.add(bytes.length, now);
  const at = peer.outstanding.find(piece, begin);
  // Not asked for, or no longer: it crossed with our cancel. A block of another length was never asked for.
  if (picker === undefined || at < 0 || peer.outstanding.length(at) !== bytes.length) {
    wasted(state, peer, bytes.length);
    unasked(peer, bytes.length);
    return;
  }
  // What nobody asked for earns nothing: the choker goes by this.
  peer.received.add(bytes.length, now);
  peer.floods.blockCame();
  const afterMs = now - peer.outstanding.time(at);
  peer.pipeline.blockReceived(afterMs);
  peer.outstanding.remove(at);
  if (state.limits !== undefined) blockCame(state, peer, bytes.length, afterMs);
  peer.lastBlockAt = now;
  peer.isSnubbed = false;

  const partial = picker.partial(piece);
  const block = begin / BLOCK_LENGTH;
  if (partial === undefined || partial.states[block] === RECEIVED) {
    partial?.released(block);
    wasted(state, peer, bytes.length);
    return;
  }
  const whole = picker.received(partial, block, bytes, peer.number);
  if (partial.requesters(block) > 0) cancelElsewhere(state, partial, block, now);
  if (whole !== undefined) storePiece(state, whole);
}

/** Asks for as many blocks as the pipeline has room for. */
export function refill(state: TorrentState, peer: Peer, now: number): void {
  const { picker, layout } = state;
  if (picker === undefined || layout === undefined || state.phase !== 'active') return;
  if (!peer.amInterested || peer.isResting || peer.hasClosed) return;
  if (peer.isOnParole && now < state.verdictBy) return;
  if (peer.peerChoking && peer.allowedFast.length === 0) return;
  let { depth } = peer.pipeline;
  if (picker.urgent.count > 0) depth = Math.min(depth, hurriedDepth(peer));
  // Requests go out in batches: a write for each block would cost the system more than the block itself.
  if (depth - peer.outstanding.count < Math.min(depth >>> 2, MAX_REQUEST_BATCH)) return;
  if (peer.outstanding.count === 0) peer.lastBlockAt = now;
  const { limits } = state;
  const allowance = limits?.downloadOf(peer);
  if (limits !== undefined && allowance !== undefined) {
    askWithin(state, limits, peer, allowance, now);
  } else {
    while (peer.outstanding.count < depth && picker.pick(peer, picked, now)) {
      ask(state, peer, picked.piece, picked.block, now);
    }
  }
  for (let whole = picker.gapPieces.pop(); whole !== undefined; whole = picker.gapPieces.pop())
    storePiece(state, whole);
}

/** Asks for a block that another owes us. */
export function requestAgain(
  state: TorrentState,
  peer: Peer,
  partial: PieceBuffer,
  block: number,
  now: number,
): void {
  state.picker!.pickAgain(partial, block);
  ask(state, peer, partial.piece, block, now);
}

function ask(state: TorrentState, peer: Peer, piece: number, block: number, now: number): void {
  const length = state.layout!.requestSize(piece, block);
  peer.outstanding.add(piece, block * BLOCK_LENGTH, length, now);
  peer.encoder.request(piece, block * BLOCK_LENGTH, length);
  state.touch(peer);
}

export function refillAll(state: TorrentState, now: number): void {
  for (const peer of state.peers.values()) refill(state, peer, now);
}

/** Nothing that is out with the peer will come. `cancel`: tell it so. */
export function releaseRequests(state: TorrentState, peer: Peer, cancel: boolean): void {
  const { outstanding } = peer;
  for (let i = 0; i < outstanding.count; i++) {
    const piece = outstanding.piece(i);
    const begin = outstanding.begin(i);
    if (cancel) cancelRequest(peer, piece, begin, outstanding.length(i));
    state.picker?.released(piece, begin / BLOCK_LENGTH, peer.number);
  }
  outstanding.clear();
  if (peer.reservedBytes > 0) unreserve(state, peer, peer.reservedBytes);
  state.picker?.abandoned(peer);
  if (cancel) state.touch(peer);
}

/** Takes back what is out with the peer of pieces that nobody wants any more. */
export function cancelRequests(
  state: TorrentState,
  peer: Peer,
  isUnwanted: (piece: number) => boolean,
): void {
  const { outstanding } = peer;
  for (let i = outstanding.count - 1; i >= 0; i--) {
    if (isUnwanted(outstanding.piece(i))) takeBack(state, peer, i);
  }
}

/** Takes one request back: another may be asked for the block. */
export function takeBack(state: TorrentState, peer: Peer, at: number): void {
  const { outstanding } = peer;
  const piece = outstanding.piece(at);
  const begin = outstanding.begin(at);
  const length = outstanding.length(at);
  cancelRequest(peer, piece, begin, length);
  if (peer.reservedBytes > 0) unreserve(state, peer, length);
  outstanding.remove(at);
  state.picker?.released(piece, begin / BLOCK_LENGTH, peer.number);
  state.touch(peer);
}

/**
 * BEP 6, "Reject Request".
 * @throws ProtocolError `UNASKED`
 */
export function requestRejected(state: TorrentState, peer: Peer, piece: number, begin: number): void {
  const at = peer.outstanding.find(piece, begin);
  if (at < 0) {
    unasked(peer, 0);
    return;
  }
  if (peer.reservedBytes > 0) unreserve(state, peer, peer.outstanding.length(at));
  peer.outstanding.remove(at);
  state.picker?.released(piece, begin / BLOCK_LENGTH, peer.number);
  if (peer.peerChoking) {
    const allowed = peer.allowedFast.indexOf(piece);
    if (allowed >= 0) peer.allowedFast.splice(allowed, 1);
  } else {
    // Otherwise the same block would be asked and refused as fast as the line goes.
    peer.isResting = true;
  }
}

/** The disk has the piece, or its hash is wrong. */
export function pieceStored(state: TorrentState, store: number, verdict: PieceVerdict, now: number): void {
  const buffer = state.storing.get(store);
  const { picker, layout } = state;
  if (buffer === undefined || picker === undefined || layout === undefined) return;
  const { piece } = buffer;
  state.storing.delete(store);
  const isRight = typeof verdict === 'boolean' ? verdict : verdict.isRight;
  if (!isRight) {
    state.wastedBytes += layout.pieceSize(piece);
    state.failedPieces++;
    pieceFailed(state, buffer, verdict, now);
    picker.failed(buffer, true);
    refillAll(state, now);
    return;
  }
  picker.stored(buffer);
  piecePassed(state, buffer, verdict, now);
  state.have.add(piece);
  state.haveLength += dataLengthOf(layout, piece);
  state.event({ type: 'piece', piece });
  tellHave(state, piece, now);
  if (picker.isWanted(piece)) pieceNoLongerUseful(state, piece);
  picker.urgent.remove(piece);
  completionChanged(state, now);
  if (!state.isComplete) refillAll(state, now);
}

/** The disk failed: the piece is to be fetched again, once the torrent goes on. */
export function pieceNotStored(state: TorrentState, store: number): void {
  const buffer = state.storing.get(store);
  if (buffer === undefined) return;
  state.storing.delete(store);
  state.picker?.failed(buffer, false);
}

function storePiece(state: TorrentState, whole: PieceBuffer): void {
  const store = ++state.lastStore;
  state.storing.set(store, whole);
  const { piece, bytes } = whole;
  whole.zeroGaps(state.layout!);
  state.emit({ type: 'store', store, piece, bytes, blockDigests: state.smartBan.isRemembered(piece) });
}

function cancelElsewhere(state: TorrentState, partial: PieceBuffer, block: number, now: number): void {
  const begin = block * BLOCK_LENGTH;
  for (const other of state.peers.values()) {
    const at = other.outstanding.find(partial.piece, begin);
    if (at < 0) continue;
    cancelRequest(other, partial.piece, begin, other.outstanding.length(at));
    if (other.reservedBytes > 0) unreserve(state, other, other.outstanding.length(at));
    other.outstanding.remove(at);
    partial.released(block);
    state.touch(other);
    refill(state, other, now);
  }
}

function cancelRequest(peer: Peer, piece: number, begin: number, length: number): void {
  peer.encoder.cancel(piece, begin, length);
  peer.cancelled++;
}

/**
 * A block or a refusal of one that we do not wait for. To each request that we took back one may still come; BEP 6 has us
 * close who sends more than that, and we bear with a few, for not every program counts.
 */
function unasked(peer: Peer, length: number): void {
  if (peer.cancelled > 0 && length <= BLOCK_LENGTH) {
    peer.cancelled--;
    return;
  }
  // One that is longer than any that we ask for is several.
  peer.unasked += Math.max(1, Math.ceil(length / BLOCK_LENGTH));
  if (peer.unasked > MAX_UNASKED)
    throw new ProtocolError('UNASKED', 'The peer sends blocks, or refuses some, that nobody asked for.');
}

function wasted(state: TorrentState, peer: Peer, length: number): void {
  peer.wastedBytes += length;
  state.wastedBytes += length;
}

const MAX_UNASKED = 64;
// A quarter of the deepest pipeline: the peer has much to do until the next batch. A write wakes the peer, which costs both
// more than all that is in it: with 32 a GiB took 3.35 CPU seconds, with 125 3.07.
const MAX_REQUEST_BATCH = 125;
// One answer of the picker at a time: no object per block.
const picked: PickedBlock = { piece: 0, block: 0 };
