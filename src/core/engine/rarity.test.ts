import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../bytes/prng.ts';
import { Rarity } from './rarity.ts';

const anything = () => true;

/** One digit a piece: how many peers have it. */
function rarityOf(picture: string): Rarity {
  const rarity = new Rarity(picture.length, seededRandom(1));
  for (let piece = 0; piece < picture.length; piece++) rarity.insert(piece);
  for (const [piece, digit] of [...picture].entries())
    for (let i = 0; i < Number(digit); i++) rarity.rose(piece);
  return rarity;
}

describe('rarity', () => {
  it('has the rarest piece that somebody has', () => {
    expect(rarityOf('3302133').rarest(anything)).toBe(4);
    expect(rarityOf('000').rarest(anything)).toBe(-1);
  });

  it('passes over what the peer does not have', () => {
    expect(rarityOf('3312133').rarest(piece => piece === 0 || piece === 3)).toBe(3);
  });

  it('draws ties at random', () => {
    const rarity = rarityOf('2111112');
    const drawn = new Set(Array.from({ length: 100 }, () => rarity.rarest(anything)));
    expect([...drawn].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('counts a seed for all pieces at once', () => {
    const rarity = rarityOf('010');
    expect(rarity.availableCount).toBe(1);
    rarity.seeds++;
    expect(rarity.availableCount).toBe(3);
    expect([0, 2]).toContain(rarity.rarest(anything));
  });

  it('keeps its order through anything that happens', () => {
    const step = fc.tuple(fc.constantFrom('insert', 'remove', 'rose', 'fell'), fc.nat(9));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), steps => {
        const rarity = new Rarity(10, seededRandom(2));
        const counts = new Array<number>(10).fill(0);
        const listed = new Set<number>();
        for (const [what, piece] of steps) {
          if (what === 'insert') {
            rarity.insert(piece);
            listed.add(piece);
          } else if (what === 'remove') {
            rarity.remove(piece);
            listed.delete(piece);
          } else if (what === 'rose') {
            rarity.rose(piece);
            counts[piece]!++;
          } else if (counts[piece]! > 0) {
            rarity.fell(piece);
            counts[piece]!--;
          }
          const available = [...listed].filter(index => counts[index]! > 0);
          const rarest = rarity.rarest(anything);
          expect(rarity.count).toBe(listed.size);
          expect(rarity.availableCount).toBe(available.length);
          if (available.length === 0) expect(rarest).toBe(-1);
          else {
            expect(available).toContain(rarest);
            expect(counts[rarest]).toBe(Math.min(...available.map(index => counts[index]!)));
          }
        }
      }),
    );
  });
});
