// Whole torrents talking to each other in memory.

import { describe, expect, it } from 'vitest';
import type { TorrentVersion } from '../src/core/metainfo/metainfo.ts';
import { MemorySwarm, pieceSpace } from './memory-swarm.ts';
import { noise, torrentOf } from './torrents.ts';

const FILES = [
  { path: ['a.bin'], data: noise(100_000, 1) },
  { path: ['b', 'c.bin'], data: noise(33_000, 2) },
  { path: ['b', 'd.bin'], data: new Uint8Array(0) },
  { path: ['e.bin'], data: noise(700_001, 3) },
];

describe('two torrents', () => {
  for (const version of ['v1', 'hybrid', 'v2'] satisfies TorrentVersion[]) {
    for (const fast of [true, false]) {
      it(`hand over a ${version} torrent of several files ${fast ? 'with' : 'without'} the fast extension`, () => {
        const torrent = torrentOf(FILES, { version });
        const data = pieceSpace(torrent);
        const swarm = new MemorySwarm(1);
        const seed = swarm.add({ source: { info: torrent.metainfo }, data, fast });
        const leech = swarm.add({ source: { info: torrent.metainfo }, fast });
        swarm.introduce(leech, seed);
        swarm.run(() => leech.isComplete);
        expect(Buffer.compare(leech.data, data)).toBe(0);
        expect(leech.lent).toBe(0);
        const stats = leech.torrent.stats(swarm.now);
        expect(stats).toMatchObject({ isComplete: true, left: 0, wasted: 0, uploaded: 0 });
        expect(leech.torrent.announceFacts().downloaded).toBeGreaterThanOrEqual(
          torrent.metainfo.layout.dataLength,
        );
        // Complete both: nothing is left to do.
        swarm.run(() => seed.links.size === 0);
        expect(leech.closed).toEqual(['PEER_NOT_NEEDED']);
      });
    }
  }

  it('ask for no padding', () => {
    const torrent = torrentOf([FILES[1]!, FILES[0]!, FILES[3]!], { version: 'hybrid', pieceLength: 262_144 });
    const swarm = new MemorySwarm(2);
    const seed = swarm.add({ source: { info: torrent.metainfo }, data: pieceSpace(torrent) });
    const leech = swarm.add({ source: { info: torrent.metainfo } });
    swarm.introduce(leech, seed);
    swarm.run(() => leech.isComplete);
    const { downloaded } = leech.torrent.stats(swarm.now);
    expect(downloaded).toBe(torrent.metainfo.layout.dataLength);
  });

  it('exchange only what is wanted', () => {
    const torrent = torrentOf(FILES, { version: 'hybrid' });
    const swarm = new MemorySwarm(3);
    const seed = swarm.add({ source: { info: torrent.metainfo }, data: pieceSpace(torrent) });
    const leech = swarm.add({ source: { info: torrent.metainfo }, wantedFiles: [1] });
    swarm.introduce(leech, seed);
    swarm.run(() => leech.isComplete);
    expect(leech.torrent.have.count).toBe(2);
    expect(leech.torrent.stats(swarm.now).isComplete).toBe(true);
  });
});

describe('a magnet', () => {
  for (const version of ['v1', 'hybrid', 'v2'] satisfies TorrentVersion[]) {
    it(`fetches the metadata of a ${version} torrent, then the data`, () => {
      const torrent = torrentOf([{ path: ['big'], data: noise(2_000_000, 4) }, ...FILES], {
        version,
        pieceLength: 16_384,
      });
      const data = pieceSpace(torrent);
      const { metainfo } = torrent;
      // More than one piece of it only where pieces are many.
      const swarm = new MemorySwarm(4);
      const seeds = [1, 2].map(() => swarm.add({ source: { info: metainfo }, data }));
      const { infoHashV1, infoHashV2 } = metainfo;
      const leech = swarm.add({
        source: version === 'v2' ? { infoHashV2: infoHashV2! } : { infoHashV1: infoHashV1! },
      });
      for (const seed of seeds) swarm.introduce(leech, seed);
      swarm.run(() => leech.isComplete);
      expect(leech.torrent.info!.raw).toEqual(metainfo.raw);
      expect(Buffer.compare(leech.data, data)).toBe(0);
    });
  }

  it('learns from a peer that has part of the data, and trades with another magnet', () => {
    const torrent = torrentOf(FILES);
    const data = pieceSpace(torrent);
    const source = { infoHashV1: torrent.metainfo.infoHashV1! };
    const swarm = new MemorySwarm(5);
    const [a, b] = [swarm.add({ source }), swarm.add({ source })];
    swarm.introduce(a, b);
    const seed = swarm.add({ source: { info: torrent.metainfo }, data });
    swarm.introduce(b, seed);
    swarm.run(() => a.isComplete && b.isComplete);
    expect(Buffer.compare(a.data, data)).toBe(0);
  });
});

