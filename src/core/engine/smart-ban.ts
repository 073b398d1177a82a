// Who gave wrong bytes. A piece that fails with several givers names none of them: what each gave of it is remembered, by
// digest, and when the piece comes right, those whose block had other bytes are known (libtorrent calls it smart ban).
// Until then they are suspects, by address, for a liar hangs up and dials again. A pure memory: bans nobody itself.
//
//   piece 7 failed:   A A B B        the digests of blocks 0…3, and who gave them
//   piece 7 right:    C C C C        block 2 has another digest now: B lied; block 0, 1, 3 agree
//
// A failure is kept until its piece passes, and the oldest makes way when there are too many.

import type { Address } from '../bytes/compact-address.ts';
import { LazyMap } from '../bytes/lazy-map.ts';
import { DIGEST_LENGTH } from '../metainfo/merkle.ts';
import { NOBODY } from './piece-buffer.ts';

export interface SmartBanOptions {
  /** What is remembered of failed pieces: 36 bytes a block. The oldest is forgotten. @default 4,194,304, some 110,000 blocks */
  readonly maxBytes: number;
}

export const SMART_BAN_DEFAULTS: SmartBanOptions = { maxBytes: 4_194_304 };

/** What is known of a piece that was wrong. */
export interface PieceFailure {
  readonly piece: number;
  /** For each block, the number of the peer that gave it; NOBODY for padding. */
  readonly givers: Int32Array;
  /** SHA-256 of each block, one after the other. */
  readonly blockDigests: Uint8Array;
  /** Where the givers are to be found, by their numbers. */
  readonly addresses: ReadonlyMap<number, Address>;
}

export class SmartBan {
  readonly #failures = new LazyMap<number, PieceFailure[]>();
  #bytes = 0;
  readonly #options: SmartBanOptions;

  constructor(options: SmartBanOptions = SMART_BAN_DEFAULTS) {
    this.#options = options;
  }

  /** True where digests of the right piece would tell something. */
  isRemembered(piece: number): boolean {
    return this.#failures.has(piece);
  }

  /** Pieces whose liars are not found yet. */
  get pieces(): Iterable<number> {
    return this.#failures.keys();
  }

  /** Remembers a failure. Gives the addresses of those who gave a block twice, with different bytes: one of them is wrong. */
  failed(failure: PieceFailure): Address[] {
    const liars = new Set<Address>();
    const earlier = this.#failures.get(failure.piece) ?? [];
    for (const before of earlier) {
      for (let block = 0; block < failure.givers.length; block++) {
        const giver = failure.givers[block]!;
        if (giver === NOBODY || giver !== before.givers[block]) continue;
        if (isSame(failure.blockDigests, before.blockDigests, block)) continue;
        addTo(liars, failure.addresses.get(giver));
      }
    }
    // Behind the others: the one that failed last is forgotten last.
    this.#failures.delete(failure.piece);
    this.#failures.set(failure.piece, [...earlier, failure]);
    this.#bytes += sizeOf(failure);
    for (const piece of this.#failures.keys()) {
      if (this.#bytes <= this.#options.maxBytes) break;
      this.forget(piece);
    }
    return [...liars];
  }

  /** The digests of the right blocks are known: gives the addresses of those who gave others, and forgets the piece. */
  known(piece: number, blockDigests: Uint8Array): Address[] {
    const liars = new Set<Address>();
    for (const failure of this.#failures.get(piece) ?? []) {
      for (let block = 0; block < failure.givers.length; block++) {
        const giver = failure.givers[block]!;
        if (giver === NOBODY || (block + 1) * DIGEST_LENGTH > blockDigests.length) continue;
        if (isSame(failure.blockDigests, blockDigests, block)) continue;
        addTo(liars, failure.addresses.get(giver));
      }
    }
    this.forget(piece);
    return [...liars];
  }

  /** True where somebody there gave a part of a piece that failed and has not come right since. */
  isSuspect(isHim: (address: Address) => boolean): boolean {
    for (const failures of this.#failures.values()) {
      for (const { addresses } of failures)
        for (const address of addresses.values()) if (isHim(address)) return true;
    }
    return false;
  }

  forget(piece: number): void {
    for (const failure of this.#failures.get(piece) ?? []) this.#bytes -= sizeOf(failure);
    this.#failures.delete(piece);
  }
}

function addTo(addresses: Set<Address>, address: Address | undefined): void {
  if (address !== undefined) addresses.add(address);
}

function isSame(a: Uint8Array, b: Uint8Array, block: number): boolean {
  const end = (block + 1) * DIGEST_LENGTH;
  for (let i = block * DIGEST_LENGTH; i < end; i++) if (a[i] !== b[i]) return false;
  return true;
}

function sizeOf({ givers, blockDigests }: PieceFailure): number {
  return givers.byteLength + blockDigests.byteLength;
}
