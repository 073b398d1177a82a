// The least that it can take where peers come and go. The rules are those of `bound`, asked of whoever is there: nobody is
// done before he came and his downlink has taken one copy, nor the last of all before the seeds have sent one; and what
// those want that come from any moment on has to leave the uplinks that are there from then on. It holds for any client:
// of those that leave when they are done, which a better client would let go sooner, it is taken that they stay.

import { most, sum } from './numbers.ts';

export interface Presence {
  /** Bytes. */
  readonly length: number;
  /** Bytes a second, of those that have everything and are there from the start. */
  readonly seedsUp: readonly number[];
  /** Everybody else that uploads. */
  readonly givers: readonly Giver[];
  /** Those that are to be done. */
  readonly takers: readonly Taker[];
}

export interface Giver {
  readonly upBytesPerSecond: number;
  readonly fromMs: number;
  /** Infinity: it stays. */
  readonly untilMs: number;
}

export interface Taker {
  readonly downBytesPerSecond: number;
  readonly fromMs: number;
}

/** From the first arrival to the last completion; NaN where nobody is to be done. */
export function presenceBoundMs({ length, seedsUp, givers, takers }: Presence): number {
  if (takers.length === 0) return Number.NaN;
  const arrivals = takers.map(({ fromMs }) => fromMs).sort((a, b) => a - b);
  const first = arrivals[0]!;
  const seeds = sum(seedsUp);
  const sent = new Capacity(first, seeds, givers);
  const downlinks = takers.map(each => each.fromMs + (1000 * length) / each.downBytesPerSecond);
  const uplinks = arrivals.map((fromMs, i) =>
    // Of those that come at one moment the first stands for all.
    i > 0 && arrivals[i - 1] === fromMs ? first : sent.doneAt(fromMs, (takers.length - i) * length),
  );
  return Math.max(first + (1000 * length) / seeds, most(downlinks), most(uplinks)) - first;
}

/** How many bytes all uplinks together can have sent by a moment. */
class Capacity {
  /** Moments at which somebody comes or goes, rising; what can have been sent by then, and bytes a second from then on. */
  readonly #times: number[] = [];
  readonly #sent: number[] = [];
  readonly #rates: number[] = [];

  constructor(fromMs: number, seeds: number, givers: readonly Giver[]) {
    const changes = givers.flatMap(({ upBytesPerSecond: up, fromMs: from, untilMs }) => [
      { atMs: Math.max(from, fromMs), by: up },
      ...(untilMs === Number.POSITIVE_INFINITY ? [] : [{ atMs: Math.max(untilMs, fromMs), by: -up }]),
    ]);
    changes.sort((a, b) => a.atMs - b.atMs);
    this.#add(fromMs, seeds);
    for (const { atMs, by } of changes) {
      const rate = this.#rates.at(-1)! + by;
      // Where one of several lines without a limit goes, others may be left.
      this.#add(atMs, Number.isNaN(rate) ? Number.POSITIVE_INFINITY : rate);
    }
  }

  /** When `bytes` more have been sent than by `fromMs`. */
  doneAt(fromMs: number, bytes: number): number {
    const before = this.#by(fromMs);
    if (before === Number.POSITIVE_INFINITY) return fromMs;
    const wanted = before + bytes;
    let i = this.#times.length - 1;
    while (i > 0 && this.#sent[i]! >= wanted) i--;
    const rate = this.#rates[i]!;
    return rate > 0 ? this.#times[i]! + (1000 * (wanted - this.#sent[i]!)) / rate : Number.POSITIVE_INFINITY;
  }

  #by(atMs: number): number {
    let i = this.#times.length - 1;
    while (i > 0 && this.#times[i]! > atMs) i--;
    return this.#sent[i]! + sentIn(atMs - this.#times[i]!, this.#rates[i]!);
  }

  #add(atMs: number, rate: number): void {
    const last = this.#times.length - 1;
    if (last >= 0 && this.#times[last] === atMs) {
      this.#rates[last] = rate;
      return;
    }
    this.#times.push(atMs);
    this.#sent.push(last < 0 ? 0 : this.#sent[last]! + sentIn(atMs - this.#times[last]!, this.#rates[last]!));
    this.#rates.push(rate);
  }
}

/** A line without a limit has sent nothing in no time. */
function sentIn(ms: number, rate: number): number {
  return ms === 0 ? 0 : (ms * rate) / 1000;
}
