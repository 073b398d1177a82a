// The merkle trees of BEP 52 ("pieces root"): SHA-256, two children a node, leaves of 16 KiB, and zeros for the leaves
// that a file does not have. A layer is a run of 32-byte digests; trees are reduced in place, layer by layer, as words.
//
//            root                  width 4, three digests: the fourth is the root of an empty
//           /    \                 subtree of `height` levels, which is the same everywhere
//        .          .              and computed once
//       / \        / \
//      d0  d1     d2  (pad)

import { equalBytes } from '../bytes/bytes.ts';
import { hashPair } from '../bytes/sha256.ts';
import { hashPairs } from '../bytes/sha256-lanes.ts';
import { BLOCK_LENGTH } from './metainfo.ts';

export const DIGEST_LENGTH = 32;

export interface TreeShape {
  /** How many digests the layer has when complete: a power of two. @default the smallest that holds them */
  readonly width?: number;
  /** How many levels above the leaves the layer stands: what its padding is. @default 0 */
  readonly height?: number;
}

/** The root of the tree above a layer of digests (32 bytes each, at least one). */
export function merkleRoot(layer: Uint8Array, shape: TreeShape = {}): Uint8Array<ArrayBuffer> {
  const count = layer.length / DIGEST_LENGTH;
  const nodes = new Int32Array((count + 1) * 8);
  readDigests(layer, nodes);
  reduceLayer(nodes, count, shape.width ?? powerOfTwoAtLeast(count), shape.height ?? 0);
  const root = new Uint8Array(DIGEST_LENGTH);
  writeDigest(nodes, 0, root, 0);
  return root;
}

/** The root of a file from its piece layer: one digest for each `pieceLength` of it. */
export function rootOfPieceLayer(layer: Uint8Array, pieceLength: number): Uint8Array<ArrayBuffer> {
  return merkleRoot(layer, { height: Math.log2(pieceLength / BLOCK_LENGTH) });
}

/** How wide the leaf layer under one piece is: a whole piece's, or for a file of one piece no more than it needs. */
export function leavesUnderPiece(fileLength: number, pieceLength: number): number {
  const whole = pieceLength / BLOCK_LENGTH;
  return fileLength > pieceLength ? whole : powerOfTwoAtLeast(Math.ceil(fileLength / BLOCK_LENGTH));
}

/** Whether a file's piece layer has the right number of digests and hashes up to its root. */
export function isPieceLayerOf(
  layer: Uint8Array,
  file: { readonly length: number; readonly piecesRoot: Uint8Array },
  pieceLength: number,
): boolean {
  const digests = Math.ceil(file.length / pieceLength);
  return (
    layer.length === digests * DIGEST_LENGTH &&
    equalBytes(rootOfPieceLayer(layer, pieceLength), file.piecesRoot)
  );
}

/**
 * Reduces a layer to its root, which is left in `nodes` at word 0. `nodes` holds `count` digests of eight big-endian
 * words and has room for one more.
 */
export function reduceLayer(nodes: Int32Array, count: number, width: number, height: number): void {
  let digests = count;
  let level = height;
  for (let left = width; left > 1; left >>>= 1, level++) {
    if (digests % 2 === 1) nodes.set(emptyRoot(level), digests * 8);
    digests = (digests + 1) >>> 1;
    hashPairs(nodes, digests);
  }
}

/** Reads digests into words. */
export function readDigests(bytes: Uint8Array, nodes: Int32Array): void {
  for (let i = 0, p = 0; p + 3 < bytes.length; i++, p += 4) {
    nodes[i] = (bytes[p]! << 24) | (bytes[p + 1]! << 16) | (bytes[p + 2]! << 8) | bytes[p + 3]!;
  }
}

/** Writes one digest as bytes: from word `from` of `nodes` to byte `to` of `bytes`. */
export function writeDigest(nodes: Int32Array, from: number, bytes: Uint8Array, to: number): void {
  for (let i = 0; i < 8; i++) {
    const word = nodes[from + i]!;
    const at = to + 4 * i;
    bytes[at] = word >>> 24;
    bytes[at + 1] = word >>> 16;
    bytes[at + 2] = word >>> 8;
    bytes[at + 3] = word;
  }
}

export function powerOfTwoAtLeast(count: number): number {
  let power = 1;
  while (power < count) power *= 2;
  return power;
}

/** The digest that stands, `level` levels above the leaves, where a file has no more data. A copy. */
export function emptyDigest(level: number): Uint8Array<ArrayBuffer> {
  const digest = new Uint8Array(DIGEST_LENGTH);
  writeDigest(emptyRoot(level), 0, digest, 0);
  return digest;
}

/** The root of a subtree of `level` levels all of whose leaves are zeros. */
function emptyRoot(level: number): Int32Array {
  for (let next = emptyRoots.length; next <= level; next++) {
    const nodes = new Int32Array(16);
    nodes.set(emptyRoots[next - 1]!);
    nodes.set(emptyRoots[next - 1]!, 8);
    hashPair(nodes, 0, 0);
    emptyRoots.push(nodes.slice(0, 8));
  }
  return emptyRoots[level]!;
}

const emptyRoots: Int32Array[] = [new Int32Array(8)];
