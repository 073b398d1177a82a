// Keyed hashes of a batch by JavaScript, one by one: what a host makes of them sooner has to be the same.

import { halfSipHash, sipHash, wordAt } from '../src/core/bytes/siphash.ts';
import type { KeyedHashes, MessageRow } from '../src/host/keyed-hashes.ts';

export const plainKeyedHashes: KeyedHashes = {
  sip: (key, row, count, out) => {
    for (let i = 0; i < count; i++) sipHash(key, message(row, i), out.subarray(2 * i, 2 * i + 2));
  },
  halfSip: (key, row, count, out) => {
    for (let i = 0; i < count; i++) {
      const bytes = message(row, i);
      const words = Int32Array.from({ length: row.length / 4 }, (_, word) => wordAt(bytes, 4 * word));
      out[i] = halfSipHash(key[0]!, key[1]!, words, words.length);
    }
  },
};

function message({ block, at, stride, length }: MessageRow, i: number): Uint8Array {
  return block.subarray(at + i * stride, at + i * stride + length);
}
