// Who has which piece, and which are on their way. Of each peer there are bits, how many of its neighbours have each piece,
// and a table of the pieces that it has begun. What is missing of one is divided among the links that give it, and each
// link knows its own part; here stands what nobody gives.

import { NOTHING } from './links.ts';

/** In the table: nothing is in that place. */
const FREE = -1;

export class Pieces {
  readonly pieceCount: number;
  /** Of a row of bits. */
  readonly words: number;
  /** Places in the table of each peer. */
  readonly rows: number;
  /** What neighbours know to be there. */
  readonly have: Uint32Array;
  /** That, what was not told yet and what is on its way. */
  readonly taken: Uint32Array;
  readonly held: Int32Array;
  readonly takenCount: Int32Array;
  /** The step in which its neighbours were told of a piece last. */
  readonly toldStep: Int32Array;
  /** How many neighbours have it, those aside that came with everything. */
  readonly availability: Uint8Array;
  /** How many neighbours came with everything. */
  readonly seeds: Uint8Array;
  readonly begun: Int32Array;
  /** Links that give parts of it, and one of them. */
  readonly givers: Uint8Array;
  readonly link: Int32Array;
  /** Bytes that nobody gives. */
  readonly lost: Float32Array;
  /** Pieces that were begun and that nobody gives. */
  readonly lying: Uint8Array;
  /** In the table, one past the last place that is used. */
  readonly used: Uint8Array;
  readonly #pieceLength: number;
  readonly #lastLength: number;

  constructor(peers: number, length: number, pieceLength: number, rows: number) {
    const count = Math.ceil(length / pieceLength);
    this.pieceCount = count;
    this.words = (count + 31) >>> 5;
    this.rows = rows;
    this.have = new Uint32Array(peers * this.words);
    this.taken = new Uint32Array(peers * this.words);
    this.held = new Int32Array(peers);
    this.takenCount = new Int32Array(peers);
    this.toldStep = new Int32Array(peers);
    this.availability = new Uint8Array(peers * count);
    this.seeds = new Uint8Array(peers);
    this.begun = new Int32Array(peers * rows).fill(FREE);
    this.givers = new Uint8Array(peers * rows);
    this.link = new Int32Array(peers * rows);
    this.lost = new Float32Array(peers * rows);
    this.lying = new Uint8Array(peers);
    this.used = new Uint8Array(peers);
    this.#pieceLength = pieceLength;
    this.#lastLength = length - (count - 1) * pieceLength;
  }

  fill(peer: number): void {
    const at = peer * this.words;
    for (const field of [this.have, this.taken]) {
      field.fill(0xffffffff, at, at + this.words);
      if ((this.pieceCount & 31) !== 0) field[at + this.words - 1] = 2 ** (this.pieceCount & 31) - 1;
    }
    this.held[peer] = this.pieceCount;
    this.takenCount[peer] = this.pieceCount;
  }

  has(peer: number, piece: number): boolean {
    return (this.have[peer * this.words + (piece >>> 5)]! & (1 << (piece & 31))) !== 0;
  }

  /** The giver has something that the other lacks: BEP 3, "interested". */
  isInterested(taker: number, giver: number): boolean {
    const { have, words } = this;
    if (this.held[giver] === 0 || this.held[taker] === this.pieceCount) return false;
    if (this.held[giver]! > this.held[taker]!) return true;
    const [a, b] = [giver * words, taker * words];
    for (let w = 0; w < words; w++) if ((have[a + w]! & ~have[b + w]!) !== 0) return true;
    return false;
  }

  /** Counts what a neighbour has in (`by` 1) or out (-1). */
  count(peer: number, neighbour: number, by: 1 | -1): void {
    const [row, at] = [peer * this.pieceCount, neighbour * this.words];
    for (let w = 0; w < this.words; w++) {
      for (let bits = this.have[at + w]!; bits !== 0; bits &= bits - 1)
        this.availability[row + (w << 5) + 31 - Math.clz32(bits & -bits)]! += by;
    }
  }

  /** It is here, and its neighbours know. */
  add(peer: number, piece: number, step: number): void {
    this.toldStep[peer] = step;
    this.have[peer * this.words + (piece >>> 5)]! |= 1 << (piece & 31);
    this.held[peer]!++;
  }

  lengthOf(piece: number): number {
    return piece === this.pieceCount - 1 ? this.#lastLength : this.#pieceLength;
  }

  /** Begins a piece, all of it from one link: a place in the peer's table, or NOTHING where it is full. */
  begin(peer: number, piece: number, link: number): number {
    const { begun, rows } = this;
    const first = peer * rows;
    let place = 0;
    while (place < rows && begun[first + place] !== FREE) place++;
    if (place === rows) return NOTHING;
    const row = first + place;
    begun[row] = piece;
    this.givers[row] = 1;
    this.link[row] = link;
    this.lost[row] = 0;
    if (place >= this.used[peer]!) this.used[peer] = place + 1;
    this.taken[peer * this.words + (piece >>> 5)]! |= 1 << (piece & 31);
    this.takenCount[peer]!++;
    return place;
  }

  /** Another link gives a part of it: what nobody gives, where `link` is the first. */
  join(peer: number, place: number, link: number): number {
    const row = peer * this.rows + place;
    if (this.givers[row]!++ === 0) this.lying[peer]!--;
    this.link[row] = link;
    const bytes = this.lost[row]!;
    this.lost[row] = 0;
    return bytes;
  }

  /** A link has given its part, but for so much. True where the piece is whole. */
  leave(peer: number, place: number, missing: number): boolean {
    const row = peer * this.rows + place;
    this.lost[row]! += missing;
    if (--this.givers[row]! > 0) return false;
    if (this.lost[row]! > 0.5) {
      this.lying[peer]!++;
      return false;
    }
    this.begun[row] = FREE;
    const first = peer * this.rows;
    while (this.used[peer]! > 0 && this.begun[first + this.used[peer]! - 1] === FREE) this.used[peer]!--;
    return true;
  }
}
