// Carries the chokers' verdicts out: who is unchoked and choked, and when.

import { type ChokerCandidate, type ChokerVerdict, rechoke } from './choker.ts';
import { isGranted } from './fast-grants.ts';
import type { Peer } from './peer.ts';
import { rechokeSeeding } from './seed-choker.ts';
import { hadTimeToFinish, letFinish, suggestPieces } from './spreading.ts';
import type { TorrentState } from './state.ts';
import { reveal } from './super-seeding.ts';
import { refuseRequests } from './upload.ts';
import { slotsByRate, type UploadSlots } from './upload-slots.ts';

/** Unchokes a peer at once where a slot is free: nobody waits for the next round to begin. */
export function peerBecameInterested(state: TorrentState, peer: Peer, now: number): void {
  if (peer.amChoking && state.phase === 'active' && hasFreeSlot(state, now)) unchoke(state, peer, now);
}

/** Whoever becomes interested is unchoked at once. */
export function hasFreeSlot(state: TorrentState, now: number): boolean {
  let used = 0;
  for (const other of state.peers.values()) if (!other.amChoking && other.peerInterested) used++;
  return used < slotCount(state, now);
}

/** It has so many slots from now on: given away anew at once. */
export function uploadSlotsChanged(state: TorrentState, slots: UploadSlots, now: number): void {
  state.uploadSlots = slots;
  if (state.phase === 'active') giveSlots(state, false, now);
}

/** The round of every ten seconds. */
export function rechokePeers(state: TorrentState, now: number): void {
  if (now < state.nextRechokeAt || state.phase !== 'active') return;
  const rotate = now >= state.nextRotationAt;
  state.nextRechokeAt = now + state.options.rechokeMs;
  if (rotate) state.nextRotationAt = now + state.options.optimisticMs;
  giveSlots(state, rotate, now);
}

function giveSlots(state: TorrentState, rotate: boolean, now: number): void {
  const slots = slotCount(state, now);
  const { unchoked, optimistic } = state.isComplete
    ? seedVerdict(state, slots, now)
    : leechVerdict(state, slots, rotate, now);
  for (const peer of state.peers.values()) {
    hadTimeToFinish(state, peer);
    peer.isOptimistic = optimistic.has(peer.number);
    if (unchoked.has(peer.number)) unchoke(state, peer, now);
    else choke(state, peer);
  }
}

function leechVerdict(state: TorrentState, slots: number, rotate: boolean, now: number): ChokerVerdict {
  const candidates: ChokerCandidate[] = [];
  for (const peer of state.peers.values()) {
    candidates.push({
      number: peer.number,
      isInterested: peer.peerInterested,
      isOptimistic: peer.isOptimistic,
      isSnubbed: peer.isSnubbed,
      rateBytesPerSecond: peer.received.perSecond(now),
    });
  }
  return rechoke(candidates, slots, rotate, state.options.choker.optimisticEvery, state.deps.random);
}

function seedVerdict(state: TorrentState, slots: number, now: number): ChokerVerdict {
  const { turnPieces, turnMs } = state.options.choker;
  const turn = { bytes: turnPieces * (state.layout?.pieceLength ?? 0), ms: turnMs };
  const candidates = Array.from(state.peers.values(), peer => ({
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
  if (uploadSlots !== 'rate') return uploadSlots;
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

function choke(state: TorrentState, peer: Peer): void {
  if (peer.amChoking) return;
  peer.amChoking = true;
  letFinish(state, peer);
  // First the choke, then the rejects: otherwise the peer asks again. BEP 6, "Reject Request"
  peer.encoder.choke();
  refuseRequests(state, peer, piece => !isGranted(peer, piece) && !peer.assigned.has(piece));
  state.touch(peer);
}

const NOBODY: ReadonlySet<number> = new Set();
