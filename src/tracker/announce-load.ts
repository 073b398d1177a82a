// How many announces come a second, of late: what the interval goes by. It follows a rise within some ten seconds, and knows
// no clock. Threads that share a tracker's work each have a place in one memory, and go by the sum of all.

/** Memory for so many threads' places. */
export function newAnnounceLoadMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threads * PLACE * 8);
}

export class AnnounceLoad {
  /** Of each thread: how many a second, and when that was reckoned. */
  readonly #places: Float64Array;
  readonly #own: number;
  #counted = 0;
  #since: number | undefined;

  /** `thread` is its number among those that share `memory`, from 0 on. */
  constructor(memory: ArrayBufferLike = new ArrayBuffer(PLACE * 8), thread = 0) {
    this.#places = new Float64Array(memory);
    this.#own = thread * PLACE;
  }

  announced(now: number): void {
    this.#counted++;
    this.#since ??= now;
    if (now - this.#since >= STEP_MS) this.#step(now);
  }

  perSecond(now: number): number {
    if (this.#since !== undefined && now - this.#since >= STEP_MS) this.#step(now);
    const places = this.#places;
    let sum = places[this.#own]!;
    for (let at = 0; at < places.length; at += PLACE) {
      if (at === this.#own || places[at] === 0) continue;
      // A thread that nobody asks any more does not say so itself.
      const silentMs = now - places[at + 1]!;
      sum += silentMs < 2 * STEP_MS ? places[at]! : places[at]! * Math.exp(-silentMs / MEMORY_MS);
    }
    return sum;
  }

  #step(now: number): void {
    const elapsedMs = now - this.#since!;
    const rate = (this.#counted * 1_000) / elapsedMs;
    const places = this.#places;
    // A mean that forgets by e in ten seconds.
    places[this.#own] =
      places[this.#own]! + (rate - places[this.#own]!) * (1 - Math.exp(-elapsedMs / MEMORY_MS));
    places[this.#own + 1] = now;
    this.#counted = 0;
    this.#since = now;
  }
}

const STEP_MS = 1_000;
const MEMORY_MS = 10_000;
/** Numbers a thread: a line of the cache, so that no two write to one. */
const PLACE = 8;
