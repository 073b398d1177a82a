// Hashing of files: by the native module in threads of its own where it is there, else in worker threads. Plans are hashed
// one after the other; one that ends early leaves no thread at work and none unheard.

import { availableParallelism } from 'node:os';
import { SwarmlineError } from '../core/errors.ts';
import { Layout } from '../core/metainfo/layout.ts';
import { BLOCK_LENGTH } from '../core/metainfo/metainfo.ts';
import type { HashFault, HashPlan, HashProgress, HashResult, PieceHasher } from '../host/piece-hasher.ts';
import { HashThreads } from './hash-threads.ts';
import { canHashNatively, hashNatively } from './native-pieces.ts';
import { type HashMemory, NEXT_RUN, piecesPerRun, SLOW_READS, STOP } from './piece-reader.ts';
import { ReadAhead } from './read-ahead.ts';

export interface PieceHasherOptions {
  /** Threads that hash, 256 at the most. @default one for each core */
  readonly threads?: number;
  /**
   * The calling thread is one of the workers, in slices between which it answers events. For programs that do nothing else
   * meanwhile: it saves the start of a thread, where the native module has none of its own. @default false
   */
  readonly useCallingThread?: boolean;
  /** Whether the native module may do it, where it is there. @default true */
  readonly native?: boolean;
}

/** Hashes with as many threads as the options say. */
export function nodePieceHasher(options: PieceHasherOptions = {}): PieceHasher {
  return new NodePieceHasher(options);
}

class NodePieceHasher implements PieceHasher {
  readonly #threads: number;
  readonly #useCallingThread: boolean;
  readonly #isNative: boolean;
  #workers: HashThreads | undefined;
  /** Until then no other plan begins. */
  #busy: Promise<void> | undefined;
  /** Ends the plan that is at work. */
  #closing = new AbortController();

  constructor({
    threads = availableParallelism(),
    useCallingThread = false,
    native = true,
  }: PieceHasherOptions) {
    this.#threads = Math.min(threads, MAX_THREADS);
    this.#useCallingThread = useCallingThread;
    this.#isNative = native && canHashNatively;
    // Before they are asked for: what comes first takes as long as their start.
    if (!this.#isNative) this.#startWorkers();
  }

  hash(plan: HashPlan, progress: HashProgress = {}): Promise<HashResult> {
    // As it is now: a plan that waits while we close is ended with those before it.
    const closing = this.#closing.signal;
    const run = () => this.#hash(plan, progress, closing);
    const result = this.#busy === undefined ? run() : this.#busy.then(run);
    const settle = () => {
      if (this.#busy === busy) this.#busy = undefined;
    };
    const busy = result.then(settle, settle);
    this.#busy = busy;
    return result;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#closing = new AbortController();
    await this.#workers?.close();
    await this.#busy;
  }

  #startWorkers(): HashThreads {
    const count = this.#useCallingThread ? this.#threads - 1 : this.#threads;
    this.#workers ??= new HashThreads(count, this.#useCallingThread);
    return this.#workers;
  }

  async #hash(
    plan: HashPlan,
    { signal: wish, onProgress }: HashProgress,
    closing: AbortSignal,
  ): Promise<HashResult> {
    const signal = wish === undefined ? closing : AbortSignal.any([wish, closing]);
    if (signal.aborted) throw aborted();
    const memory = shareMemory(plan, this.#threads + 1);
    const stop = () => Atomics.store(memory.control, STOP, 1);
    const report = () => onProgress?.(memory.progress.reduce((sum, count) => sum + count, 0));
    signal.addEventListener('abort', stop, { once: true });
    // The end of the program waits for threads that are not JavaScript's.
    process.on('exit', stop);
    let readAhead: ReadAhead | undefined;
    let reading: Promise<void> | undefined;
    const timer = setInterval(() => {
      report();
      const isSlow = Atomics.load(memory.control, SLOW_READS) >= MANY_SLOW_READS;
      if (!isSlow || this.#threads === 0) return;
      readAhead ??= readAheadFor(plan, memory);
      reading ??= readAhead.run();
    }, PROGRESS_INTERVAL_MS);
    try {
      const faults = oncePerFile(await this.#run(plan, memory, signal));
      if (signal.aborted) throw aborted();
      if (plan.onFault === 'fail' && faults[0] !== undefined) throw faultError(faults[0], plan);
      report();
      const { pieces, pieceRoots, blocks, unread } = memory;
      return { pieceCount: unread.length, pieces, pieceRoots, blocks, unread, faults };
    } finally {
      clearInterval(timer);
      readAhead?.stop();
      await reading;
      signal.removeEventListener('abort', stop);
      process.off('exit', stop);
    }
  }

  async #run(plan: HashPlan, memory: HashMemory, signal: AbortSignal): Promise<readonly HashFault[]> {
    const threads = Math.max(1, this.#threads);
    const native = this.#isNative ? await hashNatively(plan, memory, threads, signal) : undefined;
    return native ?? (await this.#startWorkers().run(plan, memory));
  }
}

function readAheadFor(plan: HashPlan, memory: HashMemory): ReadAhead {
  const layout = new Layout(plan.files, plan.pieceLength, { shortPieces: false, length: plan.length });
  const runLength = piecesPerRun(plan, memory.progress.length) * plan.pieceLength;
  return new ReadAhead(plan.files, layout, () => Atomics.load(memory.control, NEXT_RUN) * runLength);
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

// More cores than machines have: a number mistyped must not take all memory.
const MAX_THREADS = 256;
const PROGRESS_INTERVAL_MS = 100;
// Some slow reads are a busy machine's; a disk that has to be waited for makes many.
const MANY_SLOW_READS = 16;
