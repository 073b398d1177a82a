// One torrent on the disk: pieces become parts of files here, and jobs for the threads. It owns no thread and no file.

import type { Bitfield } from '../core/bytes/bitfield.ts';
import { SwarmlineError } from '../core/errors.ts';
import type {
  DiskPlan,
  DiskTorrent,
  FileStates,
  FlushedFiles,
  PieceVerdict,
  StoreOptions,
} from '../host/disk.ts';
import { checkFiles } from './disk-check.ts';
import type { DiskJob, ExpectedTimes, OpenedFiles, SeenFiles } from './disk-jobs.ts';
import type { DiskThreads, JobDone, JobOwner } from './disk-threads.ts';
import { FileMap } from './file-map.ts';
import type { BoundedPiecePool } from './piece-pool.ts';
import type { ReadBuffers } from './read-buffers.ts';

/** What a torrent uses of its disk. */
export interface DiskParts {
  readonly pool: BoundedPiecePool;
  readonly threads: DiskThreads;
  readonly readBuffers: ReadBuffers;
}

export class NodeDiskTorrent implements DiskTorrent, JobOwner {
  readonly torrent: number;
  readonly #plan: DiskPlan;
  readonly #map: FileMap;
  readonly #disk: DiskParts;

  constructor(torrent: number, plan: DiskPlan, disk: DiskParts) {
    this.torrent = torrent;
    this.#plan = plan;
    this.#map = new FileMap(plan);
    this.#disk = disk;
  }

  opened(): OpenedFiles {
    return this.#map.opened();
  }

  look(done: (result: FileStates | SwarmlineError) => void): void {
    const { threads } = this.#disk;
    // Whoever looks anew is not to go on with files that are gone, and open still.
    threads.forget(this, () => {});
    threads.run(this, { kind: 'look', ...this.#map.opened() }, ({ result }, fault) => {
      if (fault !== undefined) {
        done(fault);
        return;
      }
      const seen = result as SeenFiles;
      this.#map.looked(seen);
      done({ lengths: seen.lengths, modifiedMs: seen.modifiedMs });
    });
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
      jobOf: (piece: number) => this.#map.pieceJob(piece),
    };
    return checkFiles(this.#disk.threads, this, pieces, { onPiece, done });
  }

  store(
    number: number,
    bytes: Uint8Array,
    done: (result: PieceVerdict | SwarmlineError) => void,
    { blockDigests }: StoreOptions = { blockDigests: false },
  ): void {
    const { pool } = this.#disk;
    const { torrent } = this;
    const buffer = bytes.buffer as ArrayBuffer;
    const { byteLength } = buffer;
    const piece = this.#map.pieceJob(number);
    const { segments } = piece;
    const times = this.#map.timesOf(segments);
    const turn = this.#map.written.storeBegun(segments);
    pool.full(byteLength);
    this.#run({ kind: 'store', torrent, buffer, piece, times, blockDigests }, (answer, fault) => {
      if (answer.buffer === undefined) pool.lost(byteLength);
      else pool.written(new Uint8Array(answer.buffer));
      done(fault ?? (answer.result as PieceVerdict));
      this.#map.written.storeEnded(turn, segments);
    });
  }

  read(
    piece: number,
    begin: number,
    length: number,
    done: (result: Uint8Array | SwarmlineError) => void,
  ): void {
    const { torrent } = this;
    const bytes = this.#disk.readBuffers.lend(length);
    const segments = this.#map.segments(piece, begin, length);
    const times = this.#map.timesOf(segments);
    this.#run({ kind: 'read', torrent, bytes, segments, times }, (_, fault) => done(fault ?? bytes));
  }

  hashBlocks(piece: number, done: (result: Uint8Array | SwarmlineError) => void): void {
    const { segments } = this.#map.pieceJob(piece);
    this.#disk.threads.run(this, { kind: 'hash', torrent: this.torrent, segments }, ({ result }, fault) =>
      done(fault ?? (result as Uint8Array)),
    );
  }

  flush(done: (result: FlushedFiles | SwarmlineError) => void): void {
    const { written } = this.#map;
    written.flush(files => {
      this.#disk.threads.run(this, { kind: 'flush', torrent: this.torrent, files }, ({ result }, fault) => {
        // A file that is gone will not be there the next time either.
        written.flushed(files, fault === undefined || fault.code === 'FILE_CHANGED');
        if (fault === undefined) done(this.#flushed(files, result as SeenFiles));
        else done(fault);
      });
    });
  }

  finish(done: (fault?: SwarmlineError) => void): void {
    if (!this.#map.hasMoreThanData) {
      queueMicrotask(done);
      return;
    }
    this.#disk.threads.run(this, { kind: 'finish', torrent: this.torrent }, (_, fault) => done(fault));
  }

  close(done: () => void): void {
    this.#disk.threads.forget(this, done);
  }

  /**
   * A file that was not as it was expected: where stores have begun since the job was made, one of them may have been
   * there first, and nothing is expected of the second try.
   */
  #run(job: DiskJob & { readonly times: ExpectedTimes }, done: JobDone): void {
    const { threads } = this.#disk;
    const { begunCount } = this.#map;
    threads.run(this, job, (answer, fault) => {
      const mayBeOurs = fault?.code === 'FILE_CHANGED' && begunCount !== this.#map.begunCount;
      if (!mayBeOurs) done(answer, fault);
      else if (job.kind === 'read') threads.run(this, { ...job, times: [] }, done);
      else if (job.kind === 'store') threads.run(this, { ...job, times: [], buffer: answer.buffer! }, done);
    });
  }

  #flushed(files: readonly number[], seen: SeenFiles): FlushedFiles | SwarmlineError {
    const where = this.#map.flushed(files, seen);
    if (where === undefined) return { files, lengths: seen.lengths, modifiedMs: seen.modifiedMs };
    const message = `"${where}" was replaced by another file while it was being written.`;
    return new SwarmlineError('FILE_CHANGED', message, { where });
  }
}
