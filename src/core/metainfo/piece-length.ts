// How long the pieces of a new torrent are. Short pieces are checked and passed on sooner; long ones keep the list of
// hashes short. The balance is libtorrent's: a hash list of about 2·√size bytes.

import { BLOCK_LENGTH } from './metainfo.ts';

/** The piece length for so much data: a power of two from 16 KiB to 16 MiB. */
export function automaticPieceLength(dataLength: number): number {
  for (const [limit, pieceLength] of STEPS) if (dataLength <= limit) return pieceLength;
  return MAX_AUTOMATIC;
}

/** The power of two, 16 KiB at least, with which the number of pieces comes nearest to `target`. */
export function pieceLengthForCount(dataLength: number, target: number): number {
  let best = BLOCK_LENGTH;
  for (let length = BLOCK_LENGTH; length <= MAX_PIECE_LENGTH; length *= 2) {
    if (distance(dataLength, length, target) < distance(dataLength, best, target)) best = length;
  }
  return best;
}

/** Whether pieces may be so long: v2 demands a power of two from 16 KiB (BEP 52, "piece length"). */
export function isPieceLengthAllowed(pieceLength: number, version: 'v1' | 'v2' | 'hybrid'): boolean {
  if (!Number.isSafeInteger(pieceLength) || pieceLength < 1 || pieceLength > MAX_PIECE_LENGTH) return false;
  return version === 'v1' || (pieceLength >= BLOCK_LENGTH && (pieceLength & (pieceLength - 1)) === 0);
}

/** How far a count of pieces is from the target, as a ratio of at least 1. */
function distance(dataLength: number, pieceLength: number, target: number): number {
  const count = Math.max(1, Math.ceil(dataLength / pieceLength));
  return Math.max(count / target, target / count);
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

// Data up to so many bytes → piece length (the steps of libtorrent 2's automatic choice).
const STEPS: readonly (readonly [limit: number, pieceLength: number])[] = [
  [2.5 * MIB, 16 * KIB],
  [10 * MIB, 32 * KIB],
  [41 * MIB, 64 * KIB],
  [164 * MIB, 128 * KIB],
  [655 * MIB, 256 * KIB],
  [2.5 * GIB, 512 * KIB],
  [10 * GIB, MIB],
  [41 * GIB, 2 * MIB],
  [164 * GIB, 4 * MIB],
  [655 * GIB, 8 * MIB],
];
const MAX_AUTOMATIC = 16 * MIB;

/** 256 MiB: pieces beyond it would be downloaded for minutes before a byte of them could be trusted. */
export const MAX_PIECE_LENGTH = 256 * MIB;
