import { describe, expect, it } from 'vitest';
import type { PeerRow } from '../api-types.ts';
import { describeSwarm, layOutSwarm } from './swarm-graph.ts';

describe('a swarm graph', () => {
  it('has seeds as squares and leechers as circles, filled to their share', () => {
    const { peers } = layOutSwarm(
      [peer('a', { progress: 1 }), peer('b', { progress: 0.25 }), peer('c')],
      200,
    );
    expect(peers.map(({ shape }) => shape)).toEqual(['square', 'circle', 'circle']);
    expect(peers.map(({ filled }) => filled !== '')).toEqual([false, true, false]);
  });

  it('has edges as wide as the rate, and none where nothing flows', () => {
    const { peers } = layOutSwarm([peer('a', { downRate: 100 }), peer('b', { upRate: 25 }), peer('c')], 200);
    expect(peers.map(({ downWidth }) => downWidth)).toEqual([6, 0, 0]);
    expect(peers.map(({ upWidth }) => upWidth)).toEqual([0, 3.5, 0]);
  });

  it('keeps everybody in place while rates change', () => {
    const places = (down: number) =>
      layOutSwarm([peer('b', { downRate: down }), peer('a', { downRate: 5 })], 200).peers.map(
        ({ peer: { address }, x, y }) => [address, x, y],
      );
    expect(places(1)).toEqual(places(100));
  });

  it('stays within its square', () => {
    const many = Array.from({ length: 60 }, (_, i) => peer(`${i}`));
    for (const { x, y, radius } of layOutSwarm(many, 240).peers)
      expect(Math.min(x - radius, y - radius, 240 - x - radius, 240 - y - radius)).toBeGreaterThanOrEqual(0);
  });

  it('draws the sixty that exchange most, and an arc for the rest', () => {
    const many = Array.from({ length: 75 }, (_, i) => peer(`${i}`.padStart(2, '0'), { upRate: i }));
    const { peers, rest, restArc } = layOutSwarm(many, 240);
    expect(peers).toHaveLength(60);
    expect(peers[0]?.peer.address).toBe('15');
    expect(rest).toBe(15);
    expect(restArc).toMatch(/^M/);
  });

  it('is told in words too', () => {
    expect(describeSwarm([])).toBe('No peer is connected.');
    expect(describeSwarm([peer('a', { progress: 1, downRate: 1 }), peer('b', { upRate: 1 })])).toBe(
      '2 peers, 1 of them a seed; 1 gives to us, we give to 1.',
    );
  });
});

function peer(address: string, part: Partial<PeerRow> = {}): PeerRow {
  return {
    address,
    client: 'Swarmline 0.1',
    progress: 0,
    downRate: 0,
    upRate: 0,
    downloaded: 0,
    uploaded: 0,
    isIncoming: false,
    isEncrypted: false,
    transport: 'tcp',
    isWebSeed: false,
    amChoking: true,
    amInterested: false,
    peerChoking: true,
    peerInterested: false,
    isSnubbed: false,
    isOptimistic: false,
    ...part,
  };
}
