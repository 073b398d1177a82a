import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeSwarmStore } from '../../../test/compliance/swarm-store.ts';
import { seededRandom } from '../../core/bytes/prng.ts';
import type { SwarmAnnounce, SwarmAnswer } from '../swarm-store.ts';
import { MemoryStore, type MemoryStoreOptions } from './memory.ts';

const MINUTE = 60_000;
const storeWith = (options: MemoryStoreOptions) => new MemoryStore(options, { random: seededRandom(1) });
const hash = (n: number) => new Uint8Array(20).fill(n);

describeSwarmStore('the memory store', limits => storeWith(limits));

/** An announce that answers at once, as this store does. */
function announce(store: MemoryStore, more: Partial<SwarmAnnounce>, now = 0): SwarmAnswer | undefined {
  let answer: SwarmAnswer | undefined | 'none' = 'none';
  const plain = {
    infoHash: hash(1),
    ip: new Uint8Array([192, 0, 2, 1]),
    port: 6881,
    role: 'leecher' as const,
  };
  store.announce({ ...plain, completed: false, want4: 50, want6: 50, ...more }, now, given => {
    answer = given;
  });
  if (answer === 'none') throw new Error('no answer');
  return answer;
}

test('a full swarm answers newcomers but does not keep them', () => {
  const store = storeWith({ maxPeersPerSwarm: 2 });
  for (const port of [1, 2, 3]) announce(store, { port });
  expect(announce(store, { port: 4 })).toMatchObject({ incomplete: 2 });
  expect(announce(store, { port: 4 })!.peers).toHaveLength(12);
  announce(store, { port: 1, role: 'gone' });
  expect(announce(store, { port: 4 })).toMatchObject({ incomplete: 2 });
  expect(announce(store, { port: 4 })!.peers).toHaveLength(6);
  expect(store.peerCount).toBe(2);
});

test('a want beyond reason takes no more room than there are peers', () => {
  const store = storeWith({});
  for (let port = 1; port <= 300; port++) announce(store, { port });
  const answer = announce(store, { port: 1, want4: 2 ** 31, want6: 2 ** 31 })!;
  expect([answer.peers.length / 6, answer.peers6.length]).toEqual([299, 0]);
});

test('a store that has its peers keeps no more of them', () => {
  const store = storeWith({ maxPeers: 3 });
  for (let n = 0; n < 10; n++) announce(store, { infoHash: hash(n) });
  expect(store.peerCount).toBe(3);
});

test('a full store refuses new swarms until old ones are empty', () => {
  const store = storeWith({ maxSwarms: 2, peerTimeoutMs: 10 * MINUTE });
  announce(store, { infoHash: hash(1) });
  announce(store, { infoHash: hash(2) });
  expect(announce(store, { infoHash: hash(3) })).toBeUndefined();
  expect(announce(store, { infoHash: hash(3), role: 'gone' })).toMatchObject({ incomplete: 0 });
  expect(announce(store, { infoHash: hash(1) }, 12 * MINUTE)).toMatchObject({ incomplete: 1 });
  expect(announce(store, { infoHash: hash(3) }, 12 * MINUTE)).toMatchObject({ incomplete: 1 });
  expect(store.swarmCount).toBe(2);
});

test('remembers how often an empty swarm was downloaded, while there is room', () => {
  const store = storeWith({ maxSwarms: 3, peerTimeoutMs: 10 * MINUTE });
  announce(store, {});
  announce(store, { role: 'seed', completed: true });
  announce(store, { infoHash: hash(2) });
  for (let i = 0; i < 5; i++) announce(store, { infoHash: hash(2) }, 30 * MINUTE);
  expect(announce(store, {}, 30 * MINUTE)).toMatchObject({ complete: 0, incomplete: 1, downloaded: 1 });
  for (let n = 3; n < 9; n++) announce(store, { infoHash: hash(n) }, 60 * MINUTE);
  expect(announce(store, { role: 'gone' }, 60 * MINUTE)).toMatchObject({ downloaded: 0 });
});

test('empties by itself as others announce', () => {
  const store = storeWith({ peerTimeoutMs: 10 * MINUTE });
  for (let n = 0; n < 5_000; n++) {
    announce(store, {
      infoHash: new Uint8Array(new Uint32Array([n, 0, 0, 0, 0]).buffer),
      port: (n % 65_535) + 1,
    });
  }
  expect([store.swarmCount, store.peerCount]).toEqual([5_000, 5_000]);
  for (let i = 0; i < 3_000; i++) announce(store, {}, 20 * MINUTE);
  expect([store.swarmCount, store.peerCount]).toEqual([1, 1]);
});

