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
}

export const FLOOD_DEFAULTS: FloodOptions = {
  extensionBurst: 4096,
  extensionsPerSecond: 512,
  vainRequestBurst: 4096,
  vainRequestsPerSecond: 256,
};

/** Of one peer. */
export class FloodLimits {
  readonly #extensions: Allowance;
  readonly #vainRequests: Allowance;

  constructor(options: FloodOptions, now: number) {
    this.#extensions = new Allowance(options.extensionBurst, options.extensionsPerSecond, now);
    this.#vainRequests = new Allowance(options.vainRequestBurst, options.vainRequestsPerSecond, now);
  }

  /** @throws ProtocolError `PEER_FLOODS` */
  extensionCame(now: number): void {
    if (!this.#extensions.pay(1, now)) throw floods('extension messages');
  }

  /** @throws ProtocolError `PEER_FLOODS` */
  requestWasInVain(now: number): void {
    if (!this.#vainRequests.pay(1, now)) throw floods('requests of which nothing comes');
  }
}

function floods(what: string): ProtocolError {
  return new ProtocolError('PEER_FLOODS', `The peer sends more ${what} than any program needs.`);
}
