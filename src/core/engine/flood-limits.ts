// What a peer may say although nothing comes of it. Each such message costs us more than it costs the peer, and no program
// that means well says many: there is a store of them, which fills up again with time. Who empties it is closed.

import { ProtocolError } from '../errors.ts';
import { Allowance } from './allowance.ts';

export interface FloodOptions {
  /**
   * Extension messages (BEP 10): each is read, some microseconds. So many at once, and so many a second after that.
   * @default 4096 and 512: metadata of 64 MiB, and 8 MiB a second of it
   */
  readonly extensionBurst: number;
  readonly extensionsPerSecond: number;
  /** Requests that are refused, and requests that are taken back. @default 4096 and 256: twice what `reqq` allows */
  readonly vainRequestBurst: number;
  readonly vainRequestsPerSecond: number;
  /**
   * Bytes of messages that change nothing: keep-alives, kinds that are not known, what was said before. They cost us little,
   * but count as received, and where that is limited they keep others' blocks away. @default 262,144 and 4096: two of the
   * longest messages, and a thousand keep-alives a second
   */
  readonly vainByteBurst: number;
  readonly vainBytesPerSecond: number;
}

export const FLOOD_DEFAULTS: FloodOptions = {
  extensionBurst: 4096,
  extensionsPerSecond: 512,
  vainRequestBurst: 4096,
  vainRequestsPerSecond: 256,
  vainByteBurst: 262_144,
  vainBytesPerSecond: 4096,
};

/** Of one peer. */
export class FloodLimits {
  readonly #extensions: Allowance;
  readonly #vainRequests: Allowance;
  readonly #vainBytes: Allowance;
  #changes = 0;

  constructor(options: FloodOptions, now: number) {
    this.#extensions = new Allowance(options.extensionBurst, options.extensionsPerSecond, now);
    this.#vainRequests = new Allowance(options.vainRequestBurst, options.vainRequestsPerSecond, now);
    this.#vainBytes = new Allowance(options.vainByteBurst, options.vainBytesPerSecond, now);
  }

  /** @throws ProtocolError `PEER_FLOODS` */
  extensionCame(now: number): void {
    if (!this.#extensions.pay(1, now)) throw floods('extension messages');
  }

  /** @throws ProtocolError `PEER_FLOODS` */
  requestWasInVain(now: number, count = 1): void {
    if (!this.#vainRequests.pay(count, now)) throw floods('requests of which nothing comes');
  }

  /** @throws ProtocolError `PEER_FLOODS` */
  bytesWereInVain(bytes: number, now: number): void {
    if (bytes > 0 && !this.#vainBytes.pay(bytes, now)) throw floods('messages that say nothing');
  }

  /**
   * The peer chokes us or wants something, or does so no more: as often as pieces come and go, and not for ever.
   * @throws ProtocolError `PEER_FLOODS`
   */
  changedItsMind(pieceCount: number, now: number): void {
    if (++this.#changes > FREE_CHANGES + CHANGES_PER_PIECE * pieceCount) this.bytesWereInVain(SHORT, now);
  }

  /** A block that we had asked for: hints come with blocks, and are not held against who gives them. */
  blockCame(): void {
    this.#vainBytes.earn(EARNED_BY_BLOCK);
  }
}

function floods(what: string): ProtocolError {
  return new ProtocolError('PEER_FLOODS', `The peer sends more ${what} than any program needs.`);
}

// A message without anything but its kind.
const SHORT = 5;
const FREE_CHANGES = 4096;
// Interest in each other's pieces, and slots that go round, change as each comes: four times each way.
const CHANGES_PER_PIECE = 8;
// Three hints.
const EARNED_BY_BLOCK = 32;
