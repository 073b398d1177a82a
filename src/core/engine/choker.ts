// Whom to upload to while we download: slots go to the interested peers that give us most; some rotate among the rest, so
// that newcomers get a first piece and better partners are found (BEP 3, "optimistic unchoke"). A pure choice over plain
// data; how many slots there are is `upload-slots`', whom to give to when we have everything `seed-choker`'s; when it
// runs, and what is sent, is the engine's matter.
//
//   slots: | best | best | best | best | best | best | luck | luck |

import { type Random, shuffle } from '../bytes/prng.ts';
import { RATE_SLOTS_DEFAULTS, type RateSlotsOptions, type UploadSlots } from './upload-slots.ts';

export interface ChokerCandidate {
  readonly number: number;
  readonly isInterested: boolean;
  /** By luck, until the next rotation. */
  readonly isOptimistic: boolean;
  /** It owes us blocks and sends none. BEP 3, "anti-snubbing" */
  readonly isSnubbed: boolean;
  /** It was given a good deal, has what we want, and gave next to nothing: it has luck alone, after all others. */
  readonly isTaker: boolean;
  /** What it gives us. */
  readonly rateBytesPerSecond: number;
  /** How many pieces it has. */
  readonly pieces: number;
}

export interface ChokerOptions {
  /**
   * Peers that are uploaded to at a time, those by luck counted; `rate`: as many as the uplink feeds, see `slotsByRate`.
   * Changed while running by `setUploadSlots`. @default 8
   */
  readonly slots: UploadSlots;
  /**
   * Where nobody has chosen `slots`: so many are opened as long as each gets a piece in two seconds, see `fedSlots`; by who
   * downloads, and by a seed. @default 12 and 32
   */
  readonly maxFedSlots: number;
  readonly maxFedSeedSlots: number;
  /** One slot in so many is by luck, at least one. @default 5 (libtorrent) */
  readonly optimisticEvery: number;
  /** Where slots go by rate. */
  readonly rateSlots: RateSlotsOptions;
  /** A seed gives a peer so many pieces in a turn, while others wait for theirs. @default 20 (libtorrent, `seeding_piece_quota`) */
  readonly turnPieces: number;
  /** And no turn is longer, for whoever takes them slowly. @default 60,000: twice what one by luck has */
  readonly turnMs: number;
}

export const CHOKER_DEFAULTS: ChokerOptions = {
  slots: 8,
  maxFedSlots: 12,
  maxFedSeedSlots: 32,
  optimisticEvery: 5,
  rateSlots: RATE_SLOTS_DEFAULTS,
  turnPieces: 20,
  turnMs: 60_000,
};

export interface ChokerVerdict {
  readonly unchoked: ReadonlySet<number>;
  readonly optimistic: ReadonlySet<number>;
}

/** Gives `slots` away. `rotate`: draw those by luck anew. */
export function rechoke(
  candidates: readonly ChokerCandidate[],
  slots: number,
  rotate: boolean,
  optimisticEvery: number,
  random: Random,
): ChokerVerdict {
  const interested = candidates.filter(candidate => candidate.isInterested);
  const luckySlots = Math.max(1, Math.floor(slots / optimisticEvery));
  const bestSlots = Math.max(0, slots - luckySlots);
  // Shuffled first, so that what is equal leaves the choice to luck and not to the order of arrival.
  const givers = shuffle([...interested], random)
    .filter(candidate => !candidate.isSnubbed && !candidate.isTaker)
    .sort((a, b) => b.rateBytesPerSecond - a.rateBytesPerSecond);
  const ranked = evened(givers, givers[bestSlots - 1]?.rateBytesPerSecond ?? 0);
  const unchoked = new Set(ranked.slice(0, bestSlots).map(candidate => candidate.number));

  const rest = interested.filter(candidate => !unchoked.has(candidate.number));
  const kept = rotate ? [] : rest.filter(candidate => candidate.isOptimistic && !candidate.isTaker);
  const keptNumbers = new Set(kept.map(candidate => candidate.number));
  const drawn = shuffle(
    rest.filter(candidate => !keptNumbers.has(candidate.number)),
    random,
  )
    // Those who had their turn come last, and after them those who had turns enough and gave nothing for them.
    .sort((a, b) => Number(a.isTaker) - Number(b.isTaker) || Number(a.isOptimistic) - Number(b.isOptimistic));
  const optimistic = new Set<number>();
  let takers = 0;
  for (const candidate of [...kept, ...drawn]) {
    if (unchoked.size >= slots) break;
    // A slot that nobody earned is not theirs: it takes from the others' share of the uplink.
    if (candidate.isTaker && ++takers > luckySlots) continue;
    unchoked.add(candidate.number);
    optimistic.add(candidate.number);
  }
  return { unchoked, optimistic };
}

/**
 * Of rates that are within a factor of two of the last that gets a slot no one is better: seconds of blocks say no more.
 * Among those whoever has least comes first, so that nobody is left behind by chance, to fetch the rest when all others
 * are done; not among those that give nothing, where whoever never gives has least.
 */
function evened(ranked: readonly ChokerCandidate[], lastRate: number): readonly ChokerCandidate[] {
  const place = ({ rateBytesPerSecond }: ChokerCandidate) =>
    rateBytesPerSecond > 2 * lastRate ? 0 : 2 * rateBytesPerSecond >= lastRate ? 1 : 2;
  return ranked.toSorted((a, b) => {
    const places = place(a) - place(b);
    return places !== 0 || place(a) !== 1 || lastRate === 0 ? places : a.pieces - b.pieces;
  });
}
