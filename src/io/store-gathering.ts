// Pieces to be stored that wait a little for others, so that they are hashed side by side: sixteen together take a quarter of
// what they take one by one. They wait only while so much comes that the processor is what counts, and never long. It knows
// nothing of threads, nor of whether more will come: who knows that has them go.

export class StoreGathering<Store> {
  readonly #count: number;
  readonly #bytes: number;
  readonly #go: (stores: readonly Store[]) => void;
  #waiting: Store[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;
  /** Averages of those that came last: how long after the one before, and how long they are. */
  #gapMs = LONG_MS;
  #length = 0;

  /** So many go at once, or so many bytes, few as they are. */
  constructor(
    most: { readonly count: number; readonly bytes: number },
    go: (stores: readonly Store[]) => void,
  ) {
    this.#count = most.count;
    this.#bytes = most.bytes;
    this.#go = go;
  }

  add(store: Store, length: number): void {
    const now = performance.now();
    this.#gapMs += (Math.min(now - this.#lastAt, LONG_MS) - this.#gapMs) / AVERAGED;
    this.#length += (length - this.#length) / AVERAGED;
    this.#lastAt = now;
    this.#waiting.push(store);
    this.#waitingBytes += length;
    const isEnough = this.#waiting.length >= this.#count || this.#waitingBytes >= this.#bytes;
    if (isEnough || this.#length < FAST_BYTES_PER_MS * this.#gapMs) this.release();
    else this.#timer ??= setTimeout(() => this.release(), MAX_WAIT_MS);
  }

  /** All that wait go. */
  release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const stores = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#go(stores);
  }
}

const MAX_WAIT_MS = 100;
// 25 MB/s: whatever comes more slowly is hashed one by one in a fiftieth of a core.
const FAST_BYTES_PER_MS = 25_000;
const AVERAGED = 8;
// After a pause they begin anew, more or less.
const LONG_MS = 1000;
