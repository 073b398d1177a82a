// Which piece a web seed (BEP 19) is asked for next. It gives ranges of files, so pieces are taken in order, in long runs:
//
//   have, under way  |#### ##  #######    ####|      the next piece of its run, while that is to be begun
//   to be begun      |    .  ..       ....    |      else the run that most needs it: with most pieces that nobody else
//                                     ^              has, then the longest; behind what another is fetching, its middle
//
// The very first run begins anywhere, so that what many fetch from one server is not the same (BEP 19, "HTTP and FTP
// Optimizations"). A run ends where a piece is there already, is being fetched, or is not wanted.
//
// Where others download too, a server that all of them fetch from is to send each piece once: they pass it on. Then only
// what nobody has is asked for, of that first what is ours to fetch (see `piece-shares`), and what is others' only where
// it does not come.

import type { Random } from '../bytes/prng.ts';
import type { PieceFilter, Rarity } from './rarity.ts';

/** How a web seed's next piece is chosen. */
export interface WebSeedRun {
  /** It gives whole files only: see `file-run`. */
  readonly isOfWholeFiles: boolean;
  /** Nothing was asked for that may be asked for in a while: peers are thought to bring it. */
  readonly isHoldingBack: boolean;
  /** -1 where there is none. `isUnderWay`: being fetched, by whomever. */
  pick(rarity: Rarity, peer: PieceFilter, isUnderWay: (piece: number) => boolean, now: number): number;
  /** That piece is being fetched. */
  began(piece: number): void;
  /** Whether it is to be asked for what is left of a piece that nobody works on any more. */
  mayFinish(piece: number, rarity: Rarity, now: number): boolean;
}

/** Others that download, and may fetch from the same server. */
export interface Sharing {
  isOurs(piece: number): boolean;
  /** Peers give us no less than the server does: there is time to see what they bring. */
  readonly doPeersGiveMore: boolean;
}

export interface PieceRunDeps {
  readonly random: Random;
  /** Undefined where nobody else downloads. */
  readonly sharing: (now: number) => Sharing | undefined;
}

export class PieceRun implements WebSeedRun {
  readonly isOfWholeFiles = false;
  isHoldingBack = false;
  /** The piece after the last that was begun; -1 before the first. */
  #next = -1;
  /** How many pieces nobody had, and since when no fewer. */
  #rare = Number.POSITIVE_INFINITY;
  #rareSince = 0;
  readonly #deps: PieceRunDeps;

  constructor(deps: PieceRunDeps) {
    this.#deps = deps;
  }

  pick(rarity: Rarity, peer: PieceFilter, isUnderWay: (piece: number) => boolean, now: number): number {
    this.isHoldingBack = false;
    const pieceCount = rarity.availability.length;
    const isOpen = (piece: number) => piece < pieceCount && rarity.isListed(piece) && peer.canGive(piece);
    const sharing = rarity.unavailableCount === 0 ? undefined : this.#deps.sharing(now);
    if (sharing !== undefined) {
      const isRare = (piece: number) => isOpen(piece) && rarity.availability[piece] === 0;
      return this.#shared(rarity, sharing, isRare, now);
    }
    if (this.#next >= 0 && isOpen(this.#next)) return this.#next;
    const anywhere = this.#deps.random.below(pieceCount);
    if (this.#next < 0 && isOpen(anywhere)) return anywhere;
    return this.#neediest(rarity, pieceCount <= MAX_LOOKS ? 0 : anywhere, isOpen, isUnderWay);
  }

  began(piece: number): void {
    this.#next = piece + 1;
  }

  /** What peers have is theirs to give. */
  mayFinish(piece: number, { availability }: Rarity, now: number): boolean {
    return availability[piece] === 0 || this.#deps.sharing(now)?.doPeersGiveMore !== true;
  }

  #shared(rarity: Rarity, sharing: Sharing, isRare: (piece: number) => boolean, now: number): number {
    const pieceCount = rarity.availability.length;
    const next = this.#next;
    if (next >= 0 && isRare(next) && sharing.isOurs(next)) return next;
    const from = this.#deps.random.below(pieceCount);
    let others = -1;
    for (let i = 0, looks = 0; i < pieceCount && looks < MAX_SHARED_LOOKS; i++) {
      const piece = (from + i) % pieceCount;
      if (!isRare(piece)) continue;
      looks++;
      if (sharing.isOurs(piece)) return piece;
      if (others < 0) others = piece;
    }
    // Ours are there or under way. What is others' comes from them, unless it does not.
    const rare = rarity.unavailableCount;
    if (rare < this.#rare) {
      this.#rare = rare;
      this.#rareSince = now;
    }
    this.isHoldingBack = sharing.doPeersGiveMore && now - this.#rareSince < PATIENCE_MS;
    if (this.isHoldingBack) return -1;
    if (others < 0) return -1;
    // What is begun now was not brought by others.
    this.#rare = rare - 1;
    return next >= 0 && isRare(next) ? next : others;
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
/** Each compares us with every other that downloads. */
const MAX_SHARED_LOOKS = 2048;
/** Many fetch at once, so that something comes all the time. */
const PATIENCE_MS = 3000;
