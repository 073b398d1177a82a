// Keyed hashes of many short messages at once, where a host makes them sooner than JavaScript does one by one: the same as those
// of core/bytes/siphash.

import type { SipKey } from '../core/bytes/siphash.ts';

export interface KeyedHashes {
  /** SipHash-2-4 of the first `count`: two words each, the low one first. */
  sip(key: SipKey, row: MessageRow, count: number, out: Int32Array): void;
  /** HalfSipHash-1-3, a word each; the key has two words. `row.length` is a multiple of four. */
  halfSip(key: Int32Array, row: MessageRow, count: number, out: Int32Array): void;
}

/** Messages of one length that lie in one block. */
export interface MessageRow {
  readonly block: Uint8Array;
  /** Where the first one begins. */
  readonly at: number;
  /** From one to the next. */
  readonly stride: number;
  /** Of each. */
  readonly length: number;
}
