// A machine's disk in the simulator. It holds no bytes: of each piece it knows whether it is there, and that its bytes are
// those of the content, for a piece with others is not stored. Slow, full, failing, rotten as the test says; a crash
// loses what was not synced. Jobs are done one after the other, each with its delay and at the disk's rate.

import { Bitfield } from '../../core/bytes/bitfield.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { portableHash } from '../../core/metainfo/info-hash.ts';
import { blockDigests } from '../../core/metainfo/piece-proof.ts';
import type {
  AdoptCalls,
  Disk,
  DiskPlace,
  DiskPlan,
  DiskTorrent,
  FileStates,
  MoveCalls,
  MoveOptions,
  PieceVerdict,
  ReserveCalls,
  StoreOptions,
} from '../../host/disk.ts';
import { contentKey, type SimContent } from './sim-content.ts';
import { SimPiecePool } from './sim-piece-pool.ts';
import type { World } from './world.ts';

export interface SimDiskOptions {
  /** Reading and writing. @default unlimited */
  readonly bytesPerSecond?: number;
  /** Before each job. @default 0 */
  readonly delayMs?: number;
  /** Writing fails with DISK_FULL beyond so much. @default unlimited */
  readonly capacity?: number;
  /** Pieces that are being downloaded and written. @default 134,217,728, as on Node */
  readonly pieceBytes?: number;
  /** What was stored is safe from a crash after so long. @default 5000 */
  readonly syncMs?: number;
}

interface StoreCall {
  readonly piece: number;
  readonly bytes: Uint8Array;
  readonly done: (result: PieceVerdict | SwarmlineError) => void;
  readonly options: StoreOptions | undefined;
}

/** What lies in one folder of one content. */
interface Holding {
  folder: string;
  readonly content: SimContent;
  readonly pieces: Bitfield;
  readonly rotten: Set<number>;
  /** When each piece was stored that is not synced yet. */
  readonly unsynced: Map<number, number>;
  /** Bytes that were reserved, and not written since. */
  reserved: number;
  /** When its files were last written to, or lost what was written. */
  changedAt: number;
}

export class SimDisk implements Disk {
  readonly pool: SimPiecePool;
  bytesPerSecond: number;
  delayMs: number;
  capacity: number;
  /** Bytes written, and not lost. */
  used = 0;
  /** Folders on file systems of their own that are full. */
  readonly fullFolders = new Set<string>();
  /** Pieces that were to be stored and had wrong bytes, in order. */
  readonly wrongPieces: number[] = [];
  /** Every job fails with it. */
  fault: SwarmlineError | undefined;
  readonly #world: World;
  readonly #syncMs: number;
  readonly #holdings = new Map<string, Holding>();
  #freeAt = 0;
  /** Jobs that are not done. */
  #waiting = 0;

  constructor(world: World, options: SimDiskOptions = {}) {
    this.#world = world;
    this.pool = new SimPiecePool(options.pieceBytes ?? 134_217_728, world.freeBuffers);
    this.bytesPerSecond = options.bytesPerSecond ?? Number.POSITIVE_INFINITY;
    this.delayMs = options.delayMs ?? 0;
    this.capacity = options.capacity ?? Number.POSITIVE_INFINITY;
    this.#syncMs = options.syncMs ?? 5000;
  }

  /** The content is in this folder, whole. */
  fill(folder: string, content: SimContent): void {
    const holding = this.#holdingOf(folder, content);
    for (let piece = 0; piece < holding.pieces.length; piece++) holding.pieces.add(piece);
  }

  /** What is there of a piece is wrong from now on, unnoticed until it is read. */
  rot(folder: string, piece: number): void {
    this.#holdings.get(folder)?.rotten.add(piece);
  }

