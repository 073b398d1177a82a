// By TCP or by uTP: both are tried, one a little before the other, and the first that stands is taken, as RFC 8305 ("Happy
// Eyeballs") does with the two families of addresses. One after the other, as libtorrent does, costs the seconds that a SYN without
// an answer takes; both at once would give most connections to TCP, which pushes others aside. uTP goes first, for it yields to what
// else uses the line (BEP 29, "rationale"); within a network of one's own there is no modem's queue to spare, and TCP, which
// costs less, goes first.

import { isLocal } from '../core/bytes/address-scope.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { Clock } from '../host/clock.ts';
import type { Stream, TransportName } from '../host/stream.ts';

export type Dial = (
  address: Address,
  timeoutMs: number,
  done: (result: Stream | Error) => void,
) => () => void;

export class Transports {
  readonly #dials: Readonly<Partial<Record<TransportName, Dial>>>;
  readonly #clock: Clock;

  /** Those that may be used. */
  constructor(dials: Readonly<Partial<Record<TransportName, Dial>>>, clock: Clock) {
    this.#dials = dials;
    this.#clock = clock;
  }

  /** `done` has the first stream that stands, or the reason why there is none. Returns a function that gives up. */
  dial(address: Address, timeoutMs: number, done: (result: Stream | Error) => void): () => void {
    const names: readonly TransportName[] = isLocal(address.host) ? ['tcp', 'utp'] : ['utp', 'tcp'];
    const dials = names.flatMap(name => this.#dials[name] ?? []);
    return dials.length === 1
      ? dials[0]!(address, timeoutMs, done)
      : race(dials, address, timeoutMs, this.#clock, done);
  }
}

function race(
  dials: readonly Dial[],
  address: Address,
  timeoutMs: number,
  clock: Clock,
  done: (result: Stream | Error) => void,
): () => void {
  const begunAt = clock.now();
  const giveUps: (() => void)[] = [];
  let failed = 0;
  let isOver = false;
  let cancelNext = () => {};
  const end = () => {
    isOver = true;
    cancelNext();
    for (const giveUp of giveUps) giveUp();
  };
  const begin = () => {
    cancelNext();
    const index = giveUps.length;
    const dial = dials[index];
    if (isOver || dial === undefined) return;
    giveUps.push(() => {});
    giveUps[index] = dial(address, timeoutMs - (clock.now() - begunAt), result => {
      giveUps[index] = () => {};
      if (isOver) {
        if (!(result instanceof Error)) result.close();
        return;
      }
      if (result instanceof Error && ++failed < dials.length) {
        begin();
        return;
      }
      end();
      done(result);
    });
    if (index + 1 < dials.length) cancelNext = clock.after(HEAD_START_MS, begin);
  };
  begin();
  return end;
}

// RFC 8305, section 5: "Connection Attempt Delay".
const HEAD_START_MS = 250;
