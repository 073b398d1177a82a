// One timer for many that wait: a heap of alarms, the earliest on top. Ten thousand torrents that announce twice an hour
// then cost the platform one timer. An alarm is its owner's object, set anew as often as it likes.

import type { Clock } from '../host/clock.ts';

export class Alarm {
  readonly ring: () => void;
  /** For the schedule: when it rings, and its place in the heap; -1 while it is not set. */
  at = 0;
  place = -1;

  constructor(ring: () => void) {
    this.ring = ring;
  }
}

export class Schedule {
  readonly #clock: Clock;
  readonly #heap: Alarm[] = [];
  #timerAt = Number.POSITIVE_INFINITY;
  #cancelTimer: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Alarms that are set. */
  get count(): number {
    return this.#heap.length;
  }

  /** The alarm rings at that time, or as soon as it can; undefined: it does not. */
  set(alarm: Alarm, at: number | undefined): void {
    if (at === undefined) {
      this.#remove(alarm);
      if (this.#heap.length === 0) this.clear();
      return;
    }
    if (alarm.place < 0) {
      alarm.place = this.#heap.length;
      this.#heap.push(alarm);
    }
    alarm.at = at;
    this.#rise(alarm);
    this.#sink(alarm);
    this.#setTimer();
  }

  /** Forgets all alarms. */
  clear(): void {
    for (const alarm of this.#heap) alarm.place = -1;
    this.#heap.length = 0;
    this.#cancelTimer();
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #ringDue(): void {
    const now = this.#clock.now();
    this.#timerAt = Number.POSITIVE_INFINITY;
    // What is set anew for now, by an alarm that rings, waits for the next round.
    const due: Alarm[] = [];
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.#remove(first);
      due.push(first);
    }
    for (const alarm of due) if (alarm.place < 0) alarm.ring();
    this.#setTimer();
  }

  /** A timer that fires early only looks again: it is not set anew where the first alarm has moved back. */
  #setTimer(): void {
    const first = this.#heap[0];
    if (first === undefined || first.at >= this.#timerAt) return;
    this.#cancelTimer();
    this.#timerAt = first.at;
    this.#cancelTimer = this.#clock.after(Math.max(0, first.at - this.#clock.now()), () => this.#ringDue());
  }

  #remove(alarm: Alarm): void {
    const { place } = alarm;
    if (place < 0) return;
    alarm.place = -1;
    const last = this.#heap.pop()!;
    if (last === alarm) return;
    this.#put(last, place);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(alarm: Alarm): void {
    let { place } = alarm;
    while (place > 0) {
      const parent = this.#heap[(place - 1) >>> 1]!;
      if (parent.at <= alarm.at) break;
      this.#put(parent, place);
      place = (place - 1) >>> 1;
    }
    this.#put(alarm, place);
  }

  #sink(alarm: Alarm): void {
    const heap = this.#heap;
    let { place } = alarm;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
      if (heap[child]!.at >= alarm.at) break;
      this.#put(heap[child]!, place);
      place = child;
    }
    this.#put(alarm, place);
  }

  #put(alarm: Alarm, place: number): void {
    this.#heap[place] = alarm;
    alarm.place = place;
  }
}
