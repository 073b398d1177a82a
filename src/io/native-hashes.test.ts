import { describe, expect, it, test } from 'vitest';
import { seededRandom } from '../core/bytes/prng.ts';
import { halfSipHash, sipHash, sipKey, wordAt } from '../core/bytes/siphash.ts';
import { nativeKeyedHashes } from './native-hashes.ts';
import { nativeModule } from './native-module.ts';

const hashes = nativeKeyedHashes()!;

describe.skipIf(nativeModule === undefined)('keyed hashes by the native module', () => {
  const random = seededRandom(1);
  const block = random.fill(new Uint8Array(4_096));
  const keyBytes = random.fill(new Uint8Array(16));

  it.each([0, 1, 3, 4, 7, 8, 9, 15, 16, 20, 31])('are those of JavaScript, of %i bytes each', length => {
    const key = sipKey(keyBytes);
    const row = { block, at: 13, stride: 67, length };
    const out = new Int32Array(2 * 60);
    hashes.sip(key, row, 60, out);
    const one = new Int32Array(2);
    for (let i = 0; i < 60; i++) {
      const at = row.at + i * row.stride;
      sipHash(key, block.subarray(at, at + length), one);
      expect(out.subarray(2 * i, 2 * i + 2)).toEqual(one);
    }
  });

  it.each([0, 4, 20, 32])('and so are the small ones, of %i bytes each', length => {
    const key = Int32Array.of(-7, 2 ** 31 - 1);
    const row = { block, at: 5, stride: 64, length };
    const out = new Int32Array(60);
    hashes.halfSip(key, row, 60, out);
    for (let i = 0; i < 60; i++) {
      const at = row.at + i * row.stride;
      const words = Int32Array.from({ length: length / 4 }, (_, word) => wordAt(block, at + 4 * word));
      expect(out[i]).toBe(halfSipHash(key[0]!, key[1]!, words, words.length));
    }
  });

  test.each<[string, unknown[]]>([
    ['a key too short', [new Int32Array(3), block, 0, 8, 4, 1, new Int32Array(2)]],
    ['bytes in place of a key', [new Uint8Array(16), block, 0, 8, 4, 1, new Int32Array(2)]],
    ['messages behind the end', [new Int32Array(4), block, 4_093, 8, 4, 1, new Int32Array(2)]],
    ['a last message behind the end', [new Int32Array(4), block, 0, 2_047, 4, 3, new Int32Array(6)]],
    ['messages far apart', [new Int32Array(4), block, 0, 2 ** 52, 4, 2, new Int32Array(4)]],
    [
      'so many that a product goes over',
      [new Int32Array(4), block, 0, 2 ** 32, 0, 2 ** 32, new Int32Array(4)],
    ],
    ['more than there is room for', [new Int32Array(4), block, 0, 8, 4, 2, new Int32Array(3)]],
    ['a place before the block', [new Int32Array(4), block, -1, 8, 4, 1, new Int32Array(2)]],
    ['too few words', [new Int32Array(4), block]],
  ])('refuses %s', (_, args) => {
    for (const name of ['sipHashes', 'halfSipHashes'])
      expect(() => (nativeModule![name] as (...args: unknown[]) => void)(...args)).toThrow(RangeError);
  });
});
