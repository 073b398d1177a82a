import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { automaticPieceLength, isPieceLengthAllowed, pieceLengthForCount } from './piece-length.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

describe('the automatic piece length', () => {
  it('has the steps of libtorrent', () => {
    const steps: readonly (readonly [number, number])[] = [
      [1, 16 * KIB],
      [2.5 * MIB, 16 * KIB],
      [2.5 * MIB + 1, 32 * KIB],
      [10 * MIB + 1, 64 * KIB],
      [41 * MIB + 1, 128 * KIB],
      [164 * MIB + 1, 256 * KIB],
      [655 * MIB + 1, 512 * KIB],
      [2.5 * GIB + 1, MIB],
      [10 * GIB + 1, 2 * MIB],
      [41 * GIB + 1, 4 * MIB],
      [164 * GIB + 1, 8 * MIB],
      [655 * GIB + 1, 16 * MIB],
      [2 ** 50, 16 * MIB],
    ];
    expect(steps.map(([length]) => [length, automaticPieceLength(length)])).toEqual(steps);
  });

  it('is allowed everywhere, and never shorter for more data', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(automaticPieceLength(less)).toBeLessThanOrEqual(automaticPieceLength(more));
        expect(isPieceLengthAllowed(automaticPieceLength(a), 'v2')).toBe(true);
      }),
    );
  });
});

describe('the piece length for a number of pieces', () => {
  it('is no further from it than half or double would be', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 45 }),
        fc.integer({ min: 1, max: 1e6 }),
        (length, target) => {
          const chosen = pieceLengthForCount(length, target);
          const distance = (pieceLength: number) =>
            Math.abs(Math.log(Math.max(1, Math.ceil(length / pieceLength)) / target));
          expect(isPieceLengthAllowed(chosen, 'v2')).toBe(true);
          for (const other of [chosen / 2, chosen * 2])
            if (isPieceLengthAllowed(other, 'v2'))
              expect(distance(chosen)).toBeLessThanOrEqual(distance(other) + 1e-9);
        },
      ),
    );
  });
});

describe('a piece length', () => {
  it('is from 16 KiB to 256 MiB and a power of two in v2, up to 256 MiB in v1', () => {
    for (const length of [16 * KIB, 32 * KIB, MIB, 256 * MIB])
      for (const version of ['v1', 'v2', 'hybrid'] as const)
        expect(isPieceLengthAllowed(length, version)).toBe(true);
    for (const length of [1, 16_000, 8192, 3 * MIB])
      expect([isPieceLengthAllowed(length, 'v1'), isPieceLengthAllowed(length, 'v2')]).toEqual([true, false]);
    for (const length of [0, -16_384, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 512 * MIB])
      expect([isPieceLengthAllowed(length, 'v1'), isPieceLengthAllowed(length, 'hybrid')]).toEqual([
        false,
        false,
      ]);
  });
});
