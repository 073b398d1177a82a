import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom, shuffle } from './prng.ts';

fc.configureGlobal({ seed: 2026 });

const anySeed = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('a seeded random', () => {
  it('gives the same numbers for the same seed', () => {
    fc.assert(
      fc.property(
        anySeed,
        fc.array(fc.integer({ min: 1, max: 2 ** 32 }), { maxLength: 50 }),
        (seed, bounds) => {
          const [a, b] = [seededRandom(seed), seededRandom(seed)];
          for (const bound of bounds) expect(a.below(bound)).toBe(b.below(bound));
          expect(a.fill(new Uint8Array(33))).toEqual(b.fill(new Uint8Array(33)));
        },
      ),
    );
  });

  it('gives other numbers for another seed', () => {
    const beginnings = new Set<string>();
    for (let seed = 0; seed < 2000; seed++) beginnings.add(seededRandom(seed).fill(new Uint8Array(8)).join());
    expect(beginnings.size).toBe(2000);
  });

  it('is xoshiro128** as its authors define it', () => {
    // The reference algorithm in BigInt arithmetic, from the state that splitmix32 spreads out of the seed.
    const random = seededRandom(7);
    const reference = xoshiro128StarStar(spread(7));
    for (let i = 0; i < 1000; i++) expect(random.below(2 ** 32)).toBe(reference());
  });

  it('stays below its bound', () => {
    fc.assert(
      fc.property(anySeed, fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
        const random = seededRandom(seed);
        for (let i = 0; i < 20; i++) {
          const drawn = random.below(bound);
          expect(Number.isInteger(drawn) && drawn >= 0 && drawn < bound).toBe(true);
        }
      }),
    );
    expect(seededRandom(1).below(1)).toBe(0);
  });

  // Limits: four standard deviations of the binomial, for each of the counts.
  it.each([2, 3, 7, 10, 256])('draws each number below %i about equally often', bound => {
    const draws = 100_000;
    const counts = countDraws(seededRandom(42), bound, draws);
    const expected = draws / bound;
    const limit = 4 * Math.sqrt(expected * (1 - 1 / bound));
    for (const count of counts) expect(Math.abs(count - expected)).toBeLessThan(limit);
  });

  it('is not skewed by a bound that does not divide 2^32', () => {
    // By plain remainder, the lower half of 3 × 2^30 would come up twice as often as it should.
    const random = seededRandom(3);
    let low = 0;
    for (let i = 0; i < 30_000; i++) if (random.below(3 * 2 ** 30) < 2 ** 30) low++;
    expect(low / 30_000).toBeCloseTo(1 / 3, 1);
  });

  it('fills bytes evenly, and gives the same array back', () => {
    const bytes = new Uint8Array(100_000);
    expect(seededRandom(5).fill(bytes)).toBe(bytes);
    const counts = new Array<number>(256).fill(0);
    for (const byte of bytes) counts[byte]!++;
    for (const count of counts) expect(Math.abs(count - 390.6)).toBeLessThan(4 * Math.sqrt(390.6));
  });
});

describe('shuffling', () => {
  it('keeps the items and works in place', () => {
    fc.assert(
      fc.property(anySeed, fc.array(fc.integer()), (seed, items) => {
        const copy = [...items];
        expect(shuffle(copy, seededRandom(seed))).toBe(copy);
        expect(copy.sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
      }),
    );
  });

  it('gives each order of three about equally often', () => {
    const random = seededRandom(11);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffle(['a', 'b', 'c'], random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});

function countDraws(random: { below(bound: number): number }, bound: number, draws: number): number[] {
  const counts = new Array<number>(bound).fill(0);
  for (let i = 0; i < draws; i++) counts[random.below(bound)]!++;
  return counts;
}

/** Four words of splitmix32 (murmur3's finalizer over a Weyl sequence), the last one odd. */
function spread(seed: number): [bigint, bigint, bigint, bigint] {
  let mix = BigInt(seed);
  const next = (): bigint => {
    mix = (mix + 0x9e3779b9n) & WORD;
    let z = mix;
    z = ((z ^ (z >> 16n)) * 0x85ebca6bn) & WORD;
    z = ((z ^ (z >> 13n)) * 0xc2b2ae35n) & WORD;
    return z ^ (z >> 16n);
  };
  return [next(), next(), next(), next() | 1n];
}

function xoshiro128StarStar(s: [bigint, bigint, bigint, bigint]): () => number {
  const rotate = (word: bigint, by: bigint) => ((word << by) | (word >> (32n - by))) & WORD;
  return () => {
    const result = (rotate((s[1] * 5n) & WORD, 7n) * 9n) & WORD;
    const t = (s[1] << 9n) & WORD;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
    return Number(result);
  };
}

const WORD = 0xffff_ffffn;
