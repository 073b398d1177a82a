// Super-seeding (BEP 16): the one seed of a torrent shows itself as a peer that has nothing, and reveals to each peer a few
// pieces by `have`, each piece to one peer. The next is revealed when one of these was seen at another peer: so a copy
// leaves once, and first to those who pass it on. Few at a time, but as many as the peer takes in some seconds, so that its
// pipe stays full while others fetch from it.
//
// It ends by itself when another peer has everything, or when each piece is at two others; from then on everything is
// told, some thousand `have` a second. Peers that were told everything before it began know it, and go on as they were.
// Who has not all pieces never does this.

import { Bitfield } from '../bytes/bitfield.ts';
import { hasFreeSlot } from './choking.ts';
import { tellUploadOnly } from './extension-handshake.ts';
import type { Peer } from './peer.ts';
import { Spread } from './spread.ts';
import type { TorrentState } from './state.ts';

/** What a peer was told while we seemed to have little. */
export interface Disguise {
  /** Pieces that it knows us to have. */
  readonly revealed: Bitfield;
  /** Of these: first copies that were not seen at another peer, and second ones that it does not have itself. */
  readonly unseen: Set<number>;
  readonly repeats: Set<number>;
  /** Pieces before this one were told, when it is over. */
  told: number;
}

/** On, as soon as everything is there; or off, and everything is told. */
export function setSuperSeeding(state: TorrentState, isWanted: boolean): void {
  if (isWanted === (state.superSeeding !== 'off')) return;
  state.superSeeding = isWanted ? 'wanted' : 'off';
  if (isWanted) beginSuperSeeding(state);
  else tellTheRest(state);
}

/** To be called when it may have become possible. */
export function beginSuperSeeding(state: TorrentState): void {
  if (state.superSeeding !== 'wanted' || state.phase !== 'active') return;
  if (!state.have.isFull || state.have.length === 0) return;
  for (const peer of state.peers.values()) if (peer.pieces.isFull) return;
  state.superSeeding = 'on';
}

/** The peer was told that we have nothing. */
export function hide(state: TorrentState, peer: Peer): void {
  const revealed = new Bitfield(state.have.length);
  peer.disguise = { revealed, unseen: new Set(), repeats: new Set(), told: 0 };
}

/** What a new peer is told in place of what we have. */
export function greetInDisguise(state: TorrentState, peer: Peer): void {
  const { length } = state.have;
  hide(state, peer);
  if (peer.facts.fast) peer.encoder.haveNone();
  // BEP 16 leaves the bitfield out; an empty one is clear to those who wait for one.
  else peer.encoder.bitfield(new Uint8Array((length + 7) >>> 3));
}

/** Reveals as many pieces as the peer may have ahead; to be called when it joined, is unchoked, and now and then. */
export function reveal(state: TorrentState, peer: Peer, now: number): void {
  const { disguise } = peer;
  if (state.superSeeding !== 'on' || disguise === undefined || peer.hasClosed) return;
  if (peer.amChoking && !hasFreeSlot(state, now)) {
    if (disguise.revealed.count === 0) lure(state, peer);
    return;
  }
  const most = allowance(state, peer, now);
  while (disguise.unseen.size < most) {
    const piece = firstCopy(state, peer);
    if (piece < 0) break;
    disguise.unseen.add(piece);
    peer.assigned.add(piece);
    state.firstCopyAt = now;
    state.firstCopy = piece;
    tell(state, peer, piece);
  }
  // What is under way comes without a second copy.
  if (now - state.firstCopyAt < STUCK_MS) return;
  while (disguise.unseen.size + disguise.repeats.size < MIN_AHEAD) {
    const piece = secondCopy(state, peer);
    if (piece < 0) break;
    disguise.repeats.add(piece);
    tell(state, peer, piece);
  }
}

/** A peer has a piece: those who were given it have passed it on. */
export function pieceSeen(state: TorrentState, at: Peer, piece: number, now: number): void {
  if (state.superSeeding !== 'on') return;
  if (at.pieces.isFull) {
    endSuperSeeding(state);
    return;
  }
  for (const peer of state.peers.values()) if (isSeenAt(state, peer, at, piece)) reveal(state, peer, now);
}

/** A peer has said at once what it has, as it joined or in place of many `have`s: like `pieceSeen` of all of these. */
export function piecesSeen(state: TorrentState, at: Peer, now: number): void {
  if (state.superSeeding !== 'on') return;
  if (at.pieces.isFull) {
    endSuperSeeding(state);
    return;
  }
  for (const peer of state.peers.values()) {
    const { disguise } = peer;
    if (disguise === undefined) continue;
    let isNews = false;
    for (const piece of [...disguise.unseen, ...disguise.repeats])
      if (at.pieces.has(piece) && isSeenAt(state, peer, at, piece)) isNews = true;
    if (isNews) reveal(state, peer, now);
  }
}

