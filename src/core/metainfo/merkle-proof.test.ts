import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../bytes/bytes.ts';
import { sha256 } from '../bytes/sha256.ts';
import { merkleRoot } from './merkle.ts';
import { pieceLevelOf, rootOfProof, treeHeight } from './merkle-proof.ts';

describe('a proof', () => {
  it('gives the root that the whole tree has, wherever its run stands', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(5), fc.nat(31), (height, runLevel, at) => {
        const level = Math.min(height, runLevel);
        const rows = treeOf(height);
        const length = 2 ** level;
        const position = at % 2 ** (height - level);
        const run = rows[0]!.slice(position * length, (position + 1) * length);
        const uncles = rows.slice(level, height).map((row, k) => row[Math.floor(position / 2 ** k) ^ 1]!);
        const root = rootOfProof(concatBytes([...run, ...uncles]), position * length, length);
        expect(root).toEqual(rows[height]![0]);
      }),
    );
  });

  it('gives another root with one bit changed, or for another place', () => {
    const rows = treeOf(3);
    const proof = concatBytes([rows[0]![2]!, rows[0]![3]!, rows[1]![0]!, rows[2]![1]!]);
    expect(rootOfProof(proof, 2, 2)).toEqual(rows[3]![0]);
    expect(rootOfProof(proof, 4, 2)).not.toEqual(rows[3]![0]);
    for (let byte = 0; byte < proof.length; byte += 31) {
      const changed = proof.slice();
      changed[byte]! ^= 1;
      expect(rootOfProof(changed, 2, 2)).not.toEqual(rows[3]![0]);
    }
  });
});

it('knows how high trees are', () => {
  const block = 16_384;
  expect([1, block, block + 1, 3 * block, 4 * block, 4 * block + 1].map(treeHeight)).toEqual([
    0, 0, 1, 2, 2, 3,
  ]);
  expect([block, 4 * block, 16_777_216].map(pieceLevelOf)).toEqual([0, 2, 10]);
});

/** Rows of a tree, the leaves first. */
function treeOf(height: number): Uint8Array[][] {
  const rows = [Array.from({ length: 2 ** height }, (_, i) => sha256(Uint8Array.of(i)))];
  while (rows.at(-1)!.length > 1) {
    const below = rows.at(-1)!;
    rows.push(
      Array.from({ length: below.length / 2 }, (_, i) =>
        merkleRoot(concatBytes([below[2 * i]!, below[2 * i + 1]!])),
      ),
    );
  }
  return rows;
}
