// What is shared in a world: a torrent of noise that follows from a seed. There is one copy of the data, however many
// machines have it: their disks know which pieces they hold, and compare what comes with this.

import { concatBytes, equalBytes } from '../../core/bytes/bytes.ts';
import { toHex } from '../../core/bytes/hex.ts';
import { seededRandom } from '../../core/bytes/prng.ts';
import { sha1 } from '../../core/bytes/sha1.ts';
import { sha256 } from '../../core/bytes/sha256.ts';
import { buildInfo, buildMetainfo } from '../../core/metainfo/build.ts';
import type { Layout } from '../../core/metainfo/layout.ts';
import { merkleRoot, rootOfPieceLayer } from '../../core/metainfo/merkle.ts';
import { BLOCK_LENGTH, type Metainfo, type TorrentVersion } from '../../core/metainfo/metainfo.ts';
import { parseMetainfo } from '../../core/metainfo/parse.ts';
import { automaticPieceLength } from '../../core/metainfo/piece-length.ts';
import type { PieceCheck } from '../../core/metainfo/piece-proof.ts';

export interface SimContentOptions {
  /** Bytes of the one file. */
  readonly length: number;
  /** @default as `swarmline create` chooses it */
  readonly pieceLength?: number;
  /** @default v1 */
  readonly version?: TorrentVersion;
  /** @default 1 */
  readonly seed?: number;
}

export class SimContent {
  readonly metainfo: Metainfo;
  readonly bytes: Uint8Array;

  constructor(options: SimContentOptions) {
    const { length, version = 'v1' } = options;
    const pieceLength = options.pieceLength ?? automaticPieceLength(length);
    this.bytes = noise(length, options.seed ?? 1);
    const layer = version === 'v1' ? undefined : pieceLayer(this.bytes, pieceLength);
    const info = buildInfo({
      version,
      name: `noise-${length}`,
      pieceLength,
      isFolder: false,
      files: [{ path: [], length, ...(layer && { piecesRoot: layer.root }) }],
      ...(version === 'v2' ? {} : { pieces: piecesOf(this.bytes, pieceLength) }),
    });
    const pieceLayers = new Map<string, Uint8Array>();
    if (layer !== undefined && length > pieceLength) pieceLayers.set(toHex(layer.root), layer.digests);
    this.metainfo = parseMetainfo(buildMetainfo(info, version === 'v1' ? {} : { pieceLayers }));
  }

  /** Whether these are the right bytes of a range of a piece. */
  isRight(piece: number, begin: number, bytes: Uint8Array): boolean {
    const start = piece * this.metainfo.pieceLength + begin;
    const right = this.bytes.subarray(start, start + bytes.length);
    // Eight bytes at a time: this stands for hashing all that every machine receives.
    if (((right.byteOffset | bytes.byteOffset | bytes.length) & 7) !== 0) return equalBytes(right, bytes);
    if (right.length !== bytes.length) return false;
    const a = new Float64Array(right.buffer, right.byteOffset, right.length >>> 3);
    const b = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 3);
    for (let i = 0; i < a.length; i++) {
      // As numbers two zeros are equal, and what is no number never is: those are compared byte for byte.
      if (a[i] === b[i] && a[i] !== 0) continue;
      if (!equalBytes(right.subarray(8 * i, 8 * i + 8), bytes.subarray(8 * i, 8 * i + 8))) return false;
    }
    return true;
  }
}

/** By what a disk knows the content that it is to hold: its size and the digest of its first piece. */
export function contentKey(checkOf: (piece: number) => PieceCheck, layout: Layout): string {
  const check = checkOf(0);
  return `${layout.length} ${toHex(check.kind === 'both' ? check.v1.digest : check.digest)}`;
}

function noise(length: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  // A tile of noise, and a number in each block that makes it another: as good as noise to whoever compares blocks.
  const tile = random.fill(new Uint8Array(TILE_LENGTH));
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += TILE_LENGTH) bytes.set(tile.subarray(0, length - at), at);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 4 <= length; at += BLOCK_LENGTH) view.setUint32(at, at / BLOCK_LENGTH);
  return bytes;
}

function piecesOf(bytes: Uint8Array, pieceLength: number): Uint8Array {
  const digests: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieceLength)
    digests.push(sha1(bytes.subarray(at, at + pieceLength)));
  return concatBytes(digests);
}

function pieceLayer(bytes: Uint8Array, pieceLength: number): { root: Uint8Array; digests: Uint8Array } {
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += BLOCK_LENGTH) {
    leaves.push(sha256(bytes.subarray(at, at + BLOCK_LENGTH)));
  }
  if (bytes.length <= pieceLength) return { root: merkleRoot(concatBytes(leaves)), digests: NOTHING };
  const width = pieceLength / BLOCK_LENGTH;
  const roots: Uint8Array[] = [];
  for (let at = 0; at < leaves.length; at += width) {
    roots.push(merkleRoot(concatBytes(leaves.slice(at, at + width)), { width }));
  }
  const digests = concatBytes(roots);
  return { root: rootOfPieceLayer(digests, pieceLength), digests };
}

const TILE_LENGTH = 1_048_576;
const NOTHING = new Uint8Array(0);
