// So many at a time, the others in the order in which they came: files that are looked at, files that are hashed. It knows
// nothing of what they do. One that waits is one small object: ten thousand may.

/** One's turn: it waits for it, has it, or it is over. */
export class Turn {
  readonly #turns: Turns;
  /** For the turns: what it is there for. */
  readonly begin: (turn: Turn) => void;
  hasBegun = false;
  hasEnded = false;

  constructor(turns: Turns, begin: (turn: Turn) => void) {
    this.#turns = turns;
    this.begin = begin;
  }

  /** It has come to its end, or is not wanted any more. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.#turns.ended(this);
  }
}

export class Turns {
  #max: number;
  #underWay = 0;
  readonly #waiting = new Set<Turn>();
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

  /** Calls when it is its turn, at once where there is room; whoever was called ends it. */
  take(begin: (turn: Turn) => void): Turn {
    const turn = new Turn(this, begin);
    this.#waiting.add(turn);
    this.#give();
    return turn;
  }

  /** For a turn. */
  ended(turn: Turn): void {
    if (!turn.hasBegun) {
      this.#waiting.delete(turn);
      return;
    }
    this.#underWay--;
    this.#give();
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
        turn.hasBegun = true;
        turn.begin(turn);
      }
    } finally {
      this.#isGiving = false;
    }
  }
}
