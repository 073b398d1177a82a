// Pieces are needed by a time. Their blocks go to peers that can give them in time, the earliest first (urgent-pieces says
// who); what is under way and not needed makes way for them; a block that will be late is asked of a second, quicker peer.
// Looked at four times a second while anybody reads, and not at all otherwise.

import { BLOCK_LENGTH } from '../metainfo/metainfo.ts';
import { refill, requestAgain, takeBack } from './download.ts';
import type { Peer } from './peer.ts';
import { RECEIVED } from './piece-buffer.ts';
import type { TorrentState } from './state.ts';
import type { PieceDeadline } from './urgent-pieces.ts';

/** A reader's window, in the place of its last one. Pieces that are there or not wanted are left out. */
export function setDeadlines(
  state: TorrentState,
  reader: number,
  deadlines: readonly PieceDeadline[],
  now: number,
): void {
  if (deadlines.length === 0) state.deadlines?.delete(reader);
  else {
    state.deadlines ??= new Map();
    state.deadlines.set(reader, deadlines);
  }
  const { picker, layout } = state;
  if (picker === undefined || layout === undefined) return;
  const missing = deadlines.filter(
    ({ piece }) => layout.hasPiece(piece) && !state.have.has(piece) && picker.isWanted(piece),
  );
  const before = picker.urgent.count;
  picker.urgent.set(reader, missing);
  picker.searchAgain();
  if (picker.urgent.count === 0) return;
  // A reader has begun or has jumped: what nobody reads is not to stand before what it needs.
  const hasJumped = before === 0 || !isAskedFor(state, picker.urgent.piece(0));
  for (const peer of state.peers.values()) {
    measurePace(peer, now);
    if (hasJumped && picker.couldHurry(peer)) makeWay(state, peer, now);
  }
  state.nextHurryAt = now;
  hurry(state, now);
}

/** The exchange begins: readers may be here already, for whoever adds a torrent reads at once. */
export function applyDeadlines(state: TorrentState, now: number): void {
  for (const [reader, deadlines] of [...(state.deadlines ?? [])]) setDeadlines(state, reader, deadlines, now);
}

export function clearDeadlines(state: TorrentState, reader: number, now: number): void {
  const { picker } = state;
  state.deadlines?.delete(reader);
  if (picker === undefined) return;
  picker.urgent.set(reader, []);
  picker.searchAgain();
  for (const peer of state.peers.values()) refill(state, peer, now);
}

/** Who is quickest, what is late, who has room. */
export function hurry(state: TorrentState, now: number): void {
  const { picker } = state;
  if (picker === undefined || picker.urgent.count === 0 || now < state.nextHurryAt) return;
  state.nextHurryAt = now + HURRY_MS;
  for (const peer of state.peers.values()) measurePace(peer, now);
  for (let i = 0; i < picker.urgent.count; i++) {
    const piece = picker.urgent.piece(i);
    let bestMs = Number.POSITIVE_INFINITY;
    for (const peer of state.peers.values()) {
      if (peer.canGive(piece)) bestMs = Math.min(bestMs, takesMs(peer, peer.outstanding.count, now));
    }
    picker.urgent.bestIs(i, bestMs);
  }
  for (const peer of quickestFirst(state, now)) refill(state, peer, now);
  askAgainForLate(state, now);
}

/** When `hurry` is due; undefined while nobody reads. */
export function nextHurry(state: TorrentState): number | undefined {
  const isNeeded = (state.picker?.urgent.count ?? 0) > 0 && state.peers.size > 0;
  return isNeeded ? state.nextHurryAt : undefined;
}

/** How long a block takes the peer, for the picker; and whether it is so quick that pieces are its own. */
export function measurePace(peer: Peer, now: number): void {
  const rate = peer.received.perSecond(now);
  if (rate > 0) peer.blockMs = (1000 * BLOCK_LENGTH) / rate;
  else if (peer.outstanding.count > 0) peer.blockMs = Math.max(peer.blockMs, now - peer.lastBlockAt);
}

