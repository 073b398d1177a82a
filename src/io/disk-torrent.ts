// One torrent on the disk: pieces become parts of files here, and jobs for the threads. It owns no thread and no file.

import { resolve } from 'node:path';
import type { Bitfield } from '../core/bytes/bitfield.ts';
import { SwarmlineError } from '../core/errors.ts';
import type {
  AdoptCalls,
  DiskPlace,
  DiskPlan,
  DiskTorrent,
  FileStates,
  FlushedFiles,
  MoveCalls,
  MoveOptions,
  PieceVerdict,
  ReserveCalls,
  StoreOptions,
  TwinFile,
} from '../host/disk.ts';
import { adoptFiles } from './disk-adopt.ts';
import { checkFiles } from './disk-check.ts';
import type { DiskJob, ExpectedTimes, OpenedFiles, SeenFiles } from './disk-jobs.ts';
import { moveFiles } from './disk-move.ts';
import { reserveFiles } from './disk-reserve.ts';
import { type Settled, settleFiles } from './disk-settle.ts';
import type { DiskThreads, JobDone, JobOwner } from './disk-threads.ts';
import { FileMap, positionOf } from './file-map.ts';
import { JobGate } from './job-gate.ts';
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
  readonly #gate = new JobGate();
  /** While the files are being copied: the pieces that were stored meanwhile. */
  #stored: Set<number> | undefined;
  /**
   * A file was not what was written to. Until somebody looks anew nobody is told what is on the disk: what counts as there
   * may have gone with that file, and how another in its place looks proves nothing of it.
   */
  #lost: SwarmlineError | undefined;

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
    this.#gate.shut(open => {
      const end = (result: FileStates | SwarmlineError) => {
        open();
        done(result);
      };
      this.#lost = undefined;
      this.#look(seen => {
        if (seen instanceof SwarmlineError) end(seen);
        // What it settles changes the files.
        else
          this.#settle(result =>
            result instanceof SwarmlineError ? end(result) : this.#lookAfter(result, end),
          );
      });
    });
  }

  setWanted(
    isWanted: (file: number) => boolean,
    done: (result: { readonly lost: readonly number[] } | SwarmlineError) => void,
  ): void {
    this.#gate.shut(open => {
      this.#map.setWanted(isWanted);
      // They know which files are wanted.
      this.#disk.threads.forget(this, () => {});
      this.#settle(result => {
        open();
        done(result instanceof SwarmlineError ? result : { lost: result.lost });
      });
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
      wasThere: this.#map.isAllThere,
      jobOf: (piece: number) => this.#map.pieceJob(piece),
      isInParts: (file: number, piece: number) => this.#map.isInParts(file, piece),
    };
    const threads = {
      count: this.#disk.threads.count,
      run: (owner: JobOwner, job: DiskJob, jobDone: JobDone) => this.#pass(owner, job, jobDone),
    };
    return checkFiles(threads, this, pieces, { onPiece, done });
  }

  store(
    number: number,
    bytes: Uint8Array,
    done: (result: PieceVerdict | SwarmlineError) => void,
    { blockDigests }: StoreOptions = { blockDigests: false },
  ): void {
    const { pool } = this.#disk;
    pool.full(bytes);
    this.#gate.pass(() => {
      const { torrent } = this;
      const piece = this.#map.storeJob(number);
      const { segments } = piece;
      const marks = piece.marks.map(positionOf);
      const times = this.#map.timesOf(segments);
      const turn = this.#map.written.storeBegun(segments);
      this.#run({ kind: 'store', torrent, bytes, piece, times, blockDigests, marks }, (answer, fault) => {
        pool.written(bytes);
        const where = fault === undefined ? this.#map.writtenTo(segments, answer.inodes ?? []) : undefined;
        const failed = where === undefined ? fault : this.#replaced(where);
        if (failed === undefined && isRight(answer.result as PieceVerdict)) this.#map.stored(piece);
        this.#stored?.add(number);
        done(failed ?? (answer.result as PieceVerdict));
        this.#map.written.storeEnded(turn, segments);
        this.#gate.left();
      });
    });
  }

  read(
    piece: number,
    begin: number,
    length: number,
    done: (result: Uint8Array | SwarmlineError) => void,
  ): void {
    this.#gate.pass(() => {
      const { torrent } = this;
      const bytes = this.#disk.readBuffers.lend(length);
      const segments = this.#map.segments(piece, begin, length);
      const times = this.#map.timesOf(segments);
      this.#run({ kind: 'read', torrent, bytes, segments, times }, (_, fault) => {
        this.#gate.left();
        done(fault ?? bytes);
      });
    });
  }

  hashBlocks(piece: number, done: (result: Uint8Array | SwarmlineError) => void): void {
    this.#gate.pass(() => {
      const { segments } = this.#map.pieceJob(piece);
      this.#disk.threads.run(this, { kind: 'hash', torrent: this.torrent, segments }, ({ result }, fault) => {
        this.#gate.left();
        done(fault ?? (result as Uint8Array));
      });
    });
  }

  flush(done: (result: FlushedFiles | SwarmlineError) => void): void {
    const { written } = this.#map;
    this.#gate.pass(() =>
      written.flush(files => {
        const job = { kind: 'flush', torrent: this.torrent, files } as const;
        this.#disk.threads.run(this, job, ({ result }, fault) => {
          this.#gate.left();
          // A file that is gone will not be there the next time either.
          written.flushed(files, fault === undefined || fault.code === 'FILE_CHANGED');
          if (fault?.code === 'FILE_CHANGED') this.#lost = fault;
          const failed = fault ?? this.#lost;
          done(failed ?? this.#flushed(files, result as SeenFiles));
        });
      }),
    );
  }

  reserve(have: () => Bitfield, calls: ReserveCalls): () => void {
    const { layout, files, sources } = this.#plan;
    const wanted = files.flatMap(({ length, offset }, index) => {
      if (!this.#map.isWanted(index) || sources !== undefined) return [];
      return [{ index, name: this.#map.nameOf(index), length, offset }];
    });
    return reserveFiles(
      {
        torrent: this.torrent,
        layout,
        files: wanted,
        have,
        gate: this.#gate,
        run: (job, done) => this.#disk.threads.run(this, job, done),
        onWrite: file => this.#map.written.touched([file]),
      },
      calls,
    );
  }

  adopt(twins: readonly TwinFile[], calls: AdoptCalls): () => void {
    return adoptFiles(
      {
        torrent: this.torrent,
        twins: this.#plan.sources === undefined ? twins : [],
        lengthOf: file => this.#plan.files[file]!.length,
        run: (job, done) => this.#pass(this, job, done),
        onWrite: file => this.#map.written.touched([file]),
      },
      calls,
    );
  }

  move(to: DiskPlace, { ifThere, isResumed }: MoveOptions, calls: MoveCalls): () => void {
    const { torrent } = this;
    const paths = this.#map.pathsAt(to);
    const copyName = `${this.#plan.partFile}-moving-`;
    return moveFiles(
      {
        torrent,
        to: { folder: resolve(to.folder), paths, copyName, ifThere, isResumed },
        gate: this.#gate,
        run: (job, done) => this.#disk.threads.run(this, job, done),
        note: stored => {
          this.#stored = stored;
        },
        segmentsOf: piece => this.#map.pieceJob(piece).segments,
        forget: () => this.#disk.threads.forget(this, () => {}),
        arrived: (isCopied, done) => {
          this.#map.moved(to);
          this.#look(seen => {
            const { length } = this.#plan.files;
            const files = [...isCopied.keys()].filter(file => file < length && isCopied[file] === 1);
            // They are there in any case; what cannot be looked at will be hashed.
            done(this.#map.movedStates(seen instanceof SwarmlineError ? [] : files, isCopied));
          });
        },
      },
      calls,
    );
  }

  tidy(from: DiskPlace, files: readonly number[], done: (fault?: SwarmlineError) => void): void {
    const paths = this.#map.pathsAt(from);
    // The part file goes with those that it was copied with.
    const left = files.length > 0 && paths.length > from.paths.length ? [...files, from.paths.length] : files;
    const folder = resolve(from.folder);
    this.#pass(this, { kind: 'tidy', torrent: this.torrent, folder, paths, files: left }, (_, fault) =>
      done(fault),
    );
  }

  finish(done: (fault?: SwarmlineError) => void): void {
    const stored = this.#map.takeStoredTo();
    if (stored.length === 0) {
      this.#finishRest(done);
      return;
    }
    // Threads have them open, and would write on into a file that is there no more.
    const { folder, files } = this.#map.opened();
    const written = stored.map(file => files[file]!);
    this.#pass(this, { kind: 'look', folder, files: written, markCount: 0 }, ({ result }, fault) => {
      const loss = fault === undefined ? this.#map.lossOf(stored, result as SeenFiles) : undefined;
      if (loss === undefined && fault === undefined) {
        this.#finishRest(done);
        return;
      }
      if (loss !== undefined) this.#lost = lostFile(loss);
      done(fault ?? this.#lost);
    });
  }

  #finishRest(done: (fault?: SwarmlineError) => void): void {
    if (!this.#map.hasMoreThanData) queueMicrotask(done);
    else this.#pass(this, { kind: 'finish', torrent: this.torrent }, (_, fault) => done(fault));
  }

  close(done: () => void): void {
    this.#gate.shut(open => {
      this.#disk.threads.forget(this, done);
      open();
    });
  }

  #pass(owner: JobOwner, job: DiskJob, done: JobDone): void {
    this.#gate.pass(() =>
      this.#disk.threads.run(owner, job, (answer, fault) => {
        this.#gate.left();
        done(answer, fault);
      }),
    );
  }

  #look(done: (result: SeenFiles | SwarmlineError) => void): void {
    const { threads } = this.#disk;
    // Whoever looks anew is not to go on with files that are gone, and open still.
    threads.forget(this, () => {});
    const { folder, files, markCount } = this.#map.opened();
    threads.run(this, { kind: 'look', folder, files, markCount }, ({ result }, fault) => {
      if (fault === undefined) this.#map.looked(result as SeenFiles);
      done(fault ?? (result as SeenFiles));
    });
  }

  #lookAfter(settled: Settled, done: (result: FileStates | SwarmlineError) => void): void {
    if (!settled.hasChanged) done(this.#map.states);
    else this.#look(seen => done(seen instanceof SwarmlineError ? seen : this.#map.states));
  }

  /** Nothing else is under way. */
  #settle(done: (result: Settled | SwarmlineError) => void): void {
    const { threads } = this.#disk;
    settleFiles(
      {
        torrent: this.torrent,
        map: this.#map,
        fileCount: this.#plan.files.length,
        run: (job, jobDone) => threads.run(this, job, jobDone),
        forget: () => threads.forget(this, () => {}),
      },
      done,
    );
  }

  /**
   * A file that was not as it was expected: where stores have begun since the job was made, one of them may have been
   * there first, and nothing is expected of the second try. One that is gone is not made anew by that: what other stores
   * have written to it is gone too, and is to be found missing.
   */
  #run(job: DiskJob & { readonly times: ExpectedTimes }, done: JobDone): void {
    const { threads } = this.#disk;
    const { begunCount } = this.#map;
    threads.run(this, job, (answer, fault) => {
      const isChanged = fault?.code === 'FILE_CHANGED' && answer.fault?.isGone === false;
      const mayBeOurs = isChanged && begunCount !== this.#map.begunCount;
      if (fault?.code === 'FILE_CHANGED' && !mayBeOurs) this.#lost = fault;
      if (!mayBeOurs) done(answer, fault);
      else if (job.kind === 'read' || job.kind === 'store') threads.run(this, { ...job, times: [] }, done);
    });
  }

  #flushed(files: readonly number[], seen: SeenFiles): FlushedFiles | SwarmlineError {
    const where = this.#map.flushed(files, seen);
    if (where === undefined) return this.#map.statesOf(files, seen);
    return this.#replaced(where);
  }

  #replaced(where: string): SwarmlineError {
    const message = `"${where}" was replaced by another file while it was being written.`;
    this.#lost = new SwarmlineError('FILE_CHANGED', message, { where });
    return this.#lost;
  }
}

function lostFile({ where, what }: { readonly where: string; readonly what: string }): SwarmlineError {
  const message = `"${where}" ${what} while it was being written.`;
  return new SwarmlineError('FILE_CHANGED', message, { where });
}

function isRight(verdict: PieceVerdict): boolean {
  return verdict === true || (verdict !== false && verdict.isRight);
}
