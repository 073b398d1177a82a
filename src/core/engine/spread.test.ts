import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../bytes/prng.ts';
import { Spread } from './spread.ts';

const nobody = () => false;

function rest(spread: Spread, has: (piece: number) => boolean = nobody): number[] {
  const pieces: number[] = [];
  for (let piece = spread.next(has); piece >= 0; piece = spread.next(has)) pieces.push(piece);
  return pieces;
}

describe('what a seed has given to nobody', () => {
  it('is each piece once, in an order that is luck', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (count, seed) => {
        const pieces = rest(new Spread(count, seededRandom(seed)));
        expect(pieces.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
    );
    expect(rest(new Spread(100, seededRandom(1)))).not.toEqual(rest(new Spread(100, seededRandom(2))));
  });

  it('passes over what somebody has, and what went out of itself', () => {
    const spread = new Spread(10, seededRandom(1));
    expect(spread.gave(4)).toBe(true);
    expect(spread.gave(4)).toBe(false);
    expect(rest(spread, piece => piece < 3).toSorted((a, b) => a - b)).toEqual([3, 5, 6, 7, 8, 9]);
  });

  it('gives again what came to nothing, unless somebody has it by then', () => {
    const spread = new Spread(10, seededRandom(1));
    rest(spread);
    spread.cameToNothing(7);
    spread.cameToNothing(8);
    expect(rest(spread, piece => piece === 7)).toEqual([8]);
  });
});
