// A swarm of the simulator at one moment, as `swarmline lab watch` draws it: plain data, to go from thread to thread.

import type { SimSwarm } from '../../lab/sim/sim-swarm.ts';
import { haveDigits } from '../../lab/timeline.ts';

export interface WatchedSecond {
  /** Of the swarm's time. */
  readonly atMs: number;
  readonly peers: readonly WatchedPeer[];
}

export interface WatchedPeer {
  readonly name: string;
  readonly state: 'absent' | 'here' | 'gone';
  readonly isSeed: boolean;
  /** See `haveDigits`. */
  readonly have: string;
  /** 0…1. */
  readonly share: number;
  readonly downBytesPerSecond: number;
  readonly upBytesPerSecond: number;
  readonly peers: number;
}

export function watchedSecond({ seeds, leechers, world }: SimSwarm): WatchedSecond {
  const named = [
    ...seeds.map((peer, i) => ({ peer, name: seeds.length === 1 ? 'seed' : `seed ${i + 1}` })),
    ...leechers.map((peer, i) => ({ peer, name: `peer ${i + 1}` })),
  ];
  return {
    atMs: world.now,
    peers: named.map(({ peer, name }): WatchedPeer => {
      if (!peer.hasStarted || peer.leftAt !== undefined) {
        const state = peer.leftAt === undefined ? 'absent' : 'gone';
        return { ...NOTHING, name, state, isSeed: peer.isSeed };
      }
      const stats = peer.torrent.stats();
      const { pieceCount } = peer.content.metainfo.layout;
      return {
        name,
        state: 'here',
        isSeed: peer.isSeed,
        have: haveDigits(pieceCount, piece => peer.torrent.hasPiece(piece)),
        share: stats.piecesHave / stats.piecesTotal,
        downBytesPerSecond: stats.downloadBytesPerSecond,
        upBytesPerSecond: stats.uploadBytesPerSecond,
        peers: stats.peerCount,
      };
    }),
  };
}

const NOTHING = { have: '', share: 0, downBytesPerSecond: 0, upBytesPerSecond: 0, peers: 0 };
