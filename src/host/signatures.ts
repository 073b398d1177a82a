// Signatures, as rings 1 and 2 need them.

import type { VerifySignature } from '../core/dht/items.ts';

export interface Signatures {
  /** Ed25519 (RFC 8032) of a message: 32 bytes of key, 64 of signature. False for what is no key. */
  readonly verify: VerifySignature;
}
