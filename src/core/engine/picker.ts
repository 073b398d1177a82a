// Which block to ask a peer for. In this order:
//
//   1. the piece that this peer is on, to its end: one piece from one peer is quickly whole, and has one giver to blame
//   2. a piece that others began and left
//   3. a new piece: the rarest that the peer has, ties at random; any at random for the first few, so that there is soon
//      something to trade (BEP 3 leaves this open; the "random first piece" of the original client)
//   4. a free block of a piece that another peer is on
//   5. end game: when nothing at all is unrequested, a peer with nothing out is asked for a block that another owes us
//
// Knows pieces and blocks, not messages, rates or time. Memory is bounded by `lend`: no buffer, no new piece.

import type { Bitfield } from '../bytes/bitfield.ts';
import type { Random } from '../bytes/prng.ts';
import type { Layout } from '../metainfo/layout.ts';
import { NOBODY, PieceBuffer, RECEIVED, REQUESTED } from './piece-buffer.ts';
import { Rarity } from './rarity.ts';

/** What the picker needs to know of a peer. */
export interface PickingPeer {
  readonly number: number;
  /** True where the peer has the piece and would send it now. */
  readonly canGive: (piece: number) => boolean;
  /** Requests that it has not answered. */
  readonly outstandingCount: number;
  /** It may have given wrong bytes: it is asked for whole pieces that nobody else works on. */
  readonly isOnParole: boolean;
  /** The picker's own mark: the piece that the peer is on. */
  current: PieceBuffer | undefined;
  /** The picker's own mark: see `NOT_FRUITLESS`, which whoever gives `canGive` sets when that says yes to more. */
  fruitlessAt: number;
}

export interface PickerOptions {
  readonly layout: Layout;
  /** What is there already; read once. */
  readonly have: Bitfield;
  /** What is to be downloaded; everything where it is left out. */
  readonly wanted?: Bitfield | undefined;
  /** So many pieces are picked at random before rarity counts. @default 4 (libtorrent) */
  readonly randomFirstPieces?: number;
}

export interface PickerDeps {
  readonly random: Random;
  /** A buffer of a piece's length, or undefined when memory is short; `held` is how many this torrent has. */
  readonly lend: (held: number) => Uint8Array | undefined;
  readonly giveBack: (bytes: Uint8Array) => void;
}

/** What `pick` found: the piece and the number of the block in it. */
export interface PickedBlock {
  piece: number;
  block: number;
}

export class Picker {
  readonly rarity: Rarity;
  /** Pieces begun and not whole. */
  readonly partials: PieceBuffer[] = [];
  /** Pieces that were whole without asking anyone: to be taken and stored. */
  readonly gapPieces: PieceBuffer[] = [];
  readonly #byPiece = new Map<number, PieceBuffer>();
  readonly #failures = new Map<number, number>();
  /** Free blocks in `partials`. */
  #freeBlocks = 0;
  /**
   * Rises whenever a block or a piece that was nobody's to ask for becomes free. A peer for whom nothing was found is not
   * searched for again before: on a torrent of two million pieces that is a hundred thousand times the work of a block.
   */
  #openings = 0;
  #isShortOfMemory = false;
  #wholePieces: number;
  #lentOut = 0;
  readonly #layout: Layout;
  readonly #wanted: Bitfield | undefined;
  readonly #randomFirstPieces: number;
  readonly #deps: PickerDeps;

  constructor(options: PickerOptions, deps: PickerDeps) {
    this.#layout = options.layout;
    this.#wanted = options.wanted;
    this.#randomFirstPieces = options.randomFirstPieces ?? 4;
    this.#deps = deps;
    this.#wholePieces = options.have.count;
    this.rarity = new Rarity(options.layout.pieceCount, deps.random);
    for (let piece = 0; piece < options.layout.pieceCount; piece++) {
      if (!options.have.has(piece) && this.isWanted(piece)) this.rarity.insert(piece);
    }
  }

  isWanted(piece: number): boolean {
    return this.#wanted === undefined || this.#wanted.has(piece);
  }

  partial(piece: number): PieceBuffer | undefined {
    return this.#byPiece.get(piece);
  }

