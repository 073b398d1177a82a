// Dials a peer and greets it, for one torrent: in the clear or encrypted, and in the other way where the first was met
// with a closed door. Can be given up at any moment.

import type { Address } from '../core/bytes/compact-address.ts';
import { LazySet } from '../core/bytes/lazy-map.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { DialWays } from './dial-ways.ts';
import type { DialWay } from './encryption.ts';
import { type GreetingOptions, greetDialled } from './greeting.ts';
import type { GreetingDone } from './greeting-link.ts';
import type { AddressFilter } from './ip-filter.ts';
import type { Transports } from './transports.ts';

/** The session's. */
export interface DialerDeps {
  readonly transports: Pick<Transports, 'dial'>;
  readonly settings: {
    readonly dialTimeoutMs: number;
    readonly ipFilter?: AddressFilter | undefined;
  };
  readonly greeting: GreetingOptions;
  /** What is known of addresses. */
  readonly dialWays: DialWays;
}

export class Dialer {
  readonly #deps: DialerDeps;
  readonly #giveUps = new LazySet<() => void>();

  constructor(deps: DialerDeps) {
    this.#deps = deps;
  }

  /** Connections that do not stand yet. */
  get count(): number {
    return this.#giveUps.size;
  }

  /** `done` is told in every case. */
  dial(address: Address, infoHash: Uint8Array, done: GreetingDone): void {
    const { transports, settings, greeting, dialWays: ways } = this.#deps;
    const isFiltered = () => settings.ipFilter?.blocks(address.host) === true;
    const filtered = () =>
      new SwarmlineError('ADDRESS_FILTERED', 'The address is in the list of those not to be spoken to.');
    if (isFiltered()) {
      done(filtered());
      return;
    }
    let stop = () => {};
    const settle: GreetingDone = result => {
      if (!this.#giveUps.delete(giveUp)) return;
      // The filter may be another than when it was dialled.
      if (result instanceof Error || !isFiltered()) done(result);
      else {
        result.stream.close();
        done(filtered());
      }
    };
    const giveUp = () => {
      // First: what comes of the stop is no reason to dial once more.
      this.#giveUps.delete(giveUp);
      stop();
      done(new SwarmlineError('DIAL_GIVEN_UP', 'The connection is no longer wanted.'));
    };
    this.#giveUps.add(giveUp);
    const dialIn = (way: DialWay, otherWay: DialWay | undefined) => {
      const greeted: GreetingDone = result => {
        const isTheWay = !(result instanceof Error) || !mayBeTheWay(result);
        if (isTheWay) ways.prefer(address, way);
        else if (otherWay !== undefined) ways.prefer(address, otherWay);
        // Where nothing was said for long, the other way waits for the next time.
        const isOver = isTheWay || otherWay === undefined || isTimeout(result);
        if (isOver || !this.#giveUps.has(giveUp)) settle(result);
        else dialIn(otherWay, undefined);
      };
      stop = transports.dial(address, settings.dialTimeoutMs, stream => {
        if (stream instanceof Error) {
          settle(stream);
          return;
        }
        stop = () => stream.close();
        greetDialled(stream, infoHash, way, greeting, greeted);
      });
    };
    const [first, second] = ways.of(address);
    dialIn(first!, second);
  }

  giveUpAll(): void {
    for (const giveUp of [...this.#giveUps]) giveUp();
  }
}

/** Whether the connection may have failed for the way in which it began: not where the answer was understood. */
function mayBeTheWay(fault: Error): boolean {
  return !(fault instanceof SwarmlineError && fault.code === 'TORRENT_UNKNOWN');
}

function isTimeout(result: unknown): boolean {
  return result instanceof SwarmlineError && result.code === 'HANDSHAKE_TIMEOUT';
}
