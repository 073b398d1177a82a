// Which piece a web seed (BEP 19) is asked for next. It gives ranges of files, so pieces are taken in order, in long runs:
//
//   have, under way  |#### ##  #######    ####|      the next piece of its run, while that is to be begun
//   to be begun      |    .  ..       ....    |      else the run that most needs it: with most pieces that nobody else
//                                     ^              has, then the longest; behind what another is fetching, its middle
//
// The very first run begins anywhere, so that what many fetch from one server is not the same (BEP 19, "HTTP and FTP
// Optimizations"). A run ends where a piece is there already, is being fetched, or is not wanted.

import type { Random } from '../bytes/prng.ts';
import type { PieceFilter, Rarity } from './rarity.ts';

/** How a web seed's next piece is chosen. */
export interface WebSeedRun {
  /** It gives whole files only: see `file-run`. */
  readonly isOfWholeFiles: boolean;
  /** -1 where there is none. `isUnderWay`: being fetched, by whomever. */
  pick(rarity: Rarity, peer: PieceFilter, isUnderWay: (piece: number) => boolean): number;
  /** That piece is being fetched. */
  began(piece: number): void;
  /** Whether it is to be asked for what is left of a piece that nobody works on any more. */
  mayFinish(piece: number): boolean;
}

export class PieceRun implements WebSeedRun {
  readonly isOfWholeFiles = false;
  /** The piece after the last that was begun; -1 before the first. */
  #next = -1;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  pick(rarity: Rarity, peer: PieceFilter, isUnderWay: (piece: number) => boolean): number {
    const pieceCount = rarity.availability.length;
    const isOpen = (piece: number) => piece < pieceCount && rarity.isListed(piece) && peer.canGive(piece);
    if (this.#next >= 0 && isOpen(this.#next)) return this.#next;
    const anywhere = this.#random.below(pieceCount);
    if (this.#next < 0 && isOpen(anywhere)) return anywhere;
    return this.#neediest(rarity, pieceCount <= MAX_LOOKS ? 0 : anywhere, isOpen, isUnderWay);
  }

  began(piece: number): void {
    this.#next = piece + 1;
  }

  mayFinish(): boolean {
    return true;
  }

  #neediest(
    { availability }: Rarity,
    from: number,
    isOpen: (piece: number) => boolean,
    isUnderWay: (piece: number) => boolean,
  ): number {
    const pieceCount = availability.length;
    const looks = Math.min(pieceCount, MAX_LOOKS);
    let best = -1;
    let bestNeed = 0;
    for (let i = 0; i < looks; ) {
      const start = (from + i) % pieceCount;
      if (!isOpen(start)) {
        i++;
        continue;
      }
      let length = 0;
      let rare = 0;
      let firstRare = -1;
      while (i < looks && start + length < pieceCount && isOpen(start + length)) {
        if (availability[start + length] === 0) {
          rare++;
          if (firstRare < 0) firstRare = start + length;
        }
        length++;
        i++;
      }
      const need = rare * pieceCount + length;
      if (need <= bestNeed) continue;
      bestNeed = need;
      if (rare > 0 && rare < length) best = firstRare;
      else best = start > 0 && isUnderWay(start - 1) ? start + (length >>> 1) : start;
    }
    return best;
  }
}

// A quarter of a millisecond: a torrent of two million pieces in tatters must not be gone through for each of them.
const MAX_LOOKS = 65_536;
