import { describe, expect, it } from 'vitest';
import type { PeerGroup, SwarmPlan } from '../plan.ts';
import { requireSupported } from './supported.ts';

const SEED: PeerGroup = { name: 'seed', count: 1, has: 'everything' };
const LEECHERS: PeerGroup = { name: 'leechers', count: 3 };

function plan(group: Partial<PeerGroup>, more: Partial<SwarmPlan> = {}): SwarmPlan {
  return { content: { length: 1_048_576 }, groups: [SEED, { ...LEECHERS, ...group }], ...more };
}

describe('what the field can do', () => {
  it('takes plans of lines, arrivals, departures, free-riders and other clients', () => {
    for (const group of [
      { upBytesPerSecond: 1e6, downBytesPerSecond: 4e6 },
      { arrives: { kind: 'spread', fromMs: 0, overMs: 1000 } },
      { leaves: { kind: 'when done', afterMs: 0 } },
      { gives: false },
      { picks: 'sequential' },
      { picks: 'random' },
      { isReachable: false },
      { client: 'aria2' },
    ] satisfies Partial<PeerGroup>[])
      expect(() => requireSupported(plan(group))).not.toThrow();
  });

  it.each<[string, Partial<PeerGroup>, Partial<SwarmPlan>]>([
    ['sites, whose machines share a line (group "leechers")', { site: 'office' }, {}],
    ['peers that send wrong blocks (group "leechers")', { corrupts: true }, {}],
    ['aria2 that picks at random (group "leechers")', { picks: 'random', client: 'aria2' }, {}],
    ['the DHT', {}, { dht: true }],
    ['more than 256 peers, each of them a process', { count: 256 }, {}],
    ['aria2 as a seed (group "leechers")', { client: 'aria2', has: 'everything' }, {}],
    ['Transmission that uploads nothing (group "leechers")', { client: 'transmission', gives: false }, {}],
    [
      'aria2 with a torrent of v2 (group "leechers")',
      { client: 'aria2' },
      { content: { length: 1, version: 'v2' } },
    ],
    ['an origin without a server', {}, { by: 'origin' }],
    [
      'a seed where everybody fetches from the origin (group "seed")',
      {},
      { by: 'origin', origin: { upBytesPerSecond: 1e6 } },
    ],
  ])('refuses %s', (what, group, more) => {
    expect(() => requireSupported(plan(group, more))).toThrow(
      expect.objectContaining({
        code: 'LAB_UNSUPPORTED',
        message: `The field cannot do this: ${what}.`,
      }),
    );
  });
});
