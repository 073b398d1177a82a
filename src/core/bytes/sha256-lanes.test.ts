import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { seededRandom } from './prng.ts';
import { hashPairs, pairHasher } from './sha256-lanes.ts';

describe('hashing pairs four at a time', () => {
  it('gives what node:crypto gives, for every count and a rest of a group', () => {
    const random = seededRandom(1);
    for (const count of [1, 2, 3, 4, 5, 7, 8, 63, 1023, 1024]) {
      const bytes = random.fill(new Uint8Array(count * 64));
      const lanes = pairHasher();
      expect(lanes).toBeDefined();
      lanes!.words.set(wordsOf(bytes));
      lanes!.hash(count);
      expect(bytesOf(lanes!.words.subarray(0, count * 8))).toEqual(digests(bytes));
    }
  });

  it('hashes in place, whichever way it takes and however many there are', () => {
    const random = seededRandom(2);
    for (const count of [1, 3, 100, 5000, 5001, 6, 1025]) {
      const bytes = random.fill(new Uint8Array(count * 64));
      const nodes = wordsOf(bytes);
      hashPairs(nodes, count);
      expect(bytesOf(nodes.subarray(0, count * 8))).toEqual(digests(bytes));
    }
  });
});

function digests(pairs: Uint8Array): Uint8Array {
  const all = new Uint8Array(pairs.length / 2);
  for (let i = 0; i < pairs.length / 64; i++) {
    all.set(
      createHash('sha256')
        .update(pairs.subarray(i * 64, i * 64 + 64))
        .digest(),
      i * 32,
    );
  }
  return all;
}

function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer);
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(i * 4));
}

function bytesOf(words: Int32Array): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setInt32(i * 4, word);
  return bytes;
}
