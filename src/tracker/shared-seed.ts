// A number that nobody outside knows, for tables that several threads may look into: the first of them to come chooses it, and
// the others take it from the first word of the table's memory.

import type { Random } from '../core/bytes/prng.ts';

export function sharedSeed(memory: ArrayBufferLike, random: Random): number {
  const words = new Int32Array(memory, 0, 1);
  const own = random.below(2 ** 32) | 1;
  const before = Atomics.compareExchange(words, 0, 0, own);
  return (before === 0 ? own : before) >>> 0;
}
