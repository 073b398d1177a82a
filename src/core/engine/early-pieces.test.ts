import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EarlyPieces } from './early-pieces.ts';

describe('what a peer says of its pieces early', () => {
  it('comes to the same in the end, however much it is', () => {
    const word = fc.tuple(fc.boolean(), fc.nat(20));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.nat(40), fc.boolean(), (words, all, isMuch) => {
        const early = new EarlyPieces();
        const model = new Set<number>();
        // The same word so often that it is kept as bits.
        if (isMuch) for (let i = 0; i < 9000; i++) early.has(21);
        if (isMuch) model.add(21);
        for (const [i, [isThere, piece]] of words.entries()) {
          if (i === all) {
            early.hasAll();
            for (let each = 0; each <= 20; each++) model.add(each);
          }
          if (isThere) {
            early.has(piece);
            model.add(piece);
          } else {
            early.hasNoLonger(piece);
            model.delete(piece);
          }
        }
        const told = new Set<number>();
        if (early.those === 'all') for (let each = 0; each <= 20; each++) told.add(each);
        early.each(
          piece => told.add(piece),
          piece => told.delete(piece),
        );
        expect([...told].sort()).toEqual([...model].sort());
      }),
    );
  });

  it('is never of a piece that no torrent has', () => {
    const early = new EarlyPieces();
    expect([early.has(2_097_151), early.has(2_097_152), early.hasNoLonger(0xffff_ffff)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('is a bitfield only until it is everything', () => {
    const early = new EarlyPieces();
    early.hasThose(Uint8Array.of(1));
    early.hasThose(Uint8Array.of(2));
    expect(early.those).toEqual(Uint8Array.of(2));
    early.hasAll();
    early.hasThose(Uint8Array.of(3));
    expect(early.those).toBe('all');
  });
});
