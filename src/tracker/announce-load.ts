// How many announces come a second, of late: what the interval goes by. It follows a rise within some ten seconds, and knows
// no clock.

export class AnnounceLoad {
  #perSecond = 0;
  #counted = 0;
  #since: number | undefined;

  announced(now: number): void {
    this.#counted++;
    this.#since ??= now;
    if (now - this.#since >= STEP_MS) this.#step(now);
  }

  perSecond(now: number): number {
    if (this.#since !== undefined && now - this.#since >= STEP_MS) this.#step(now);
    return this.#perSecond;
  }

  #step(now: number): void {
    const elapsedMs = now - this.#since!;
    const rate = (this.#counted * 1_000) / elapsedMs;
    // A mean that forgets by e in ten seconds.
    this.#perSecond += (rate - this.#perSecond) * (1 - Math.exp(-elapsedMs / MEMORY_MS));
    this.#counted = 0;
    this.#since = now;
  }
}

const STEP_MS = 1_000;
const MEMORY_MS = 10_000;
