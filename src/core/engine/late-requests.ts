// Blocks that do not come. A peer that sends nothing at all is snubbed: what it owes us is taken back, and it is asked for
// one block at a time until one comes. A peer that goes on sending and passes one request over has lost it: that block is
// taken back once its piece waits for nothing else. What was taken back others are asked for first.

import { refill, releaseRequests, takeBack } from './download.ts';
import type { Peer } from './peer.ts';
import type { TorrentState } from './state.ts';

/** To be called once a second. */
export function noticeLateRequests(state: TorrentState, peer: Peer, now: number): void {
  if (peer.outstanding.count === 0) return;
  // What it is asked for may lie behind much that is passed over; who fetches from it sees its silence.
  if (peer.run?.isOfWholeFiles) return;
  if (now - peer.lastBlockAt >= state.options.snubAfterMs) snub(state, peer, now);
  else takeBackLost(state, peer, now);
}

function snub(state: TorrentState, peer: Peer, now: number): void {
  peer.isSnubbed = true;
  peer.lastBlockAt = now;
  peer.pipeline.snubbed();
  releaseRequests(state, peer, true);
  refillOthers(state, peer, now);
}

function takeBackLost(state: TorrentState, peer: Peer, now: number): void {
  const { outstanding } = peer;
  const { requestTimeoutMs } = state.options;
  const { count } = outstanding;
  // Oldest first.
  for (let i = 0; i < outstanding.count && now - outstanding.time(i) >= requestTimeoutMs; ) {
    const piece = outstanding.piece(i);
    const partial = state.picker?.partial(piece);
    const isInTheWay = partial !== undefined && partial.freeCount === 0;
    if (!isInTheWay && now - outstanding.time(i) < 2 * requestTimeoutMs) {
      i++;
      continue;
    }
    takeBack(state, peer, i);
  }
  if (outstanding.count < count) refillOthers(state, peer, now);
}

/** Otherwise it would be asked for the same once more, and nobody else for as long as it is silent. */
function refillOthers(state: TorrentState, peer: Peer, now: number): void {
  for (const other of state.peers.values()) if (other !== peer && !other.isSnubbed) refill(state, other, now);
}
