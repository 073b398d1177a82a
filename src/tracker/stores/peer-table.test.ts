import { expect, test } from 'vitest';
import { seededRandom } from '../../core/bytes/prng.ts';
import { Arena } from './arena.ts';
import { type AddressHalves, capacityOf, HASHED_EFFORT, PeerTables } from './peer-table.ts';

const WORDS = 64;

/** A table in an arena of its own. Peer `n` has an address by that number. */
function setUp(width: AddressHalves, bytes = 8 * 1024 * 1024) {
  const arena = new Arena(new ArrayBuffer(bytes), 64);
  const tables = new PeerTables(arena, 1, 2, 3);
  const t = WORDS;
  const name = (n: number) => {
    tables.address.fill(0);
    tables.address[width - 1] = 6881;
    tables.address[width - 2] = n;
    tables.address[width - 3] = n >>> 16;
  };
  const numberAt = (out: Uint16Array, i: number) =>
    out[i * width + width - 2]! + 65_536 * out[i * width + width - 3]!;
  return {
    arena,
    find: (n: number) => {
      name(n);
      return tables.find(t, width);
    },
    announce: (n: number, isSeed: boolean, now = 0) => {
      name(n);
      const position = tables.find(t, width);
      if (position < 0) return tables.add(t, width, isSeed, now);
      return tables.refresh(t, width, position, isSeed, now);
    },
    leave: (n: number) => {
      name(n);
      tables.remove(t, width, tables.find(t, width));
    },
    isSeed: (position: number) => tables.isSeed(t, position),
    age: (position: number, now: number) => tables.age(t, width, position, now),
    /** How many that are. */
    forget: (now: number, timeout: number, effort = Number.POSITIVE_INFINITY) => {
      const before = arena.words[t + 1]!;
      tables.removeUnseen(t, width, now, timeout, effort);
      return before - arena.words[t + 1]!;
    },
    choose: (want: number, leechersOnly = false, except = -1) => {
      const out = new Uint16Array(want * width);
      const count = tables.choose(t, width, out, want, leechersOnly, except);
      return Array.from({ length: count }, (_, i) => numberAt(out, i));
    },
    counts: () => [arena.words[t + 1]!, arena.words[t + 2]!],
  };
}

test.each([3, 9] as const)(
  'of %i halves: agrees with a map while it grows and shrinks through every kind of block',
  width => {
    const table = setUp(width);
    const random = seededRandom(width);
    const model = new Map<number, { isSeed: boolean; seen: number }>();
    // Up to some thousands, down to a few, up again: blocks that are searched, and blocks with places.
    for (const target of [5, 60, 300, 4_000, 150, 9, 2_500, 0, 40]) {
      for (let steps = 0; model.size !== target; steps++) {
        const n = random.below(20_000);
        const now = steps & 0xffff;
        if (model.size < target || model.has(n)) {
          const isSeed = random.below(3) === 0;
          if (model.size > target) {
            table.leave(n);
            model.delete(n);
          } else {
            table.announce(n, isSeed, now);
            model.set(n, { isSeed, seen: now });
          }
        } else {
          const [first] = model.keys();
          table.leave(first!);
          model.delete(first!);
        }
      }
      expect(table.counts()).toEqual([
        model.size,
        [...model.values()].filter(({ isSeed }) => !isSeed).length,
      ]);
      for (const [n, { isSeed, seen }] of model) {
        const position = table.find(n);
        expect([position >= 0, table.isSeed(position), table.age(position, seen)]).toEqual([true, isSeed, 0]);
      }
      for (let n = 20_000; n < 20_100; n++) expect(table.find(n)).toBe(-1);
      expect(new Set(table.choose(20_000))).toEqual(new Set(model.keys()));
    }
    for (const n of model.keys()) table.leave(n);
    expect(table.arena.usedBytes).toBe(0);
  },
);

test('holds more peers than sixteen bits count', () => {
  const table = setUp(3);
  for (let n = 0; n < 120_000; n++) table.announce(n, n % 2 === 0);
  for (let n = 0; n < 120_000; n += 999) expect(table.isSeed(table.find(n))).toBe(n % 2 === 0);
  expect(table.counts()).toEqual([120_000, 60_000]);
  for (let n = 0; n < 120_000; n += 2) table.leave(n);
  expect([table.find(2), table.isSeed(table.find(3))]).toEqual([-1, false]);
  expect(table.choose(60_000)).toHaveLength(60_000);
});

test('a peer of IPv4 takes 8 to 22 bytes once there are more than a few', () => {
  for (let order = 7; order <= 24; order++) {
    const full = 2 ** order / capacityOf(3, order);
    const justBegun = 2 ** order / (capacityOf(3, order - 1) + 1);
    expect(full).toBeGreaterThanOrEqual(8);
    expect(full).toBeLessThanOrEqual(16);
    expect(justBegun).toBeLessThanOrEqual(order < 20 ? 22 : 33);
  }
});

test('forgets who has not been seen, whatever the sixteen bits of its time say', () => {
  const table = setUp(3);
  for (const now of [0, 65_000, 70_000, 200_000]) {
    table.announce(1, true, now);
    table.announce(2, false, now + 100);
    expect(table.forget(now + 1_000, 1_000)).toBe(0);
    expect(table.forget(now + 1_001, 1_000)).toBe(1);
    expect([table.find(1), table.find(2)]).toEqual([-1, 0]);
    expect(table.forget(now + 1_101, 1_000)).toBe(1);
  }
  expect(table.arena.usedBytes).toBe(0);
});

test('forgets no more at once than it may, and the rest the next times', () => {
  const table = setUp(3);
  for (let n = 0; n < 1_000; n++) table.announce(n, n % 3 === 0, n % 2 === 0 ? 0 : 90);
  const forgotten = Array.from({ length: 6 }, () => table.forget(100, 50, 120 * HASHED_EFFORT));
  expect(forgotten).toEqual([120, 120, 120, 120, 20, 0]);
  for (let n = 0; n < 1_000; n++) expect(table.find(n) >= 0, `${n}`).toBe(n % 2 === 1);
  // All of them together are no effort.
  expect(table.forget(1_000, 50, 1)).toBe(500);
  expect(table.arena.usedBytes).toBe(0);
});

test('where memory is short, a peer is not added and nothing is lost', () => {
  const table = setUp(3, 4_096);
  let kept = 0;
  for (let n = 0; n < 1_000; n++) if (table.announce(n, false) >= 0) kept++;
  expect(kept).toBeGreaterThan(100);
  expect(kept).toBeLessThan(512);
  for (let n = 0; n < kept; n++) expect(table.find(n)).toBeGreaterThanOrEqual(0);
});

test('every peer is as likely to be given as any other, and none twice', () => {
  const table = setUp(3);
  for (let n = 0; n < 40; n++) table.announce(n, n >= 30);
  const seen = new Uint32Array(40);
  for (let round = 0; round < 4_000; round++) {
    const chosen = table.choose(7, false, table.find(11));
    expect(new Set(chosen).size).toBe(7);
    for (const n of chosen) seen[n]!++;
  }
  expect(seen[11]).toBe(0);
  // 718 each on average, with a standard deviation of 24.
  const others = [...seen].filter((_, n) => n !== 11);
  expect(Math.min(...others)).toBeGreaterThan(590);
  expect(Math.max(...others)).toBeLessThan(850);
  expect(Math.max(...table.choose(99, true))).toBe(29);
  expect(table.choose(99, true, table.find(35))).toHaveLength(30);
});
