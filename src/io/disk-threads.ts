// The disk's threads and the jobs that are out with them. A job goes to the thread with the least to do; a thread that
// dies fails its jobs, not the program.

import { Worker } from 'node:worker_threads';
import { SwarmlineError } from '../core/errors.ts';
import type { DiskAnswer, DiskJob } from './disk-jobs.ts';

export type JobDone = (answer: Omit<DiskAnswer, 'id'>, fault: SwarmlineError | undefined) => void;

export class DiskThreads {
  readonly #threads: DiskThread[];

  constructor(count: number) {
    this.#threads = Array.from({ length: count }, () => new DiskThread());
  }

  get count(): number {
    return this.#threads.length;
  }

  /** Gives the job to one thread. */
  run(job: DiskJob, done: JobDone): void {
    let idlest = this.#threads[0]!;
    for (const thread of this.#threads) if (thread.jobCount < idlest.jobCount) idlest = thread;
    idlest.run(job, done);
  }

  /** Gives the job to every thread. */
  runOnAll(job: DiskJob, done: () => void): void {
    let left = this.#threads.length;
    for (const thread of this.#threads) {
      thread.run(job, () => {
        if (--left === 0) done();
      });
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(thread => thread.close()));
  }
}

class DiskThread {
  readonly #jobs = new Map<number, JobDone>();
  readonly #worker: Worker;
  #lastId = 0;
  #hasEnded = false;

  constructor() {
    this.#worker = new Worker(WORKER);
    this.#worker.unref();
    this.#worker.on('message', (answer: DiskAnswer) => {
      const done = this.#jobs.get(answer.id);
      this.#jobs.delete(answer.id);
      if (this.#jobs.size === 0) this.#worker.unref();
      const { fault } = answer;
      done?.(answer, fault && new SwarmlineError(fault.code, fault.message, { where: fault.where }));
    });
    this.#worker.on('error', cause => this.#end(cause));
    this.#worker.on('exit', () => this.#end(undefined));
  }

  /** Infinite where the thread has ended, so that the others get its jobs. */
  get jobCount(): number {
    return this.#hasEnded ? Number.POSITIVE_INFINITY : this.#jobs.size;
  }

  run(job: DiskJob, done: JobDone): void {
    if (this.#hasEnded) {
      queueMicrotask(() => done({}, threadEnded(undefined)));
      return;
    }
    // Work that is under way keeps the program alive.
    if (this.#jobs.size === 0) this.#worker.ref();
    const id = ++this.#lastId;
    this.#jobs.set(id, done);
    if (job.kind === 'store') this.#worker.postMessage({ id, job }, [job.buffer]);
    else this.#worker.postMessage({ id, job });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(cause: unknown): void {
    this.#hasEnded = true;
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    for (const done of jobs) done({}, threadEnded(cause));
  }
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
