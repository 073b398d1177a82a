// Ed25519 by node:crypto.

import { createPublicKey, verify } from 'node:crypto';
import type { Signatures } from '../host/signatures.ts';

export const nodeSignatures: Signatures = {
  verify: (key, message, signature) => {
    if (key.length !== 32 || signature.length !== 64) return false;
    try {
      const der = Buffer.concat([SPKI_HEAD, key]);
      return verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
    } catch {
      // Not every 32 bytes are a point of the curve.
      return false;
    }
  },
};

/** RFC 8410, section 4: what stands before the 32 bytes of a key. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
