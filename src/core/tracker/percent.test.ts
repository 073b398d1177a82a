import fc from 'fast-check';
import { expect, test } from 'vitest';
import { percentDecode, percentEncode } from './percent.ts';

test('any bytes survive the way there and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
      expect(percentDecode(percentEncode(bytes))).toEqual(new Uint8Array(bytes));
    }),
  );
});

test('encodes like RFC 3986, in capitals', () => {
  expect(percentEncode(new Uint8Array([0x00, 0x61, 0x2d, 0x2b, 0x20, 0xff]))).toBe('%00a-%2B%20%FF');
});

test('decodes both cases, and takes a plus for a plus', () => {
  expect(percentDecode('%fF+a')).toEqual(new Uint8Array([0xff, 0x2b, 0x61]));
});

test('has no bytes for a broken escape or for a character that is no byte', () => {
  for (const text of ['%', '%1', 'a%', '%g0', '%0g', '%%30', '% 1', '\u0100'])
    expect(percentDecode(text)).toBeUndefined();
});

test('never throws, and never gives more bytes than characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(percentDecode(text)?.length ?? 0).toBeLessThanOrEqual(text.length);
    }),
  );
});
