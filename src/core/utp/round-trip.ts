// How long an answer takes, and how long is waited for one: BEP 29, "timeouts".

export class RoundTrip {
  /** Milliseconds; undefined before the first measurement. */
  meanMs: number | undefined;
  /** The shortest that was seen. */
  minMs = Number.POSITIVE_INFINITY;
  #varianceMs = 0;
  #timeoutMs = INITIAL_TIMEOUT_MS;
  /** Timeouts since anything came. */
  #backOff = 0;

  /** Of a packet that was sent once: of others nobody knows which one was acked. */
  measured(ms: number): void {
    if (ms < this.minMs) this.minMs = ms;
    if (this.meanMs === undefined) {
      // RFC 6298, (2.2), where BEP 29 says nothing of the first.
      this.meanMs = ms;
      this.#varianceMs = ms / 2;
    } else {
      const delta = this.meanMs - ms;
      this.#varianceMs += (Math.abs(delta) - this.#varianceMs) / 4;
      this.meanMs += (ms - this.meanMs) / 8;
    }
    this.#timeoutMs = Math.max(this.meanMs + this.#varianceMs * 4, MIN_TIMEOUT_MS);
  }

  /** "For every packet consecutive subsequent packet that times out, the timeout is doubled." */
  timedOut(): void {
    this.#backOff++;
  }

  /** Something came. */
  heard(): void {
    this.#backOff = 0;
  }

  get timeoutMs(): number {
    return Math.min(this.#timeoutMs * 2 ** this.#backOff, MAX_TIMEOUT_MS);
  }

  /** How many timeouts there were since anything came. */
  get silences(): number {
    return this.#backOff;
  }
}

// BEP 29: "The initial timeout is set to 1000 milliseconds", "the minimum timeout for a packet is 1/2 second".
const INITIAL_TIMEOUT_MS = 1000;
const MIN_TIMEOUT_MS = 500;
// RFC 6298, (2.5).
const MAX_TIMEOUT_MS = 60_000;
