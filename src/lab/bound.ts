// The least that distributing a file can take (Kurose and Ross; Kumar and Ross show that a swarm can reach it): nobody is
// done before the seeds have sent one copy, nor before his own downlink has taken one, nor all of them before all uplinks
// together have sent one each. A server alone has only its own uplink.

import { least, sum } from './numbers.ts';

export interface Rates {
  /** Bytes. */
  readonly length: number;
  /** Bytes a second, of those that have everything and of those that come for it. */
  readonly seedsUp: readonly number[];
  readonly leechersUp: readonly number[];
  readonly leechersDown: readonly number[];
}

export function swarmBoundMs({ length, seedsUp, leechersUp, leechersDown }: Rates): number {
  const all = sum(seedsUp) + sum(leechersUp);
  const copies = leechersDown.length * length;
  return 1000 * Math.max(length / sum(seedsUp), length / least(leechersDown), copies / all);
}

export function serverBoundMs({ length, seedsUp, leechersDown }: Rates): number {
  return 1000 * Math.max((leechersDown.length * length) / sum(seedsUp), length / least(leechersDown));
}

/**
 * With `pieces` pieces, one at a time, and every uplink the same, the least is so many times F/u (Mundinger, Weber and
 * Weiss): the last piece leaves the seed after one copy, and doubles from there.
 */
export function pieceBound(leechers: number, pieces: number): number {
  return 1 + Math.floor(Math.log2(leechers)) / pieces;
}
