// Bytes that may move at a rate: they come in evenly and go out as they are taken, which may be more than there is: then
// some are owed. Knows no clock: `now` is told.
//
//   balance   ╭───────────────╮
//             │ may be taken  │      reserved: taken out of the balance, and not moved yet
//   0 ────────┼───────────────┼──
//             │ owed          │
//             ╰───────────────╯

export class TokenBucket {
  /** What may be taken; below zero, what is owed. */
  balance = 0;
  reserved = 0;
  #rateBytesPerSecond: number;
  #filledAt: number;

  constructor(rateBytesPerSecond: number, now: number) {
    this.#rateBytesPerSecond = rateBytesPerSecond;
    this.#filledAt = now;
  }

  get rateBytesPerSecond(): number {
    return this.#rateBytesPerSecond;
  }

  /** How much more has moved than could by now; negative where it was less. */
  get overdraft(): number {
    return -(this.balance + this.reserved);
  }

  /** Nothing that was saved or owed at the old rate is carried on: it would be too much, or wait for too long. */
  changeRate(rateBytesPerSecond: number, now: number): void {
    this.#rateBytesPerSecond = rateBytesPerSecond;
    this.#filledAt = now;
    this.balance = 0;
    this.reserved = 0;
  }

  /** Takes in what came since the last time. `isWanted`: somebody waits for it, it is only our clock that was late. */
  fill(now: number, isWanted: boolean): void {
    const came = ((now - this.#filledAt) * this.#rateBytesPerSecond) / 1000;
    this.#filledAt = now;
    this.#add(came, isWanted ? CATCH_UP_MS : SAVED_MS);
  }

  use(bytes: number): void {
    this.balance -= bytes;
  }

  reserve(bytes: number): void {
    this.balance -= bytes;
    this.reserved += bytes;
  }

  /** No more than is reserved: what was before the last change of the rate is forgotten. */
  release(bytes: number): void {
    const released = Math.min(bytes, this.reserved);
    this.reserved -= released;
    this.#add(released, SAVED_MS);
  }

  #add(bytes: number, keptMs: number): void {
    const kept = (this.#rateBytesPerSecond * keptMs) / 1000;
    if (this.balance < kept) this.balance = Math.min(this.balance + bytes, kept);
  }
}

// What nobody took is kept for so long: a hundredth of ten seconds, so that no ten seconds carry more than 1 % too much.
const SAVED_MS = 100;
// What could not be given out in time, because the program was busy: a fortieth, so that none carry 3 % too much. What a
// longer stall has missed is lost.
const CATCH_UP_MS = 250;
