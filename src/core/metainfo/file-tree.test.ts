import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeUtf8 } from '../bytes/utf8.ts';
import { comparePaths } from './file-tree.ts';

test('paths are in the order of their bytes, element by element', () => {
  const ordered = [
    ['a'],
    ['a', 'b'],
    ['a', 'c'],
    ['a b'],
    ['a-'],
    ['b'],
    ['é'],
    ['\ud7ff'],
    ['\uff61'],
    ['\u{1f3b5}'],
  ];
  expect(ordered.toReversed().sort(comparePaths)).toEqual(ordered);
  expect(comparePaths(['a', 'b'], ['a', 'b'])).toBe(0);
});

test('names of any letters compare as the bytes of their UTF-8 do', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\ud7ff', '\ue000', '\uff61', '\u{1f3b5}') });
  fc.assert(
    fc.property(name, name, (left, right) => {
      const bytes = Buffer.compare(encodeUtf8(left), encodeUtf8(right));
      expect(Math.sign(comparePaths([left], [right]))).toBe(bytes);
    }),
  );
});
