// Which piece a web seed is asked for next that gives whole files only: whatever lies in a file before the piece comes too,
// and is passed over. So pieces are taken in order, from the first of a file that is missing to its end:
//
//   the file   |####......##.....#..|      # is there or under way: 4 pieces are passed over before the first, 3 between
//                   ^ begins here          12 are taken
//
// A file of which most is missing comes first. Where more would be passed over than taken, peers are left to give the rest,
// as long as they do; what no peer has is fetched at any price.

import type { Layout } from '../metainfo/layout.ts';
import type { WebSeedRun } from './piece-run.ts';
import type { PieceFilter, Rarity } from './rarity.ts';

export interface FileRunDeps {
  readonly layout: Pick<Layout, 'fileAt' | 'piecesOf' | 'pieceLength'>;
  /** Whether peers give something just now. */
  readonly peersGive: () => boolean;
  /** Whether a peer has the piece. */
  readonly peersHave: (piece: number) => boolean;
}

export class FileRun implements WebSeedRun {
  readonly isOfWholeFiles = true;
  readonly isHoldingBack = false;
  readonly #deps: FileRunDeps;
  /** The piece after the last that was begun; -1 before the first. */
  #next = -1;

  constructor(deps: FileRunDeps) {
    this.#deps = deps;
  }

  pick(rarity: Rarity, peer: PieceFilter): number {
    const pieceCount = rarity.availability.length;
    const isOpen = (piece: number) => rarity.isListed(piece) && peer.canGive(piece);
    if (this.#next >= 0 && this.#next < pieceCount) {
      if (isOpen(this.#next)) return this.#next;
      const end = this.#endOfFile(this.#next);
      const rest = look(this.#next, Math.min(end, this.#next + MAX_LOOKS), isOpen);
      if (rest.first >= 0 && this.#isWorthIt(rest, isOpen)) return rest.first;
    }
    return this.#neediest(pieceCount, isOpen);
  }

  began(piece: number): void {
    this.#next = piece + 1;
  }

  /** Of a piece that was begun already and is nobody's. */
  mayFinish(piece: number): boolean {
    const isAhead = piece >= this.#next && this.#next >= 0 && piece < this.#endOfFile(this.#next);
    return isAhead || !this.#deps.peersGive() || !this.#deps.peersHave(piece);
  }

  #neediest(pieceCount: number, isOpen: (piece: number) => boolean): number {
    let best = -1;
    let mostGain = Number.NEGATIVE_INFINITY;
    for (let piece = 0; piece < pieceCount; ) {
      const end = this.#endOfFile(piece);
      const found = look(piece, end, isOpen);
      piece = end;
      if (found.first < 0 || found.gain <= mostGain || !this.#isWorthIt(found, isOpen)) continue;
      mostGain = found.gain;
      best = found.first;
    }
    return best;
  }

  #isWorthIt({ first, last, gain }: Found, isOpen: (piece: number) => boolean): boolean {
    if (gain >= 0 || !this.#deps.peersGive()) return true;
    for (let piece = first; piece <= last; piece++)
      if (isOpen(piece) && !this.#deps.peersHave(piece)) return true;
    return false;
  }

  /** One past the last piece that begins in the file that this one begins in. */
  #endOfFile(piece: number): number {
    const { layout } = this.#deps;
    return Math.max(piece + 1, layout.piecesOf(layout.fileAt(piece * layout.pieceLength)).end);
  }
}

interface Found {
  /** The first that is to be begun; -1 where there is none. */
  readonly first: number;
  readonly last: number;
  /** Pieces that are taken less those that are passed over, where the run ends when that is most. */
  readonly gain: number;
}

function look(from: number, to: number, isOpen: (piece: number) => boolean): Found {
  let first = -1;
  let last = -1;
  let open = 0;
  let gain = Number.NEGATIVE_INFINITY;
  for (let piece = from; piece < to; piece++) {
    if (!isOpen(piece)) continue;
    if (first < 0) first = piece;
    last = piece;
    open++;
    gain = Math.max(gain, 2 * open - (piece + 1 - from));
  }
  return { first, last, gain };
}

// As in `piece-run`: a file of two million pieces in tatters is not gone through for each of them.
const MAX_LOOKS = 65_536;
