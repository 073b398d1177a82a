import { expect, it } from 'vitest';
import { distance, next } from './sequence.ts';

it('goes round', () => {
  expect(next(0xffff)).toBe(0);
  expect(distance(0xfffe, 1)).toBe(3);
  expect(distance(1, 0xfffe)).toBe(-3);
  expect(distance(7, 7)).toBe(0);
  expect(distance(0, 0x7fff)).toBe(0x7fff);
  expect(distance(0, 0x8001)).toBe(-0x7fff);
});
