// What a peer said of its pieces while they cannot be counted: a magnet's metadata is fetched, its files are checked. Holds
// no more than some times what the peer itself has sent, and never more than the largest torrent takes.

import { Bitfield } from '../bytes/bitfield.ts';

export class EarlyPieces {
  #those: Uint8Array | 'all' | undefined;
  /** What came after, in order: a piece that it has, or the complement of one that it has no longer. */
  #news: number[] = [];
  /** The same, when it is so much that bits are shorter. */
  #has: Bitfield | undefined;
  #lost: Bitfield | undefined;

  /** What it said of all pieces at once: its bitfield as it came, or that it has everything. */
  get those(): Uint8Array | 'all' | undefined {
    return this.#those;
  }

  /** How much it said one by one: what it repeats counts as long as a little is kept. */
  get toldCount(): number {
    return this.#news.length + (this.#has?.count ?? 0) + (this.#lost?.count ?? 0);
  }

  hasAll(): void {
    this.#those = 'all';
    this.#forgetLosses();
  }

  /** `bitfield` is given away. */
  hasThose(bitfield: Uint8Array): void {
    if (this.#those !== 'all') this.#those = bitfield;
    this.#forgetLosses();
  }

  /** False where no torrent has such a piece. */
  has(piece: number): boolean {
    if (piece >= MAX_PIECES) return false;
    this.#add(piece);
    return true;
  }

  /** BEP 54. False where no torrent has such a piece. */
  hasNoLonger(piece: number): boolean {
    if (piece >= MAX_PIECES) return false;
    this.#add(~piece);
    return true;
  }

  /** What it said one by one. */
  each(has: (piece: number) => void, lost: (piece: number) => void): void {
    this.#has?.each(has);
    this.#lost?.each(lost);
    for (const news of this.#news) {
      if (news >= 0) has(news);
      else lost(~news);
    }
  }

  #add(news: number): void {
    if (this.#has !== undefined) {
      this.#mark(news);
      return;
    }
    this.#news.push(news);
    if (this.#news.length < MAX_NEWS) return;
    this.#has = new Bitfield(MAX_PIECES);
    this.#lost = new Bitfield(MAX_PIECES);
    for (const each of this.#news) this.#mark(each);
    this.#news = [];
  }

  #mark(news: number): void {
    const isThere = news >= 0;
    const piece = isThere ? news : ~news;
    if (isThere) this.#has!.add(piece);
    else this.#lost!.add(piece);
    if (isThere) this.#lost!.delete(piece);
    else this.#has!.delete(piece);
  }

  #forgetLosses(): void {
    this.#news = this.#news.filter(news => news >= 0);
    if ((this.#lost?.count ?? 0) > 0) this.#lost = new Bitfield(MAX_PIECES);
  }
}

// The parser's limit.
const MAX_PIECES = 2_097_152;
// 72 KiB on the wire; the bits are 512 KiB.
const MAX_NEWS = 8192;
