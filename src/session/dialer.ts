// Dials a peer and greets it, for one torrent. Can be given up at any moment.

import type { Address } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Host } from '../host/host.ts';
import { type GreetingDone, type GreetingOptions, greetDialled } from './greeting.ts';

export interface DialerOptions {
  readonly dialTimeoutMs: number;
  readonly greeting: GreetingOptions;
}

export class Dialer {
  readonly #host: Host;
  readonly #options: DialerOptions;
  readonly #giveUps = new Set<() => void>();

  constructor(host: Host, options: DialerOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Connections that do not stand yet. */
  get count(): number {
    return this.#giveUps.size;
  }

  /** `done` is told in every case. */
  dial(address: Address, infoHash: Uint8Array, done: GreetingDone): void {
    let stop = () => {};
    const settle: GreetingDone = result => {
      if (this.#giveUps.delete(giveUp)) done(result);
    };
    const giveUp = () => {
      stop();
      settle(new SwarmlineError('DIAL_GIVEN_UP', 'The connection is no longer wanted.'));
    };
    this.#giveUps.add(giveUp);
    stop = this.#host.streams.dial(address, this.#options.dialTimeoutMs, result => {
      if (result instanceof Error) {
        settle(result);
        return;
      }
      stop = () => result.close();
      greetDialled(result, infoHash, this.#options.greeting, settle);
    });
  }

  giveUpAll(): void {
    for (const giveUp of [...this.#giveUps]) giveUp();
  }
}
