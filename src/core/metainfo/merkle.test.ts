import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noise } from '../../../test/torrents.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { toHex } from '../bytes/hex.ts';
import {
  isPieceLayerOf,
  leavesUnderPiece,
  merkleRoot,
  powerOfTwoAtLeast,
  rootOfPieceLayer,
} from './merkle.ts';

const sha256 = (...parts: Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** BEP 52 as it reads: pad with zeros to a power of two, then pair by pair. */
function plainRoot(leaves: readonly Uint8Array[], width: number): Uint8Array {
  let layer = [...leaves, ...Array.from({ length: width - leaves.length }, () => new Uint8Array(32))];
  while (layer.length > 1)
    layer = Array.from({ length: layer.length / 2 }, (_, i) => sha256(layer[2 * i]!, layer[2 * i + 1]!));
  return layer[0]!;
}

const leaves = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => sha256(noise(8, seed * 1000 + i)));

describe('a merkle root', () => {
  it('is what BEP 52 describes, for any number of leaves and any width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(3), fc.nat(1000), (count, wider, seed) => {
        const layer = leaves(count, seed);
        const width = powerOfTwoAtLeast(count) * 2 ** wider;
        expect(toHex(merkleRoot(concatBytes(layer), { width }))).toBe(toHex(plainRoot(layer, width)));
      }),
    );
  });

  it('of one leaf is the leaf', () => {
    const [leaf] = leaves(1, 1);
    expect(merkleRoot(leaf!)).toEqual(leaf);
  });

  it('is the same by way of the pieces', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.constantFrom(1, 2, 4, 16), (count, perPiece) => {
        const all = leaves(count, count);
        const layer: Uint8Array[] = [];
        for (let at = 0; at < count; at += perPiece)
          layer.push(merkleRoot(concatBytes(all.slice(at, at + perPiece)), { width: perPiece }));
        const width = powerOfTwoAtLeast(layer.length) * perPiece;
        expect(toHex(rootOfPieceLayer(concatBytes(layer), perPiece * 16_384))).toBe(
          toHex(plainRoot(all, width)),
        );
      }),
    );
  });

  it('leaves the layer as it was', () => {
    const layer = concatBytes(leaves(5, 2));
    const before = toHex(layer);
    merkleRoot(layer);
    expect(toHex(layer)).toBe(before);
  });
});

describe('the leaves under a piece', () => {
  it('are a whole piece of them, or no more than a small file needs', () => {
    const piece = 4 * 16_384;
    const width = (length: number) => leavesUnderPiece(length, piece);
    expect([1, 16_384, 16_385, 2 * 16_384, 2 * 16_384 + 1, piece, piece + 1].map(width)).toEqual([
      1, 1, 2, 2, 4, 4, 4,
    ]);
  });
});

describe('a piece layer', () => {
  it('fits its file by its length and by its root alone', () => {
    const pieceLength = 32_768;
    const layer = concatBytes(leaves(3, 1));
    const piecesRoot = rootOfPieceLayer(layer, pieceLength);
    const fits = (bytes: Uint8Array, length: number) =>
      isPieceLayerOf(bytes, { length, piecesRoot }, pieceLength);
    expect([65_537, 98_304].map(length => fits(layer, length))).toEqual([true, true]);
    expect([65_536, 98_305].map(length => fits(layer, length))).toEqual([false, false]);
    const other = layer.slice();
    other[95]! ^= 1;
    expect(fits(other, 98_304)).toBe(false);
    expect(fits(layer.subarray(0, 95), 98_304)).toBe(false);
    expect(fits(new Uint8Array(0), 98_304)).toBe(false);
  });
});
