// Proves a piece by its hash: SHA-1 (BEP 3), or the merkle root of its 16 KiB blocks (BEP 52, "pieces root").

import { createHash } from 'node:crypto';
import { equalBytes } from '../core/bytes/bytes.ts';
import { merkleRoot } from '../core/metainfo/merkle.ts';
import { BLOCK_LENGTH } from '../core/metainfo/metainfo.ts';
import type { PieceCheck } from '../host/disk.ts';

export function isProved(bytes: Uint8Array, check: PieceCheck): boolean {
  if (check.kind === 'sha1') return equalBytes(createHash('sha1').update(bytes).digest(), check.digest);
  const count = Math.ceil(bytes.length / BLOCK_LENGTH);
  const leaves = new Uint8Array(count * 32);
  for (let block = 0; block < count; block++) {
    const leaf = createHash('sha256').update(
      bytes.subarray(block * BLOCK_LENGTH, (block + 1) * BLOCK_LENGTH),
    );
    leaves.set(leaf.digest(), block * 32);
  }
  return equalBytes(merkleRoot(leaves, { width: check.width }), check.digest);
}
