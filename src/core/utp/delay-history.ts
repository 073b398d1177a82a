// The delay that packets have when no queue is in their way: the least that was seen in the last minutes. Samples are one
// clock less another's, modulo 2^32 microseconds: only their differences mean anything.

export class DelayHistory {
  /** The least of each minute, the newest first. */
  readonly #minutes: number[] = [];
  #minuteAt = 0;

  get isEmpty(): boolean {
    return this.#minutes.length === 0;
  }

  /** The least of all; 0 before there is any. */
  get base(): number {
    let base = this.#minutes[0] ?? 0;
    for (const minute of this.#minutes) if (isLess(minute, base)) base = minute;
    return base;
  }

  /** Adds a sample, and says by how many microseconds it is more than the base. */
  add(sample: number, now: number): number {
    const minutes = this.#minutes;
    if (minutes.length === 0 || now - this.#minuteAt >= MINUTE_MS) {
      minutes.unshift(sample);
      if (minutes.length > MINUTES) minutes.pop();
      this.#minuteAt = now;
    } else if (isLess(sample, minutes[0]!)) minutes[0] = sample;
    return (sample - this.base) >>> 0;
  }

  /** All that was seen becomes so much later: the other clock goes faster than was thought. */
  shift(microseconds: number): void {
    for (let i = 0; i < this.#minutes.length; i++)
      this.#minutes[i] = (this.#minutes[i]! + microseconds) >>> 0;
  }
}

function isLess(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

// RFC 6817, section 3.4.2: BASE_HISTORY is at least 10 minutes (BEP 29 has two, libutp 13: where nothing ever pauses, a base of
// two minutes soon is that of a full queue).
const MINUTES = 10;
const MINUTE_MS = 60_000;
