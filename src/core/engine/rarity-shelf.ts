// The pieces of one priority, rarest first: a sorted array that is kept sorted by swaps. A piece whose count rises changes
// places with the last of its rank, and the border moves by one. (libtorrent's picker keeps the same picture.)
//
//   rank (peers that have the piece)    0       1           2
//   order                             | 7 3 | 4 9 1 0 | 2 8 |
//   ends                                   2         6     8

export class RarityShelf {
  readonly order: Uint32Array;
  /** For each rank, one past its last place in `order`. */
  readonly ends: number[];
  readonly #position: Uint32Array;
  /** While it is filled: for each rank its next free place. */
  readonly #next: number[] = [];

  /** `counts`: how many pieces of each rank are to be filled in. */
  constructor(pieceCount: number, position: Uint32Array, counts: readonly number[]) {
    this.order = new Uint32Array(pieceCount);
    this.#position = position;
    this.ends = [];
    let end = 0;
    for (const count of counts) {
      this.#next.push(end);
      end += count;
      this.ends.push(end);
    }
    if (counts.length === 0) this.ends.push(0);
  }

  get count(): number {
    return this.ends[this.ends.length - 1]!;
  }

  fill(piece: number, rank: number): void {
    this.#put(this.#next[rank]!++, piece);
  }

  insert(piece: number, rank: number): void {
    while (this.ends.length <= rank) this.ends.push(this.count);
    // Each rank above gives up its first place to its own end.
    let hole = this.count;
    for (let above = this.ends.length - 1; above > rank; above--) {
      const first = this.ends[above - 1]!;
      if (first !== hole) this.#put(hole, this.order[first]!);
      hole = first;
      this.ends[above]!++;
    }
    this.ends[rank]!++;
    this.#put(hole, piece);
  }

  remove(piece: number, rank: number): void {
    let hole = this.#position[piece]!;
    for (let above = rank; above < this.ends.length; above++) {
      const last = this.ends[above]! - 1;
      if (last !== hole) this.#put(hole, this.order[last]!);
      hole = last;
      this.ends[above] = last;
    }
    this.#position[piece] = NOWHERE;
  }

  rose(piece: number, rank: number): void {
    while (this.ends.length <= rank + 1) this.ends.push(this.count);
    const last = --this.ends[rank]!;
    this.#swap(this.#position[piece]!, last);
  }

  fell(piece: number, rank: number): void {
    const first = this.ends[rank - 1]!++;
    this.#swap(this.#position[piece]!, first);
  }

  #put(at: number, piece: number): void {
    this.order[at] = piece;
    this.#position[piece] = at;
  }

  #swap(a: number, b: number): void {
    const held = this.order[a]!;
    this.#put(a, this.order[b]!);
    this.#put(b, held);
  }
}

/** The place of a piece that is on no shelf. */
export const NOWHERE = 0xffffffff;
