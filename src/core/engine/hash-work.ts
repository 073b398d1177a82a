// How much is done for those who ask for hashes, and what of it waits. Knows no messages.

import { Allowance } from './allowance.ts';
import type { BlockJob } from './block-hash-serving.ts';
import type { Peer } from './peer.ts';

export interface HashServingOptions {
  /**
   * Work done for one peer's requests: bytes that are read and hashed, and bytes of answers. So much at once, and so much
   * a second after that; what is beyond is rejected. @default 33,554,432 and 1,048,576
   */
  readonly peerBurst: number;
  readonly peerBytesPerSecond: number;
  /** The same for all peers together. @default 134,217,728 and 8,388,608: about a hundredth of a core */
  readonly burst: number;
  readonly bytesPerSecond: number;
  /** Requests that wait for blocks to be read, of one peer. @default 4 (libtorrent sends two at a time) */
  readonly maxWaitingPerPeer: number;
  /** And of all. @default 64 */
  readonly maxWaiting: number;
  /** A piece that is longer is not read for its hashes. @default 67,108,864 */
  readonly maxPieceLength: number;
}

export const HASH_SERVING_DEFAULTS: HashServingOptions = {
  peerBurst: 33_554_432,
  peerBytesPerSecond: 1_048_576,
  burst: 134_217_728,
  bytesPerSecond: 8_388_608,
  maxWaitingPerPeer: 4,
  maxWaiting: 64,
  maxPieceLength: 67_108_864,
};

/** What is under way for others: one for a torrent, made when the first asks. */
export class HashServing {
  /** Those that wait for blocks; the first is being worked on. */
  readonly jobs: BlockJob[] = [];
  readonly #all: Allowance;
  readonly #ofPeers = new Map<number, Allowance>();
  readonly #options: HashServingOptions;

  constructor(options: HashServingOptions, now: number) {
    this.#options = options;
    this.#all = new Allowance(options.burst, options.bytesPerSecond, now);
  }

  /** Whether so much may be done for the peer now. */
  pays(peer: Peer, cost: number, now: number): boolean {
    const { peerBurst, peerBytesPerSecond } = this.#options;
    let own = this.#ofPeers.get(peer.number);
    if (own === undefined) {
      own = new Allowance(peerBurst, peerBytesPerSecond, now);
      this.#ofPeers.set(peer.number, own);
    }
    return own.pay(cost, now) && this.#all.pay(cost, now);
  }

  left(peer: number): void {
    this.#ofPeers.delete(peer);
  }
}
