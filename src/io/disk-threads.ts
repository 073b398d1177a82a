// The disk's threads and the jobs that are out with them. A job goes to the thread with the least to do; a thread more is
// started where all have something to do, as long as there may be more. Pieces to be stored wait for others and keep together, where
// they can be hashed side by side; and what is over soon waits its turn with a thread that gets on, for to start one takes as
// much of the processor as to read and send 200 MB. A thread hears of a torrent with its first job for it, and is told to forget the one
// that it worked for longest ago when it knows many: ten thousand that are idle cost it nothing. One that dies fails its
// jobs, and another takes its place with the next.

import { Worker } from 'node:worker_threads';
import { SwarmlineError } from '../core/errors.ts';
import type { DiskAnswer, DiskJob, DiskSettings, OpenedFiles } from './disk-jobs.ts';
import { MAX_LANES, shaLanes } from './sha-lanes.ts';
import { StoreGathering } from './store-gathering.ts';

export type JobDone = (answer: Omit<DiskAnswer, 'id'>, fault: SwarmlineError | undefined) => void;

/** A torrent that jobs are for. */
export interface JobOwner {
  readonly torrent: number;
  opened(): OpenedFiles;
}

export interface DiskThreadsOptions {
  /** At the most: one more is started when all that there are have something to do. */
  readonly count: number;
  /** Of all threads together. */
  readonly maxOpenFiles: number;
  /** Whether more pieces are under way, so that one that is to be stored may wait for others. */
  readonly isMoreComing?: () => boolean;
}

interface Given {
  readonly owner: JobOwner;
  readonly job: DiskJob;
  readonly done: JobDone;
}

