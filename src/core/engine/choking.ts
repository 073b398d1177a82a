// Carries the choker's verdicts out: who is unchoked and choked, and when.

import { type ChokerCandidate, rechoke } from './choker.ts';
import { isGranted } from './fast-grants.ts';
import type { Peer } from './peer.ts';
import type { TorrentState } from './state.ts';
import { refuseRequests } from './upload.ts';

/** Unchokes a peer at once where a slot is free: nobody waits for the next round to begin. */
export function peerBecameInterested(state: TorrentState, peer: Peer): void {
  if (!peer.amChoking || state.phase !== 'active') return;
  let used = 0;
  for (const other of state.peers.values()) if (!other.amChoking && other.peerInterested) used++;
  if (used < state.options.choker.slots) unchoke(state, peer);
}

/** The round of every ten seconds. */
export function rechokePeers(state: TorrentState, now: number): void {
  if (now < state.nextRechokeAt || state.phase !== 'active') return;
  const rotate = now >= state.nextRotationAt;
  state.nextRechokeAt = now + state.options.rechokeMs;
  if (rotate) state.nextRotationAt = now + state.options.optimisticMs;

  const isComplete = state.isComplete;
  const candidates: ChokerCandidate[] = [];
  for (const peer of state.peers.values()) {
    candidates.push({
      number: peer.number,
      isInterested: peer.peerInterested,
      isUnchoked: !peer.amChoking,
      isOptimistic: peer.isOptimistic,
      // Who owed us blocks while we downloaded owes us none when we have everything.
      isSnubbed: !isComplete && peer.isSnubbed,
      rateBytesPerSecond: (isComplete ? peer.sent : peer.received).perSecond(now),
    });
  }
  const verdict = rechoke(candidates, rotate, state.options.choker, state.deps.random);
  for (const peer of state.peers.values()) {
    peer.isOptimistic = verdict.optimistic.has(peer.number);
    if (verdict.unchoked.has(peer.number)) unchoke(state, peer);
    else choke(state, peer);
  }
}

function unchoke(state: TorrentState, peer: Peer): void {
  if (!peer.amChoking) return;
  peer.amChoking = false;
  peer.encoder.unchoke();
  state.touch(peer);
}

function choke(state: TorrentState, peer: Peer): void {
  if (peer.amChoking) return;
  peer.amChoking = true;
  // First the choke, then the rejects: otherwise the peer asks again. BEP 6, "Reject Request"
  peer.encoder.choke();
  refuseRequests(state, peer, piece => !isGranted(peer, piece));
  state.touch(peer);
}
