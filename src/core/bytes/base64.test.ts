import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromBase64, toBase64 } from './base64.ts';

it('base64 is read, with padding and line ends or without', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.boolean(), (bytes, isPadded) => {
      const text = Buffer.from(bytes)
        .toString('base64')
        .replace(/(.{9})/g, '$1\n');
      expect(fromBase64(isPadded ? text : text.replaceAll('=', ''))).toEqual(bytes);
    }),
  );
});

it('base64 is written as others write it', () => {
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    }),
  );
});

it.each(['a', 'ab!d', 'äöü', 'abcde'])('%j is no base64', text => {
  expect(fromBase64(text)).toBeUndefined();
});
