import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase32, fromHex, toHex } from './hex.ts';
import { encodeUtf8 } from './utf8.ts';

fc.configureGlobal({ seed: 2026 });

const anyBytes = fc.uint8Array({ maxLength: 100 });

describe('hexadecimal', () => {
  it('is lower case and keeps any bytes', () => {
    expect(toHex(new Uint8Array([0, 15, 160, 255]))).toBe('000fa0ff');
    fc.assert(
      fc.property(anyBytes, bytes => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes).toUpperCase())).toEqual(bytes);
      }),
    );
  });

  it.each(['0', 'abc', '0g', ' 00', '00 ', '0x', '+1', '-1', '０１', '00\n'])('is not %j', text => {
    expect(fromHex(text)).toBeUndefined();
  });
});

describe('base32', () => {
  it('reads the test vectors of RFC 4648, "Test Vectors", without their padding', () => {
    const vectors = {
      '': '',
      f: 'MY',
      fo: 'MZXQ',
      foo: 'MZXW6',
      foob: 'MZXW6YQ',
      fooba: 'MZXW6YTB',
      foobar: 'MZXW6YTBOI',
    };
    for (const [plain, coded] of Object.entries(vectors)) {
      expect(fromBase32(coded)).toEqual(encodeUtf8(plain));
      expect(fromBase32(coded.toLowerCase())).toEqual(encodeUtf8(plain));
    }
  });

  it('reads what an encoder of the same alphabet writes', () => {
    fc.assert(
      fc.property(anyBytes, bytes => {
        expect(fromBase32(toBase32(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each(['0', '1', '8', '9', 'MY======', 'M Y', 'M-', 'MY\n'])('is not %j', text => {
    expect(fromBase32(text)).toBeUndefined();
  });

  // toUpperCase turns each of these into letters of the alphabet.
  it.each(['\u0131Y', 'M\u017f', '\u00df', '\ufb00\ufb00'])(
    'is not %j, which only looks like it in upper case',
    text => {
      expect(fromBase32(text)).toBeUndefined();
    },
  );

  it('has no text of 1, 3 or 6 letters beyond whole groups of 8', () => {
    for (const length of [1, 3, 6, 9, 11, 14]) expect(fromBase32('A'.repeat(length))).toBeUndefined();
    for (const length of [0, 2, 4, 5, 7, 8, 32]) {
      expect(fromBase32('A'.repeat(length))).toEqual(new Uint8Array(Math.floor((length * 5) / 8)));
    }
  });
});

/** The plain definition: the bits in fives. */
function toBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map(byte => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? [])
    .map(five => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('');
}