  /** The power fails: what was not synced is lost. */
  crash(): void {
    for (const holding of this.#holdings.values()) {
      const { content, pieces, unsynced } = holding;
      for (const [piece, storedAt] of unsynced) {
        if (this.#world.now - storedAt >= this.#syncMs) continue;
        pieces.delete(piece);
        holding.changedAt = this.#world.now;
        this.used -= content.metainfo.layout.pieceSize(piece);
      }
      unsynced.clear();
    }
  }

  open(plan: DiskPlan): DiskTorrent {
    const content = this.#world.contents.get(contentKey(plan.checkOf, plan.layout));
    if (content === undefined) throw new TypeError('The world has no such content.');
    const holding = this.#holdingOf(plan.folder, content);
    return {
      look: done => this.#job(0, () => done(this.fault ?? this.#statesOf(holding))),
      check: (onPiece, done, only) => this.#check(holding, onPiece, done, only),
      store: (piece, bytes, done, options) => this.#store(holding, { piece, bytes, done, options }),
      read: (piece, begin, length, done) => this.#read(holding, piece, begin, length, done),
      hashBlocks: (piece, done) => this.#hashBlocks(holding, piece, done),
      flush: done =>
        this.#job(0, () => {
          if (this.fault === undefined) holding.unsynced.clear();
          done(
            this.fault ?? {
              files: holding.content.metainfo.files.map((_, i) => i),
              ...this.#statesOf(holding),
            },
          );
        }),
      // It keeps pieces and no files: there is nothing that would lie in a part file.
      setWanted: (_, done) => this.#job(0, () => done(this.fault ?? { lost: [] })),
      // It keeps pieces, and knows no files of others.
      adopt: (_, calls) => this.#adopt(calls),
      reserve: (_, calls) => this.#reserve(holding, plan.isWanted, calls),
      move: (to, options, calls) => this.#move(holding, to, options, calls),
      tidy: (_from, _files, done) => this.#job(0, () => done(this.fault)),
      finish: done => this.#job(0, () => done(this.fault)),
      close: done => this.#job(0, done),
    };
  }

  release(): void {}

  async close(): Promise<void> {}

  #holdingOf(folder: string, content: SimContent): Holding {
    let holding = this.#holdings.get(folder);
    if (holding?.content !== content) {
      const pieces = new Bitfield(content.metainfo.layout.pieceCount);
      holding = {
        folder,
        content,
        pieces,
        rotten: new Set(),
        unsynced: new Map(),
        reserved: 0,
        changedAt: this.#world.now,
      };
      this.#holdings.set(folder, holding);
    }
    return holding;
  }

  #adopt({ done }: AdoptCalls): () => void {
    let isCancelled = false;
    this.#job(0, () => {
      if (!isCancelled) done(this.fault);
    });
    return () => {
      isCancelled = true;
    };
  }

  #check(
    { content, pieces, rotten }: Holding,
    onPiece: (piece: number, isRight: boolean) => void,
    done: (fault?: SwarmlineError) => void,
    only?: Bitfield,
  ): () => void {
    let isCancelled = false;
    const count = only?.count ?? pieces.count;
    this.#job(count * content.metainfo.pieceLength, () => {
      if (isCancelled) return;
      for (let piece = 0; piece < pieces.length && this.fault === undefined; piece++) {
        if (pieces.has(piece) && only?.has(piece) !== false) onPiece(piece, !rotten.has(piece));
      }
      done(this.fault);
    });
    return () => {
      isCancelled = true;
    };
  }

  #store(holding: Holding, { piece, bytes, done, options }: StoreCall): void {
    this.#transfer(bytes.length, () => {
      const isRight = holding.content.isRight(piece, 0, bytes);
      const withDigests = !isRight || options?.blockDigests === true;
      const digests = withDigests ? blockDigests(bytes, bytes.length, portableHash) : undefined;
      const { length } = bytes;
      this.pool.giveBack(bytes);
      const fault = isRight
        ? (this.fault ?? this.#fullBy(holding.folder, Math.max(0, length - holding.reserved)))
        : undefined;
      if (isRight && fault === undefined) this.#keep(holding, piece, length);
      else if (!isRight) this.wrongPieces.push(piece);
      this.#world.trace.number(piece);
      done(fault ?? (digests === undefined ? isRight : { isRight, blockDigests: digests }));
    });
  }

  /** Every file is there and whole as soon as anything of the content is: sparse. */
  #statesOf({ content, pieces, changedAt }: Holding): FileStates {
    const isThere = pieces.count > 0;
    const { files } = content.metainfo;
    return {
      lengths: Float64Array.from(files, ({ length }) => (isThere ? length : -1)),
      modifiedMs: new Float64Array(files.length).fill(isThere ? changedAt : 0),
    };
  }

  #keep(holding: Holding, piece: number, length: number): void {
    const { pieces, rotten, unsynced } = holding;
    holding.changedAt = this.#world.now;
    if (pieces.add(piece)) {
      const isReserved = Math.min(length, holding.reserved);
      holding.reserved -= isReserved;
      this.used += length - isReserved;
    }
    rotten.delete(piece);
    unsynced.set(piece, this.#world.now);
  }

  #read(
    { content, pieces, rotten }: Holding,
    piece: number,
    begin: number,
    length: number,
    done: (result: Uint8Array | SwarmlineError) => void,
  ): void {
    this.#transfer(length, () => {
      if (this.fault !== undefined) {
        done(this.fault);
        return;
      }
      const start = piece * content.metainfo.pieceLength + begin;
      const bytes = content.bytes.subarray(start, start + length);
      if (!pieces.has(piece)) done(new Uint8Array(length));
      else done(rotten.has(piece) ? rottenCopy(bytes) : bytes);
    });
  }

  #hashBlocks(holding: Holding, piece: number, done: (result: Uint8Array | SwarmlineError) => void): void {
    const { layout, pieceLength } = holding.content.metainfo;
    let length = 0;
    for (const part of layout.segments(piece * pieceLength, layout.pieceSize(piece)))
      length = part.at + part.length;
    this.#read(holding, piece, 0, length, result =>
      done(result instanceof Uint8Array ? blockDigests(result, length, portableHash) : result),
    );
  }

  /** All that the content lacks, wanted or not: it has one file. */
  #reserve(
    holding: Holding,
    isWanted: (file: number) => boolean,
    { progress, done }: ReserveCalls,
  ): () => void {
    let isCancelled = false;
    const { content, pieces } = holding;
    const { layout } = content.metainfo;
    let there = 0;
    pieces.each(piece => {
      there += layout.pieceSize(piece);
    });
    const lack = isWanted(0) ? Math.max(0, layout.length - there - holding.reserved) : 0;
    this.#job(lack, () => {
      if (isCancelled) return;
      const fault = this.fault ?? this.#fullBy(holding.folder, lack);
      if (fault === undefined) {
        holding.reserved += lack;
        this.used += lack;
        if (lack > 0) progress(lack, lack);
      }
      done(fault);
    });
    return () => {
      isCancelled = true;
    };
  }

  /** There is one file system: all is there as soon as it is written down. */
  #move(holding: Holding, to: DiskPlace, { ifThere }: MoveOptions, { begun, done }: MoveCalls): () => void {
    let isCancelled = false;
    this.#job(0, () => {
      const there = this.#holdings.get(to.folder);
      const isTaken = there !== undefined && there !== holding && there.pieces.count > 0;
      if (this.fault !== undefined) done(this.fault);
      else if (isCancelled) done(new SwarmlineError('MOVE_GIVEN_UP', 'The move was given up.'));
      else if (isTaken && ifThere === 'refuse')
        done(new SwarmlineError('FILE_EXISTS', 'There is another file already.'));
      else
        begun(() =>
          this.#job(0, () => {
            this.#holdings.delete(holding.folder);
            this.#holdings.set(to.folder, holding);
            holding.folder = to.folder;
            done({ copied: [], files: [], lengths: new Float64Array(0), modifiedMs: new Float64Array(0) });
          }),
        );
    });
    return () => {
      isCancelled = true;
    };
  }

  #fullBy(folder: string, more: number): SwarmlineError | undefined {
    const isFull = this.used + more > this.capacity || this.fullFolders.has(folder);
    if (!isFull) return undefined;
    return new SwarmlineError('DISK_FULL', 'The disk is full.');
  }

  /** A disk that takes no time has it done within the call, as Node's has what it finds in memory. */
  #transfer(bytes: number, done: () => void): void {
    const isInstant = this.delayMs === 0 && this.bytesPerSecond === Number.POSITIVE_INFINITY;
    if (isInstant && this.#waiting === 0) done();
    else this.#job(bytes, done);
  }

  /** After what was asked for before. */
  #job(bytes: number, done: () => void): void {
    const { now } = this.#world;
    this.#freeAt = Math.max(now, this.#freeAt) + this.delayMs + (bytes * 1000) / this.bytesPerSecond;
    this.#waiting++;
    this.#world.later(this.#freeAt - now, () => {
      this.#waiting--;
      done();
    });
  }
}

function rottenCopy(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[0]! ^= 1;
  return copy;
}
