// The SHA-1 of several pieces that a disk thread has at hand, found side by side (`ShaLanes`) before each is compared.

import type { HashFunctions } from '../core/metainfo/info-hash.ts';
import { nodeHash } from './hash-functions.ts';
import { MAX_LANES, type ShaLanes } from './sha-lanes.ts';

export class PieceDigests {
  /** Hashes as `nodeHash` does, and knows those messages, by identity, that were prepared. */
  readonly hash: HashFunctions;
  readonly #lanes: ShaLanes | undefined;
  readonly #known = new Map<Uint8Array, Uint8Array>();

  constructor(lanes: ShaLanes | undefined) {
    this.#lanes = lanes;
    this.hash = { ...nodeHash, sha1: message => this.#known.get(message) ?? nodeHash.sha1(message) };
  }

  /** Their bytes must stay as they are until `clear`. Those of one length are hashed together. */
  prepare(messages: readonly Uint8Array[]): void {
    if (this.#lanes === undefined) return;
    for (let from = 0; from < messages.length; ) {
      let to = from + 1;
      while (to < messages.length && to - from < MAX_LANES && messages[to]!.length === messages[from]!.length)
        to++;
      if (to - from > 1) this.#prepareEqual(this.#lanes, messages.slice(from, to));
      from = to;
    }
  }

  clear(): void {
    this.#known.clear();
  }

  #prepareEqual(lanes: ShaLanes, messages: readonly Uint8Array[]): void {
    const digests = new Uint8Array(messages.length * SHA1_LENGTH);
    lanes.sha1Each(messages, digests);
    for (const [i, message] of messages.entries())
      this.#known.set(message, digests.subarray(i * SHA1_LENGTH, (i + 1) * SHA1_LENGTH));
  }
}

const SHA1_LENGTH = 20;
