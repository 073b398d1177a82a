// Datagrams that wait for a line, in order: a flow of the line like any stream's. What finds the queue full is lost, as in
// a router (drop-tail).

import type { Flow, Line } from './line.ts';

interface Waiting {
  left: number;
  readonly length: number;
  readonly passed: () => void;
}

export class DatagramQueue implements Flow {
  isWaiting = false;
  readonly #line: Line;
  readonly #maxBytes: number;
  #waiting: Waiting[] = [];
  /** All of it is on the line. */
  #onLine: Waiting | undefined;
  #bytes = 0;

  constructor(line: Line, maxBytes: number) {
    this.#line = line;
    this.#maxBytes = maxBytes;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  send(length: number, passed: () => void): void {
    if (this.#bytes + length > this.#maxBytes) return;
    this.#bytes += length;
    this.#waiting.push({ left: length, length, passed });
    this.#line.wake(this);
  }

  ready(): number {
    return this.#waiting[0]?.left ?? 0;
  }

  taken(bytes: number): void {
    const first = this.#waiting[0]!;
    first.left -= bytes;
    if (first.left > 0) return;
    this.#waiting.shift();
    this.#onLine = first;
  }

  passed(): void {
    const whole = this.#onLine;
    if (whole === undefined) return;
    this.#onLine = undefined;
    this.#bytes -= whole.length;
    whole.passed();
  }
}
