// What a torrent does where its rates are limited. Only blocks wait: they are read for a peer, and asked of one, as the
// allowance permits, a block in turn for each peer that waits. Everything else goes out at once, is counted, and holds up
// the blocks behind it: a request of ours must not queue behind what we upload.
//
// Blocks are counted when they are asked for, not only when they come: so they come at the rate that is allowed, and no
// peer is thought slow because we do not read from it.

import { BLOCK_LENGTH } from '../metainfo/metainfo.ts';
import type { BandwidthAllowance, BandwidthAllowances } from './bandwidth-allowance.ts';
import { refill } from './download.ts';
import { Limits } from './limits.ts';
import type { Peer } from './peer.ts';
import type { PickedBlock } from './picker.ts';
import type { TorrentState } from './state.ts';
import { readBlocks, serve } from './upload.ts';

/** The limits are others from now on; undefined where there are none. */
export function limitsChanged(
  state: TorrentState,
  allowances: BandwidthAllowances | undefined,
  now: number,
): void {
  const { limits } = state;
  if (allowances === undefined) {
    if (limits === undefined) return;
    state.limits = undefined;
    for (const peer of state.peers.values()) peer.reservedBytes = 0;
    for (const peer of limits.toServe) serve(state, peer, now);
    for (const peer of limits.toAsk) refill(state, peer, now);
    return;
  }
  if (limits === undefined) {
    state.limits = new Limits(allowances);
    return;
  }
  if (limits.allowances.download !== allowances.download)
    for (const peer of state.peers.values()) unreserve(state, peer, peer.reservedBytes);
  limits.allowances = allowances;
  rateAllows(state, now);
}

/** There may be something to take: to those who wait, in turn. */
export function rateAllows(state: TorrentState, now: number): void {
  const { limits } = state;
  if (limits === undefined) return;
  const { upload, download } = limits.allowances;
  limits.isInTurns = true;
  for (const peer of limits.toServe) {
    if (upload !== undefined && upload.available(now) <= 0) break;
    limits.toServe.delete(peer);
    serve(state, peer, now);
  }
  for (const peer of limits.toAsk) {
    if (download !== undefined && download.available(now) <= 0) break;
    limits.toAsk.delete(peer);
    refill(state, peer, now);
  }
  limits.isInTurns = false;
}

/** Reads what the peer asked for, as far as may be. */
export function serveWithin(
  state: TorrentState,
  limits: Limits,
  peer: Peer,
  allowance: BandwidthAllowance,
  now: number,
): void {
  if (limits.toServe.has(peer)) return;
  const { maxReadLength, maxReadAhead } = state.options;
  const ahead = Math.min(maxReadAhead, Math.max(BLOCK_LENGTH, peer.sent.perSecond(now) / 2));
  // What is in the encoder leaves with this dip, unless the stream is full: then `serve` is called when it is drained.
  while (peer.requested.count > 0 && peer.readingBytes + (peer.isBlocked ? peer.encoder.length : 0) < ahead) {
    const available = allowance.available(now);
    if (available <= 0) {
      limits.toServe.add(peer);
      return;
    }
    const share = available / (limits.toServe.size + 1);
    allowance.use(readBlocks(state, peer, Math.min(maxReadLength, share)));
    if (limits.isInTurns && limits.toServe.size > 0) {
      // Behind the others; it is looked at again when it comes up.
      limits.toServe.add(peer);
      return;
    }
  }
}

/** Asks the peer for blocks up to the depth of its pipeline, as far as may be. */
export function askWithin(
  state: TorrentState,
  limits: Limits,
  peer: Peer,
  allowance: BandwidthAllowance,
  now: number,
): void {
  const { picker, layout } = state;
  if (picker === undefined || layout === undefined || limits.toAsk.has(peer)) return;
  // One block until it has shown that it answers: with little to give away, nothing is kept for those who do not.
  const depth = peer.answers === 'promptly' ? peer.pipeline.depth : 1;
  while (peer.outstanding.count < depth) {
    if (allowance.available(now) <= 0) {
      limits.toAsk.add(peer);
      return;
    }
    if (!picker.pick(peer, picked, now)) return;
    const length = layout.requestSize(picked.piece, picked.block);
    peer.outstanding.add(picked.piece, picked.block * BLOCK_LENGTH, length, now);
    peer.encoder.request(picked.piece, picked.block * BLOCK_LENGTH, length);
    state.touch(peer);
    if (peer.answers !== 'late') {
      peer.reservedBytes += length;
      allowance.reserve(length);
    }
    if (limits.isInTurns && limits.toAsk.size > 0) {
      limits.toAsk.add(peer);
      return;
    }
  }
}

/** A block that we had asked for has come, so long after that. */
export function blockCame(state: TorrentState, peer: Peer, length: number, afterMs: number): void {
  if (afterMs < LATE_MS) peer.answers = 'promptly';
  unreserve(state, peer, length);
}

/** So much of what the peer owed us has come, or will not. */
export function unreserve(state: TorrentState, peer: Peer, bytes: number): void {
  const length = Math.min(bytes, peer.reservedBytes);
  peer.reservedBytes -= length;
  state.limits?.downloadOf(peer)?.release(length);
}

/** The owner reads from peers no more, or again. */
export function readingHeld(state: TorrentState, isHeld: boolean): void {
  const { limits } = state;
  if (limits === undefined) return;
  limits.isReadingHeld = isHeld;
  limits.wasReadingHeld ||= isHeld;
}

/** Once a second: what a slow peer owes is not kept from others for long; a time in which we did not read is no fault. */
export function limitedTick(state: TorrentState, peer: Peer, now: number): void {
  const { limits } = state;
  if (limits === undefined) return;
  if (limits.wasReadingHeld && peer.facts.isUnlimited !== true) {
    peer.lastBlockAt = Math.min(now, peer.lastBlockAt + TICK_MS);
    peer.lastReceivedAt = Math.min(now, peer.lastReceivedAt + TICK_MS);
  }
  if (peer.reservedBytes > 0 && now - peer.lastBlockAt >= LATE_MS) {
    peer.answers = 'late';
    unreserve(state, peer, peer.reservedBytes);
  }
}

/** The peer has gone. */
export function noLongerLimited(state: TorrentState, peer: Peer): void {
  unreserve(state, peer, peer.reservedBytes);
  state.limits?.toServe.delete(peer);
  state.limits?.toAsk.delete(peer);
}

// Between two ticks.
const TICK_MS = 1000;
// Longer than a round trip with a queue at its end; shorter than what makes a peer snubbed.
const LATE_MS = 3000;
// One answer of the picker at a time: no object per block.
const picked: PickedBlock = { piece: 0, block: 0 };