  /** Finds the next block to ask `peer` for, marks it requested and writes it into `picked`; false where there is none. */
  pick(peer: PickingPeer, picked: PickedBlock): boolean {
    if (peer.fruitlessAt === this.#openings && !this.#mayEndWith(peer)) return false;
    this.#isShortOfMemory = false;
    const partial = peer.isOnParole ? this.#alone(peer) : this.#withOthers(peer);
    if (partial === undefined) {
      if (this.#mayEndWith(peer) && this.#pickEndGame(peer, picked)) return true;
      // Memory comes back without anybody telling us.
      if (!this.#isShortOfMemory) peer.fruitlessAt = this.#openings;
      return false;
    }
    picked.piece = partial.piece;
    picked.block = partial.takeFree();
    this.#freeBlocks--;
    if (partial.freeCount === 0 && !partial.isSolo) partial.owner = NOBODY;
    return true;
  }

  /** A request came to nothing: refused, timed out, or its peer is gone. */
  released(piece: number, block: number, peer: number): void {
    const partial = this.#byPiece.get(piece);
    if (partial === undefined) return;
    this.#openings++;
    if (partial.released(block)) this.#freeBlocks++;
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
    const freeBefore = partial.freeCount;
    partial.received(block, bytes, giver);
    this.#freeBlocks -= freeBefore - partial.freeCount;
    if (!partial.isFull) return undefined;
    this.#drop(partial);
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

  /** What the peer gave of pieces that are not whole yet is thrown away. */
  distrust(giver: number): void {
    for (const partial of this.partials) {
      const freeBefore = partial.freeCount;
      for (let block = 0; block < partial.blockCount; block++) {
        if (partial.givers[block] === giver && partial.states[block] === RECEIVED) partial.discard(block);
      }
      if (partial.freeCount === freeBefore) continue;
      this.#freeBlocks += partial.freeCount - freeBefore;
      this.#openings++;
    }
  }

  /** Gives all buffers back: the torrent ends or rests. */
  abandonAll(): void {
    for (const partial of [...this.partials]) this.#putBack(partial);
  }

  #withOthers(peer: PickingPeer): PieceBuffer | undefined {
    return (
      this.#ownPartial(peer) ?? this.#abandonedPartial(peer) ?? this.#newPartial(peer) ?? this.#shared(peer)
    );
  }

  #alone(peer: PickingPeer): PieceBuffer | undefined {
    return (
      this.#ownPartial(peer) ??
      this.#abandonedPartial(peer, true) ??
      this.#newPartial(peer) ??
      // Where all are suspects, somebody has to finish what was begun.
      this.#abandonedPartial(peer)
    );
  }

  #ownPartial(peer: PickingPeer): PieceBuffer | undefined {
    const own = peer.current;
    if (own === undefined || own.owner !== peer.number || own.freeCount === 0) return undefined;
    return peer.canGive(own.piece) ? own : undefined;
  }

  #abandonedPartial(peer: PickingPeer, onlySolo = false): PieceBuffer | undefined {
    if (this.#freeBlocks === 0) return undefined;
    for (const partial of this.partials) {
      if (partial.freeCount === 0 || partial.owner !== NOBODY || (onlySolo && !partial.isSolo)) continue;
      if (!peer.canGive(partial.piece)) continue;
      if (partial.isSolo) this.#startAnew(partial);
      return this.#claim(partial, peer);
    }
    return undefined;
  }

  #newPartial(peer: PickingPeer): PieceBuffer | undefined {
    for (;;) {
      if (this.rarity.count === 0) return undefined;
      const isFirst = this.#wholePieces < this.#randomFirstPieces;
      const piece = isFirst ? this.rarity.anyOf(peer.canGive) : this.rarity.rarest(peer.canGive);
      if (piece < 0) return undefined;
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
        continue;
      }
      partial.isSolo = peer.isOnParole || this.#failures.has(piece);
      this.partials.push(partial);
      this.#byPiece.set(piece, partial);
      this.#freeBlocks += partial.freeCount;
      return this.#claim(partial, peer);
    }
  }

  #shared(peer: PickingPeer): PieceBuffer | undefined {
    if (this.#freeBlocks === 0) return undefined;
    for (const partial of this.partials) {
      if (partial.freeCount > 0 && !partial.isSolo && peer.canGive(partial.piece)) return partial;
    }
    return undefined;
  }

  #mayEndWith(peer: PickingPeer): boolean {
    if (peer.isOnParole || peer.outstandingCount > 0) return false;
    return this.#freeBlocks === 0 && this.rarity.availableCount === 0;
  }

  #pickEndGame(peer: PickingPeer, picked: PickedBlock): boolean {
    const { partials } = this;
    if (partials.length === 0) return false;
    let fewest = MAX_REQUESTERS;
    const offset = this.#deps.random.below(partials.length);
    for (let i = 0; i < partials.length; i++) {
      const partial = partials[(i + offset) % partials.length]!;
      if (partial.isSolo || !peer.canGive(partial.piece)) continue;
      for (let block = 0; block < partial.blockCount; block++) {
        if (partial.states[block] !== REQUESTED || partial.requesters(block) >= fewest) continue;
        fewest = partial.requesters(block);
        picked.piece = partial.piece;
        picked.block = block;
      }
      if (fewest === 1) break;
    }
    if (fewest === MAX_REQUESTERS) return false;
    this.#byPiece.get(picked.piece)!.requested(picked.block);
    return true;
  }

  #claim(partial: PieceBuffer, peer: PickingPeer): PieceBuffer {
    partial.owner = peer.number;
    peer.current = partial;
    return partial;
  }

  /** What several peers gave of a piece that failed before is thrown away, so that one peer gives all of it. */
  #startAnew(partial: PieceBuffer): void {
    const freeBefore = partial.freeCount;
    for (let block = 0; block < partial.blockCount; block++) {
      if (partial.states[block] === RECEIVED && partial.givers[block] !== NOBODY) {
        partial.discard(block);
      }
    }
    this.#freeBlocks += partial.freeCount - freeBefore;
  }

  #putBack(partial: PieceBuffer): void {
    this.#freeBlocks -= partial.freeCount;
    this.#drop(partial);
    this.#giveBack(partial);
    this.#openings++;
    this.rarity.insert(partial.piece);
  }

  #drop(partial: PieceBuffer): void {
    partial.owner = NOBODY;
    const last = this.partials.pop()!;
    if (last !== partial) this.partials[this.partials.indexOf(partial)] = last;
    this.#byPiece.delete(partial.piece);
  }

  #giveBack(buffer: PieceBuffer): void {
    this.#lentOut--;
    this.#deps.giveBack(buffer.bytes);
  }
}

/** The mark of a peer that may find something: a new one, or one that has or gives more than it did. */
export const NOT_FRUITLESS = -1;
// In end game a block is asked of three peers at most.
const MAX_REQUESTERS = 3;
