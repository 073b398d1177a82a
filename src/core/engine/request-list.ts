// Requests for blocks, oldest first, in flat arrays: those that we have out with a peer, or those that it has with us.
// They are mostly answered in order, so that the one looked for is nearly always the first.
//
//        #head          #tail
//   | gone | 4 0 | 4 1 | free | free |

export class RequestList {
  #pieces = NO_NUMBERS;
  #begins = NO_NUMBERS;
  #lengths = NO_NUMBERS;
  /** When each was made, in milliseconds. */
  #times = NO_TIMES;
  #head = 0;
  #tail = 0;

  get count(): number {
    return this.#tail - this.#head;
  }

  add(piece: number, begin: number, length: number, now: number): void {
    if (this.#tail === this.#pieces.length) this.#makeRoom();
    this.#pieces[this.#tail] = piece;
    this.#begins[this.#tail] = begin;
    this.#lengths[this.#tail] = length;
    this.#times[this.#tail] = now;
    this.#tail++;
  }

  /** The place of a request, 0 for the oldest; -1 where there is none such. */
  find(piece: number, begin: number): number {
    for (let i = this.#head; i < this.#tail; i++) {
      if (this.#begins[i] === begin && this.#pieces[i] === piece) return i - this.#head;
    }
    return -1;
  }

  piece(at: number): number {
    return this.#pieces[this.#head + at]!;
  }

  begin(at: number): number {
    return this.#begins[this.#head + at]!;
  }

  length(at: number): number {
    return this.#lengths[this.#head + at]!;
  }

  time(at: number): number {
    return this.#times[this.#head + at]!;
  }

  remove(at: number): void {
    const i = this.#head + at;
    if (at === 0) {
      this.#head++;
    } else {
      this.#pieces.copyWithin(i, i + 1, this.#tail);
      this.#begins.copyWithin(i, i + 1, this.#tail);
      this.#lengths.copyWithin(i, i + 1, this.#tail);
      this.#times.copyWithin(i, i + 1, this.#tail);
      this.#tail--;
    }
    if (this.#head === this.#tail) this.clear();
  }

  clear(): void {
    this.#head = 0;
    this.#tail = 0;
  }

  /** Moves what is left to the front; grows where that frees less than half. */
  #makeRoom(): void {
    const count = this.count;
    const capacity = this.#pieces.length;
    const larger = Math.max(INITIAL_CAPACITY, count > capacity / 2 ? 2 * capacity : capacity);
    this.#pieces = moved(this.#pieces, new Uint32Array(larger), this.#head, this.#tail);
    this.#begins = moved(this.#begins, new Uint32Array(larger), this.#head, this.#tail);
    this.#lengths = moved(this.#lengths, new Uint32Array(larger), this.#head, this.#tail);
    this.#times = moved(this.#times, new Float64Array(larger), this.#head, this.#tail);
    this.#head = 0;
    this.#tail = count;
  }
}

function moved<Numbers extends Uint32Array | Float64Array>(
  from: Numbers,
  to: Numbers,
  head: number,
  tail: number,
): Numbers {
  to.set(from.subarray(head, tail));
  return to;
}

const INITIAL_CAPACITY = 16;
// Most peers are asked for nothing, and most ask for nothing.
const NO_NUMBERS = new Uint32Array(0);
const NO_TIMES = new Float64Array(0);