test('where thousands leave a swarm at once, no announce waits for all of them', () => {
  const store = storeWith({ peerTimeoutMs: 10 * MINUTE });
  const enter = (from: number, to: number, now: number) => {
    for (let port = from; port < to; port++) announce(store, { port }, now);
  };
  enter(1, 3_001, 0);
  enter(3_001, 3_501, 5 * MINUTE);
  const left = Array.from({ length: 30 }, () => {
    announce(store, { port: 3_001 }, 12 * MINUTE);
    return store.peerCount;
  });
  expect(left[0]).toBeGreaterThan(2_900);
  expect(left.at(-1)).toBe(500);
  const steps = left.slice(1).map((count, i) => left[i]! - count);
  expect(Math.max(...steps)).toBeLessThanOrEqual(256);
});

test('a sweep that has more to do loses nobody who is still there, however long nobody comes', () => {
  const store = storeWith({ peerTimeoutMs: 10 * MINUTE });
  for (let port = 1; port <= 3_000; port++) announce(store, { port });
  for (const minutes of [5, 10.5, 11]) announce(store, { port: 60_000 }, minutes * MINUTE);
  expect(store.peerCount).toBeGreaterThan(1_000);
  expect(announce(store, { port: 60_001, want4: 0 }, 20 * MINUTE)!.incomplete).toBeGreaterThan(1);
  for (let i = 0; i < 30; i++) announce(store, { port: 60_001 }, 21 * MINUTE);
  expect(announce(store, { port: 60_001 }, 21 * MINUTE)).toMatchObject({ incomplete: 2 });
  expect(announce(store, { port: 60_001 }, 23 * MINUTE)).toMatchObject({ incomplete: 1 });
});

test('agrees with a list of peers, whatever is announced', () => {
  const step = fc.record({
    peer: fc.nat(40),
    v6: fc.boolean(),
    role: fc.constantFrom('seed' as const, 'leecher' as const, 'gone' as const),
    minutes: fc.constantFrom(0, 0, 0, 1, 4),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const store = storeWith({ peerTimeoutMs: 10 * MINUTE });
      const model = new Map<string, { role: string; seen: number }>();
      let now = 0;
      for (const { peer, v6, role, minutes } of steps) {
        now += minutes * MINUTE;
        const ip = new Uint8Array(v6 ? 16 : 4).fill(1);
        const answer = announce(store, { ip, port: peer + 1, role }, now)!;
        for (const [key, { seen }] of model) if (now - seen > 10 * MINUTE) model.delete(key);
        if (role === 'gone') model.delete(`${peer} ${v6}`);
        else model.set(`${peer} ${v6}`, { role, seen: now });
        const seeds = [...model.values()].filter(entry => entry.role === 'seed').length;
        expect(answer).toMatchObject({ complete: seeds, incomplete: model.size - seeds });
        const pool = role === 'seed' ? model.size - seeds : role === 'leecher' ? model.size - 1 : 0;
        expect(answer.peers.length / 6 + answer.peers6.length / 18).toBe(pool);
        expect(store.peerCount).toBe(model.size);
      }
    }),
    { numRuns: 60 },
  );
});

test('counts its seeds as its swarms do, whoever comes, changes, goes or is forgotten', () => {
  const act = fc.record({
    swarm: fc.nat(2),
    port: fc.integer({ min: 1, max: 6 }),
    role: fc.constantFrom('seed' as const, 'leecher' as const, 'gone' as const),
    isIpv6: fc.boolean(),
    minutes: fc.nat(6),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), acts => {
      const store = storeWith({ peerTimeoutMs: 10 * MINUTE });
      let now = 0;
      for (const { swarm, port, role, isIpv6, minutes } of acts) {
        now += minutes * MINUTE;
        const ip = isIpv6 ? new Uint8Array(16).fill(0x20) : new Uint8Array([192, 0, 2, 1]);
        announce(store, { infoHash: hash(swarm), port, role, ip }, now);
      }
      let seeds = 0;
      for (let stripe = 0; stripe < store.stripes; stripe++)
        store.each(stripe, now, ({ peers4, peers6 }) => {
          seeds += peers4.count - peers4.leechers + peers6.count - peers6.leechers;
        });
      expect(store.seedCount).toBe(seeds);
    }),
  );
});

test('shows one swarm, and says where there is none', () => {
  const store = storeWith({});
  announce(store, { role: 'seed' });
  announce(store, { port: 1 });
  let shown: readonly number[] = [];
  expect(
    store.look(hash(1), 0, ({ peers4 }) => {
      shown = [peers4.count, peers4.leechers];
    }),
  ).toBe(true);
  expect(shown).toEqual([2, 1]);
  expect(store.look(hash(2), 0, () => {})).toBe(false);
});
