// One direction of a machine's access to the network: so many bytes a second, shared fairly. Flows take turns of one
// quantum; a flow that has little to send takes little, and what it leaves is the others' (max-min fairness, as fair
// queueing gives it: within one quantum a flow the same as bits shared evenly). Knows no streams and no latency.

import type { Clock } from '../../host/clock.ts';

/** A stream's use of a line. */
export interface Flow {
  /** The line's own mark: it waits for its turn. */
  isWaiting: boolean;
  /** How much may go now, `max` at most; 0 ends its waiting, until `Line.wake`. */
  take(max: number): number;
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
  readonly #clock: Clock;
  readonly #quantum: number;
  #waiting: Flow[] = [];
  #first = 0;
  #current: Flow | undefined;
  #currentBytes = 0;
  readonly #onPassed = () => this.#currentPassed();

  constructor(clock: Clock, bytesPerSecond: number, quantum: number) {
    this.#clock = clock;
    this.bytesPerSecond = bytesPerSecond;
    this.#quantum = quantum;
  }

  /** The flow has something to send. */
  wake(flow: Flow): void {
    if (flow.isWaiting) return;
    if (this.bytesPerSecond === Number.POSITIVE_INFINITY) {
      this.#passAll(flow);
      return;
    }
    flow.isWaiting = true;
    this.#waiting.push(flow);
    if (this.#current === undefined) this.#next();
  }

  #passAll(flow: Flow): void {
    // Marked, so that what passes cannot start a second round inside the first.
    flow.isWaiting = true;
    for (let bytes = flow.take(this.#quantum); bytes > 0; bytes = flow.take(this.#quantum)) {
      this.total += bytes;
      flow.passed(bytes);
    }
    flow.isWaiting = false;
  }

  #next(): void {
    while (this.#first < this.#waiting.length) {
      const flow = this.#waiting[this.#first++]!;
      if (this.#first > 64 && 2 * this.#first > this.#waiting.length) {
        this.#waiting = this.#waiting.slice(this.#first);
        this.#first = 0;
      }
      const bytes = flow.take(this.#quantum);
      if (bytes === 0) {
        flow.isWaiting = false;
        continue;
      }
      this.#current = flow;
      this.#currentBytes = bytes;
      const ms = (bytes * 1000) / this.bytesPerSecond;
      this.busyMs += ms;
      this.#clock.after(ms, this.#onPassed);
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
