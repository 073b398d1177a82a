// Time. `now` is monotonic; only the wall clock tells the date.

export interface Clock {
  /** Milliseconds from some fixed moment, never backwards. */
  now(): number;
  /** Milliseconds since 1970. */
  wallTime(): number;
  /** Calls once after `delayMs`; the answer cancels it. Does not keep a program alive by itself. */
  after(delayMs: number, call: () => void): () => void;
}
