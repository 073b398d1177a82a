// What each way of handling encryption dials with, offers and takes (core/wire/mse has the protocol). libtorrent,
// Transmission and aria2 have the same choices under other names; nobody's default shuts others out.

import type { MseMethod } from '../core/wire/mse.ts';
import type { Clock } from '../host/clock.ts';

/**
 * `off`: there is none, in and out.
 * `allow`: dials in the clear, and encrypted whom that did not do for; takes what comes, in the clear if it has the choice.
 * `prefer`: dials encrypted, and in the clear whom that did not do for; takes what comes, encrypted if it has the choice.
 * `require`: encrypted or not at all.
 */
export type Encryption = 'off' | 'allow' | 'prefer' | 'require';

/** How a connection begins: with the handshake of BEP 3, or with a key exchange that hides it. */
export type DialWay = 'plaintext' | 'encrypted';

export interface EncryptionRules {
  /** Tried one after the other. */
  readonly dialWays: readonly DialWay[];
  /** What the payload of an encrypted dial may go by: the other end chooses. */
  readonly offered: readonly MseMethod[];
  readonly takesPlaintext: boolean;
  /** What we choose from, the better first. None: those who begin with a key exchange are not taken. */
  readonly taken: readonly MseMethod[];
}

export const ENCRYPTION_RULES: Readonly<Record<Encryption, EncryptionRules>> = {
  off: { dialWays: ['plaintext'], offered: [], takesPlaintext: true, taken: [] },
  allow: {
    dialWays: ['plaintext', 'encrypted'],
    offered: ['rc4', 'plaintext'],
    takesPlaintext: true,
    taken: ['plaintext', 'rc4'],
  },
  // With `plaintext` on offer most others would choose that (libtorrent's `prefer_rc4` is off).
  prefer: {
    dialWays: ['encrypted', 'plaintext'],
    offered: ['rc4'],
    takesPlaintext: true,
    taken: ['rc4', 'plaintext'],
  },
  require: { dialWays: ['encrypted'], offered: ['rc4'], takesPlaintext: false, taken: ['rc4'] },
};

/** Says yes so many times in each second. */
export function perSecond(most: number, clock: Clock): () => boolean {
  let since = Number.NEGATIVE_INFINITY;
  let count = 0;
  return () => {
    const now = clock.now();
    if (now - since >= 1000) {
      since = now;
      count = 0;
    }
    return ++count <= most;
  };
}
