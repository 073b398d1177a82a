// SHA-1 and SHA-256 in plain JavaScript, held against the platform's.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from './hex.ts';
import { seededRandom } from './prng.ts';
import { sha1 } from './sha1.ts';
import { hashPair, sha256 } from './sha256.ts';

fc.configureGlobal({ seed: 2026 });

const random = seededRandom(2026);
const bytesOf = (length: number) => random.fill(new Uint8Array(length));
const nodeHash = (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest('hex');

describe.each([
  { name: 'sha1', hash: sha1, ofAbc: 'a9993e364706816aba3e25717850c26c9cd0d89d' },
  { name: 'sha256', hash: sha256, ofAbc: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
])('$name', ({ name, hash, ofAbc }) => {
  it('gives the digest of "abc" that FIPS 180-4 prints', () => {
    expect(toHex(hash(new Uint8Array([0x61, 0x62, 0x63])))).toBe(ofAbc);
  });

  it('agrees with node:crypto for every length to 200', () => {
    for (let length = 0; length <= 200; length++) {
      const message = bytesOf(length);
      expect(toHex(hash(message)), `${length} bytes`).toBe(nodeHash(name, message));
    }
  });

  it('agrees with node:crypto for large messages', () => {
    for (const length of [16_384, 65_535, 262_144, 1_000_003]) {
      const message = bytesOf(length);
      expect(toHex(hash(message)), `${length} bytes`).toBe(nodeHash(name, message));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), bytes => {
        expect(toHex(hash(bytes))).toBe(nodeHash(name, bytes));
      }),
    );
  });

  it('hashes a view that begins inside its buffer, and leaves it as it was', () => {
    const whole = bytesOf(300);
    const copy = whole.slice();
    expect(toHex(hash(whole.subarray(13, 210)))).toBe(nodeHash(name, copy.slice(13, 210)));
    expect(whole).toEqual(copy);
  });
});

describe('hashPair', () => {
  it('is SHA-256 of two digests side by side', () => {
    for (let i = 0; i < 100; i++) {
      const pair = bytesOf(64);
      const nodes = new Int32Array(24);
      const view = new DataView(pair.buffer);
      for (let word = 0; word < 16; word++) nodes[word] = view.getInt32(4 * word);
      hashPair(nodes, 0, 16);
      expect(wordsHex(nodes.subarray(16))).toBe(nodeHash('sha256', pair));
    }
  });

  it('may write its result over what it read, as a tree that is folded in place does', () => {
    const nodes = Int32Array.from({ length: 32 }, () => random.below(2 ** 32) | 0);
    const apart = new Int32Array([...nodes, ...new Array<number>(8).fill(0)]);
    hashPair(apart, 16, 32);
    hashPair(nodes, 16, 16);
    expect(nodes.subarray(16, 24)).toEqual(apart.subarray(32, 40));
    expect(nodes.subarray(0, 16)).toEqual(apart.subarray(0, 16));
  });

  it('is not disturbed by whole messages hashed between', () => {
    const nodes = new Int32Array(16);
    hashPair(nodes, 0, 0);
    const first = wordsHex(nodes.subarray(0, 8));
    sha256(bytesOf(100));
    nodes.fill(0);
    hashPair(nodes, 0, 0);
    expect(wordsHex(nodes.subarray(0, 8))).toBe(first);
  });
});

function wordsHex(words: Int32Array): string {
  return [...words].map(word => (word >>> 0).toString(16).padStart(8, '0')).join('');
}
