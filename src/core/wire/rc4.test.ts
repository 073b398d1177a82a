import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes/hex.ts';
import { seededRandom } from '../bytes/prng.ts';
import { Rc4 } from './rc4.ts';

// RFC 6229, "Test Vectors for 40-bit keys" and "… 128-bit keys": the key stream from byte 0 and from byte 1024.
const VECTORS = [
  ['0102030405', 'b2396305f03dc027ccc3524a0a1118a8', '30abbcc7c20b01609f23ee2d5f6bb7df'],
  [
    '0102030405060708090a0b0c0d0e0f10',
    '9ac7cc9a609d1ef7b2932899cde41b97',
    'bdf0324e6083dcc6d3cedd3ca8c53c16',
  ],
] as const;

describe('RC4', () => {
  it.each(VECTORS)('gives the key stream of RFC 6229 for %s', (key, first, late) => {
    const rc4 = new Rc4(fromHex(key)!);
    const stream = new Uint8Array(16);
    rc4.apply(stream, stream);
    expect(toHex(stream)).toBe(first);
    rc4.skip(1008);
    stream.fill(0);
    rc4.apply(stream, stream);
    expect(toHex(stream)).toBe(late);
  });

  it('gives the same however the bytes are cut, in place or not, short or long', () => {
    const random = seededRandom(1);
    const plain = random.fill(new Uint8Array(300_000));
    const whole = new Uint8Array(plain.length);
    new Rc4(KEY).apply(plain, whole);
    for (const most of [3, 200, 70_000, 200_000]) {
      const rc4 = new Rc4(KEY);
      const cut = plain.slice();
      for (let at = 0; at < cut.length; ) {
        const end = Math.min(cut.length, at + 1 + random.below(most));
        const part = cut.subarray(at, end);
        rc4.apply(part, part);
        at = end;
      }
      expect(Buffer.compare(cut, whole)).toBe(0);
    }
    const back = new Uint8Array(plain.length);
    new Rc4(KEY).apply(whole, back);
    expect(Buffer.compare(back, plain)).toBe(0);
  });

  it('leaves what it reads as it was, and reads shared memory', () => {
    const from = new Uint8Array(new SharedArrayBuffer(1000)).fill(5);
    const to = new Uint8Array(1000);
    new Rc4(KEY).apply(from, to);
    expect(from.every(byte => byte === 5)).toBe(true);
    new Rc4(KEY).apply(to, to);
    expect(to.every(byte => byte === 5)).toBe(true);
  });
});

const KEY = new Uint8Array(20).fill(9);
