// SHA-1 and SHA-256 of whole messages by Node's own crypto: for info hashes and whatever else is short. Pieces are
// hashed elsewhere, off the main thread.

import { createHash } from 'node:crypto';

/** Fits core/metainfo's `HashFunctions`. */
export const nodeHash = {
  sha1: (message: Uint8Array): Uint8Array => createHash('sha1').update(message).digest(),
  sha256: (message: Uint8Array): Uint8Array => createHash('sha256').update(message).digest(),
};
