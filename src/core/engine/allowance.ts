// How much work may be done for somebody: a store of so much, which fills up again with time. A cost is paid at once or
// not at all; nobody waits.

export class Allowance {
  readonly #capacity: number;
  readonly #perSecond: number;
  #left: number;
  #at: number;

  constructor(capacity: number, perSecond: number, now: number) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#left = capacity;
    this.#at = now;
  }

  /** True where the cost was paid. */
  pay(cost: number, now: number): boolean {
    this.#left = Math.min(this.#capacity, this.#left + ((now - this.#at) * this.#perSecond) / 1000);
    this.#at = now;
    if (cost > this.#left) return false;
    this.#left -= cost;
    return true;
  }

  /** More of it, for something that was of use. */
  earn(amount: number): void {
    this.#left = Math.min(this.#capacity, this.#left + amount);
  }
}