/** Strikes a piece off what the peer has yet to pass on, or to get, where that was seen. Whether it was on it. */
function isSeenAt(state: TorrentState, peer: Peer, at: Peer, piece: number): boolean {
  const { disguise } = peer;
  if (disguise === undefined) return false;
  const isAlone = state.peers.size === 1;
  if ((peer !== at || isAlone) && disguise.unseen.delete(piece)) return true;
  return peer === at && disguise.repeats.delete(piece);
}

/** Once a second. */
export function superSeedingTick(state: TorrentState, now: number): void {
  if (state.superSeeding === 'on') {
    if (!state.have.isFull || hasEnoughCopies(state)) endSuperSeeding(state);
    else for (const peer of state.peers.values()) reveal(state, peer, now);
  }
  if (state.superSeeding !== 'on') tellMoreToAll(state);
}

function endSuperSeeding(state: TorrentState): void {
  // Pieces that were lost come back; who has once been helped by another needs it no more.
  state.superSeeding = state.have.isFull ? 'off' : 'wanted';
  tellTheRest(state);
}

function tellTheRest(state: TorrentState): void {
  tellMoreToAll(state);
  for (const peer of state.peers.values()) if (!peer.hasClosed) tellUploadOnly(state, peer);
}

/** It is over: the rest is told, a part each second, so that nobody is sent megabytes at once. */
function tellMoreToAll(state: TorrentState): void {
  const { have } = state;
  for (const peer of state.peers.values()) {
    const { disguise } = peer;
    if (disguise === undefined || peer.hasClosed) continue;
    let count = 0;
    for (; disguise.told < have.length && count < TOLD_AT_ONCE; disguise.told++) {
      if (disguise.revealed.has(disguise.told) || !have.has(disguise.told)) continue;
      disguise.revealed.add(disguise.told);
      peer.encoder.have(disguise.told);
      count++;
    }
    if (disguise.told >= have.length) peer.disguise = undefined;
    state.touch(peer);
  }
}

function tell(state: TorrentState, peer: Peer, piece: number): void {
  peer.disguise!.revealed.add(piece);
  peer.encoder.have(piece);
  state.touch(peer);
}

/** Who waits for a turn is shown what another gets, to be interested: a piece of its own would lie idle until then. */
function lure(state: TorrentState, peer: Peer): void {
  const { firstCopy } = state;
  if (firstCopy < 0 || peer.pieces.has(firstCopy)) return;
  peer.disguise!.repeats.add(firstCopy);
  tell(state, peer, firstCopy);
}

/** One that nobody has and nobody was given. */
function firstCopy(state: TorrentState, peer: Peer): number {
  state.spread ??= new Spread(state.have.length, state.deps.random);
  const { availability } = state.picker!.rarity;
  const piece = state.spread.next(other => availability[other]! > 0);
  if (piece < 0 || !peer.disguise!.revealed.has(piece)) return piece;
  // It was revealed to this peer and taken back from it: for another.
  state.spread.cameToNothing(piece);
  return -1;
}

/** The rarest of those that are not at two others yet, of some thousand from a place drawn at random. */
function secondCopy(state: TorrentState, peer: Peer): number {
  const { availability } = state.picker!.rarity;
  const { length } = availability;
  const offset = state.deps.random.below(length);
  let best = -1;
  for (let i = 0; i < Math.min(length, MAX_LOOKS); i++) {
    const piece = (offset + i) % length;
    if (availability[piece]! >= ENOUGH_COPIES || peer.pieces.has(piece) || peer.disguise!.revealed.has(piece))
      continue;
    if (best < 0 || availability[piece]! < availability[best]!) best = piece;
    if (availability[best] === 0) break;
  }
  return best;
}

function hasEnoughCopies(state: TorrentState): boolean {
  const { availability } = state.picker!.rarity;
  for (let piece = 0; piece < availability.length; piece++)
    if (availability[piece]! < ENOUGH_COPIES) return false;
  return true;
}

/** First copies that a peer may have and that were not seen at another; one is enough to become interested. */
function allowance(state: TorrentState, peer: Peer, now: number): number {
  if (peer.amChoking) return 1;
  const ahead = (peer.sent.perSecond(now) * AHEAD_MS) / 1000;
  return Math.min(MAX_AHEAD, MIN_AHEAD + Math.ceil(ahead / state.layout!.pieceLength));
}

const MIN_AHEAD = 2;
const MAX_AHEAD = 16;
// Until a piece has come, is asked for by another, has come there, and that is told.
const AHEAD_MS = 3000;
// Then who has the last first copies does not pass them on, or does not get them.
const STUCK_MS = 2000;
// One of them may leave.
const ENOUGH_COPIES = 2;
const MAX_LOOKS = 4096;
// 36 KiB: two million pieces are told in eight minutes.
const TOLD_AT_ONCE = 4096;
