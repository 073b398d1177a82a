// The gate that a torrent's jobs pass: open, but for the moments in which files get other places. Then those that are under
// way end first, and those that come wait. Several changes come one after the other.

export class JobGate {
  #underWay = 0;
  #isShut = false;
  #isChanging = false;
  readonly #changes: ((open: () => void) => void)[] = [];
  readonly #waiting: (() => void)[] = [];

  /** Begins a job, now or when the gate is open again; whoever begins calls `left` when it has ended. */
  pass(begin: () => void): void {
    if (this.#isShut) {
      this.#waiting.push(begin);
      return;
    }
    this.#underWay++;
    begin();
  }

  /** A job has ended. */
  left(): void {
    this.#underWay--;
    if (this.#isShut) this.#advance();
  }

  /** Changes something while no job is under way; `open` is to be called when that is done. */
  shut(change: (open: () => void) => void): void {
    this.#isShut = true;
    this.#changes.push(change);
    this.#advance();
  }

  #advance(): void {
    if (this.#isChanging || this.#underWay > 0) return;
    const change = this.#changes.shift();
    if (change !== undefined) {
      this.#isChanging = true;
      change(() => {
        this.#isChanging = false;
        this.#advance();
      });
      return;
    }
    this.#isShut = false;
    // One of them may shut it again.
    while (!this.#isShut && this.#waiting.length > 0) this.pass(this.#waiting.shift()!);
  }
}
