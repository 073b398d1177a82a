// A seed spreads distinct pieces: to each peer that it uploads to it suggests (BEP 6) pieces that nobody else was given, a
// few ahead of what the peer asks for. Leechers that come together know nothing of each other's choice, and of the pieces
// that nobody has two would fetch the same from the seed: each such piece is one that it sends twice. Who does not follow
// advice loses nothing by it.

import type { Peer } from './peer.ts';
import { Spread } from './spread.ts';
import type { TorrentState } from './state.ts';

/** Suggests as many pieces as the peer is likely to ask for next; to be called when it is unchoked and asks. */
export function suggestPieces(state: TorrentState, peer: Peer, now: number): void {
  if (state.superSeeding === 'on' || !state.options.spreadsPieces) return;
  // With one peer there is nothing to spread.
  if (!state.have.isFull || !state.isComplete || state.peers.size < 2) return;
  if (!peer.facts.fast || peer.amChoking || !peer.peerInterested) return;
  const spread = spreadOf(state);
  const { availability } = state.picker!.rarity;
  // What somebody has by now is no longer what this peer is to take first.
  for (let i = peer.offers.length - 1; i >= 0; i--)
    if (availability[peer.offers[i]!]! > 0) peer.offers.splice(i, 1);
  const wanted = offersFor(state, peer, now);
  while (peer.offers.length < wanted) {
    const piece = spread.next(other => availability[other]! > 0);
    if (piece < 0) return;
    peer.offers.push(piece);
    peer.assigned.add(piece);
    peer.encoder.suggest(piece);
    state.touch(peer);
  }
}

/** The peer asks for a block of the piece, and is to get it. */
export function pieceGoesOut(state: TorrentState, peer: Peer, piece: number, now: number): void {
  const { spread } = state;
  if (spread === undefined) return;
  const offer = peer.offers.indexOf(piece);
  if (offer >= 0) {
    peer.offers.splice(offer, 1);
    suggestPieces(state, peer, now);
  } else if (!peer.assigned.has(piece)) {
    if (spread.gave(piece) || isTakenBack(state, piece)) peer.assigned.add(piece);
    suggestPieces(state, peer, now);
  }
}

/** It was suggested to somebody who has not asked for it: whoever does gets it. */
function isTakenBack(state: TorrentState, piece: number): boolean {
  for (const { offers, assigned } of state.peers.values()) {
    const offer = offers.indexOf(piece);
    if (offer < 0) continue;
    offers.splice(offer, 1);
    assigned.delete(piece);
    return true;
  }
  return false;
}

/** The peer has the piece: it is no longer ours alone to give. */
export function pieceArrived(peer: Peer, piece: number): void {
  peer.assigned.delete(piece);
}

/** The peer has left: what it was given and does not have is for others. */
export function takeBackPieces(state: TorrentState, peer: Peer): void {
  for (const piece of peer.assigned) state.spread?.cameToNothing(piece);
  peer.assigned.clear();
  peer.offers.length = 0;
}

/**
 * The peer is about to be choked: what it has not begun is for others; what it has begun it may finish, for half a piece is
 * of use to nobody, and another would be sent all of it once more.
 */
export function letFinish(state: TorrentState, peer: Peer): void {
  for (const piece of peer.offers) {
    if (peer.assigned.delete(piece)) state.spread?.cameToNothing(piece);
  }
  peer.offers.length = 0;
  // BEP 6, "Allowed Fast"
  for (const piece of peer.assigned) peer.encoder.allowedFast(piece);
  peer.finishBytes = Math.min(peer.assigned.size, MAX_FINISHED) * (state.layout?.pieceLength ?? 0);
}

/** It is still choked, a whole round later: who did not finish until now does not. */
export function hadTimeToFinish(state: TorrentState, peer: Peer, now: number): void {
  if (!peer.amChoking || peer.assigned.size === 0) return;
  if (now - peer.chokedAt < state.options.rechokeMs) return;
  takeBackPieces(state, peer);
  peer.disguise?.unseen.clear();
}

