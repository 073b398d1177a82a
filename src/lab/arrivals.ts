// When the peers of a group come.

import type { Random } from '../core/bytes/prng.ts';
import type { Arrivals, PeerGroup } from './plan.ts';

/** Milliseconds from the start of the run, one for each, rising. */
export function arrivalTimes({ count, arrives = AT_ONCE }: PeerGroup, random: Random): number[] {
  if (arrives.kind === 'at once') return Array.from({ length: count }, () => arrives.atMs);
  if (arrives.kind === 'spread') {
    return Array.from({ length: count }, (_, i) => arrives.fromMs + (arrives.overMs * i) / count);
  }
  let at = arrives.fromMs;
  return Array.from({ length: count }, () => {
    // Between arrivals of a Poisson process: exponential.
    at -= (1000 * Math.log(1 - random.below(2 ** 32) / 2 ** 32)) / arrives.perSecond;
    return at;
  });
}

const AT_ONCE: Arrivals = { kind: 'at once', atMs: 0 };
