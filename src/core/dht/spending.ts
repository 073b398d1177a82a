// So much a second, with some saved up: bytes, queries, signatures.

export class Spending {
  readonly #perMs: number;
  readonly #max: number;
  #left: number;
  #at: number | undefined;

  constructor(perSecond: number, max: number) {
    this.#perMs = perSecond / 1000;
    this.#max = max;
    this.#left = max;
  }

  /** Spent where the answer is true. */
  spend(amount: number, now: number): boolean {
    this.#earn(now);
    if (this.#left < amount) return false;
    this.#left -= amount;
    return true;
  }

  /** Something is left. */
  hasSome(now: number): boolean {
    this.#earn(now);
    return this.#left > 0;
  }

  /** For what turns out to be more than is left: that is earned first. */
  owe(amount: number): void {
    this.#left -= amount;
  }

  /** When there will be so much. */
  enoughAt(amount: number, now: number): number {
    this.#earn(now);
    // A moment more, so that rounding does not leave a little missing then.
    return this.#left >= amount ? now : now + (amount - this.#left) / this.#perMs + 1;
  }

  #earn(now: number): void {
    const passedMs = Math.max(0, now - (this.#at ?? now));
    this.#at = now;
    this.#left = Math.min(this.#max, this.#left + passedMs * this.#perMs);
  }
}
