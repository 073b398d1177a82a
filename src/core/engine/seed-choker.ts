// Whom to upload to when we have everything: peers take turns. Nobody gives us anything to go by, and whoever takes fastest
// would keep a slot until it has all of the torrent, with pieces that nobody else has seen. A turn is some whole pieces,
// enough to have something to pass on; then the one that has waited longest comes. Where nobody waits, turns do not end.
//
//   | in its turn | in its turn | has waited longest | … | had its turn |
//
// libtorrent's `round_robin` is of this kind (its reference: `seed_choking_algorithm`); there a turn lasts for a minute in
// any case, which a swarm of fast peers spends waiting.

import { type Random, shuffle } from '../bytes/prng.ts';

export interface SeedCandidate {
  readonly number: number;
  readonly isInterested: boolean;
  /** We upload to it now. */
  readonly isUnchoked: boolean;
  /** When it was unchoked last, whether it still is or not; negative: never. */
  readonly unchokedAt: number;
  /** Bytes that it was given since then. */
  readonly turnBytes: number;
}

export interface Turn {
  readonly bytes: number;
  readonly ms: number;
}

/** Gives `slots` away; says who has one. */
export function rechokeSeeding(
  candidates: readonly SeedCandidate[],
  slots: number,
  turn: Turn,
  random: Random,
  now: number,
): Set<number> {
  const isInTurn = ({ isUnchoked, turnBytes, unchokedAt }: SeedCandidate) =>
    isUnchoked && turnBytes < turn.bytes && now - unchokedAt < turn.ms;
  // Those who have their turn, those who wait, those who have had it.
  const place = (candidate: SeedCandidate) => (isInTurn(candidate) ? 0 : candidate.isUnchoked ? 2 : 1);
  // Shuffled first: who has never had a turn comes by luck, not in the order of arrival.
  const order = shuffle(
    candidates.filter(({ isInterested }) => isInterested),
    random,
  ).sort((a, b) => place(a) - place(b) || a.unchokedAt - b.unchokedAt);
  return new Set(order.slice(0, slots).map(({ number }) => number));
}
