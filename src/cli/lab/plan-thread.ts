// A thread that carries out plans in the simulator, one after the other; or one of them with each second of it told.

import { parentPort } from 'node:worker_threads';
import { SwarmlineError } from '../../core/errors.ts';
import { modelRunPlan } from '../../lab/model/run-plan.ts';
import type { SwarmPlan } from '../../lab/plan.ts';
import type { RunRecord } from '../../lab/record.ts';
import type { RunPlanOptions } from '../../lab/scenario.ts';
import { simRunPlan } from '../../lab/sim/plan-run.ts';
import { type WatchedSecond, watchedSecond } from './watched-second.ts';

export interface PlanJob {
  readonly way: 'sim' | 'model';
  readonly plan: SwarmPlan;
  readonly options: RunPlanOptions;
  /** Each second of it is told, and takes so long at least. */
  readonly secondMs?: number;
}

export type FromPlanThread =
  | { readonly kind: 'second'; readonly second: WatchedSecond }
  | { readonly kind: 'done'; readonly record: RunRecord }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | undefined };

const port = parentPort!;
port.on('message', (job: PlanJob) => {
  carryOut(job).then(
    record => tell({ kind: 'done', record }),
    (error: Error) =>
      tell({
        kind: 'failed',
        message: error.message,
        code: error instanceof SwarmlineError ? error.code : undefined,
      }),
  );
});

async function carryOut({ way, plan, options, secondMs }: PlanJob): Promise<RunRecord> {
  if (way === 'model') return modelRunPlan(plan, options);
  if (secondMs === undefined) return simRunPlan(plan, options);
  let dueAt = performance.now();
  return simRunPlan(plan, {
    ...options,
    onSecond: swarm => {
      tell({ kind: 'second', second: watchedSecond(swarm) });
      // The simulator never waits of itself: it is this thread that stands still.
      dueAt = Math.max(dueAt + secondMs, performance.now());
      Atomics.wait(STILL, 0, 0, Math.max(0, dueAt - performance.now()));
    },
  });
}

function tell(message: FromPlanThread): void {
  port.postMessage(message);
}

const STILL = new Int32Array(new SharedArrayBuffer(4));
