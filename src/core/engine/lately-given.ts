// Which pieces blocks were given of in the last moments: for pictures, in which they light up. The last so many, in two arrays
// that are made once; a block costs a comparison, a piece two stores.

export class LatelyGiven {
  readonly #pieces = new Int32Array(KEPT).fill(-1);
  readonly #times = new Float64Array(KEPT);
  #at = 0;

  note(piece: number, now: number): void {
    // Blocks of a piece mostly come one after the other.
    if (this.#pieces[this.#at] !== piece) {
      this.#at = (this.#at + 1) % KEPT;
      this.#pieces[this.#at] = piece;
    }
    this.#times[this.#at] = now;
  }

  /** Those since that time, some of them twice. */
  *since(time: number): IterableIterator<number> {
    for (let i = 0; i < KEPT; i++)
      if (this.#pieces[i]! >= 0 && this.#times[i]! >= time) yield this.#pieces[i]!;
  }
}

/** More cannot be told apart in a picture. */
const KEPT = 128;
