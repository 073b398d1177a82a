// Carries the chokers' verdicts out: who is unchoked and choked, and when.

import { shuffle } from '../bytes/prng.ts';
import { type ChokerCandidate, type ChokerVerdict, rechoke } from './choker.ts';
import { isGranted } from './fast-grants.ts';
import type { Peer } from './peer.ts';
import { rechokeSeeding } from './seed-choker.ts';
import { hadTimeToFinish, letFinish, suggestPieces } from './spreading.ts';
import type { TorrentState } from './state.ts';
import { reveal } from './super-seeding.ts';
import { refuseRequests } from './upload.ts';
import { fedSlots, slotsByRate, type UploadSlots } from './upload-slots.ts';

/** Unchokes a peer at once where a slot is free: nobody waits for the next round to begin. */
export function peerBecameInterested(state: TorrentState, peer: Peer, now: number): void {
  if (!peer.amChoking || state.phase !== 'active') return;
  if (isBeyondSlots(state, peer) || (!isTaker(state, peer) && hasFreeSlot(state, now)))
    unchoke(state, peer, now);
}

/** Whoever becomes interested is unchoked at once. */
export function hasFreeSlot(state: TorrentState, now: number): boolean {
  return usedSlots(state) < slotCount(state, now);
}

/** Nobody waits for the next round where a slot is free: its peer wants nothing any more, or there are more of them. */
export function fillSlots(state: TorrentState, now: number): void {
  if (state.phase !== 'active') return;
  let free = slotCount(state, now) - usedSlots(state);
  if (free <= 0) return;
  const waiting = [...state.peers.values()].filter(
    peer => peer.amChoking && peer.peerInterested && !isTaker(state, peer),
  );
  if (waiting.length === 0) return;
  // Whoever gives most, then whoever has waited longest, those first who never had one; by luck where that is equal.
  const worth = (peer: Peer) => (peer.isSnubbed ? -1 : peer.received.perSecond(now));
  shuffle(waiting, state.deps.random).sort((a, b) => worth(b) - worth(a) || a.unchokedAt - b.unchokedAt);
  for (const peer of waiting) {
    if (free-- <= 0) return;
    unchoke(state, peer, now);
  }
}

/**
 * Who has turned out to give nothing loses a slot that is not by luck at once, and not with the next round: a round is five pieces to
 * him, and so it is with everybody that he meets. Three pieces tell more than one: what a peer shares a line with keeps it from
 * answering at once.
 */
export function endTakersTurns(state: TorrentState, now: number): void {
  if (state.phase !== 'active' || state.isComplete) return;
  for (const peer of state.peers.values()) {
    if (peer.amChoking || peer.isOptimistic || !peer.peerInterested || isBeyondSlots(state, peer)) continue;
    if (isTaker(state, peer) && peer.sent.total > TAKEN_PIECES * state.layout!.pieceLength)
      choke(state, peer, now);
  }
}

function usedSlots(state: TorrentState): number {
  let used = 0;
  for (const other of state.peers.values())
    if (!other.amChoking && other.peerInterested && !isBeyondSlots(state, other)) used++;
  return used;
}

/** One of our own network costs no line: it needs no slot, where there are any. */
function isBeyondSlots(state: TorrentState, peer: Peer): boolean {
  return peer.peerInterested && needsNoSlot(state, peer);
}

/** It is unchoked whenever it is interested. */
export function needsNoSlot(state: TorrentState, peer: Peer): boolean {
  return peer.isLocal && state.uploadSlots !== 0 && state.superSeeding !== 'on';
}

/** It has so many slots from now on: given away anew at once. */
export function uploadSlotsChanged(state: TorrentState, slots: UploadSlots, now: number): void {
  state.uploadSlots = slots;
  state.hasOwnSlots = true;
  if (state.phase === 'active') giveSlots(state, false, now);
}

/** The round of every ten seconds. */
export function rechokePeers(state: TorrentState, now: number): void {
  if (now < state.nextRechokeAt || state.phase !== 'active') return;
  const { rechokeMs } = state.options;
  const rotate = now >= state.nextRotationAt;
  // The first slots went to whoever came first: rounds are short until it is known who gives what.
  state.roundMs = Math.min(rechokeMs, 2 * state.roundMs || FIRST_ROUND_MS);
  state.nextRechokeAt = now + state.roundMs;
  if (rotate) state.nextRotationAt = now + state.options.optimisticMs;
  giveSlots(state, rotate, now);
}

