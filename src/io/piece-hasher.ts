// The hashing pool: worker threads over shared memory. Threads start at once, so that they are ready when a walk through
// a folder is done. Little data is hashed without them: a thread takes longer to start. Plans are hashed one after the
// other; one that ends early leaves no thread at work and none unheard.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { SwarmlineError } from '../core/errors.ts';
import { Layout } from '../core/metainfo/layout.ts';
import { BLOCK_LENGTH } from '../core/metainfo/metainfo.ts';
import type { HashFault, HashPlan, HashProgress, HashResult, PieceHasher } from '../host/piece-hasher.ts';
import { type PackedPlan, packPlan } from './packed-plan.ts';
import { type HashMemory, NEXT_RUN, PieceReader, piecesPerRun, SLOW_READS, STOP } from './piece-reader.ts';
import { ReadAhead } from './read-ahead.ts';

export interface PieceHasherOptions {
  /** Threads that hash, 256 at the most. @default one for each core */
  readonly threads?: number;
  /**
   * The calling thread is one of them, in slices between which it answers events. For programs that do nothing else
   * meanwhile: it saves the start of a thread. @default false
   */
  readonly useCallingThread?: boolean;
}

/** Starts a hashing pool. */
export function nodePieceHasher(options: PieceHasherOptions = {}): PieceHasher {
  const threads = Math.min(options.threads ?? availableParallelism(), MAX_THREADS);
  const useCallingThread = options.useCallingThread ?? false;
  return new PieceHasherPool(useCallingThread ? threads - 1 : threads, useCallingThread);
}

class PieceHasherPool implements PieceHasher {
  readonly #workers: Worker[];
  readonly #useCallingThread: boolean;
  readonly #threadCount: number;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(workers: number, useCallingThread: boolean) {
    this.#useCallingThread = useCallingThread;
    this.#threadCount = workers;
    this.#workers = [];
    this.#startThreads();
  }

  hash(plan: HashPlan, progress: HashProgress = {}): Promise<HashResult> {
    const result = this.#last.then(() => this.#hash(plan, progress));
    this.#last = result.catch(() => {});
    return result;
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

  async #hash(plan: HashPlan, { signal, onProgress }: HashProgress): Promise<HashResult> {
    if (signal?.aborted) throw aborted();
    this.#startThreads();
    const bytes = plan.files.reduce((sum, file) => sum + file.length, 0);
    // A copy: those that end meanwhile leave the list.
    const workers = bytes < SMALL_LENGTH ? [] : [...this.#workers];
    const memory = shareMemory(plan, workers.length + 1);

    const stop = () => Atomics.store(memory.control, STOP, 1);
    const report = () => onProgress?.(memory.progress.reduce((sum, count) => sum + count, 0));
    signal?.addEventListener('abort', stop, { once: true });
    const readAhead = readAheadFor(plan, memory);
    let reading: Promise<void> | undefined;
    const timer = setInterval(() => {
      report();
      const isSlow = Atomics.load(memory.control, SLOW_READS) >= MANY_SLOW_READS;
      if (isSlow && workers.length > 0) reading ??= readAhead.run();
    }, PROGRESS_INTERVAL_MS);
    try {
      const packed = workers.length === 0 ? undefined : packPlan(plan);
      const jobs: Promise<readonly HashFault[]>[] = workers.map((worker, thread) =>
        runInThread(worker, { plan: packed!, memory, thread }),
      );
      if (workers.length === 0 || this.#useCallingThread) jobs.push(runHere(plan, memory, workers.length));
      const faults = oncePerFile((await allEnded(jobs, stop)).flat());
      if (signal?.aborted) throw aborted();
      if (plan.onFault === 'fail' && faults[0] !== undefined) throw faultError(faults[0], plan);
      report();
      const { pieces, pieceRoots, blocks, unread } = memory;
      return { pieceCount: unread.length, pieces, pieceRoots, blocks, unread, faults };
    } finally {
      clearInterval(timer);
      readAhead.stop();
      await reading;
      signal?.removeEventListener('abort', stop);
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

function readAheadFor(plan: HashPlan, memory: HashMemory): ReadAhead {
  const layout = new Layout(plan.files, plan.pieceLength, { shortPieces: false, length: plan.length });
  const runLength = piecesPerRun(plan, memory.progress.length) * plan.pieceLength;
  return new ReadAhead(plan.files, layout, () => Atomics.load(memory.control, NEXT_RUN) * runLength);
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

function shareMemory(plan: HashPlan, threads: number): HashMemory {
  const pieceCount = Math.ceil(plan.length / plan.pieceLength);
  const blockCount = plan.v2 && plan.keepBlocks ? pieceCount * (plan.pieceLength / BLOCK_LENGTH) : 0;
  return {
    pieces: shared(plan.v1 ? pieceCount * 20 : 0),
    pieceRoots: shared(plan.v2 ? pieceCount * 32 : 0),
    blocks: shared(blockCount * 32),
    unread: shared(pieceCount),
    control: new Int32Array(new SharedArrayBuffer(12)),
    progress: new Float64Array(new SharedArrayBuffer(8 * threads)),
  };
}

function shared(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

/** Two threads can meet the same fault. */
function oncePerFile(faults: readonly HashFault[]): HashFault[] {
  const byFile = new Map<number, HashFault>();
  for (const fault of faults) if (!byFile.has(fault.file)) byFile.set(fault.file, fault);
  return [...byFile.values()].sort((a, b) => a.file - b.file);
}

function faultError({ kind, message, file }: HashFault, plan: HashPlan): SwarmlineError {
  const where = plan.files[file]!.path;
  if (kind === 'missing')
    return new SwarmlineError('FILE_MISSING', `"${where}" vanished while it was read.`, { where });
  if (kind === 'unreadable') return new SwarmlineError('FILE_UNREADABLE', message, { where });
  return new SwarmlineError(
    'FILE_CHANGED',
    `"${where}" was changed while it was read: try again when nothing writes to it.`,
    { where },
  );
}

function aborted(): SwarmlineError {
  return new SwarmlineError('ABORTED', 'Hashing was stopped before it was done.');
}

function threadEnded(): SwarmlineError {
  return new SwarmlineError('ABORTED', 'A thread that hashes was ended before it was done.');
}

// Tests run the sources, threads the compiled file.
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/io/hash-worker.js' : './hash-worker.js',
  import.meta.url,
);
// More cores than machines have: a number mistyped must not take all memory (a thread holds 10 MB).
const MAX_THREADS = 256;
// Below it a thread's start (30 ms) costs more than it saves.
const SMALL_LENGTH = 16 * 1024 * 1024;
// Of a thread's heap, for what lives shortly: by itself V8 takes up to 48 MiB before it looks what is left.
const YOUNG_MIB = 3;
const PROGRESS_INTERVAL_MS = 100;
// Some slow reads are a busy machine's; a disk that has to be waited for makes many.
const MANY_SLOW_READS = 16;
// Ctrl-C and a progress line are answered between slices.
const SLICE_MS = 30;
