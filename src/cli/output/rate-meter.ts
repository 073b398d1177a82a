// How fast something goes, over the last five seconds: what is shown as a rate, and what the time left is reckoned by.

export class RateMeter {
  /** Oldest first, at least `SPACING_MS` apart. */
  readonly #samples: { readonly now: number; readonly done: number }[] = [];

  /** `done` is the sum so far. */
  note(done: number, now: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && now - last.now < SPACING_MS) return;
    this.#samples.push({ now, done });
    // One sample older than the window stays: the window is measured from it.
    while (this.#samples.length > 2 && now - this.#samples[1]!.now >= WINDOW_MS) this.#samples.shift();
  }

  /** Per second; undefined until half a second has been seen. */
  ratePerSecond(done: number, now: number): number | undefined {
    const oldest = this.#samples[0];
    if (oldest === undefined || now - oldest.now < MIN_SPAN_MS) return undefined;
    return ((done - oldest.done) * 1000) / (now - oldest.now);
  }
}

const WINDOW_MS = 5_000;
const SPACING_MS = 200;
const MIN_SPAN_MS = 500;
