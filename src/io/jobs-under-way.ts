// Jobs that are under way, counted so that something can wait for those that were begun before it, and for no later ones.

export class JobsUnderWay {
  /** The turn of jobs that begin now; how many of each turn have not ended. */
  #turn = 0;
  readonly #left = new Map<number, number>();
  readonly #waiting: { readonly turn: number; readonly call: () => void }[] = [];

  get count(): number {
    let count = 0;
    for (const left of this.#left.values()) count += left;
    return count;
  }

  /** A job has begun: answers what is to be told to `ended`. */
  begun(): number {
    this.#left.set(this.#turn, (this.#left.get(this.#turn) ?? 0) + 1);
    return this.#turn;
  }

  ended(turn: number): void {
    const left = this.#left.get(turn)! - 1;
    if (left > 0) {
      this.#left.set(turn, left);
      return;
    }
    this.#left.delete(turn);
    while (this.#waiting.length > 0 && this.#isOver(this.#waiting[0]!.turn)) this.#waiting.shift()!.call();
  }

  /** Calls when all that have begun are over: at once where none is under way. */
  whenEnded(call: () => void): void {
    const turn = this.#turn++;
    if (this.#isOver(turn)) call();
    else this.#waiting.push({ turn, call });
  }

  #isOver(turn: number): boolean {
    for (const other of this.#left.keys()) if (other <= turn) return false;
    return true;
  }
}
