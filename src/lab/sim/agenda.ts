// What is still to happen, by time: a heap. What is due at one moment happens in the order in which it was entered, so
// that a run is the same every time. A cancelled entry stays until its time comes and does nothing.
//
// A thousand peers have hundreds of thousands of entries, and each step down the heap is a place in memory that was not
// looked at for long. So times and orders are flat, and each place has four below it: half as deep as with two.

/** An entry that may be cancelled. */
export interface Entry {
  /** Undefined where it was cancelled. */
  call: (() => void) | undefined;
}

export class Agenda {
  #times = new Float64Array(FIRST_CAPACITY);
  #orders = new Float64Array(FIRST_CAPACITY);
  /** A bare call is one that nobody can cancel. */
  readonly #calls: (Entry | (() => void))[] = [];
  #lastOrder = 0;

  /** When the next entry is due; undefined where there is none. */
  get nextAt(): number | undefined {
    const calls = this.#calls;
    while (calls.length > 0 && callOf(calls[0]!) === undefined) this.#removeFirst();
    return calls.length === 0 ? undefined : this.#times[0];
  }

  add(at: number, call: () => void): Entry {
    const entry: Entry = { call };
    this.#enter(at, entry);
    return entry;
  }

  /** It will happen. */
  addForGood(at: number, call: () => void): void {
    this.#enter(at, call);
  }

  /** Takes the next entry out: what is to be done; undefined where there is none. */
  take(): (() => void) | undefined {
    if (this.nextAt === undefined) return undefined;
    const first = callOf(this.#calls[0]!);
    this.#removeFirst();
    return first;
  }

  #enter(at: number, call: Entry | (() => void)): void {
    const place = this.#calls.length;
    if (place === this.#times.length) this.#grow();
    this.#calls.push(call);
    this.#rise(place, at, ++this.#lastOrder, call);
  }

  #removeFirst(): void {
    const calls = this.#calls;
    const last = calls.pop()!;
    if (calls.length > 0) this.#sink(this.#times[calls.length]!, this.#orders[calls.length]!, last);
  }

  #rise(from: number, at: number, order: number, call: Entry | (() => void)): void {
    const times = this.#times;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 2;
      // Entered later than all that is there.
      if (times[above]! <= at) break;
      this.#move(above, place);
      place = above;
    }
    this.#put(place, at, order, call);
  }

  #sink(at: number, order: number, call: Entry | (() => void)): void {
    const times = this.#times;
    const orders = this.#orders;
    const { length } = this.#calls;
    let place = 0;
    for (let first = 1; first < length; first = 4 * place + 1) {
      let least = first;
      const end = Math.min(first + 4, length);
      for (let other = first + 1; other < end; other++) {
        const isBefore =
          times[other]! < times[least]! || (times[other] === times[least] && orders[other]! < orders[least]!);
        if (isBefore) least = other;
      }
      if (at < times[least]! || (at === times[least] && order < orders[least]!)) break;
      this.#move(least, place);
      place = least;
    }
    this.#put(place, at, order, call);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from]!, this.#orders[from]!, this.#calls[from]!);
  }

  #put(place: number, at: number, order: number, call: Entry | (() => void)): void {
    this.#times[place] = at;
    this.#orders[place] = order;
    this.#calls[place] = call;
  }

  #grow(): void {
    const capacity = 2 * this.#times.length;
    const [times, orders] = [this.#times, this.#orders];
    this.#times = new Float64Array(capacity);
    this.#orders = new Float64Array(capacity);
    this.#times.set(times);
    this.#orders.set(orders);
  }
}

function callOf(call: Entry | (() => void)): (() => void) | undefined {
  return typeof call === 'function' ? call : call.call;
}

const FIRST_CAPACITY = 1024;
