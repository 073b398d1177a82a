// What the engine knows of web seeds (BEP 19): they are peers like others, but are asked for long runs of pieces, keep more
// under way, and are thought of last where the swarm gives enough by itself. Who speaks HTTP to them is not known here.

import { FileRun } from './file-run.ts';
import type { PeerFacts } from './output.ts';
import { PieceRun, type WebSeedRun } from './piece-run.ts';
import type { PipelineOptions } from './pipeline.ts';
import type { TorrentState } from './state.ts';

/** What the swarm gives without its web seeds. */
export interface SwarmSupply {
  readonly peersBytesPerSecond: number;
  /** Pieces that are to be begun and that no peer has. */
  readonly missingPieces: number;
}

export function swarmSupply(state: TorrentState, now: number): SwarmSupply {
  const { picker } = state;
  let peersBytesPerSecond = 0;
  let isWhole = false;
  for (const peer of state.peers.values()) {
    if (peer.facts.webSeed !== undefined) continue;
    peersBytesPerSecond += peer.received.perSecond(now);
    if (peer.isSeed) isWhole = true;
  }
  const missingPieces = picker === undefined || isWhole ? 0 : picker.rarity.unavailableCount;
  return { peersBytesPerSecond, missingPieces };
}

/** How the pieces of a new web seed are chosen. */
export function webSeedRun(state: TorrentState, { givesWholeFiles }: PeerFacts): WebSeedRun {
  const { layout } = state;
  if (givesWholeFiles !== true || layout === undefined) return new PieceRun(state.deps.random);
  const peersGive = () => {
    for (const peer of state.peers.values())
      if (peer.facts.webSeed === undefined && peer.outstanding.count > 0) return true;
    return false;
  };
  const peersHave = (piece: number) => {
    for (const peer of state.peers.values())
      if (peer.facts.webSeed === undefined && peer.pieces.has(piece)) return true;
    return false;
  };
  return new FileRun({ layout, peersGive, peersHave });
}

/** One range is asked for at a time, and a server answers the next one a round trip later: libtorrent asks for 16 MiB too. */
export const WEB_SEED_PIPELINE: PipelineOptions = {
  minRequests: 64,
  maxRequests: 1024,
  minRoundTripMs: 3000,
};
