// The disk for Node: threads that hash, write and read, over memory that they share with the main thread. Here pieces
// become parts of files; what is done with the parts is in disk-worker.

import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { SwarmlineError } from '../core/errors.ts';
import type { Disk, DiskPlan, DiskTorrent } from '../host/disk.ts';
import type { PieceJob, SharedBytes } from './disk-jobs.ts';
import { DiskThreads } from './disk-threads.ts';
import { SharedPiecePool } from './piece-pool.ts';

export interface NodeDiskOptions {
  /** @default one less than cores, 1…4: the network has a core to itself */
  readonly threads?: number;
  /** Pieces being downloaded and written. @default 134,217,728 (128 MiB; libtorrent queues 100 MiB) */
  readonly pieceBytes?: number;
}

export function nodeDisk(options: NodeDiskOptions = {}): Disk {
  return new NodeDisk(options);
}

class NodeDisk implements Disk {
  readonly pool: SharedPiecePool;
  readonly #threadCount: number;
  #threads: DiskThreads | undefined;
  #lastTorrent = 0;
  readonly #readBuffers: SharedArrayBuffer[] = [];

  constructor(options: NodeDiskOptions) {
    this.pool = new SharedPiecePool(options.pieceBytes ?? 134_217_728);
    this.#threadCount = options.threads ?? Math.max(1, Math.min(4, availableParallelism() - 1));
  }

  open(plan: DiskPlan): DiskTorrent {
    this.#threads ??= new DiskThreads(this.#threadCount);
    return new NodeDiskTorrent(++this.#lastTorrent, plan, this.#threads, length => this.#lendForRead(length));
  }

  release(bytes: Uint8Array): void {
    const buffer = bytes.buffer as SharedArrayBuffer;
    if (buffer.byteLength === READ_BUFFER_LENGTH && this.#readBuffers.length < MAX_READ_BUFFERS) {
      this.#readBuffers.push(buffer);
    }
  }

  async close(): Promise<void> {
    await this.#threads?.close();
    this.#threads = undefined;
  }

  #lendForRead(length: number): Uint8Array {
    if (length > READ_BUFFER_LENGTH) return new Uint8Array(new SharedArrayBuffer(length));
    return new Uint8Array(this.#readBuffers.pop() ?? new SharedArrayBuffer(READ_BUFFER_LENGTH), 0, length);
  }
}

class NodeDiskTorrent implements DiskTorrent {
  readonly #torrent: number;
  readonly #plan: DiskPlan;
  readonly #threads: DiskThreads;
  readonly #lend: (length: number) => Uint8Array;

  constructor(torrent: number, plan: DiskPlan, threads: DiskThreads, lend: (length: number) => Uint8Array) {
    this.#torrent = torrent;
    this.#plan = plan;
    this.#threads = threads;
    this.#lend = lend;
    const files = plan.files.map((file, index) => ({
      path: file.path,
      length: file.length,
      isExecutable: file.executable === true,
      symlinkTarget: file.symlinkTarget,
      isWanted: plan.isWanted(index),
    }));
    threads.runOnAll({ kind: 'open', torrent, folder: resolve(plan.folder), files }, () => {});
  }

  check(
    onPiece: (piece: number, isRight: boolean) => void,
    done: (fault?: SwarmlineError) => void,
  ): () => void {
    const { layout } = this.#plan;
    let hasStopped = false;
    let next = 0;
    let jobsOut = 0;
    const stop = (fault?: SwarmlineError) => {
      if (hasStopped) return;
      hasStopped = true;
      done(fault);
    };
    const startJobs = (sizes: Float64Array) => {
      while (!hasStopped && jobsOut < 2 * this.#threads.count) {
        const pieces: PieceJob[] = [];
        for (let bytes = 0; next < layout.pieceCount && bytes < CHECK_JOB_LENGTH; next++) {
          const job = this.#pieceJob(next);
          if (!isThere(job, sizes)) continue;
          pieces.push(job);
          bytes += job.length;
        }
        if (pieces.length === 0) break;
        jobsOut++;
        this.#threads.run({ kind: 'check', torrent: this.#torrent, pieces }, ({ result }, fault) => {
          jobsOut--;
          if (hasStopped) return;
          if (fault !== undefined) {
            stop(fault);
            return;
          }
          const verdicts = result as Uint8Array;
          for (const [i, { piece }] of pieces.entries())
            if (verdicts[i] !== 2) onPiece(piece, verdicts[i] === 1);
          startJobs(sizes);
        });
      }
      if (jobsOut === 0) stop();
    };
    this.#threads.run({ kind: 'sizes', torrent: this.#torrent }, ({ result }, fault) => {
      const sizes = result as Float64Array | undefined;
      if (fault !== undefined || sizes === undefined || sizes.every(size => size <= 0)) stop(fault);
      else startJobs(sizes);
    });
    return () => {
      hasStopped = true;
    };
  }

  store(piece: number, bytes: Uint8Array, done: (result: boolean | SwarmlineError) => void): void {
    const job = {
      kind: 'store',
      torrent: this.#torrent,
      bytes: shared(bytes),
      piece: this.#pieceJob(piece),
    } as const;
    this.#threads.run(job, ({ result }, fault) => done(fault ?? result === true));
  }

  read(
    piece: number,
    begin: number,
    length: number,
    done: (result: Uint8Array | SwarmlineError) => void,
  ): void {
    const { layout } = this.#plan;
    const bytes = this.#lend(length);
    const segments = layout.segments(piece * layout.pieceLength + begin, length);
    this.#threads.run({ kind: 'read', torrent: this.#torrent, bytes: shared(bytes), segments }, (_, fault) =>
      done(fault ?? bytes),
    );
  }

  finish(done: (fault?: SwarmlineError) => void): void {
    this.#threads.run({ kind: 'finish', torrent: this.#torrent }, (_, fault) => done(fault));
  }

  close(done: () => void): void {
    this.#threads.runOnAll({ kind: 'close', torrent: this.#torrent }, done);
  }

  #pieceJob(piece: number): PieceJob {
    const { layout, checkOf } = this.#plan;
    const length = layout.pieceSize(piece);
    return {
      piece,
      length,
      segments: layout.segments(piece * layout.pieceLength, length),
      check: checkOf(piece),
    };
  }
}

/** Every part of the piece lies within a file as long as it is now. */
function isThere(job: PieceJob, sizes: Float64Array): boolean {
  for (const { file, offset, length } of job.segments) if (offset + length > sizes[file]!) return false;
  return job.segments.length > 0;
}

function shared(bytes: Uint8Array): SharedBytes {
  return { buffer: bytes.buffer as SharedArrayBuffer, offset: bytes.byteOffset, length: bytes.length };
}

const READ_BUFFER_LENGTH = 262_144;
const MAX_READ_BUFFERS = 64;
// Some milliseconds of hashing: long enough to be worth a message.
const CHECK_JOB_LENGTH = 4_194_304;
