import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../bytes/prng.ts';
import { type PieceFilter, Rarity } from './rarity.ts';

/** A peer that has everything, or what `has` says. */
function peer(has: (piece: number) => boolean = () => true): PieceFilter {
  return { canGive: has, pieces: { bytes: new Uint8Array(100_000).fill(0xff) } };
}

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
    expect(rarityOf('3302133').rarest(peer())).toBe(4);
    expect(rarityOf('000').rarest(peer())).toBe(-1);
  });

  it('passes over what the peer does not have', () => {
    expect(rarityOf('3312133').rarest(peer(piece => piece === 0 || piece === 3))).toBe(3);
  });

  it('draws ties at random', () => {
    const rarity = rarityOf('2111112');
    const drawn = new Set(Array.from({ length: 100 }, () => rarity.rarest(peer())));
    expect([...drawn].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('counts a seed for all pieces at once', () => {
    const rarity = rarityOf('010');
    expect(rarity.rarest(peer())).toBe(1);
    rarity.remove(1);
    expect(rarity.rarest(peer())).toBe(-1);
    rarity.seeds++;
    expect([0, 2]).toContain(rarity.rarest(peer()));
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
          const rarest = rarity.rarest(peer());
          expect(rarity.count).toBe(listed.size);
          expect(rarity.unavailableCount).toBe(listed.size - available.length);
          if (available.length === 0) expect(rarest).toBe(-1);
          else {
            expect(available).toContain(rarest);
            expect(counts[rarest]).toBe(Math.min(...available.map(index => counts[index]!)));
          }
        }
      }),
    );
  });

  it('goes by priority first, then by rarity', () => {
    const rarity = rarityOf('123123');
    rarity.reset(Uint8Array.of(1, 1, 1, 3, 3, 0), () => true);
    const order: number[] = [];
    for (let piece = rarity.rarest(peer()); piece >= 0; piece = rarity.rarest(peer())) {
      order.push(piece);
      rarity.remove(piece);
    }
    expect(order).toEqual([3, 4, 0, 1, 2]);
    expect(rarity.count).toBe(0);
    rarity.insert(5);
    expect(rarity.count).toBe(0);
  });

  it('has the first in order of the highest priority, where that is asked for', () => {
    const rarity = rarityOf('3111113');
    const lowest = () => rarity.lowest(peer(piece => piece !== 2));
    expect(lowest()).toBe(0);
    rarity.remove(0);
    expect(lowest()).toBe(1);
    rarity.reset(Uint8Array.of(2, 2, 3, 2, 2, 3, 2), piece => piece !== 0);
    expect(lowest()).toBe(5);
    rarity.remove(5);
    expect(lowest()).toBe(1);
    rarity.insert(0);
    expect(lowest()).toBe(0);
    for (const piece of [1, 2, 3, 4, 5, 6]) rarity.remove(piece);
    expect(lowest()).toBe(0);
    rarity.remove(0);
    expect(lowest()).toBe(-1);
  });

  it('has the most common piece, for a peer that may be long about it', () => {
    expect(rarityOf('3124031').commonest(peer())).toBe(3);
    expect(rarityOf('0000').commonest(peer())).toBe(-1);
  });

  it('asks a peer that has little about some thousand pieces, of many more', () => {
    const rarity = new Rarity(200_000, seededRandom(4));
    rarity.reset(undefined, () => true);
    for (const piece of [7, 150_000, 150_001]) rarity.rose(piece);
    rarity.seeds = 1;
    let asked = 0;
    const bytes = new Uint8Array(25_000);
    bytes[150_000 >>> 3] = 0x80;
    const few: PieceFilter = {
      pieces: { bytes },
      canGive: piece => {
        asked++;
        return piece === 150_000;
      },
    };
    for (const find of ['rarest', 'commonest', 'anyOf', 'lowest'] as const) {
      asked = 0;
      expect(rarity[find](few)).toBe(150_000);
      expect(asked).toBeLessThan(10_000);
    }
  });

  it('is listed anew in an order that holds through what happens after', () => {
    const rarity = rarityOf('5302112');
    rarity.reset(undefined, piece => piece !== 1);
    expect(rarity.count).toBe(6);
    rarity.rose(4);
    rarity.rose(4);
    const order: number[] = [];
    for (let piece = rarity.rarest(peer()); piece >= 0; piece = rarity.rarest(peer())) {
      order.push(rarity.availability[piece]!);
      rarity.remove(piece);
    }
    expect(order).toEqual([1, 2, 2, 3, 5]);
  });
});
