// Hashing in worker threads over shared memory, for machines that the native module was not made for. Threads start at
// once, so that they are ready when a walk through a folder is done; one that has died is replaced. Little data is hashed
// without them: a thread takes longer to start.

import { Worker } from 'node:worker_threads';
import { SwarmlineError } from '../core/errors.ts';
import type { HashFault, HashPlan } from '../host/piece-hasher.ts';
import { type PackedPlan, packPlan } from './packed-plan.ts';
import { type HashMemory, PieceReader, STOP } from './piece-reader.ts';

export class HashThreads {
  readonly #workers: Worker[] = [];
  readonly #useCallingThread: boolean;
  readonly #threadCount: number;
  #isClosed = false;

  constructor(workers: number, useCallingThread: boolean) {
    this.#useCallingThread = useCallingThread;
    this.#threadCount = workers;
    this.#startThreads();
  }

  /** How many threads take part at the most: `run` wants as many places in `memory.progress`. */
  get count(): number {
    return this.#threadCount + 1;
  }

  /** Until all is hashed, or it is told to stop: no thread is at work then. */
  async run(plan: HashPlan, memory: HashMemory): Promise<readonly HashFault[]> {
    this.#startThreads();
    const bytes = plan.files.reduce((sum, file) => sum + file.length, 0);
    // A copy: those that end meanwhile leave the list.
    const workers = bytes < SMALL_LENGTH ? [] : [...this.#workers];
    const packed = workers.length === 0 ? undefined : packPlan(plan);
    const jobs: Promise<readonly HashFault[]>[] = workers.map((worker, thread) =>
      runInThread(worker, { plan: packed!, memory, thread }),
    );
    if (workers.length === 0 || this.#useCallingThread) jobs.push(runHere(plan, memory, workers.length));
    const stop = () => Atomics.store(memory.control, STOP, 1);
    return (await allEnded(jobs, stop)).flat();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#workers.splice(0).map(worker => worker.terminate()));
  }

  /** As many as there should be: one that has died is replaced. */
  #startThreads(): void {
    while (!this.#isClosed && this.#workers.length < this.#threadCount) {
      const worker = new Worker(WORKER, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } });
      worker.unref();
      const forget = () => {
        const index = this.#workers.indexOf(worker);
        if (index >= 0) this.#workers.splice(index, 1);
      };
      // Why it ended is told to the plan that it works on.
      worker.on('error', forget);
      worker.on('exit', forget);
      this.#workers.push(worker);
    }
  }
}

/** Where one fails the others are stopped, and waited for: they still look at the plan's memory. */
async function allEnded<Result>(jobs: readonly Promise<Result>[], stop: () => void): Promise<Result[]> {
  for (const job of jobs) job.catch(stop);
  await Promise.allSettled(jobs);
  return await Promise.all(jobs);
}

async function runHere(plan: HashPlan, memory: HashMemory, thread: number): Promise<readonly HashFault[]> {
  const reader = new PieceReader(plan, memory, thread);
  while (!reader.run(performance.now() + SLICE_MS)) await new Promise(resolve => setImmediate(resolve));
  return reader.faults;
}

function runInThread(
  worker: Worker,
  job: { plan: PackedPlan; memory: HashMemory; thread: number },
): Promise<HashFault[]> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      worker.unref();
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
    };
    const onMessage = (faults: HashFault[]) => {
      settle();
      resolve(faults);
    };
    const onError = (error: Error) => {
      settle();
      reject(error);
    };
    const onExit = () => onError(threadEnded());
    worker.ref();
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    worker.postMessage(job);
  });
}

function threadEnded(): SwarmlineError {
  return new SwarmlineError('ABORTED', 'A thread that hashes was ended before it was done.');
}

// Tests run the sources, threads the compiled file.
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/io/hash-worker.js' : './hash-worker.js',
  import.meta.url,
);
// Below it a thread's start (30 ms) costs more than it saves.
const SMALL_LENGTH = 16 * 1024 * 1024;
// Of a thread's heap, for what lives shortly: by itself V8 takes up to 48 MiB before it looks what is left.
const YOUNG_MIB = 3;
// Ctrl-C and a progress line are answered between slices.
const SLICE_MS = 30;
