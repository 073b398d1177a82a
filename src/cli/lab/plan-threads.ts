// The threads that carry out plans: as many as may run at a time, each begun when it is first needed. A run that fails ends
// none of the others; `close` ends all.

import { Worker } from 'node:worker_threads';
import { SwarmlineError } from '../../core/errors.ts';
import type { RunRecord } from '../../lab/record.ts';
import type { RunPlan } from '../../lab/scenario.ts';
import type { FromPlanThread, PlanJob } from './plan-thread.ts';
import type { WatchedSecond } from './watched-second.ts';

interface Waiting {
  readonly job: PlanJob;
  readonly onSecond: ((second: WatchedSecond) => void) | undefined;
  readonly resolve: (record: RunRecord) => void;
  readonly reject: (error: Error) => void;
}

export class PlanThreads {
  readonly #max: number;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #waiting: Waiting[] = [];
  #isClosed = false;

  constructor(max: number) {
    this.#max = max;
  }

  runPlan(way: PlanJob['way']): RunPlan {
    return (plan, options) => this.run({ way, plan, options });
  }

  /** @throws SwarmlineError what it failed with; `ABORTED` after `close` */
  run(job: PlanJob, onSecond?: (second: WatchedSecond) => void): Promise<RunRecord> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, onSecond, resolve, reject });
      this.#next();
    });
  }

  /** What runs is ended, what waits is not begun. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(stopped());
    await Promise.all([...this.#all].map(worker => worker.terminate()));
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    if (this.#isClosed) {
      for (const { reject } of this.#waiting.splice(0)) reject(stopped());
      return;
    }
    const worker = this.#idle.pop() ?? (this.#all.size < this.#max ? this.#start() : undefined);
    if (worker !== undefined) this.#carryOut(worker, this.#waiting.shift()!);
  }

  #start(): Worker {
    const worker = new Worker(THREAD, {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB, maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    this.#all.add(worker);
    return worker;
  }

  #carryOut(worker: Worker, { job, onSecond, resolve, reject }: Waiting): void {
    const over = () => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
    };
    const onMessage = (message: FromPlanThread) => {
      if (message.kind === 'second') {
        onSecond?.(message.second);
        return;
      }
      over();
      this.#idle.push(worker);
      if (message.kind === 'done') resolve(message.record);
      else reject(failure(message.code, message.message));
      this.#next();
    };
    const onError = (error: Error) => {
      over();
      this.#all.delete(worker);
      reject(failure((error as NodeJS.ErrnoException).code, error.message));
      this.#next();
    };
    const onExit = () => {
      over();
      this.#all.delete(worker);
      reject(stopped());
    };
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    worker.postMessage(job);
  }
}

function failure(code: string | undefined, message: string): Error {
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new SwarmlineError(
      'LAB_FAILED',
      `A run needs more than ${MAX_HEAP_MIB / 1024} GiB of memory: take fewer peers or a smaller file.`,
    );
  }
  return new SwarmlineError(code ?? 'LAB_FAILED', message);
}

function stopped(): SwarmlineError {
  return new SwarmlineError('ABORTED', 'Stopped.');
}

const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/cli/lab/plan-thread.js' : './plan-thread.js',
  import.meta.url,
);
const MAX_HEAP_MIB = 4096;
// Four times what V8 takes by itself: much lives for a round trip of the virtual network, and is dead before it would be moved.
const YOUNG_MIB = 192;
