// What is still to happen, by time: a heap. What is due at one moment happens in the order in which it was entered, so
// that a run is the same every time. A cancelled entry stays until its time comes and does nothing.

export interface Entry {
  readonly at: number;
  readonly order: number;
  /** Undefined where it was cancelled. */
  call: (() => void) | undefined;
}

export class Agenda {
  readonly #heap: Entry[] = [];
  #lastOrder = 0;

  /** When the next entry is due; undefined where there is none. */
  get nextAt(): number | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.call === undefined) this.#removeFirst();
    return this.#heap[0]?.at;
  }

  add(at: number, call: () => void): Entry {
    const entry: Entry = { at, order: ++this.#lastOrder, call };
    this.#heap.push(entry);
    this.#rise(entry);
    return entry;
  }

  /** Takes the next entry out; undefined where there is none. */
  take(): Entry | undefined {
    if (this.nextAt === undefined) return undefined;
    const first = this.#heap[0];
    this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) this.#sink(last);
  }

  #rise(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(entry, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = entry;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      if (isBefore(entry, heap[below]!)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = entry;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
