import { expect, test } from 'vitest';
import { toHex } from './hex.ts';
import { halfSipHash, sipHash, sipKey } from './siphash.ts';

const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i);
const tagOf = (length: number): string => {
  const out = new Int32Array(2);
  sipHash(sipKey(counting(16)), counting(length), out);
  return toHex(new Uint8Array(out.buffer));
};

// vectors.h of the reference implementation (CC0): key 00 01 02 …, message 00 01 02 … of each length.
test.each([
  [0, '310e0edd47db6f72'],
  [1, 'fd67dc93c539f874'],
  [3, '2d7efbd796666785'],
  [7, '37d1018bf50002ab'],
  [8, '6224939a79f5f593'],
  [15, 'e545be4961ca29a1'],
  [16, 'db9bc2577fcc2a3f'],
  [63, '724506eb4c328a95'],
])('SipHash-2-4 of %i bytes is that of the reference', (length, expected) => {
  expect(tagOf(length)).toBe(expected);
});

/** The reference, word by word, with as many rounds as one likes. */
function plainHalfSipHash(words: readonly number[], compress: number, finish: number): number {
  let [a, b, c, d] = [0x03020100, 0x07060504, 0x03020100 ^ 0x6c796765, 0x07060504 ^ 0x74656462];
  const rotate = (word: number, by: number) => (word << by) | (word >>> (32 - by));
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) {
      a = (a + b) | 0;
      b = rotate(b, 5) ^ a;
      a = rotate(a, 16);
      c = (c + d) | 0;
      d = rotate(d, 8) ^ c;
      a = (a + d) | 0;
      d = rotate(d, 7) ^ a;
      c = (c + b) | 0;
      b = rotate(b, 13) ^ c;
      c = rotate(c, 16);
    }
  };
  for (const word of [...words, (4 * words.length) << 24]) {
    d ^= word;
    rounds(compress);
    a ^= word;
  }
  c ^= 0xff;
  rounds(finish);
  return b ^ d;
}

test.each([
  [0, 'a9359f5b'],
  [1, '2a6e4689'],
  [5, 'e34d1045'],
  [15, 'd4e76c73'],
])('HalfSipHash of %i words has fewer rounds than the reference, and is else the same', (count, expected) => {
  const words = new Int32Array(counting(4 * count).buffer);
  const hex = (word: number) => toHex(new Uint8Array(Uint32Array.of(word).buffer));
  expect(hex(plainHalfSipHash([...words], 2, 4))).toBe(expected);
  expect(halfSipHash(0x03020100, 0x07060504, words, count)).toBe(plainHalfSipHash([...words], 1, 3));
});

test('every bit of message and key changes the tag', () => {
  const tag = (message: Uint8Array, key: Uint8Array) => {
    const out = new Int32Array(2);
    sipHash(sipKey(key), message, out);
    return out.join();
  };
  const flip = (bytes: Uint8Array, bit: number) => {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    return flipped;
  };
  const seen = new Set([tag(counting(18), counting(16))]);
  for (let bit = 0; bit < 18 * 8; bit++) seen.add(tag(flip(counting(18), bit), counting(16)));
  for (let bit = 0; bit < 16 * 8; bit++) seen.add(tag(counting(18), flip(counting(16), bit)));
  expect(seen.size).toBe(1 + 18 * 8 + 16 * 8);
});

test('with one round a word, keys spread over a table as evenly as chance', () => {
  const places = new Uint32Array(256);
  const words = new Int32Array(2);
  for (let i = 0; i < 25_600; i++) {
    words[1] = i;
    places[halfSipHash(1, 2, words, 2) & 255]!++;
  }
  // 100 each on average, with a standard deviation of 10.
  expect(Math.min(...places)).toBeGreaterThan(55);
  expect(Math.max(...places)).toBeLessThan(150);
});

test('a key has sixteen bytes', () => {
  expect(() => sipKey(new Uint8Array(15))).toThrow(TypeError);
});
