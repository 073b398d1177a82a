// The disk for Node: threads that hash, write and read, so that the main thread has the network to itself. Here pieces
// become parts of files; what is done with the parts is in disk-worker.

import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Bitfield } from '../core/bytes/bitfield.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type {
  Disk,
  DiskPlan,
  DiskTorrent,
  FileStates,
  FlushedFiles,
  PieceVerdict,
  StoreOptions,
} from '../host/disk.ts';
import { checkFiles } from './disk-check.ts';
import type { DiskJob, PieceJob } from './disk-jobs.ts';
import { DiskThreads } from './disk-threads.ts';
import { BoundedPiecePool } from './piece-pool.ts';
import { ReadBuffers } from './read-buffers.ts';
import { WrittenFiles } from './written-files.ts';

export interface NodeDiskOptions {
  /** @default one less than cores, 1…4: the network has a core to itself */
  readonly threads?: number;
  /** Pieces being downloaded and written. @default 134,217,728 (128 MiB; libtorrent queues 100 MiB) */
  readonly pieceBytes?: number;
  /**
   * Whole pieces that wait to be hashed and written: with more, no new piece is begun.
   * @default 16,777,216: more leaves the processor's cache before its turn comes, and hurries no disk
   */
  readonly unwrittenBytes?: number;
}

export function nodeDisk(options: NodeDiskOptions = {}): Disk {
  return new NodeDisk(options);
}

class NodeDisk implements Disk {
  readonly pool: BoundedPiecePool;
  readonly #threadCount: number;
  #threads: DiskThreads | undefined;
  #lastTorrent = 0;
  readonly #readBuffers = new ReadBuffers();

  constructor(options: NodeDiskOptions) {
    const { pieceBytes = 134_217_728, unwrittenBytes = 16_777_216 } = options;
    this.pool = new BoundedPiecePool(pieceBytes, unwrittenBytes);
    this.#threadCount = options.threads ?? Math.max(1, Math.min(4, availableParallelism() - 1));
  }

  open(plan: DiskPlan): DiskTorrent {
    this.#threads ??= new DiskThreads(this.#threadCount);
    return new NodeDiskTorrent(++this.#lastTorrent, plan, {
      pool: this.pool,
      threads: this.#threads,
      readBuffers: this.#readBuffers,
    });
  }

  release(bytes: Uint8Array): void {
    this.#readBuffers.release(bytes);
  }

  async close(): Promise<void> {
    await this.#threads?.close();
    this.#threads = undefined;
  }
}

/** What a torrent uses of its disk. */
interface DiskParts {
  readonly pool: BoundedPiecePool;
  readonly threads: DiskThreads;
  readonly readBuffers: ReadBuffers;
}

class NodeDiskTorrent implements DiskTorrent {
  readonly #torrent: number;
  readonly #plan: DiskPlan;
  readonly #disk: DiskParts;
  readonly #written = new WrittenFiles();

  constructor(torrent: number, plan: DiskPlan, disk: DiskParts) {
    this.#torrent = torrent;
    this.#plan = plan;
    this.#disk = disk;
    const files = plan.files.map((file, index) => ({
      path: file.path,
      source: plan.sources?.[index],
      length: file.length,
      isExecutable: file.executable === true,
      symlinkTarget: file.symlinkTarget,
      isWanted: plan.isWanted(index),
    }));
    disk.threads.runOnAll({ kind: 'open', torrent, folder: resolve(plan.folder), files }, () => {});
  }

  look(done: (result: FileStates | SwarmlineError) => void): void {
    this.#disk.threads.run({ kind: 'look', torrent: this.#torrent }, ({ result }, fault) =>
      done(fault ?? (result as FileStates)),
    );
  }

  check(
    onPiece: (piece: number, isRight: boolean) => void,
    done: (fault?: SwarmlineError) => void,
    only?: Bitfield,
  ): () => void {
    const { layout, files } = this.#plan;
    const pieces = {
      count: layout.pieceCount,
      pieceLength: layout.pieceLength,
      files,
      only,
      jobOf: (piece: number) => this.#pieceJob(piece),
    };
    return checkFiles(this.#disk.threads, this.#torrent, pieces, { onPiece, done });
  }

  store(
    number: number,
    bytes: Uint8Array,
    done: (result: PieceVerdict | SwarmlineError) => void,
    options: StoreOptions = { blockDigests: false },
  ): void {
    const buffer = bytes.buffer as ArrayBuffer;
    const { byteLength } = buffer;
    const { blockDigests } = options;
    const piece = this.#pieceJob(number);
    const job: DiskJob = { kind: 'store', torrent: this.#torrent, buffer, piece, blockDigests };
    const turn = this.#written.storeBegun();
    this.#disk.pool.full(byteLength);
    this.#disk.threads.run(job, (answer, fault) => {
      if (answer.buffer === undefined) this.#disk.pool.lost(byteLength);
      else this.#disk.pool.written(new Uint8Array(answer.buffer));
      done(fault ?? (answer.result as PieceVerdict));
      this.#written.storeEnded(turn, piece.segments);
    });
  }

  read(
    piece: number,
    begin: number,
    length: number,
    done: (result: Uint8Array | SwarmlineError) => void,
  ): void {
    const { layout } = this.#plan;
    const bytes = this.#disk.readBuffers.lend(length);
    const segments = layout.segments(piece * layout.pieceLength + begin, length);
    this.#disk.threads.run({ kind: 'read', torrent: this.#torrent, bytes, segments }, (_, fault) =>
      done(fault ?? bytes),
    );
  }

  hashBlocks(piece: number, done: (result: Uint8Array | SwarmlineError) => void): void {
    const { segments } = this.#pieceJob(piece);
    this.#disk.threads.run({ kind: 'hash', torrent: this.#torrent, segments }, ({ result }, fault) =>
      done(fault ?? (result as Uint8Array)),
    );
  }

  flush(done: (result: FlushedFiles | SwarmlineError) => void): void {
    this.#written.take(files => {
      this.#disk.threads.run({ kind: 'flush', torrent: this.#torrent, files }, ({ result }, fault) => {
        // A file that is gone will not be there the next time either.
        if (fault !== undefined && fault.code !== 'FILE_CHANGED') this.#written.putBack(files);
        done(fault ?? { files, ...(result as FileStates) });
      });
    });
  }

  finish(done: (fault?: SwarmlineError) => void): void {
    this.#disk.threads.run({ kind: 'finish', torrent: this.#torrent }, (_, fault) => done(fault));
  }

  close(done: () => void): void {
    this.#disk.threads.runOnAll({ kind: 'close', torrent: this.#torrent }, done);
  }

  #pieceJob(piece: number): PieceJob {
    const { layout, checkOf } = this.#plan;
    const length = layout.pieceSize(piece);
    const segments = layout.segments(piece * layout.pieceLength, length);
    return { piece, length, segments, check: checkOf(piece) };
  }
}
