import { expect, test } from 'vitest';
import { decodeCompactList, formatAddress } from '../../core/bytes/compact-address.ts';
import { seededRandom } from '../../core/bytes/prng.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { MemoryStore, type MemoryStoreOptions } from './memory.ts';
import { restoreSnapshot, SnapshotTaking, takeSnapshot } from './snapshot.ts';

const MINUTE = 60_000;
const hash = (n: number) => new Uint8Array(20).fill(n);
const storeWith = (options: MemoryStoreOptions = {}) =>
  new MemoryStore({ memoryBytes: 1024 * 1024, ...options }, { random: seededRandom(1) });

function announce(store: MemoryStore, n: number, more: object = {}, now = 0): string[] {
  let peers: string[] = [];
  const ip = new Uint8Array([192, 0, 2, n]);
  const plain = {
    infoHash: hash(1),
    ip,
    port: 6881,
    role: 'leecher' as const,
    completed: false,
    want4: 50,
    want6: 50,
  };
  store.announce({ ...plain, ...more }, now, answer => {
    if (answer === undefined) return;
    peers = [...decodeCompactList(answer.peers, 4), ...decodeCompactList(answer.peers6, 16)]
      .map(formatAddress)
      .sort();
  });
  return peers;
}

function counts(store: MemoryStore, infoHash: Uint8Array, now = 0) {
  let found: unknown;
  store.scrape([infoHash], now, ([swarm]) => {
    found = swarm;
  });
  return found;
}

function filled(): MemoryStore {
  const store = storeWith();
  for (let n = 0; n < 60; n++) announce(store, n, { role: n % 4 === 0 ? 'seed' : 'leecher' });
  announce(store, 1, { role: 'seed', completed: true });
  announce(store, 1, { infoHash: hash(2), ip: new Uint8Array(16).fill(2) });
  for (let n = 0; n < 3_000; n++)
    announce(store, 1, {
      infoHash: new Uint8Array(new Uint32Array([n, 0, 0, 0, 7]).buffer),
      port: (n % 9) + 1,
    });
  return store;
}

test('a store that is started again knows who is there, and what they are', () => {
  const store = filled();
  const bytes = takeSnapshot(store, { now: 0, wallTime: 1e12 });
  const other = storeWith();
  expect(restoreSnapshot(bytes, other, { now: 5_000, wallTime: 1e12 + MINUTE })).toBe(store.peerCount);
  expect([other.swarmCount, other.peerCount]).toEqual([store.swarmCount, store.peerCount]);
  expect(counts(other, hash(1), 5_000)).toEqual({ complete: 16, incomplete: 44, downloaded: 1 });
  expect(announce(other, 99, { infoHash: hash(2) }, 5_000)).toEqual([
    '[202:202:202:202:202:202:202:202]:6881',
  ]);
  expect(announce(other, 99, { want4: 200 }, 5_000)).toEqual(announce(store, 99, { want4: 200 }));
});

test('who has expired meanwhile is not entered, and who is entered expires when he would have', () => {
  const store = storeWith({ peerTimeoutMs: 10 * MINUTE });
  announce(store, 1, {}, 0);
  announce(store, 2, {}, 6 * MINUTE);
  const bytes = takeSnapshot(store, { now: 7 * MINUTE, wallTime: 0 });
  const other = storeWith({ peerTimeoutMs: 10 * MINUTE });
  expect(restoreSnapshot(bytes, other, { now: 100 * MINUTE, wallTime: 5 * MINUTE })).toBe(1);
  expect(announce(other, 9, { role: 'leecher' }, 103 * MINUTE)).toEqual(['192.0.2.2:6881']);
  expect(announce(other, 9, { role: 'leecher' }, 105 * MINUTE)).toEqual([]);
});

test('a clock that was set back makes nobody younger', () => {
  const store = storeWith();
  announce(store, 1);
  const bytes = takeSnapshot(store, { now: 40 * MINUTE, wallTime: 1e12 });
  const other = storeWith();
  expect(restoreSnapshot(bytes, other, { now: 0, wallTime: 0 })).toBe(1);
  expect(announce(other, 9, {}, 6 * MINUTE)).toEqual([]);
});

test('peers that announced before it was restored stay as they are', () => {
  const bytes = takeSnapshot(filled(), { now: 0, wallTime: 0 });
  const other = storeWith();
  announce(other, 2, { role: 'seed' });
  restoreSnapshot(bytes, other, { now: 0, wallTime: 0 });
  expect(counts(other, hash(1))).toEqual({ complete: 17, incomplete: 43, downloaded: 1 });
});

test('an empty store is a snapshot too', () => {
  const bytes = takeSnapshot(storeWith(), { now: 0, wallTime: 0 });
  expect(restoreSnapshot(bytes, storeWith(), { now: 0, wallTime: 0 })).toBe(0);
});

test('whatever is changed or cut off is refused, and nothing of it is entered', () => {
  const store = storeWith();
  for (let n = 0; n < 3; n++) announce(store, n);
  announce(store, 1, { ip: new Uint8Array(16).fill(2) });
  const bytes = takeSnapshot(store, { now: 0, wallTime: 0 }).slice();
  const other = storeWith();
  const refused = (broken: Uint8Array) => {
    expect(() => restoreSnapshot(broken, other, { now: 0, wallTime: 0 })).toThrow(SwarmlineError);
    expect(other.swarmCount).toBe(0);
  };
  for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length));
  for (let at = 0; at < bytes.length; at++) {
    const broken = bytes.slice();
    broken[at]! ^= 1;
    refused(broken);
  }
  refused(new Uint8Array([...bytes, 0]));
  expect(() => restoreSnapshot(new Uint8Array(100), other, { now: 0, wallTime: 0 })).toThrow(
    'The snapshot of the swarms cannot be used: it is not a snapshot of this version of the tracker.',
  );
});

test('a large one is taken and tagged bit by bit, and every bit of it counts', () => {
  const store = filled();
  const taking = new SnapshotTaking(store, { now: 0, wallTime: 0 });
  let steps = 0;
  let bytes: Uint8Array | undefined;
  for (; bytes === undefined; steps++) bytes = taking.step(0);
  expect(bytes.length).toBeGreaterThan(2 * 65_536);
  expect(steps).toBe(store.stripes + Math.ceil((bytes.length - 8) / 65_536));
  expect(restoreSnapshot(bytes, storeWith(), { now: 0, wallTime: 0 })).toBe(store.peerCount);
  for (const at of [30, 65_535, 65_536, 131_072, bytes.length - 9]) {
    const broken = bytes.slice();
    broken[at]! ^= 1;
    expect(() => restoreSnapshot(broken, storeWith(), { now: 0, wallTime: 0 })).toThrow(
      'it is cut off, or was changed',
    );
  }
});

test('a store with less room takes what it has room for', () => {
  const bytes = takeSnapshot(filled(), { now: 0, wallTime: 0 });
  const small = storeWith({ maxSwarms: 100 });
  restoreSnapshot(bytes, small, { now: 0, wallTime: 0 });
  expect(small.swarmCount).toBe(100);
});
