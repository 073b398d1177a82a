// Which block to ask a peer for. In this order:
//
//   0. a piece that is needed by a time: see `urgent-pieces`
//   1. the piece that this peer is on, to its end
//   2. a fast peer takes a piece that is left lying, else a new one, for itself: one piece from one peer is quickly whole,
//      and has one giver to blame. A slow peer helps with what other slow ones began, so that a hundred of them have not a
//      hundred half pieces; so does a fast one while too many are begun
//   3. a new piece: of the highest priority the rarest that the peer has, ties at random; any for the first few, so that
//      there is soon something to trade (BEP 3 leaves this open; the "random first piece" of the original client); the
//      first in order in sequential mode; what the peer suggests before all others (BEP 6)
//      A web seed (BEP 19) begins the next of a run of pieces: see `piece-run`, `file-run`
//   4. a free block of a piece that a fast peer is on
//   5. end game: when nothing at all is to be begun and nothing is free, a peer with nothing out is asked for a block that
//      another owes us
//
// A peer on parole gets pieces that nobody else works on, whole. Knows pieces and blocks, not messages or rates. Memory is
// bounded by `lend`: no buffer, no new piece.

import type { Bitfield } from '../bytes/bitfield.ts';
import { LazyMap } from '../bytes/lazy-map.ts';
import type { Random } from '../bytes/prng.ts';
import type { Layout } from '../metainfo/layout.ts';
import { PartialPieces } from './partial-pieces.ts';
import { type CopyBytes, FREE, NOBODY, PieceBuffer } from './piece-buffer.ts';
import type { WebSeedRun } from './piece-run.ts';
import { type PieceFilter, Rarity } from './rarity.ts';
import { type HurriedPeer, UrgentPieces } from './urgent-pieces.ts';

/** What the picker needs to know of a peer. */
export interface PickingPeer extends PieceFilter, HurriedPeer {
  readonly number: number;
  /** It may have given wrong bytes: it is asked for whole pieces that nobody else works on. */
  readonly isOnParole: boolean;
  /** A whole piece takes it seconds. */
  readonly isFast: boolean;
  /** It owes us blocks and sends none: it is asked for what others have too. */
  readonly isSnubbed: boolean;
  /** Pieces that it would like to give. BEP 6, "Suggest Piece" */
  readonly suggested: readonly number[];
  /** It gives long runs of pieces in order, and chooses them: a web seed. */
  readonly run?: WebSeedRun | undefined;
  /** The picker's own mark: the piece that the peer is on. */
  current: PieceBuffer | undefined;
  /** The picker's own mark: see `NOT_FRUITLESS`, which whoever gives `canGive` sets when that says yes to more. */
  fruitlessAt: number;
}

export interface PickerOptions {
  readonly layout: Layout;
  /** What is there already; read once. */
  readonly have: Bitfield;
  /** How much each piece is wanted, see `PiecePriority`; all alike where it is left out. */
  readonly priorities?: Uint8Array | undefined;
  /** So many pieces are picked at random before rarity counts. @default 4 (libtorrent) */
  readonly randomFirstPieces?: number;
  /** So much in pieces that are begun, and no more are begun while those can be helped with. @default 33,554,432 (libtorrent) */
  readonly maxPartialBytes?: number;
}

export interface PickerDeps {
  readonly random: Random;
  /** A buffer of a piece's length, or undefined when memory is short; `held` is how many this torrent has. */
  readonly lend: (held: number) => Uint8Array | undefined;
  readonly giveBack: (bytes: Uint8Array) => void;
  /** Copies a block into such a buffer. @default as `set` does */
  readonly copy?: CopyBytes | undefined;
}

/** What `pick` found: the piece and the number of the block in it. */
export interface PickedBlock {
  piece: number;
  block: number;
}

export class Picker {
  #rarity: Rarity | undefined;
  readonly urgent = new UrgentPieces();
  readonly #partials = new PartialPieces();
  /** Pieces that were whole without asking anyone: to be taken and stored. */
  readonly gapPieces: PieceBuffer[] = [];
  /** Pieces in order, rather than the rarest first. */
  isSequential = false;
  /** Peers that could be asked: of so many peers so many pieces are begun. */
  peerCount = 0;
  readonly #failures = new LazyMap<number, number>();
  /**
   * Rises whenever a block or a piece that was nobody's to ask for becomes free. A peer for whom nothing was found is not
   * searched for again before: on a torrent of two million pieces that is a hundred thousand times the work of a block.
   */
  #openings = 0;
  #isShortOfMemory = false;
  /** Of an urgent piece, for a quicker peer to take. */
  #isHeldBack = false;
  #wholePieces: number;
  #lentOut = 0;
  readonly #layout: Layout;
  /** As it began. */
  readonly #priorities: Uint8Array | undefined;
  readonly #randomFirstPieces: number;
  readonly #maxOpen: number;
  readonly #deps: PickerDeps;

