// The hashes that name a torrent: always of the raw bytes of `info`, never of what an encoder would make of it.

import { sha1 } from '../bytes/sha1.ts';
import { sha256 } from '../bytes/sha256.ts';
import type { TorrentVersion } from './metainfo.ts';

/** Whole-message hashes. Ring 3 hands in native ones; the default is plain JavaScript and runs anywhere. */
export interface HashFunctions {
  sha1(message: Uint8Array): Uint8Array;
  sha256(message: Uint8Array): Uint8Array;
  /** Writes the 32 bytes of the SHA-256 to `digests` from byte `at` on, where that is sooner done than as bytes of its own. */
  sha256Into?(message: Uint8Array, digests: Uint8Array, at: number): void;
  /** The SHA-256 of `count` blocks of 16 KiB, the first ones of `bytes`: 32 bytes each, from the start of `digests` on. */
  sha256Blocks?(bytes: Uint8Array, count: number, digests: Uint8Array): void;
}

export const portableHash: HashFunctions = { sha1, sha256 };

export interface InfoHashes {
  /** 20 bytes, for v1 and hybrid. BEP 3. */
  readonly infoHashV1?: Uint8Array;
  /** 32 bytes, for v2 and hybrid. BEP 52. */
  readonly infoHashV2?: Uint8Array;
}

export function hashInfo(raw: Uint8Array, version: TorrentVersion, hash: HashFunctions): InfoHashes {
  return {
    ...(version === 'v2' ? {} : { infoHashV1: hash.sha1(raw) }),
    ...(version === 'v1' ? {} : { infoHashV2: hash.sha256(raw) }),
  };
}
