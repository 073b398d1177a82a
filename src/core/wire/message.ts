// The messages of the peer protocol after the handshake, as values (BEP 3, "peer messages"; BEP 6; BEP 10; BEP 52). Numbers
// are as the wire has them: whether one names a piece or a block is for the Layout to say.

import type { HashRange } from './hash-range.ts';

export type Message =
  | SimpleMessage
  | { readonly type: 'have' | 'suggest' | 'allowed-fast'; readonly piece: number }
  | { readonly type: 'bitfield'; readonly bytes: Uint8Array }
  | {
      readonly type: 'request' | 'cancel' | 'reject';
      readonly piece: number;
      readonly begin: number;
      readonly length: number;
    }
  | { readonly type: 'piece'; readonly piece: number; readonly begin: number; readonly block: Uint8Array }
  | { readonly type: 'port'; readonly port: number }
  | { readonly type: 'extended'; readonly id: number; readonly payload: Uint8Array }
  | ({ readonly type: 'hash-request' | 'hash-reject' } & HashRange)
  /** `hashes`: those of the base layer, then the uncles from below, 32 bytes each. */
  | ({ readonly type: 'hashes'; readonly hashes: Uint8Array } & HashRange)
  /** A kind that we do not speak: to be skipped. */
  | { readonly type: 'unknown'; readonly id: number; readonly length: number };

export interface SimpleMessage {
  readonly type:
    | 'keep-alive'
    | 'choke'
    | 'unchoke'
    | 'interested'
    | 'not-interested'
    | 'have-all'
    | 'have-none';
}

/** The byte that tells the kind of a message. */
export const MESSAGE_ID = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  // BEP 5
  port: 9,
  // BEP 6
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  // BEP 10
  extended: 20,
  // BEP 52
  hashRequest: 21,
  hashes: 22,
  hashReject: 23,
} as const;

/** The longest block that is taken or given: 128 KiB, as libtorrent does. We ask for 16 KiB. */
export const MAX_BLOCK_LENGTH = 131_072;