  constructor(options: PickerOptions, deps: PickerDeps) {
    const { layout, have } = options;
    this.#layout = layout;
    this.#randomFirstPieces = options.randomFirstPieces ?? 4;
    this.#maxOpen = Math.max(2, (options.maxPartialBytes ?? 33_554_432) / layout.pieceLength);
    this.#deps = deps;
    this.#wholePieces = have.count;
    this.#priorities = options.priorities;
    if (!have.isFull) this.#rarity = this.#newRarity(piece => !have.has(piece));
  }

  /** Pieces that are still to be begun. Made with the first question where everything was there: a seed may hear none. */
  get rarity(): Rarity {
    this.#rarity ??= this.#newRarity(() => false);
    return this.#rarity;
  }

  /** How many those are. */
  get openCount(): number {
    return this.#rarity === undefined ? 0 : this.#rarity.count;
  }

  isWanted(piece: number): boolean {
    return this.rarity.priority(piece) > 0;
  }

  /** Pieces begun and not whole. */
  get partials(): readonly PieceBuffer[] {
    return this.#partials.all;
  }

  partial(piece: number): PieceBuffer | undefined {
    return this.#partials.get(piece);
  }

  /** Finds the next block to ask `peer` for, marks it requested and writes it into `picked`; false where there is none. */
  pick(peer: PickingPeer, picked: PickedBlock, now = 0): boolean {
    if (peer.fruitlessAt === this.#openings && !this.#mayEndWith(peer)) return false;
    this.#isShortOfMemory = false;
    this.#isHeldBack = false;
    const partial =
      (this.urgent.count > 0 ? this.#urgent(peer, now) : undefined) ??
      (peer.isOnParole ? this.#alone(peer, now) : this.#withOthers(peer, now));
    if (partial === undefined) {
      if (this.#mayEndWith(peer) && this.#pickEndGame(peer, picked)) return true;
      // Memory comes back without anybody telling us, and a piece that a peer is too slow for may wait for it yet.
      if (!this.#isShortOfMemory && !this.#isHeldBack) peer.fruitlessAt = this.#openings;
      return false;
    }
    picked.piece = partial.piece;
    picked.block = partial.takeFree();
    if (partial.freeCount === 0) this.#partials.changed(partial);
    return true;
  }

  /** Asks a second peer for a block that another owes us. */
  pickAgain(partial: PieceBuffer, block: number): void {
    partial.requested(block);
    this.#partials.changed(partial);
  }

  /** A request came to nothing: refused, timed out, or its peer is gone. */
  released(piece: number, block: number, peer: number): void {
    const partial = this.#partials.get(piece);
    if (partial === undefined) return;
    this.#openings++;
    partial.released(block);
    this.#partials.changed(partial);
    if (partial.owner === peer) partial.owner = NOBODY;
    if (partial.isUntouched) this.#putBack(partial);
  }

  /** The peer no longer works on its piece: it chokes us, dawdles or is gone. */
  abandoned(peer: PickingPeer): void {
    const own = peer.current;
    if (own !== undefined && own.owner === peer.number) {
      own.owner = NOBODY;
      this.#openings++;
    }
    peer.current = undefined;
  }

  /**
   * Copies a block in. Gives the piece when that made it whole: its bytes are then given away for good, and `stored` or
   * `failed` is to be told.
   */
  received(partial: PieceBuffer, block: number, bytes: Uint8Array, giver: number): PieceBuffer | undefined {
    const wasFree = partial.states[block] === FREE;
    partial.received(block, bytes, giver, this.#deps.copy);
    if (wasFree) this.#partials.changed(partial);
    if (!partial.isFull) return undefined;
    this.#partials.remove(partial);
    return partial;
  }

  /** The piece is on the disk. */
  stored(buffer: PieceBuffer): void {
    this.#wholePieces++;
    this.#failures.delete(buffer.piece);
    this.#lentOut--;
  }

  /** The piece's bytes were wrong, or could not be written: to be fetched anew, of one peer where they were wrong. */
  failed(buffer: PieceBuffer, isCorrupt: boolean): void {
    if (isCorrupt) this.#failures.set(buffer.piece, (this.#failures.get(buffer.piece) ?? 0) + 1);
    this.#lentOut--;
    this.#openings++;
    this.rarity.insert(buffer.piece);
  }

  /** A piece that was on the disk is not any more. */
  lost(piece: number): void {
    this.#wholePieces--;
    this.#openings++;
    this.rarity.insert(piece);
  }

  /**
   * Pieces are wanted more or less than before. `isOpen`: neither there nor being stored. Gives the pieces that were begun
   * and are not wanted any more; their requests are to be cancelled.
   */
  prioritise(priorities: Uint8Array | undefined, isOpen: (piece: number) => boolean): number[] {
    const dropped: number[] = [];
    for (const partial of [...this.partials]) {
      if (priorities === undefined || priorities[partial.piece]! > 0) continue;
      this.#partials.remove(partial);
      this.#giveBack(partial);
      dropped.push(partial.piece);
    }
    this.rarity.reset(priorities, piece => isOpen(piece) && this.#partials.get(piece) === undefined);
    this.#openings++;
    return dropped;
  }

  /** What a search found nothing of may be found now: deadlines were set, or the mode is another. */
  searchAgain(): void {
    this.#openings++;
  }

  /** Something urgent is nobody's yet that the peer has. */
  couldHurry(peer: PickingPeer): boolean {
    for (let i = 0; i < this.urgent.count; i++) {
      const piece = this.urgent.piece(i);
      if (!peer.canGive(piece)) continue;
      const partial = this.#partials.get(piece);
      if (partial === undefined ? this.rarity.isListed(piece) : partial.openAt >= 0 && !partial.isSolo)
        return true;
    }
    return false;
  }

  /** What the peer gave of pieces that are not whole yet is thrown away. */
  distrust(giver: number): void {
    for (const partial of this.partials) if (this.#partials.discard(partial, giver)) this.#openings++;
  }

  /** Gives all buffers back: the torrent ends or rests. */
  abandonAll(): void {
    for (const partial of [...this.partials]) this.#putBack(partial);
  }

  /** What is needed by a time, as far as this peer is the one for it. */
  #urgent(peer: PickingPeer, now: number): PieceBuffer | undefined {
    for (let i = 0; i < this.urgent.count; i++) {
      const piece = this.urgent.piece(i);
      if (!peer.canGive(piece)) continue;
      if (!this.urgent.isFor(peer, i, now)) {
        this.#isHeldBack = true;
        continue;
      }
      const partial = this.#partials.get(piece);
      if (partial !== undefined) {
        if (partial.openAt < 0 || (partial.isSolo && partial.owner !== peer.number)) continue;
        return partial;
      }
      if (!this.rarity.isListed(piece)) continue;
      const begun = this.#begin(piece, peer);
      if (begun !== undefined) return begun;
    }
    return undefined;
  }

  #withOthers(peer: PickingPeer, now: number): PieceBuffer | undefined {
    const own = this.#current(peer);
    if (own !== undefined) return own;
    const isCrowded = this.#isCrowded;
    const helps = (!peer.isFast && peer.run === undefined) || (isCrowded && !peer.run?.isOfWholeFiles);
    return (
      (helps ? this.#shared(peer, isCrowded) : undefined) ??
      this.#abandoned(peer, now) ??
      this.#new(peer, now) ??
      // Of a server that gives whole files only one block would be a file.
      (peer.run?.isOfWholeFiles || peer.run?.isHoldingBack ? undefined : this.#shared(peer, true))
    );
  }

  #alone(peer: PickingPeer, now: number): PieceBuffer | undefined {
    return (
      this.#current(peer) ??
      this.#abandoned(peer, now, true) ??
      this.#new(peer, now) ??
      // Where all are suspects, somebody has to finish what was begun.
      this.#abandoned(peer, now)
    );
  }

  #current(peer: PickingPeer): PieceBuffer | undefined {
    const own = peer.current;
    if (own === undefined || own.openAt < 0) return undefined;
    const isOwn = own.owner === peer.number || (own.owner === NOBODY && !own.isSolo && !peer.isOnParole);
    return isOwn && peer.canGive(own.piece) ? own : undefined;
  }

  /** One that nobody works on. */
  #abandoned(peer: PickingPeer, now: number, onlySolo = false): PieceBuffer | undefined {
    for (const partial of this.#partials.open) {
      if (partial.owner !== NOBODY || !peer.canGive(partial.piece)) continue;
      if (!partial.isSolo && (onlySolo || partial.isAwaited)) continue;
      if (peer.run?.mayFinish(partial.piece, this.rarity, now) === false) continue;
      if (partial.isSolo) this.#partials.discard(partial, NOBODY);
      return this.#claim(partial, peer);
    }
    return undefined;
  }

  /** One that others work on, the most wanted and the rarest; of a fast peer's own only where `ofAnybody`. */
  #shared(peer: PickingPeer, ofAnybody: boolean): PieceBuffer | undefined {
    let best: PieceBuffer | undefined;
    for (const partial of this.#partials.open) {
      if (partial.isSolo || (partial.owner !== NOBODY && !ofAnybody) || !peer.canGive(partial.piece))
        continue;
      if (best === undefined || this.#comesBefore(partial, best)) best = partial;
    }
    if (best === undefined) return undefined;
    // What is wanted more and not begun comes before.
    if (!ofAnybody && this.rarity.highest > this.rarity.priority(best.piece)) return undefined;
    best.owner = NOBODY;
    peer.current = best;
    return best;
  }

  #comesBefore(a: PieceBuffer, b: PieceBuffer): boolean {
    const { rarity } = this;
    const [moreWanted, lessWanted] = [rarity.priority(a.piece), rarity.priority(b.piece)];
    if (moreWanted !== lessWanted) return moreWanted > lessWanted;
    if (this.isSequential) return a.piece < b.piece;
    const [rarer, morecommon] = [rarity.availability[a.piece]!, rarity.availability[b.piece]!];
    return rarer === morecommon ? a.freeCount < b.freeCount : rarer < morecommon;
  }

  #new(peer: PickingPeer, now: number): PieceBuffer | undefined {
    for (;;) {
      const piece = this.#newPiece(peer, now);
      if (piece < 0) return undefined;
      const partial = this.#begin(piece, peer);
      if (partial !== undefined) return partial;
      if (this.#isShortOfMemory) return undefined;
    }
  }

  #newPiece(peer: PickingPeer, now: number): number {
    const { rarity } = this;
    if (rarity.count === 0) return -1;
    if (this.isSequential) return rarity.lowest(peer);
    const suggested = this.#suggested(peer);
    if (suggested >= 0) return suggested;
    if (peer.run !== undefined)
      return peer.run.pick(rarity, peer, other => this.#partials.get(other) !== undefined, now);
    if (peer.isSnubbed) return rarity.commonest(peer);
    return this.#wholePieces < this.#randomFirstPieces ? rarity.anyOf(peer) : rarity.rarest(peer);
  }

  /** Advice is taken where nothing is wanted more. */
  #suggested(peer: PickingPeer): number {
    const { rarity } = this;
    if (peer.suggested.length === 0) return -1;
    const { highest } = rarity;
    for (const piece of peer.suggested)
      if (rarity.isListed(piece) && rarity.priority(piece) >= highest && peer.canGive(piece)) return piece;
    return -1;
  }

  /** Undefined where there is no memory for it, or it was nothing but padding. */
  #begin(piece: number, peer: PickingPeer): PieceBuffer | undefined {
    const bytes = this.#deps.lend(this.#lentOut);
    if (bytes === undefined) {
      this.#isShortOfMemory = true;
      return undefined;
    }
    this.#lentOut++;
    this.rarity.remove(piece);
    const layout = this.#layout;
    const partial = new PieceBuffer(
      piece,
      bytes.subarray(0, layout.pieceSize(piece)),
      layout.blocksIn(piece),
    );
    partial.fillGaps(layout);
    if (partial.isFull) {
      this.gapPieces.push(partial);
      return undefined;
    }
    partial.isSolo = peer.isOnParole || this.#failures.has(piece);
    this.#partials.add(partial);
    peer.run?.began(piece);
    if (peer.isFast || partial.isSolo || peer.run !== undefined) return this.#claim(partial, peer);
    peer.current = partial;
    return partial;
  }

  get #isCrowded(): boolean {
    return this.#partials.open.length > 1.5 * this.peerCount || this.#partials.open.length >= this.#maxOpen;
  }

  /**
   * It has nothing to do, nothing is left to be begun, be it that nobody has it yet, and it was not found anything. One that
   * sends nothing is left out: three of them would have all the places of a block, and nobody else would be asked for it.
   */
  #mayEndWith(peer: PickingPeer): boolean {
    if (peer.isOnParole || peer.isSnubbed || peer.outstandingCount > 0) return false;
    if (peer.run?.isOfWholeFiles || peer.run?.isHoldingBack) return false;
    return this.rarity.count === 0;
  }

  #pickEndGame(peer: PickingPeer, picked: PickedBlock): boolean {
    const found = this.#partials.leastAsked(peer.canGive, this.#deps.random);
    if (found === undefined) return false;
    found.partial.requested(found.block);
    picked.piece = found.partial.piece;
    picked.block = found.block;
    return true;
  }

  #claim(partial: PieceBuffer, peer: PickingPeer): PieceBuffer {
    partial.owner = peer.number;
    peer.current = partial;
    return partial;
  }

  #putBack(partial: PieceBuffer): void {
    this.#partials.remove(partial);
    this.#giveBack(partial);
    this.#openings++;
    this.rarity.insert(partial.piece);
  }

  #newRarity(isOpen: (piece: number) => boolean): Rarity {
    const rarity = new Rarity(this.#layout.pieceCount, this.#deps.random);
    rarity.reset(this.#priorities, isOpen);
    return rarity;
  }

  #giveBack(buffer: PieceBuffer): void {
    this.#lentOut--;
    this.#deps.giveBack(buffer.bytes);
  }
}

/** The mark of a peer that may find something: a new one, or one that has or gives more than it did. */
export const NOT_FRUITLESS = -1;
