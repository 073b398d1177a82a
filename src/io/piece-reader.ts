// Hashes runs of pieces in the thread that it is called from: reads the pieces of a group side by side, in chunks that stay
// in the processor's cache, and has them hashed. Written for worker threads; small jobs run it where they are.
//
// Results go into shared memory, a place for each piece, so that threads need not speak to one another. The next run of
// pieces is taken by counting up one shared number.

import { Layout } from '../core/metainfo/layout.ts';
import { DIGEST_LENGTH } from '../core/metainfo/merkle.ts';
import { BLOCK_LENGTH } from '../core/metainfo/metainfo.ts';
import type { HashFault, HashPlan } from '../host/piece-hasher.ts';
import { alignedBytes } from './aligned-bytes.ts';
import { PieceLanes } from './piece-lanes.ts';
import { PlanFiles } from './plan-files.ts';
import { MAX_LANES } from './sha-lanes.ts';

/** The memory that all threads of one run share. */
export interface HashMemory {
  readonly pieces: Uint8Array;
  readonly pieceRoots: Uint8Array;
  readonly blocks: Uint8Array;
  readonly unread: Uint8Array;
  /** The next run of pieces to take; whether to stop; how many reads were slow. */
  readonly control: Int32Array;
  /** Bytes read, one number for each thread. */
  readonly progress: Float64Array;
}

export const NEXT_RUN = 0;
export const STOP = 1;
/** How many reads took so long that the data cannot have been in the page cache. */
export const SLOW_READS = 2;

export class PieceReader {
  readonly #plan: HashPlan;
  readonly #memory: HashMemory;
  readonly #thread: number;
  readonly #layout: Layout;
  readonly #perRun: number;
  readonly #lanes: PieceLanes;
  readonly #files: PlanFiles;
  readonly #bytes: Uint8Array;
  /** What is left of the run: the next piece, and the one past the last. */
  #next = 0;
  #runEnd = 0;
  /** The group that is being read: its first piece, how many, and up to where in each. None: 0 pieces. */
  #first = 0;
  #count = 0;
  #at = 0;

  constructor(plan: HashPlan, memory: HashMemory, thread: number) {
    this.#plan = plan;
    this.#memory = memory;
    this.#thread = thread;
    this.#layout = new Layout(plan.files, plan.pieceLength, { shortPieces: false, length: plan.length });
    this.#perRun = piecesPerRun(plan, memory.progress.length);
    this.#lanes = new PieceLanes(plan, Math.min(this.#perRun, this.#layout.pieceCount));
    this.#bytes = alignedBytes(this.#lanes.count * this.#lanes.chunkLength);
    this.#files = new PlanFiles(plan, {
      maxOpen: 2 * this.#lanes.count,
      onFault: () => Atomics.store(memory.control, STOP, 1),
      onSlowRead: () => Atomics.add(memory.control, SLOW_READS, 1),
    });
  }

  get faults(): readonly HashFault[] {
    return this.#files.faults;
  }

  /** Takes runs of pieces until there are none left, it is told to stop, or `untilMs` is past: then false, to be called again. */
  run(untilMs = Number.POSITIVE_INFINITY): boolean {
    while (Atomics.load(this.#memory.control, STOP) === 0) {
      if (performance.now() >= untilMs) return false;
      if (this.#count === 0 && !this.#takeGroup()) break;
      this.#readChunk();
    }
    this.#files.close();
    return true;
  }

  #takeGroup(): boolean {
    const { pieceCount, length } = this.#layout;
    if (this.#next === this.#runEnd) {
      const first = Atomics.add(this.#memory.control, NEXT_RUN, 1) * this.#perRun;
      if (first >= pieceCount) return false;
      this.#next = first;
      this.#runEnd = Math.min(pieceCount, first + this.#perRun);
    }
    this.#first = this.#next;
    this.#count = Math.min(this.#lanes.count, this.#runEnd - this.#next);
    this.#at = 0;
    this.#next += this.#count;
    const last = this.#next - 1;
    this.#lanes.begin(this.#count, Math.min(this.#plan.pieceLength, length - last * this.#plan.pieceLength));
    return true;
  }

  /** The next chunk of each piece of the group. */
  #readChunk(): void {
    const { pieceLength } = this.#plan;
    const wanted = Math.min(this.#lanes.chunkLength, pieceLength - this.#at);
    let got = 0;
    for (let lane = 0; lane < this.#count; lane++) got = this.#fill(lane, wanted);
    this.#lanes.update(this.#bytes, wanted, got);
    this.#at += wanted;
    if (this.#at >= pieceLength) this.#endGroup();
  }

  /** Brings a piece's part into its place; what belongs to no file is zeros. Returns how long it is. */
  #fill(lane: number, wanted: number): number {
    const { v1, v2 } = this.#plan;
    const piece = this.#first + lane;
    const start = piece * this.#plan.pieceLength + this.#at;
    const length = Math.max(0, Math.min(wanted, this.#layout.length - start));
    if (length === 0 || this.#memory.unread[piece] === 1) return length;
    const to = lane * this.#lanes.chunkLength;
    let done = to;
    for (const segment of this.#layout.segments(start, length)) {
      const at = to + segment.at;
      if (v1 && at > done) this.#bytes.fill(0, done, at);
      if (!this.#files.read(segment.file, segment.offset, segment.length, this.#bytes, at)) {
        this.#memory.unread[piece] = 1;
        return length;
      }
      if (v2) this.#lanes.addFileBytes(this.#bytes, lane, this.#at + segment.at, at, segment.length);
      done = at + segment.length;
      this.#memory.progress[this.#thread]! += segment.length;
    }
    if (v1 && done < to + length) this.#bytes.fill(0, done, to + length);
    return length;
  }

  /** What is written of a piece that was not read means nothing. */
  #endGroup(): void {
    const { v1, v2 } = this.#plan;
    if (v1) this.#lanes.writePieces(this.#memory.pieces, this.#first * 20);
    if (v2) for (let lane = 0; lane < this.#count; lane++) this.#endTree(lane);
    this.#count = 0;
  }

  #endTree(lane: number): void {
    const { files, pieceLength, keepBlocks } = this.#plan;
    const piece = this.#first + lane;
    const leaves = this.#lanes.leavesOf(lane);
    if (this.#memory.unread[piece] === 1 || leaves.length === 0) return;
    const start = piece * pieceLength;
    if (keepBlocks) this.#memory.blocks.set(leaves, (start / BLOCK_LENGTH) * DIGEST_LENGTH);
    const file = files[this.#layout.fileAt(start)]!;
    this.#lanes.writeRoot(lane, file.length, this.#memory.pieceRoots, piece * DIGEST_LENGTH);
  }
}

/** How many pieces a thread takes at a time. */
export function piecesPerRun(plan: HashPlan, threads: number): number {
  const pieceCount = Math.ceil(plan.length / plan.pieceLength);
  // Each thread is to have several turns, so that they end together.
  const fair = Math.floor(pieceCount / (TURNS * threads));
  const most = Math.max(MAX_LANES, Math.floor(RUN_LENGTH / plan.pieceLength));
  return Math.max(1, Math.min(fair, most));
}

// Long enough to read on in one file, short enough that threads end together.
const RUN_LENGTH = 4 * 1024 * 1024;
const TURNS = 4;
