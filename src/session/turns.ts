// So many at a time, the others in the order in which they came: files that are hashed, records that are written. It knows
// nothing of what they do.

export class Turns {
  #max: number;
  #underWay = 0;
  readonly #waiting = new Set<() => void>();
  #isGiving = false;

  constructor(max: number) {
    this.#max = max;
  }

  get max(): number {
    return this.#max;
  }

  /** From now on; those that have begun go on. */
  setMax(max: number): void {
    this.#max = max;
    this.#give();
  }

  /**
   * Calls when it is its turn, at once where there is room. `end`, which is the answer too, is to be called when it has
   * come to its end, or does not want its turn any more.
   */
  take(begin: (end: () => void) => void): () => void {
    let hasBegun = false;
    let hasEnded = false;
    const turn = () => {
      hasBegun = true;
      begin(end);
    };
    const end = () => {
      if (hasEnded) return;
      hasEnded = true;
      if (!hasBegun) {
        this.#waiting.delete(turn);
        return;
      }
      this.#underWay--;
      this.#give();
    };
    this.#waiting.add(turn);
    this.#give();
    return end;
  }

  #give(): void {
    // One that is over within the call must not start a second round inside the first.
    if (this.#isGiving) return;
    this.#isGiving = true;
    try {
      for (const turn of this.#waiting) {
        if (this.#underWay >= this.#max) break;
        this.#waiting.delete(turn);
        this.#underWay++;
        turn();
      }
    } finally {
      this.#isGiving = false;
    }
  }
}
