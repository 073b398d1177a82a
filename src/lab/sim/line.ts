// One direction of a machine's access to the network: so many bytes a second, shared fairly. Flows take turns of one
// quantum; a flow that has little to send takes little, and what it leaves is the others' (max-min fairness, as fair
// queueing gives it: within one quantum a flow the same as bits shared evenly). A few bytes of a flow that waits for
// nothing go ahead of the queue, as fq_codel (RFC 8290, section 5.2) lets them, and those behind pay their time. Knows no
// streams and no latency.

/** Where time passes. */
export interface LineTime {
  /** Calls once after so long. */
  later(delayMs: number, call: () => void): void;
}

/** A stream's use of a line. */
export interface Flow {
  /** The line's own mark: it waits for its turn. */
  isWaiting: boolean;
  /** How much may go now. */
  ready(): number;
  /** So much goes now. */
  taken(bytes: number): void;
  /** What was taken has passed the line. */
  passed(bytes: number): void;
}

export class Line {
  /** May be changed at any time; holds from the next quantum on. */
  bytesPerSecond: number;
  /** All bytes that have passed. */
  total = 0;
  /** How long it was in use. */
  busyMs = 0;
  readonly #time: LineTime;
  readonly #quantum: number;
  #waiting: Flow[] = [];
  #first = 0;
  #current: Flow | undefined;
  #currentBytes = 0;
  /** What went ahead of the queue and is still to be paid for. */
  #ahead = 0;
  readonly #onPassed = () => this.#currentPassed();

  constructor(time: LineTime, bytesPerSecond: number, quantum: number) {
    this.#time = time;
    this.bytesPerSecond = bytesPerSecond;
    this.#quantum = quantum;
  }

  /** The flow has something to send. */
  wake(flow: Flow): void {
    if (flow.isWaiting) return;
    const isUnlimited = this.bytesPerSecond === Number.POSITIVE_INFINITY;
    let bytes = flow.ready();
    if (bytes === 0) return;
    // Marked, so that what passes cannot start a second round inside the first.
    flow.isWaiting = true;
    while (bytes > 0 && (isUnlimited || bytes <= FEW)) {
      const count = Math.min(bytes, this.#quantum);
      flow.taken(count);
      this.total += count;
      if (!isUnlimited) this.#ahead += count;
      flow.passed(count);
      bytes = flow.ready();
    }
    if (bytes === 0) {
      flow.isWaiting = false;
      return;
    }
    this.#waiting.push(flow);
    if (this.#current === undefined) this.#next();
  }

  #next(): void {
    while (this.#first < this.#waiting.length) {
      const flow = this.#waiting[this.#first++]!;
      if (this.#first > 64 && 2 * this.#first > this.#waiting.length) {
        this.#waiting = this.#waiting.slice(this.#first);
        this.#first = 0;
      }
      const bytes = Math.min(flow.ready(), this.#quantum);
      if (bytes === 0) {
        flow.isWaiting = false;
        continue;
      }
      flow.taken(bytes);
      this.#current = flow;
      this.#currentBytes = bytes;
      const ms = ((bytes + this.#ahead) * 1000) / this.bytesPerSecond;
      this.#ahead = 0;
      this.busyMs += ms;
      this.#time.later(ms, this.#onPassed);
      return;
    }
  }

  #currentPassed(): void {
    const flow = this.#current!;
    const bytes = this.#currentBytes;
    this.total += bytes;
    // Behind the others, before it is told: what it does then may wake it.
    this.#waiting.push(flow);
    flow.passed(bytes);
    this.#current = undefined;
    this.#next();
  }
}

/** A third of fq_codel's quantum, a packet: less than any packet of a stream, or of uTP, that has much to send. */
const FEW = 512;
