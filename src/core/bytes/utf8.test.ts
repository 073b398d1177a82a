import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeUtf8,
  decodeUtf8Loosely,
  encodeUtf8,
  fromBinaryString,
  isWellFormed,
  toBinaryString,
  utf8BinaryString,
} from './utf8.ts';

fc.configureGlobal({ seed: 2026 });

const anyText = fc.string({ unit: 'binary', maxLength: 200 });
/** UTF-16 units as they come, lone surrogates among them. */
const anyUnits = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff })), {
    maxLength: 20,
  })
  .map(units => String.fromCharCode(...units));
const anyBytes = fc.uint8Array({ maxLength: 300 });

describe('text and its UTF-8', () => {
  it('survives the round trip, short or long', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
    );
  });

  it('reads bytes only where they are UTF-8, and then gives the same bytes back', () => {
    fc.assert(
      fc.property(anyBytes, bytes => {
        const text = decodeUtf8(bytes);
        if (text === undefined) expect(decodeUtf8Loosely(bytes)).toContain('\ufffd');
        else expect(encodeUtf8(text)).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a sequence cut short', [0x61, 0xe2, 0x82]],
  ])('is not found in %s, alone or in a long text', (_, bytes) => {
    expect(decodeUtf8(new Uint8Array(bytes))).toBeUndefined();
    expect(decodeUtf8(new Uint8Array([...bytes, ...new Uint8Array(100).fill(0x61)]))).toBeUndefined();
  });

  it('keeps a byte order mark, which belongs to the text', () => {
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x61]);
    expect(decodeUtf8(bytes)).toBe('\ufeffa');
    expect(decodeUtf8Loosely(bytes)).toBe('\ufeffa');
  });

  it('is well formed exactly where the round trip keeps it', () => {
    fc.assert(
      fc.property(anyUnits, text => {
        expect(isWellFormed(text)).toBe(decodeUtf8(encodeUtf8(text)) === text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a binary string', () => {
  it('keeps any bytes', () => {
    fc.assert(
      fc.property(anyBytes, bytes => {
        expect(fromBinaryString(toBinaryString(bytes))).toEqual(bytes);
      }),
    );
  });

  it('keeps bytes of every length around a chunk', () => {
    for (const length of [0, 1, 63, 64, 65, 4095, 4096, 4097, 8192, 10_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);
      expect(fromBinaryString(toBinaryString(bytes))).toEqual(bytes);
    }
  });

  it('is made of a range of bytes', () => {
    const bytes = Uint8Array.from({ length: 9000 }, (_, i) => i & 0xff);
    for (const [start, end] of [
      [0, 0],
      [10, 20],
      [10, 8999],
      [8990, 9000],
    ] as const) {
      expect(fromBinaryString(toBinaryString(bytes, start, end))).toEqual(bytes.slice(start, end));
    }
  });

  it('sorts as its bytes do', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        const [x, y] = [toBinaryString(a), toBinaryString(b)];
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(Buffer.compare(a, b));
      }),
    );
  });

  it('holds the UTF-8 of a text', () => {
    expect(utf8BinaryString('announce')).toBe('announce');
    expect(utf8BinaryString('é')).toBe('\u00c3\u00a9');
    fc.assert(
      fc.property(anyText, text => {
        expect(fromBinaryString(utf8BinaryString(text))).toEqual(encodeUtf8(text));
      }),
    );
  });
});