export class DiskThreads {
  readonly count: number;
  readonly #threads: DiskThread[] = [];
  readonly #settings: DiskSettings;
  readonly #isMoreComing: () => boolean;
  readonly #gathering = new StoreGathering<Given>(GATHERED, given => {
    for (const each of given) this.#give(each);
  });
  /** Threads that have died one after the other without doing a single job. */
  #stillborn = 0;

  constructor({ count, maxOpenFiles, isMoreComing = () => false }: DiskThreadsOptions) {
    this.#isMoreComing = isMoreComing;
    this.count = count;
    this.#settings = { maxOpenFiles: Math.max(1, Math.floor(maxOpenFiles / count)) };
  }

  /** Gives the job to one thread. */
  run(owner: JobOwner, job: DiskJob, done: JobDone): void {
    const given = { owner, job, done };
    if (!isHashedInLanes(job)) {
      this.#give(given);
      return;
    }
    this.#gathering.add(given, job.bytes.length);
    if (!this.#isMoreComing()) this.#gathering.release();
  }

  #give({ owner, job, done }: Given): void {
    for (let i = 0; i < this.#threads.length; i++) this.#replaceDead(i);
    const thread = (job.kind === 'store' ? this.#gatheringThread(job) : undefined) ?? this.#freeThread(job);
    thread.run(owner, job, done);
  }

  /** After the jobs that were given before: the torrent's files are closed, and what is known of them is asked anew. */
  forget(owner: JobOwner, done: () => void): void {
    const threads = this.#threads.filter(thread => thread.knows(owner));
    let left = threads.length;
    if (left === 0) {
      queueMicrotask(done);
      return;
    }
    for (const thread of threads) {
      thread.forget(owner.torrent, () => {
        if (--left === 0) done();
      });
    }
  }

  async close(): Promise<void> {
    this.#gathering.release();
    await Promise.all(this.#threads.map(thread => thread.close()));
  }

  /**
   * The first thread, where pieces that wait are hashed side by side: sixteen together take a quarter of what they take one by
   * one, in as many threads as there may be (docs/performance.md). Two threads that write one file wait for one another, and
   * spin meanwhile: where SHA-1 is all that is hashed they keep to one as long as its disk gets on. Undefined when it has
   * enough of them.
   */
  #gatheringThread(job: DiskJob & { readonly kind: 'store' }): DiskThread | undefined {
    const [first] = this.#threads;
    if (shaLanes === undefined || first === undefined) return undefined;
    const mayWait = job.piece.check.kind === 'sha1' ? !first.isLate : first.jobCount < MAX_WAITING;
    return mayWait ? first : undefined;
  }

  /** The one with the least to do; one more, where that is not nothing, the job is not to wait, and one more may be. */
  #freeThread(job: DiskJob): DiskThread {
    let idlest = this.#threads[0];
    for (const thread of this.#threads) if (thread.jobCount < idlest!.jobCount) idlest = thread;
    if (idlest !== undefined) {
      const mayWait = SHORT.has(job.kind) && idlest.jobCount < MAX_WAITING && !idlest.isLate;
      if (idlest.jobCount === 0 || mayWait || this.#threads.length >= this.count) return idlest;
    }
    const added = new DiskThread(this.#settings);
    this.#threads.push(added);
    return added;
  }

  #replaceDead(i: number): void {
    const thread = this.#threads[i]!;
    if (!thread.hasDied) return;
    this.#stillborn = thread.hasWorked ? 0 : this.#stillborn + 1;
    if (this.#stillborn <= MAX_STILLBORN) this.#threads[i] = new DiskThread(this.#settings);
  }
}

class DiskThread {
  readonly #jobs = new Map<number, JobDone>();
  readonly #worker: Worker;
  /** Torrents that it knows, the one that it worked for longest ago first. */
  readonly #known = new Set<number>();
  #lastId = 0;
  /** When it answered last, or was given something to do after a rest. */
  #heardAt = 0;
  #hasEnded = false;
  #isClosed = false;
  /** It has answered. */
  hasWorked = false;

  constructor(settings: DiskSettings) {
    this.#worker = new Worker(WORKER, {
      workerData: settings,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    this.#worker.unref();
    this.#worker.on('message', (answer: DiskAnswer) => {
      this.hasWorked = true;
      this.#heardAt = performance.now();
      const done = this.#jobs.get(answer.id);
      this.#jobs.delete(answer.id);
      if (this.#jobs.size === 0) this.#worker.unref();
      const { fault } = answer;
      done?.(answer, fault && new SwarmlineError(fault.code, fault.message, { where: fault.where }));
    });
    this.#worker.on('error', cause => this.#end(cause));
    this.#worker.on('exit', () => this.#end(undefined));
  }

  get hasDied(): boolean {
    return this.#hasEnded && !this.#isClosed;
  }

  /** Infinite where the thread has ended, so that the others get its jobs. */
  get jobCount(): number {
    return this.#hasEnded ? Number.POSITIVE_INFINITY : this.#jobs.size;
  }

  /**
   * It has something to do, and has not answered for longer than its jobs should take: it waits for a slow disk. Or it has
   * ended.
   */
  get isLate(): boolean {
    return this.#hasEnded || (this.#jobs.size > 0 && performance.now() - this.#heardAt > LATE_MS);
  }

  knows({ torrent }: JobOwner): boolean {
    return this.#known.has(torrent);
  }

  run(owner: JobOwner, job: DiskJob, done: JobDone): void {
    // A look brings along what it needs.
    if (job.kind !== 'look') this.#introduce(owner);
    this.#post(job, done);
  }

  forget(torrent: number, done: JobDone): void {
    this.#known.delete(torrent);
    this.#post({ kind: 'close', torrent }, done);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker.terminate();
  }

  #introduce(owner: JobOwner): void {
    const { torrent } = owner;
    const isKnown = this.#known.delete(torrent);
    this.#known.add(torrent);
    if (isKnown) return;
    const { folder, files, markCount } = owner.opened();
    this.#post({ kind: 'open', torrent, folder, files, markCount }, ignore);
    if (this.#known.size <= MAX_KNOWN) return;
    const [oldest] = this.#known;
    this.forget(oldest!, ignore);
  }

  #post(job: DiskJob, done: JobDone): void {
    if (this.#hasEnded) {
      queueMicrotask(() => done({}, threadEnded(undefined)));
      return;
    }
    // Work that is under way keeps the program alive.
    if (this.#jobs.size === 0) {
      this.#worker.ref();
      this.#heardAt = performance.now();
    }
    const id = ++this.#lastId;
    this.#jobs.set(id, done);
    this.#worker.postMessage({ id, job });
  }

  #end(cause: unknown): void {
    this.#hasEnded = true;
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    for (const done of jobs) done({}, threadEnded(cause));
  }
}

const ignore = () => {};

function isHashedInLanes(job: DiskJob): job is DiskJob & { readonly kind: 'store' } {
  return shaLanes !== undefined && job.kind === 'store' && job.piece.check.kind !== 'merkle';
}

function threadEnded(cause: unknown): SwarmlineError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new SwarmlineError('DISK_FAILED', `A thread that reads and writes files has ended${reason}.`, {
    cause,
  });
}

// Threads load compiled JavaScript, also when the tests run from source.
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/io/disk-worker.js' : './disk-worker.js',
  import.meta.url,
);
const MAX_KNOWN = 256;
const SHORT: ReadonlySet<DiskJob['kind']> = new Set(['open', 'close', 'read', 'store']);
// As many pieces as are hashed side by side, and reads beside them. Where as many come before half of those are done, another
// thread is worth its start.
const MAX_WAITING = 24;
// Half of the bytes that may wait: the network goes on while these are hashed.
const GATHERED = { count: MAX_LANES, bytes: 16_777_216 };
// Sixteen pieces of a MiB are hashed and written to memory in 20 ms, and the start of a thread, which comes before its first
// answer, takes 50 to 150.
const LATE_MS = 250;
// It is no accident any more: memory is gone, or the program is broken.
const MAX_STILLBORN = 3;
// Of a thread's heap, for what lives shortly: messages. By itself V8 takes up to 48 MiB before it looks what is left.
const YOUNG_MIB = 3;
