// How the bytes of a piece are proved: v1 by their SHA-1 (BEP 3, "pieces"), v2 by the root of the tree over their 16 KiB
// blocks (BEP 52, "piece layers"), a hybrid by both where both are known. And the digests of the blocks, by which it is
// found out who gave the wrong ones. Hashes are handed in: this runs on a disk thread and in a test alike.

import { equalBytes } from '../bytes/bytes.ts';
import { SwarmlineError } from '../errors.ts';
import type { HashFunctions } from './info-hash.ts';
import { DIGEST_LENGTH, merkleRoot } from './merkle.ts';
import { BLOCK_LENGTH } from './metainfo.ts';

export type PieceCheck = Sha1Check | MerkleCheck | BothChecks;

export interface Sha1Check {
  readonly kind: 'sha1';
  readonly digest: Uint8Array;
}

/** SHA-256 of each 16 KiB, then pairs up to the root; `width` leaves, zeros where there is no data. */
export interface MerkleCheck {
  readonly kind: 'merkle';
  readonly digest: Uint8Array;
  readonly width: number;
}

/** A hybrid's: v1 counts the padding at a file's end, v2 does not. */
export interface BothChecks {
  readonly kind: 'both';
  readonly v1: Sha1Check;
  readonly v2: MerkleCheck;
  /** Bytes of the piece that are the file's; the rest is padding. */
  readonly dataLength: number;
}

/**
 * What was found of a piece. With digests, SHA-256 of each block one after the other, it is found out who is to blame:
 * they come with each piece that is wrong, and with right ones where they were asked for.
 */
export type PieceVerdict = boolean | { readonly isRight: boolean; readonly blockDigests: Uint8Array };

/** @throws SwarmlineError `TORRENT_INCONSISTENT` where only one of a hybrid's two proofs holds */
export function isProved(bytes: Uint8Array, check: PieceCheck, hash: HashFunctions): boolean {
  switch (check.kind) {
    case 'sha1':
      return equalBytes(hash.sha1(bytes), check.digest);
    case 'merkle': {
      const leaves = blockDigests(bytes, bytes.length, hash);
      return equalBytes(merkleRoot(leaves, { width: check.width }), check.digest);
    }
    case 'both': {
      const isRight = isProved(bytes, check.v1, hash);
      if (isRight === isProved(bytes.subarray(0, check.dataLength), check.v2, hash)) return isRight;
      // BEP 52, "Upgrade Path": the two must describe the same data. A wrong byte fails both.
      throw new SwarmlineError('TORRENT_INCONSISTENT', INCONSISTENT);
    }
    default:
      return check satisfies never;
  }
}

/**
 * SHA-256 of each block: the leaves of BEP 52's tree. Padding behind `dataLength` is left out, and a block of nothing else
 * has the digest of nothing.
 */
export function blockDigests(
  bytes: Uint8Array,
  dataLength: number,
  hash: HashFunctions,
): Uint8Array<ArrayBuffer> {
  const count = Math.ceil(bytes.length / BLOCK_LENGTH);
  const digests = new Uint8Array(count * DIGEST_LENGTH);
  let block = 0;
  if (hash.sha256Blocks !== undefined) {
    block = Math.floor(dataLength / BLOCK_LENGTH);
    hash.sha256Blocks(bytes, block, digests);
  }
  for (; block < count; block++) {
    const end = Math.min((block + 1) * BLOCK_LENGTH, dataLength);
    const data = bytes.subarray(Math.min(block * BLOCK_LENGTH, end), end);
    if (hash.sha256Into !== undefined) hash.sha256Into(data, digests, block * DIGEST_LENGTH);
    else digests.set(hash.sha256(data), block * DIGEST_LENGTH);
  }
  return digests;
}

const INCONSISTENT =
  'The torrent contradicts itself: its v1 and its v2 hashes belong to different data. It cannot be downloaded or seeded.';
