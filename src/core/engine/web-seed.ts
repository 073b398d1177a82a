// What the engine knows of web seeds (BEP 19): they are peers like others, but are asked for long runs of pieces, keep more
// under way, and are thought of last where the swarm gives enough by itself. Who speaks HTTP to them is not known here.

import { FileRun } from './file-run.ts';
import type { Peer } from './peer.ts';
import { PieceRun, type Sharing, type WebSeedRun } from './piece-run.ts';
import { isShareOf, shareNumber, stretchPieces } from './piece-shares.ts';
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
export function webSeedRun(state: TorrentState, peer: Peer): WebSeedRun {
  const { layout, deps } = state;
  if (layout === undefined || peer.facts.givesWholeFiles !== true)
    return new PieceRun({ random: deps.random, sharing: now => sharingOf(state, peer, now) });
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

/** Who else may fetch from it: all that have not everything. */
function sharingOf(state: TorrentState, webSeed: Peer, now: number): Sharing | undefined {
  const { layout, torrent } = state;
  if (layout === undefined) return undefined;
  const others: number[] = [];
  let peersBytesPerSecond = 0;
  for (const peer of state.peers.values()) {
    if (peer.facts.webSeed !== undefined) continue;
    peersBytesPerSecond += peer.received.perSecond(now);
    if (!peer.isSeed) others.push(shareNumber(peer.facts.peerId));
  }
  if (others.length === 0) return undefined;
  const own = shareNumber(torrent.peerId);
  const stretch = stretchPieces(layout.pieceLength, layout.pieceCount);
  return {
    isOurs: piece => isShareOf(own, others, Math.floor(piece / stretch)),
    doPeersGiveMore: peersBytesPerSecond > 0 && peersBytesPerSecond >= webSeed.received.perSecond(now),
  };
}

/**
 * One range is asked for at a time, and a server answers the next one a round trip later: what comes in three seconds is
 * asked for, up to 16 MiB, as libtorrent does. It begins small and grows fourfold with each round trip: what one has asked
 * for, others that fetch from the same server do not know, and where that server is slow it never becomes much.
 */
export const WEB_SEED_PIPELINE: PipelineOptions = {
  minRequests: 4,
  growth: 3,
  maxRequests: 1024,
  minRoundTripMs: 3000,
};