/** Whether a request of a choked peer is for what it may finish; paid for where it is. */
export function takesFinish(peer: Peer, piece: number, length: number): boolean {
  if (!peer.assigned.has(piece) || peer.finishBytes < length) return false;
  peer.finishBytes -= length;
  return true;
}

/**
 * Everything was given once, and the last of it is still on its way: until it should be there nobody is sent what another
 * gets or has, so that first copies have the uplink to themselves; the peer asks its fellows. Once, and not for long: who is
 * to get them may be slow, or mean harm. BEP 6, "Reject Request"
 */
export function isRepeatTooEarly(state: TorrentState, peer: Peer, piece: number, now: number): boolean {
  if (state.spread?.isSpent !== true || !state.isComplete) return false;
  if (!peer.facts.fast || peer.assigned.has(piece)) return false;
  let goingOut = 0;
  let takers = 0;
  for (const { assigned, offers } of state.peers.values()) {
    // Not begun: it is the peer's, who asks first.
    if (offers.includes(piece)) return false;
    goingOut += assigned.size;
    if (assigned.size > 0) takers++;
  }
  const isTooEarly = goingOut > 0 && now < lastCopiesUntil(state, goingOut, takers, now);
  if (isTooEarly) remind(state, peer, now);
  return isTooEarly;
}

/**
 * What the peer was given and still does not have went wrong on its side, as where others sent wrong blocks of it: it does
 * not know that nobody else is to get it, and would ask for anything.
 */
function remind(state: TorrentState, peer: Peer, now: number): void {
  if (peer.assigned.size === 0 || now < peer.remindAt) return;
  peer.remindAt = now + REMIND_MS;
  let count = 0;
  for (const piece of peer.assigned) {
    if (++count > MAX_OFFERS) break;
    peer.encoder.suggest(piece);
  }
  state.touch(peer);
}

/**
 * Half as much again as it takes at the rate at which we send, at first: that is too little where much of what was sent waits
 * in sockets still. So it is put off as long as copies arrive, by the time in which each that waits for one should have it; in
 * all at most to three times of what was thought. Where it is soon it is not worth a refusal, which takes a second.
 */
function lastCopiesUntil(state: TorrentState, goingOut: number, takers: number, now: number): number {
  const msFor = (pieces: number) =>
    (1500 * pieces * state.layout!.pieceLength) / Math.max(1, state.sent.perSecond(now));
  if (state.lastCopies === undefined) {
    const ms = msFor(goingOut);
    const isSoon = ms < MIN_LAST_COPIES_MS;
    const until = isSoon ? now : now + Math.min(MAX_LAST_COPIES_MS, ms);
    state.lastCopies = {
      left: goingOut,
      until,
      end: isSoon ? now : now + Math.min(2 * MAX_LAST_COPIES_MS, 2 * ms),
    };
  }
  const { lastCopies } = state;
  if (goingOut < lastCopies.left) {
    lastCopies.left = goingOut;
    const putOff = Math.max(lastCopies.until, now + Math.max(MIN_LAST_COPIES_MS, msFor(takers)));
    lastCopies.until = Math.min(lastCopies.end, putOff);
  }
  return lastCopies.until;
}

function spreadOf(state: TorrentState): Spread {
  state.spread ??= new Spread(state.have.length, state.deps.random);
  return state.spread;
}

/** So much ahead that the next suggestion is there before the peer has asked for all of the last. */
function offersFor(state: TorrentState, peer: Peer, now: number): number {
  const ahead = (peer.sent.perSecond(now) * AHEAD_MS) / 1000;
  return Math.min(MAX_OFFERS, MIN_OFFERS + Math.ceil(ahead / state.layout!.pieceLength));
}

const MIN_LAST_COPIES_MS = 1000;
const MAX_LAST_COPIES_MS = 10_000;
const AHEAD_MS = 1000;
const REMIND_MS = 1000;
const MIN_OFFERS = 2;
// What a peer keeps of them: BEP 6 has no number; we keep ten, libtorrent sixteen.
const MAX_OFFERS = 10;
// Of a fast peer's that are under way, or that were revealed to it.
const MAX_FINISHED = 4;
