// A run of hashes of one file's tree, as BEP 52's `hash request`, `hashes` and `hash reject` name it, read from bytes and
// written. Only what can be known without the torrent is checked here: whether the file has so many layers is the engine's.
//
//   layer 3            root                 pieces root, base layer 0, index 4, length 2, proof layers 2:
//   layer 2        u           .            the two hashes b, then the uncles from below. A layer whose hash the run
//   layer 1      .   .       .   u          itself gives is counted and left out: of layers 1 and 2 both are here, for
//   layer 0     . . . .     b b . .         two hashes give only their own parent.

import { ProtocolError } from '../errors.ts';

export interface HashRange {
  /** 32 bytes: the root of the file's tree. */
  readonly piecesRoot: Uint8Array;
  /** How many layers above the leaves (16 KiB each) the hashes stand. */
  readonly baseLayer: number;
  /** The first hash within its layer: a multiple of `length`. */
  readonly index: number;
  /** A power of two. */
  readonly length: number;
  /** So many layers above the base are proved, or are what the hashes themselves prove. */
  readonly proofLayers: number;
}

export const HASH_LENGTH = 32;
/** Pieces root and four numbers. */
export const HASH_RANGE_LENGTH = 48;
/** BEP 52, "hash request": "Length SHOULD NOT be greater than 512." We never ask for more. */
export const MAX_HASHES = 512;

/** How many uncles follow the hashes: BEP 52 omits what the hashes themselves give, the first log2(length) - 1 layers. */
export function uncleCount({ length, proofLayers }: Pick<HashRange, 'length' | 'proofLayers'>): number {
  return Math.max(0, proofLayers - Math.log2(length) + 1);
}

export function isSameRange(a: HashRange, b: HashRange): boolean {
  if (a.baseLayer !== b.baseLayer || a.index !== b.index || a.length !== b.length) return false;
  if (a.proofLayers !== b.proofLayers) return false;
  for (let i = 0; i < HASH_LENGTH; i++) if (a.piecesRoot[i] !== b.piecesRoot[i]) return false;
  return true;
}

/**
 * Reads a range at `at`; the root is a copy. A length of 1, which BEP 52 forbids, is let through: libtorrent asks so for a
 * last piece that stands alone.
 * @throws ProtocolError `HASHES_INVALID`
 */
export function readHashRange(bytes: Uint8Array, at: number): HashRange {
  const numbers = new DataView(bytes.buffer, bytes.byteOffset + at + HASH_LENGTH, 16);
  const range = {
    piecesRoot: bytes.slice(at, at + HASH_LENGTH),
    baseLayer: numbers.getUint32(0),
    index: numbers.getUint32(4),
    length: numbers.getUint32(8),
    proofLayers: numbers.getUint32(12),
  };
  const { baseLayer, index, length, proofLayers } = range;
  if (baseLayer > MAX_LAYERS || proofLayers > MAX_LAYERS) throw invalid('layers that no tree has');
  if (length === 0 || (length & (length - 1)) !== 0) throw invalid(`a length of ${length}, no power of two`);
  if (index % length !== 0) throw invalid(`an index of ${index}, no multiple of their number`);
  return range;
}

/** Writes a range at `at`, 48 bytes. */
export function writeHashRange(range: HashRange, bytes: Uint8Array, at: number): void {
  bytes.set(range.piecesRoot, at);
  const numbers = new DataView(bytes.buffer, bytes.byteOffset + at + HASH_LENGTH, 16);
  numbers.setUint32(0, range.baseLayer);
  numbers.setUint32(4, range.index);
  numbers.setUint32(8, range.length);
  numbers.setUint32(12, range.proofLayers);
}

/**
 * The range of a `hashes` message, which must have as many hashes as it says.
 * @throws ProtocolError `HASHES_INVALID`
 */
export function readHashes(bytes: Uint8Array, at: number, length: number): HashRange {
  const range = readHashRange(bytes, at);
  const expected = HASH_RANGE_LENGTH + HASH_LENGTH * (range.length + uncleCount(range));
  if (length !== expected) throw invalid(`another number of bytes than ${expected}`);
  return range;
}

function invalid(what: string): ProtocolError {
  return new ProtocolError('HASHES_INVALID', `The peer sent a message about hashes with ${what}.`);
}

// A file of 2^53 bytes has 39 layers above its leaves.
const MAX_LAYERS = 64;
