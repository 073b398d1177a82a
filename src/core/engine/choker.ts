// Whom to upload to. Slots go to the interested peers that give us most (or, when we have everything, that take
// fastest); some slots rotate among the rest, so that newcomers get a first piece and better partners are found
// (BEP 3, "optimistic unchoke"). A pure choice over plain data; when it runs, and what is sent, is the engine's matter.
//
//   slots: | best | best | best | best | best | best | luck | luck |

import { type Random, shuffle } from '../bytes/prng.ts';

export interface ChokerCandidate {
  readonly number: number;
  readonly isInterested: boolean;
  /** We upload to it now. */
  readonly isUnchoked: boolean;
  /** By luck, until the next rotation. */
  readonly isOptimistic: boolean;
  /** It owes us blocks and sends none. BEP 3, "anti-snubbing" */
  readonly isSnubbed: boolean;
  /** What it gives us, or takes from us when we are complete. */
  readonly rateBytesPerSecond: number;
}

export interface ChokerOptions {
  /** Peers that are uploaded to at a time, those by luck counted. @default 8 */
  readonly slots: number;
  /** One slot in so many is by luck, at least one. @default 5 (libtorrent) */
  readonly optimisticEvery: number;
}

export const CHOKER_DEFAULTS: ChokerOptions = { slots: 8, optimisticEvery: 5 };

export interface ChokerVerdict {
  readonly unchoked: ReadonlySet<number>;
  readonly optimistic: ReadonlySet<number>;
}

/** `rotate`: draw those by luck anew. */
export function rechoke(
  candidates: readonly ChokerCandidate[],
  rotate: boolean,
  options: ChokerOptions,
  random: Random,
): ChokerVerdict {
  const interested = candidates.filter(candidate => candidate.isInterested);
  const luckySlots = Math.max(1, Math.floor(options.slots / options.optimisticEvery));
  const bestSlots = Math.max(0, options.slots - luckySlots);
  // Shuffled first, so that equal rates leave the choice to luck and not to the order of arrival.
  const ranked = shuffle([...interested], random)
    .filter(candidate => !candidate.isSnubbed)
    .sort((a, b) => b.rateBytesPerSecond - a.rateBytesPerSecond);
  const unchoked = new Set(ranked.slice(0, bestSlots).map(candidate => candidate.number));

  const rest = interested.filter(candidate => !unchoked.has(candidate.number));
  const kept = rotate ? [] : rest.filter(candidate => candidate.isOptimistic);
  const keptNumbers = new Set(kept.map(candidate => candidate.number));
  const drawn = shuffle(
    rest.filter(candidate => !keptNumbers.has(candidate.number)),
    random,
  )
    // Those who had their turn come last.
    .sort((a, b) => Number(a.isOptimistic) - Number(b.isOptimistic));
  const optimistic = new Set<number>();
  for (const candidate of [...kept, ...drawn]) {
    if (unchoked.size >= options.slots) break;
    unchoked.add(candidate.number);
    optimistic.add(candidate.number);
  }
  return { unchoked, optimistic };
}