describe('a peer that sends wrong data', () => {
  it('alone is found out by one piece and banned', () => {
    const torrent = torrentOf(FILES);
    const data = pieceSpace(torrent);
    const swarm = new MemorySwarm(6);
    const liar = swarm.add({ source: { info: torrent.metainfo }, data, corrupt: () => true });
    const leech = swarm.add({ source: { info: torrent.metainfo } });
    swarm.introduce(leech, liar);
    swarm.run(() => leech.closed.length > 0);
    expect(leech.closed).toEqual(['PIECE_CORRUPT']);
    expect(leech.events.some(event => event.type === 'peer-banned')).toBe(true);

    const seed = swarm.add({ source: { info: torrent.metainfo }, data });
    swarm.introduce(leech, seed);
    swarm.run(() => leech.isComplete);
    expect(Buffer.compare(leech.data, data)).toBe(0);
    const { wasted, failedPieces } = leech.torrent.stats(swarm.now);
    expect(wasted).toBeGreaterThan(0);
    // One piece was enough.
    expect(failedPieces).toBeGreaterThanOrEqual(1);
  });

  it('among others is found out too, and the download ends well', () => {
    const torrent = torrentOf([{ path: ['f'], data: noise(3_000_000, 9) }], { pieceLength: 131_072 });
    const data = pieceSpace(torrent);
    const swarm = new MemorySwarm(7);
    const liar = swarm.add({ source: { info: torrent.metainfo }, data, corrupt: piece => piece % 2 === 0 });
    const seeds = [1, 2].map(() => swarm.add({ source: { info: torrent.metainfo }, data }));
    const leech = swarm.add({ source: { info: torrent.metainfo } });
    for (const node of [liar, ...seeds]) swarm.introduce(leech, node);
    swarm.run(() => leech.isComplete);
    expect(Buffer.compare(leech.data, data)).toBe(0);
    expect(leech.closed).toContain('PIECE_CORRUPT');
  });
});

describe('a swarm', () => {
  it('of leechers trades among itself: the seed sends less than everyone takes', () => {
    const torrent = torrentOf([{ path: [], data: noise(2_000_000, 10) }], { pieceLength: 32_768 });
    const data = pieceSpace(torrent);
    const swarm = new MemorySwarm(8);
    const seed = swarm.add({ source: { info: torrent.metainfo }, data });
    const leechers = [1, 2, 3, 4].map(() => swarm.add({ source: { info: torrent.metainfo } }));
    for (const leech of leechers) {
      swarm.introduce(leech, seed);
      for (const other of leechers) if (other !== leech) swarm.introduce(leech, other);
    }
    swarm.run(() => leechers.every(leech => leech.isComplete));
    for (const leech of leechers) {
      expect(Buffer.compare(leech.data, data)).toBe(0);
      expect(leech.lent).toBe(0);
    }
    const copies = (seed.sentBlocks * 16_384) / data.length;
    expect(copies).toBeLessThan(4);
    expect(leechers.some(leech => leech.sentBlocks > 0)).toBe(true);
  });

  it('run twice from one seed is the same run', () => {
    const run = () => {
      const torrent = torrentOf(FILES);
      const swarm = new MemorySwarm(11);
      const seed = swarm.add({ source: { info: torrent.metainfo }, data: pieceSpace(torrent) });
      const leech = swarm.add({ source: { info: torrent.metainfo } });
      swarm.introduce(leech, seed);
      swarm.run(() => leech.isComplete);
      return leech.events;
    };
    expect(run()).toEqual(run());
  });

  it('has no connection to itself, and one to each other', () => {
    const torrent = torrentOf(FILES);
    const swarm = new MemorySwarm(12);
    const [a, b] = [1, 2].map(() => swarm.add({ source: { info: torrent.metainfo } })) as [
      ReturnType<MemorySwarm['add']>,
      ReturnType<MemorySwarm['add']>,
    ];
    swarm.introduce(a, a);
    swarm.introduce(a, b);
    swarm.introduce(b, a);
    swarm.run(() => a.links.size === 1 && b.links.size === 1);
    expect(a.closed).toContain('PEER_IS_SELF');
    expect(a.torrent.peers(swarm.now)).toHaveLength(1);
    expect(b.torrent.peers(swarm.now)).toHaveLength(1);
  });
});