function giveSlots(state: TorrentState, rotate: boolean, now: number): void {
  const slots = slotCount(state, now);
  const { unchoked, optimistic } = state.isComplete
    ? seedVerdict(state, slots, now)
    : leechVerdict(state, slots, rotate, now);
  for (const peer of state.peers.values()) {
    hadTimeToFinish(state, peer, now);
    peer.isOptimistic = optimistic.has(peer.number);
    if (unchoked.has(peer.number) || isBeyondSlots(state, peer)) unchoke(state, peer, now);
    else choke(state, peer, now);
  }
}

function leechVerdict(state: TorrentState, slots: number, rotate: boolean, now: number): ChokerVerdict {
  const candidates: ChokerCandidate[] = [];
  for (const peer of state.peers.values()) {
    if (isBeyondSlots(state, peer)) continue;
    candidates.push({
      number: peer.number,
      isInterested: peer.peerInterested,
      isOptimistic: peer.isOptimistic,
      isSnubbed: peer.isSnubbed,
      isTaker: isTaker(state, peer),
      rateBytesPerSecond: peer.received.perSecond(now),
      pieces: peer.pieces.count,
    });
  }
  return rechoke(candidates, slots, rotate, state.options.choker.optimisticEvery, state.deps.random);
}

/**
 * It has what we want, and keeps it, though it was given more than a piece. A newcomer has nothing to give, and is none; nor
 * is anybody to a seed.
 */
function isTaker(state: TorrentState, { amInterested, sent, received }: Peer): boolean {
  if (state.isComplete || !amInterested) return false;
  return sent.total > state.layout!.pieceLength && sent.total > GIVEN_TIMES * received.total;
}

function seedVerdict(state: TorrentState, slots: number, now: number): ChokerVerdict {
  const { turnPieces, turnMs } = state.options.choker;
  const turn = { bytes: turnPieces * (state.layout?.pieceLength ?? 0), ms: turnMs };
  const others = [...state.peers.values()].filter(peer => !isBeyondSlots(state, peer));
  const candidates = others.map(peer => ({
    number: peer.number,
    isInterested: peer.peerInterested,
    isUnchoked: !peer.amChoking,
    unchokedAt: peer.unchokedAt,
    turnBytes: peer.sent.total - peer.sentBeforeTurn,
  }));
  return {
    unchoked: rechokeSeeding(candidates, slots, turn, state.deps.random, now),
    optimistic: NOBODY,
  };
}

function slotCount(state: TorrentState, now: number): number {
  const { uploadSlots } = state;
  if (uploadSlots !== 'rate') {
    if (state.hasOwnSlots || state.superSeeding === 'on') return uploadSlots;
    const { maxFedSlots, maxFedSeedSlots } = state.options.choker;
    const max = state.isComplete ? maxFedSeedSlots : maxFedSlots;
    return fedSlots(uploadSlots, max, state.sent.perSecond(now), state.info!.pieceLength);
  }
  const rates: number[] = [];
  for (const peer of state.peers.values()) if (!peer.amChoking) rates.push(peer.sent.perSecond(now));
  return slotsByRate(rates, state.options.choker.rateSlots);
}

function unchoke(state: TorrentState, peer: Peer, now: number): void {
  if (!peer.amChoking) return;
  peer.amChoking = false;
  peer.unchokedAt = now;
  peer.sentBeforeTurn = peer.sent.total;
  peer.encoder.unchoke();
  state.touch(peer);
  suggestPieces(state, peer, now);
  reveal(state, peer, now);
}

function choke(state: TorrentState, peer: Peer, now: number): void {
  if (peer.amChoking) return;
  peer.amChoking = true;
  peer.chokedAt = now;
  letFinish(state, peer);
  // First the choke, then the rejects: otherwise the peer asks again. BEP 6, "Reject Request"
  peer.encoder.choke();
  refuseRequests(state, peer, piece => !isGranted(peer, piece) && !peer.assigned.has(piece));
  state.touch(peer);
}

// Long enough for rates to mean something.
const FIRST_ROUND_MS = 1000;
// Less than an eighth of it came back.
const GIVEN_TIMES = 8;
const TAKEN_PIECES = 3;
const NOBODY: ReadonlySet<number> = new Set();
