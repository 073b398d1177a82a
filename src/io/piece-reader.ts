// Hashes runs of pieces in the thread that it is called from: reads files in chunks that stay in the processor's cache,
// and hashes v1 and v2 from the same chunk. Written for worker threads; small jobs run it where they are.
//
// Results go into shared memory, a place for each piece, so that threads need not speak to one another. The next run of
// pieces is taken by counting up one shared number.

import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
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
import { alignedBytes, PAGE_LENGTH } from './aligned-bytes.ts';
import { faultOf } from './file-fault.ts';
import { nodeHash } from './hash-functions.ts';

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
  readonly faults: HashFault[] = [];
  readonly #plan: HashPlan;
  readonly #memory: HashMemory;
  readonly #thread: number;
  readonly #layout: Layout;
  readonly #chunk = alignedBytes(CHUNK_LENGTH + PAGE_LENGTH);
  readonly #nodes: Int32Array;
  readonly #leaves: Uint8Array;
  /** Files with a fault that is told; and those of them that cannot be read at all. */
  readonly #told = new Set<number>();
  readonly #lost = new Set<number>();
  #leafCount = 0;
  #file = -1;
  #descriptor = -1;

  constructor(plan: HashPlan, memory: HashMemory, thread: number) {
    this.#plan = plan;
    this.#memory = memory;
    this.#thread = thread;
    this.#layout = new Layout(plan.files, plan.pieceLength, { shortPieces: false, length: plan.length });
    const leaves = plan.v2 ? plan.pieceLength / BLOCK_LENGTH : 0;
    this.#leaves = new Uint8Array(leaves * DIGEST_LENGTH);
    this.#nodes = new Int32Array((leaves + 1) * 8);
  }

  /** Takes runs of pieces until there are none left, it is told to stop, or `untilMs` is past: then false, to be called again. */
  run(untilMs = Number.POSITIVE_INFINITY): boolean {
    const { control } = this.#memory;
    const perRun = piecesPerRun(this.#plan.pieceLength);
    const { pieceCount } = this.#layout;
    while (Atomics.load(control, STOP) === 0) {
      if (performance.now() >= untilMs) return false;
      const first = Atomics.add(control, NEXT_RUN, 1) * perRun;
      if (first >= pieceCount) break;
      const end = Math.min(pieceCount, first + perRun);
      for (let piece = first; piece < end && Atomics.load(control, STOP) === 0; piece++)
        this.#hashPiece(piece);
    }
    this.#close();
    return true;
  }

  #hashPiece(piece: number): void {
    const { v1, v2, pieceLength } = this.#plan;
    const start = piece * pieceLength;
    const length = Math.min(pieceLength, this.#layout.length - start);
    const sha1 = v1 ? createHash('sha1') : undefined;
    this.#leafCount = 0;
    let at = 0;
    for (const segment of this.#layout.segments(start, length)) {
      if (sha1 !== undefined) hashZeros(sha1, segment.at - at);
      if (!this.#hashSegment(segment.file, segment.offset, segment.length, sha1)) {
        this.#memory.unread[piece] = 1;
        return;
      }
      at = segment.at + segment.length;
    }
    if (sha1 !== undefined) {
      hashZeros(sha1, length - at);
      this.#memory.pieces.set(sha1.digest(), piece * 20);
    }
    if (v2 && this.#leafCount > 0) this.#writeRoot(piece, this.#layout.fileAt(start));
  }

  #hashSegment(file: number, offset: number, length: number, sha1: Hash | undefined): boolean {
    if (!this.#open(file)) return false;
    const { v2 } = this.#plan;
    const chunk = this.#chunk;
    for (let done = 0; done < length; ) {
      const wanted = Math.min(CHUNK_LENGTH, length - done);
      const got = this.#read(wanted, offset + done);
      if (got !== wanted) return false;
      const from = (offset + done) % PAGE_LENGTH;
      const bytes = chunk.subarray(from, from + got);
      sha1?.update(bytes);
      if (v2) this.#hashLeaves(bytes);
      done += got;
      this.#memory.progress[this.#thread]! += got;
    }
    return true;
  }

  #hashLeaves(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += BLOCK_LENGTH) {
      const block = bytes.subarray(at, Math.min(at + BLOCK_LENGTH, bytes.length));
      nodeHash.sha256Into(block, this.#leaves, this.#leafCount++ * DIGEST_LENGTH);
    }
  }

  #writeRoot(piece: number, file: number): void {
    const { files, pieceLength, keepBlocks } = this.#plan;
    const leaves = this.#leaves.subarray(0, this.#leafCount * DIGEST_LENGTH);
    if (keepBlocks) this.#memory.blocks.set(leaves, ((piece * pieceLength) / BLOCK_LENGTH) * DIGEST_LENGTH);
    readDigests(leaves, this.#nodes);
    reduceLayer(this.#nodes, this.#leafCount, leavesUnderPiece(files[file]!.length, pieceLength), 0);
    writeDigest(this.#nodes, 0, this.#memory.pieceRoots, piece * DIGEST_LENGTH);
  }

  #open(file: number): boolean {
    if (this.#file === file) return true;
    this.#close();
    if (this.#lost.has(file)) return false;
    try {
      this.#descriptor = openSync(this.#plan.files[file]!.path, OPEN_FLAGS);
      if (this.#plan.onFault === 'record') {
        const stat = fstatSync(this.#descriptor);
        if (stat.isDirectory()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' });
        // A check goes on with a file that is too long or too short: the pieces that are there may be right.
        this.#compare(file, stat);
      }
      this.#file = file;
      return true;
    } catch (error) {
      return this.#lose(file, error);
    }
  }

  /** Compares what is on disk with what the plan says: length, and time where it is given. */
  #compare(file: number, stat: Stats): void {
    const { length, modifiedMs } = this.#plan.files[file]!;
    const isSame = stat.size === length && (modifiedMs === undefined || stat.mtimeMs === modifiedMs);
    if (!isSame) this.#tell(file, { length: stat.size });
  }

  /** Reads into the chunk, at the place within a page that the bytes have in their file. */
  #read(wanted: number, position: number): number {
    const from = position % PAGE_LENGTH;
    let got = 0;
    const start = performance.now();
    try {
      while (got < wanted) {
        const count = readSync(this.#descriptor, this.#chunk, from + got, wanted - got, position + got);
        if (count === 0) break;
        got += count;
      }
    } catch (error) {
      this.#lose(this.#file, error);
      return -1;
    }
    if (performance.now() - start > SLOW_READ_MS) Atomics.add(this.#memory.control, SLOW_READS, 1);
    if (got < wanted) this.#tell(this.#file, { length: position + got });
    return got;
  }

  #lose(file: number, cause: unknown): false {
    this.#lost.add(file);
    this.#tell(file, cause);
    return false;
  }

  #tell(file: number, cause: unknown): void {
    if (this.#plan.onFault === 'fail') Atomics.store(this.#memory.control, STOP, 1);
    if (this.#told.has(file)) return;
    this.#told.add(file);
    this.faults.push(faultOf(this.#plan.files[file]!, file, cause));
  }

  #close(): void {
    if (this.#descriptor < 0) return;
    // Everything that this thread wanted of the file is read: was it the same file all the time?
    if (this.#plan.onFault === 'fail') this.#compare(this.#file, fstatSync(this.#descriptor));
    closeSync(this.#descriptor);
    this.#descriptor = -1;
    this.#file = -1;
  }
}

/** How many pieces a thread takes at a time. */
export function piecesPerRun(pieceLength: number): number {
  return Math.max(1, Math.floor(RUN_LENGTH / pieceLength));
}

function hashZeros(sha1: Hash, count: number): void {
  for (let left = count; left > 0; left -= ZEROS.length)
    sha1.update(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS);
}

const ZEROS = new Uint8Array(64 * 1024);
// Stays in a core's own cache between the read and the hashes. From 64 KiB to 1 MiB no size was measurably better.
const CHUNK_LENGTH = 256 * 1024;
// Long enough to read on in one file, short enough that threads end together.
const RUN_LENGTH = 4 * 1024 * 1024;
// A pipe in the place of a file must not hold the thread until someone writes to it. (Windows has no such flag.)
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
// 256 KiB from the page cache take 0.05 ms here, from a fast disk 0.3 and more.
const SLOW_READ_MS = 0.3;
