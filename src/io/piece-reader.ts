// Hashes runs of pieces in the thread that it is called from: reads a piece in chunks that stay in the processor's cache, and
// hashes them. Written for worker threads; small jobs run it where they are. `native/pieces.c` is the same without JavaScript.
//
// Results go into shared memory, a place for each piece, so that threads need not speak to one another. The next run of
// pieces is taken by counting up one shared number.

import { createHash } from 'node:crypto';
import { Layout } from '../core/metainfo/layout.ts';
import {
  DIGEST_LENGTH,
  leavesUnderPiece,
  readDigests,
  reduceLayer,
  writeDigest,
} from '../core/metainfo/merkle.ts';
import { BLOCK_LENGTH } from '../core/metainfo/metainfo.ts';
import type { HashFault, HashPlan } from '../host/piece-hasher.ts';
import { alignedBytes } from './aligned-bytes.ts';
import { nodeHash } from './hash-functions.ts';
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
  readonly #files: PlanFiles;
  readonly #bytes: Uint8Array;
  /** v2, of the piece: digests of its blocks, and what they are reduced in. */
  readonly #leaves: Uint8Array;
  readonly #nodes: Int32Array;
  #leafCount = 0;
  /** What is left of the run: the next piece, and the one past the last. */
  #next = 0;
  #runEnd = 0;

  constructor(plan: HashPlan, memory: HashMemory, thread: number) {
    this.#plan = plan;
    this.#memory = memory;
    this.#thread = thread;
    this.#layout = new Layout(plan.files, plan.pieceLength, { shortPieces: false, length: plan.length });
    this.#perRun = piecesPerRun(plan, memory.progress.length);
    this.#bytes = alignedBytes(Math.min(CHUNK_LENGTH, plan.pieceLength));
    const leaves = plan.v2 ? plan.pieceLength / BLOCK_LENGTH : 0;
    this.#leaves = new Uint8Array(leaves * DIGEST_LENGTH);
    this.#nodes = new Int32Array((leaves + 1) * 8);
    this.#files = new PlanFiles(plan, {
      maxOpen: MAX_OPEN,
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
      if (this.#next === this.#runEnd && !this.#takeRun()) break;
      this.#hashPiece(this.#next++);
    }
    this.#files.close();
    return true;
  }

  #takeRun(): boolean {
    const first = Atomics.add(this.#memory.control, NEXT_RUN, 1) * this.#perRun;
    this.#next = first;
    this.#runEnd = Math.min(this.#layout.pieceCount, first + this.#perRun);
    return first < this.#runEnd;
  }

  #hashPiece(piece: number): void {
    const { pieceLength, v1, v2 } = this.#plan;
    const start = piece * pieceLength;
    const length = Math.min(pieceLength, this.#layout.length - start);
    const sha1 = v1 ? createHash('sha1') : undefined;
    this.#leafCount = 0;
    for (let at = 0; at < length; at += this.#bytes.length) {
      const wanted = Math.min(this.#bytes.length, length - at);
      if (!this.#read(start + at, wanted)) {
        // What is written of a piece that was not read means nothing.
        this.#memory.unread[piece] = 1;
        return;
      }
      sha1?.update(this.#bytes.subarray(0, wanted));
    }
    if (sha1 !== undefined) this.#memory.pieces.set(sha1.digest(), piece * 20);
    if (v2 && this.#leafCount > 0) this.#endTree(piece);
  }

  /** Reads a part of the piece space, and hashes the blocks in it; what belongs to no file is zeros. */
  #read(start: number, length: number): boolean {
    const { v1, v2 } = this.#plan;
    const bytes = this.#bytes;
    let done = 0;
    for (const { file, offset, length: wanted, at } of this.#layout.segments(start, length)) {
      if (v1 && at > done) bytes.fill(0, done, at);
      if (!this.#files.read(file, offset, wanted, bytes, at)) return false;
      if (v2) this.#hashBlocks(at, wanted);
      done = at + wanted;
      this.#memory.progress[this.#thread]! += wanted;
    }
    if (v1 && done < length) bytes.fill(0, done, length);
    return true;
  }

  /** v2: a file's bytes, which start a block; a block that is not whole is the file's last. */
  #hashBlocks(at: number, length: number): void {
    for (let done = 0; done < length; done += BLOCK_LENGTH) {
      const block = this.#bytes.subarray(at + done, at + Math.min(done + BLOCK_LENGTH, length));
      nodeHash.sha256Into(block, this.#leaves, this.#leafCount++ * DIGEST_LENGTH);
    }
  }

  #endTree(piece: number): void {
    const { files, pieceLength, keepBlocks } = this.#plan;
    const start = piece * pieceLength;
    const leaves = this.#leaves.subarray(0, this.#leafCount * DIGEST_LENGTH);
    if (keepBlocks) this.#memory.blocks.set(leaves, (start / BLOCK_LENGTH) * DIGEST_LENGTH);
    readDigests(leaves, this.#nodes);
    const file = files[this.#layout.fileAt(start)]!;
    reduceLayer(this.#nodes, this.#leafCount, leavesUnderPiece(file.length, pieceLength), 0);
    writeDigest(this.#nodes, 0, this.#memory.pieceRoots, piece * DIGEST_LENGTH);
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
// Stays in a core's own cache between the read and the hashes. From 64 KiB to 1 MiB no size was measurably better.
const CHUNK_LENGTH = 262_144;
const MAX_OPEN = 2;