/** How many requests may be out while somebody reads: what is asked for next must not wait for long. */
export function hurriedDepth(peer: Peer): number {
  return Math.max(MIN_HURRIED_DEPTH, Math.ceil(HURRIED_QUEUE_MS / peer.blockMs));
}

function takesMs(peer: Peer, ahead: number, now: number): number {
  const { count } = peer.outstanding;
  // It has stopped sending: nobody knows when it goes on.
  const silentMs = count === 0 ? 0 : now - peer.lastBlockAt;
  return (
    (ahead + 1) * peer.blockMs +
    (silentMs > STALLED_AFTER_BLOCKS * peer.blockMs + STALLED_MS ? silentMs * 4 : 0)
  );
}

function quickestFirst(state: TorrentState, now: number): Peer[] {
  return [...state.peers.values()].sort(
    (a, b) => takesMs(a, a.outstanding.count, now) - takesMs(b, b.outstanding.count, now),
  );
}

function isAskedFor(state: TorrentState, piece: number): boolean {
  const partial = state.picker?.partial(piece);
  return partial !== undefined && !partial.isUntouched;
}

/** Takes back what no reader needs, all but what is probably on its way already. */
function makeWay(state: TorrentState, peer: Peer, now: number): void {
  const { outstanding } = peer;
  const { urgent } = state.picker!;
  const onItsWay = Math.max(1, Math.ceil(ON_ITS_WAY_MS / peer.blockMs));
  for (let i = outstanding.count - 1; i >= onItsWay; i--) {
    if (urgent.indexOf(outstanding.piece(i)) < 0) takeBack(state, peer, i);
  }
  if (outstanding.count > 0) peer.lastBlockAt = Math.max(peer.lastBlockAt, now - ON_ITS_WAY_MS);
}

function askAgainForLate(state: TorrentState, now: number): void {
  const { urgent } = state.picker!;
  let left = MAX_ASKED_AGAIN;
  for (const slow of state.peers.values()) {
    for (let i = 0; i < slow.outstanding.count && left > 0; i++) {
      const piece = slow.outstanding.piece(i);
      const at = urgent.indexOf(piece);
      if (at < 0) continue;
      const slowMs = takesMs(slow, i, now);
      if (now + slowMs <= urgent.deadline(at)) continue;
      if (askSecond(state, slow, i, slowMs, now)) left--;
    }
  }
}

/** Asks the quickest other peer, where that is worth it. */
function askSecond(state: TorrentState, slow: Peer, i: number, slowMs: number, now: number): boolean {
  const piece = slow.outstanding.piece(i);
  const begin = slow.outstanding.begin(i);
  const block = begin / BLOCK_LENGTH;
  const partial = state.picker!.partial(piece);
  if (
    partial === undefined ||
    partial.isSolo ||
    partial.states[block] === RECEIVED ||
    partial.requesters(block) > 1
  ) {
    return false;
  }
  let quickest: Peer | undefined;
  let quickestMs = slowMs / WORTH_IT;
  for (const peer of state.peers.values()) {
    if (peer === slow || peer.isSnubbed || peer.isResting || !peer.canGive(piece)) continue;
    const ms = takesMs(peer, peer.outstanding.count, now);
    if (ms >= quickestMs) continue;
    quickest = peer;
    quickestMs = ms;
  }
  if (quickest === undefined) return false;
  requestAgain(state, quickest, partial, block, now);
  return true;
}

const HURRY_MS = 250;
// What a second peer is asked for must come in half the time.
const WORTH_IT = 2;
const MAX_ASKED_AGAIN = 16;
const HURRIED_QUEUE_MS = 1000;
const MIN_HURRIED_DEPTH = 2;
// About a round trip: what was asked before that has left the peer.
const ON_ITS_WAY_MS = 250;
const STALLED_MS = 500;
const STALLED_AFTER_BLOCKS = 3;
