import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noise } from '../../../test/torrents.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { emptyDigest, merkleRoot, rootOfPieceLayer } from '../metainfo/merkle.ts';
import { uncleCount } from '../wire/hash-range.ts';
import { PieceLayer } from './piece-layer.ts';

const PIECE = 65_536;

/** A file of so many pieces, the last a short one; its hashes are noise, for nobody asks here what they are of. */
function layerOf(pieces: number): { digests: Uint8Array; whole: PieceLayer; empty: PieceLayer } {
  const digests = noise(32 * pieces, pieces);
  const file = { length: pieces * PIECE - 5, piecesRoot: rootOfPieceLayer(digests, PIECE) };
  return { digests, whole: new PieceLayer(file, PIECE, digests), empty: new PieceLayer(file, PIECE) };
}

/** What a peer that has the layer answers. */
function answer(layer: PieceLayer, chunk: number): Uint8Array {
  const range = layer.rangeOf(chunk);
  const { baseLayer, index, length } = range;
  const hashes = Array.from({ length }, (_, i) => layer.node(baseLayer, index + i)!);
  const first = baseLayer + Math.log2(length);
  const uncles = Array.from({ length: uncleCount(range) }, (_, k) => {
    const level = first + k;
    return layer.node(level, Math.floor(index / 2 ** (level - baseLayer)) ^ 1)!;
  });
  return concatBytes([...hashes, ...uncles]);
}

describe('a piece layer', () => {
  it.each([2, 3, 5, 511, 512, 513, 514, 700, 1024, 1025, 1500])(
    'of %i pieces is put together from chunks that prove themselves',
    pieces => {
      const { digests, whole, empty } = layerOf(pieces);
      expect(empty.missing).toBe(Math.ceil(pieces / 512));
      // From behind: each stands alone.
      for (let chunk = empty.chunkCount - 1; chunk >= 0; chunk--) {
        expect(empty.whole).toBeUndefined();
        expect(empty.add(chunk, answer(whole, chunk))).toBe(true);
        expect(empty.digestOf(chunk * 512)).toEqual(digests.slice(chunk * 16_384, chunk * 16_384 + 32));
      }
      expect(empty.whole).toEqual(digests);
    },
  );

  it('asks for runs that BEP 52 allows, and for proofs up to the root', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5000 }), pieces => {
        const layer = new PieceLayer({ length: pieces * PIECE, piecesRoot: new Uint8Array(32) }, PIECE);
        for (let chunk = 0; chunk < layer.chunkCount; chunk++) {
          const range = layer.rangeOf(chunk);
          const { baseLayer, index, length } = range;
          expect(baseLayer).toBe(2);
          expect(index % length).toBe(0);
          expect(Number.isInteger(Math.log2(length)) && length >= 2 && length <= 512).toBe(true);
          expect(baseLayer + Math.log2(length) + uncleCount(range)).toBe(layer.height);
        }
        const last = layer.rangeOf(layer.chunkCount - 1);
        expect(last.index + last.length).toBeGreaterThanOrEqual(pieces);
      }),
    );
  });

  it('takes nothing that is not right in every bit, in the right place and whole', () => {
    const { whole, empty } = layerOf(1100);
    const right = answer(whole, 1);
    for (let at = 0; at < right.length; at += 997) {
      const wrong = right.slice();
      wrong[at]! ^= 0x10;
      expect(empty.add(1, wrong)).toBe(false);
    }
    expect(empty.add(0, right)).toBe(false);
    expect(empty.add(1, right.subarray(32))).toBe(false);
    expect(empty.add(1, concatBytes([right, new Uint8Array(32)]))).toBe(false);
    expect(empty.missing).toBe(3);
    expect(empty.add(1, right)).toBe(true);
    expect(empty.missing).toBe(2);
  });

  it('knows the nodes above it, padding included, and none where there is no tree', () => {
    const { digests, whole, empty } = layerOf(1100);
    expect(whole.node(2, 1099)).toEqual(digests.slice(-32));
    expect(whole.node(2, 1100)).toEqual(emptyDigest(2));
    expect(whole.node(3, 549)).toEqual(merkleRoot(digests.subarray(1098 * 32)));
    expect(whole.node(11, 3)).toEqual(emptyDigest(11));
    expect(whole.node(13, 0)).toEqual(whole.piecesRoot);
    for (const [level, index] of [
      [1, 0],
      [14, 0],
      [13, 1],
      [2, 2048],
      [2, -1],
    ] as const)
      expect(whole.node(level, index)).toBeUndefined();
    expect(empty.node(2, 0)).toBeUndefined();
  });
});
