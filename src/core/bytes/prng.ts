// Randomness as a value: everything below ring 3 that chooses takes a Random, so that a run can be replayed by its seed.

export interface Random {
  /** A whole number, uniform in 0…bound-1. `bound` is 1…2^32. */
  below(bound: number): number;
  /** Fills `bytes` and gives them back. */
  fill<Bytes extends Uint8Array>(bytes: Bytes): Bytes;
}

/** A deterministic Random: xoshiro128** (Blackman and Vigna), its state spread from the seed by splitmix32. Not for secrets. */
export function seededRandom(seed: number): Random {
  let mix = seed >>> 0;
  const next = () => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let a = next();
  let b = next();
  let c = next();
  let d = next() | 1;

  const word = (): number => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return scrambled;
  };

  return {
    below: bound => {
      // Draw again in the uneven rest at the top, so that every value is equally likely. (The remainder of 2^32 by whole
      // numbers of 32 bits: others take several times as long.)
      const limit = 2 ** 32 - ((-bound >>> 0) % bound);
      let drawn = word();
      while (drawn >= limit) drawn = word();
      return drawn % bound;
    },
    fill: bytes => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = word() >>> 24;
      return bytes;
    },
  };
}

/** Puts `items` into a random order, in place (Fisher–Yates). */
export function shuffle<Item>(items: Item[], random: Random): Item[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const held = items[i]!;
    items[i] = items[j]!;
    items[j] = held;
  }
  return items;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
