// Proofs in the merkle trees of BEP 52: a run of neighbouring digests and the uncles on the way up give the root, and so
// are right where that is. Numbers in, digests out; who gave them, and which tree it is, others know.
//
//            root           the run d2 d3 gives its parent p; with the uncles u1 and u2, from below, the root is known:
//          /      \         p stands on the right of u1, their parent on the left of u2
//         .        u2
//       /   \     /  \
//     u1     p   .    .
//           / \
//         d2   d3

import { DIGEST_LENGTH, merkleRoot, powerOfTwoAtLeast } from './merkle.ts';
import { BLOCK_LENGTH } from './metainfo.ts';

/** How many levels the root of a file's tree stands above the leaves; 0 where the file is one block. */
export function treeHeight(fileLength: number): number {
  return Math.log2(powerOfTwoAtLeast(Math.max(1, Math.ceil(fileLength / BLOCK_LENGTH))));
}

/** How many levels the piece layer stands above the leaves. */
export function pieceLevelOf(pieceLength: number): number {
  return Math.log2(pieceLength / BLOCK_LENGTH);
}

/**
 * The root that a run of `length` digests (a power of two, the first at `index`, a multiple of it) has with the uncles that
 * follow them.
 */
export function rootOfProof(digests: Uint8Array, index: number, length: number): Uint8Array<ArrayBuffer> {
  let node = merkleRoot(digests.subarray(0, length * DIGEST_LENGTH), { width: length });
  const pair = new Uint8Array(2 * DIGEST_LENGTH);
  let position = index / length;
  for (let at = length * DIGEST_LENGTH; at < digests.length; at += DIGEST_LENGTH) {
    const isRight = position % 2 === 1;
    pair.set(node, isRight ? DIGEST_LENGTH : 0);
    pair.set(digests.subarray(at, at + DIGEST_LENGTH), isRight ? 0 : DIGEST_LENGTH);
    node = merkleRoot(pair);
    position = Math.floor(position / 2);
  }
  return node;
}
