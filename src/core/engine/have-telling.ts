// What we have, told to peers: each piece as it comes, at once to those that can ask for it, to others in rounds of several pieces
// where a packet for each would take too much of the line. And what we had, told to those that were there before
// we knew it: those of a magnet, whose data was looked at once its metadata had come. BEP 3 and 6 allow a bitfield as the first
// message alone, so it is one `have` a piece: 18 MB for two million. Both wait as a number of the peer, and become bytes as it reads.

import { hasFreeSlot, needsNoSlot } from './choking.ts';
import type { Peer } from './peer.ts';
import type { TorrentState } from './state.ts';

/**
 * The piece has come. Those that have it too, seeds among them, are told: nine bytes, by which they see how far we are
 * (libtorrent, `send_redundant_have`). Noted once, and not with each peer.
 */
export function tellHave(state: TorrentState, piece: number, now: number): void {
  const { havesWaitMs } = state.options;
  state.waitingHaves.push(piece);
  const dueAt = havesWaitMs === undefined ? state.havesToldAt + thriftyWaitMs(state, now) : now + havesWaitMs;
  if (dueAt <= now) {
    tellAll(state, now);
    return;
  }
  state.havesDueAt = Math.min(state.havesDueAt, dueAt);
  if (havesWaitMs === undefined) tellTakers(state, piece, now);
}

/**
 * A `have` alone is a packet of 75 bytes: with a slow line, short pieces and many neighbours a seventh of all that is sent. A
 * round of them, one packet for each neighbour, takes a fiftieth of it, or more where that would be too late.
 */
function thriftyWaitMs({ peers, sent }: TorrentState, now: number): number {
  const rate = Math.max(LEAST_BYTES_PER_SECOND, sent.perSecond(now));
  return Math.min(LATEST_MS, (1000 * PACKET_BYTES * peers.size) / (ROUND_SHARE * rate));
}

/** Who can ask for the piece now is told now: who is unchoked, or would be as soon as it is interested. */
function tellTakers(state: TorrentState, piece: number, now: number): void {
  const isSlotFree = hasFreeSlot(state, now);
  for (const peer of state.peers.values()) {
    const canAsk = isSlotFree || !peer.amChoking || needsNoSlot(state, peer);
    if (canAsk && !peer.pieces.has(piece)) state.touch(peer);
  }
}

function tellAll(state: TorrentState, now: number): void {
  state.havesToldAt = now;
  state.havesDueAt = Number.POSITIVE_INFINITY;
  const { waitingHaves, peers } = state;
  if (waitingHaves.length > KEPT) forgetTold(state);
  for (const peer of peers.values()) if (peer.waitingHavesTold < waitingHaves.length) state.touch(peer);
}

function forgetTold({ waitingHaves, peers }: TorrentState): void {
  let told = waitingHaves.length;
  for (const peer of peers.values()) told = Math.min(told, peer.waitingHavesTold);
  waitingHaves.splice(0, told);
  for (const peer of peers.values()) peer.waitingHavesTold -= told;
}

/** To be called before what is there for the peer is sent: what has waited goes along. */
export function giveWaitingHaves(
  { have, waitingHaves }: Pick<TorrentState, 'have' | 'waitingHaves'>,
  peer: Pick<Peer, 'waitingHavesTold' | 'nextHave' | 'encoder'>,
): void {
  while (peer.waitingHavesTold < waitingHaves.length && peer.encoder.length < MAX_UNSENT) {
    const piece = waitingHaves[peer.waitingHavesTold++]!;
    // It may be lost again by now.
    if (have.has(piece) && !isTellingHave(peer, piece)) peer.encoder.have(piece);
  }
}

/** Those that have waited long enough go, where nothing else has taken them along. */
export function tellWaitingHaves(state: TorrentState, now: number): void {
  if (now >= state.havesDueAt) tellAll(state, now);
}

export function tellHaves(state: TorrentState, peer: Peer): void {
  peer.nextHave = state.have.count === 0 ? Number.POSITIVE_INFINITY : 0;
  if (state.have.count > 0) state.touch(peer);
}

/** Whether it is still to be told of pieces; that one among them. */
export function isTellingHave(peer: Pick<Peer, 'nextHave'>, piece = Number.MAX_SAFE_INTEGER): boolean {
  return peer.nextHave <= piece && peer.nextHave !== Number.POSITIVE_INFINITY;
}

/** To be called before what is there for the peer is sent: adds some, a little at a time. */
export function giveHaves(
  { have }: Pick<TorrentState, 'have'>,
  peer: Pick<Peer, 'nextHave' | 'encoder'>,
): void {
  while (peer.nextHave < have.length && peer.encoder.length < MAX_UNSENT) {
    const piece = peer.nextHave++;
    if (have.has(piece)) peer.encoder.have(piece);
  }
  if (peer.nextHave >= have.length) peer.nextHave = Number.POSITIVE_INFINITY;
}

// As of metadata. Seven thousand pieces.
const MAX_UNSENT = 65_536;
// The headers of Ethernet, IP and TCP with its times, and the message.
const PACKET_BYTES = 75;
// 64 processes behind 125 kB/s each: 1.42 times the bound where all are told at once, 1.29 by this, 1.28 where all wait a second.
const ROUND_SHARE = 0.02;
// Whoever waits for a slot becomes interested no later, and knows what is rare.
const LATEST_MS = 1000;
// What goes out now says little of the line while nobody wants anything.
const LEAST_BYTES_PER_SECOND = 65_536;
// So many pieces that all were told are not worth a search.
const KEPT = 1024;
