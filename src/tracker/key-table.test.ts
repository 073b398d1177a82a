import { expect, test } from 'vitest';
import { seededRandom } from '../core/bytes/prng.ts';
import type { AnnounceFacts } from '../core/tracker/announce.ts';
import { KeyTable, newKeyTableMemory } from './key-table.ts';

const ip = new Uint8Array([192, 0, 2, 1]);
const MINUTE = 60_000;

function setUp(maxPeers: number) {
  const table = new KeyTable(newKeyTableMemory({ maxKeys: 4, maxPeers }), seededRandom(1));
  const ask = (holder: number, peer: number, more: Partial<AnnounceFacts> = {}, now = 0) => {
    const peerId = new Uint8Array(20).fill(peer & 255).fill(peer >> 8, 10);
    const facts = {
      infoHash: new Uint8Array(20),
      peerId,
      port: 1,
      uploaded: 0,
      downloaded: 0,
      left: 1,
      ...more,
    };
    return table.announced(holder, { maxPeers: 10_000, maxAnnouncesPerHour: 1e9 }, facts, ip, {
      now,
      wallTime: 7,
    });
  };
  return { table, ask };
}

test('keys have their own peers, and a peer of one is none of another', () => {
  const { table, ask } = setUp(64);
  ask(0, 1, { uploaded: 10 });
  ask(1, 1, { uploaded: 50 });
  ask(0, 1, { uploaded: 15 });
  ask(1, 1, { uploaded: 51, downloaded: 3, left: 0, event: 'completed' });
  expect(table.totalsOf(0)).toEqual({ uploaded: 5, downloaded: 0, announces: 2, completed: 0, lastSeen: 7 });
  expect(table.totalsOf(1)).toEqual({ uploaded: 1, downloaded: 3, announces: 2, completed: 1, lastSeen: 7 });
});

test('a full table forgets the silent ones of a key, refuses, and has room again when peers leave', () => {
  const { ask } = setUp(64);
  for (let peer = 0; peer < 64; peer++) expect(ask(0, peer)).toBeUndefined();
  expect(ask(1, 99)).toBe('full');
  expect(ask(0, 5)).toBeUndefined();
  ask(0, 5, { event: 'stopped' });
  expect(ask(1, 99)).toBeUndefined();
  expect(ask(0, 200)).toBe('full');
  // None of them has been heard of for an hour.
  expect(ask(0, 200, {}, 60 * MINUTE)).toBeUndefined();
  for (let peer = 300; peer < 362; peer++) expect(ask(1, peer, {}, 60 * MINUTE)).toBeUndefined();
});

test('a key that is cleared has nothing left, and the others all', () => {
  const { table, ask } = setUp(64);
  for (let peer = 0; peer < 30; peer++) {
    ask(0, peer);
    ask(1, peer, { uploaded: 1 });
  }
  table.clear(0);
  expect(table.totalsOf(0)).toMatchObject({ announces: 0, lastSeen: 0 });
  for (let peer = 0; peer < 30; peer++) ask(1, peer, { uploaded: 2 });
  expect(table.totalsOf(1)).toMatchObject({ announces: 60, uploaded: 30 });
  // What it had is free.
  for (let peer = 100; peer < 134; peer++) expect(ask(2, peer)).toBeUndefined();
  expect(ask(2, 134)).toBe('full');
});

test('peers come and go as they like, and each is known while it is there', () => {
  const { table, ask } = setUp(1024);
  const random = seededRandom(2);
  const there = new Map<number, number>();
  let expected = 0;
  for (let step = 0; step < 20_000; step++) {
    const peer = random.below(900);
    const uploaded = (there.get(peer) ?? 0) + 1;
    if (there.has(peer)) expected++;
    const isLeaving = random.below(3) === 0;
    ask(0, peer, { uploaded, ...(isLeaving && { event: 'stopped' as const }) });
    if (isLeaving) there.delete(peer);
    else there.set(peer, uploaded);
  }
  expect(table.totalsOf(0)).toMatchObject({ uploaded: expected, announces: 20_000 });
});
