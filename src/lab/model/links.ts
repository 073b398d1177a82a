// Who is whose neighbour, and what each end of a connection is doing for the other: one row of places for each peer, and at
// each place one way of a connection, from the row's peer to the neighbour there.
//
//   row of peer 7      |  3  |  9  |  2  |     |        back: where in the neighbour's row we are
//   place                 0     1     2     3           link = row × places + place
//   giving             | 1 2 |                          places of those that are given to, in no order

import type { Random } from '../../core/bytes/prng.ts';

export class Links {
  /** Places in a row. */
  readonly places: number;
  readonly degree: Uint8Array;
  readonly neighbour: Int32Array;
  readonly back: Uint8Array;
  /** Places of those that the row's peer gives to. */
  readonly giving: Uint8Array;
  readonly givingCount: Uint8Array;
  /** Of `giving`, those that are choked and may finish. */
  readonly finishingCount: Uint8Array;
  /** See the constants below. */
  readonly flags: Uint8Array;
  /** The piece in flight and the one that was asked for ahead: places in the neighbour's table, or NOTHING. */
  readonly current: Uint8Array;
  readonly next: Uint8Array;
  /** Bytes that are to come of these over this link. */
  readonly currentLeft: Float32Array;
  readonly nextLeft: Float32Array;
  /** No bytes before. */
  readonly readyAt: Float32Array;
  /** When the neighbour was unchoked last; negative: never. */
  readonly unchokedAt: Float32Array;
  /** Bytes that it was given since. */
  readonly turnBytes: Float32Array;
  /** Bytes that it was given in the last seconds, as they were at step `movedStep`. */
  readonly moved: Float32Array;
  readonly movedStep: Int32Array;
  /** The step in which nothing was found for the neighbour to ask for. */
  readonly fruitlessStep: Int32Array;

  constructor(peers: number, places: number) {
    const size = peers * places;
    this.places = places;
    this.degree = new Uint8Array(peers);
    this.neighbour = new Int32Array(size);
    this.back = new Uint8Array(size);
    this.giving = new Uint8Array(size);
    this.givingCount = new Uint8Array(peers);
    this.finishingCount = new Uint8Array(peers);
    this.flags = new Uint8Array(size);
    this.current = new Uint8Array(size).fill(NOTHING);
    this.next = new Uint8Array(size).fill(NOTHING);
    this.currentLeft = new Float32Array(size);
    this.nextLeft = new Float32Array(size);
    this.readyAt = new Float32Array(size);
    this.unchokedAt = new Float32Array(size);
    this.turnBytes = new Float32Array(size);
    this.moved = new Float32Array(size);
    this.movedStep = new Int32Array(size);
    this.fruitlessStep = new Int32Array(size);
  }

  /** The same connection the other way. */
  reverse(link: number): number {
    return this.neighbour[link]! * this.places + this.back[link]!;
  }

  areNeighbours(a: number, b: number): boolean {
    const row = a * this.places;
    for (let i = this.degree[a]! - 1; i >= 0; i--) if (this.neighbour[row + i] === b) return true;
    return false;
  }

  /** Both have a free place. */
  connect(a: number, b: number): void {
    const [i, j] = [this.degree[a]!++, this.degree[b]!++];
    this.#clear(a * this.places + i, b, j);
    this.#clear(b * this.places + j, a, i);
  }

  /** What the two give each other has been ended by the caller. The last of each row moves into the gap. */
  disconnect(a: number, place: number): void {
    const link = a * this.places + place;
    const b = this.neighbour[link]!;
    const other = this.back[link]!;
    this.#close(a, place);
    this.#close(b, other);
  }

  /** A neighbour drawn by luck. */
  anyPlace(peer: number, random: Random): number {
    return random.below(this.degree[peer]!);
  }

  #clear(link: number, neighbour: number, back: number): void {
    this.neighbour[link] = neighbour;
    this.back[link] = back;
    this.flags[link] = 0;
    this.current[link] = NOTHING;
    this.next[link] = NOTHING;
    this.unchokedAt[link] = -1;
    this.turnBytes[link] = 0;
    this.moved[link] = 0;
    this.movedStep[link] = 0;
    this.fruitlessStep[link] = 0;
  }

  #close(peer: number, place: number): void {
    const row = peer * this.places;
    const last = --this.degree[peer]!;
    if (place === last) return;
    const [from, to] = [row + last, row + place];
    for (const column of [
      this.neighbour,
      this.back,
      this.flags,
      this.current,
      this.next,
      this.currentLeft,
      this.nextLeft,
      this.readyAt,
      this.unchokedAt,
      this.turnBytes,
      this.moved,
      this.movedStep,
      this.fruitlessStep,
    ])
      column[to] = column[from]!;
    this.back[this.reverse(to)] = place;
    const count = this.givingCount[peer]!;
    for (let k = 0; k < count; k++) if (this.giving[row + k] === last) this.giving[row + k] = place;
  }
}

/** No place. */
export const NOTHING = 255;
/** Flags: the neighbour is unchoked; by luck; is choked and may finish what it has begun. */
export const UNCHOKED = 1;
export const OPTIMISTIC = 2;
export const FINISHING = 4;
