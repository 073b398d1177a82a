// A thread of the hashing pool: waits for a plan, runs it, answers with the faults that it met.

import { parentPort } from 'node:worker_threads';
import { type PackedPlan, unpackPlan } from './packed-plan.ts';
import { type HashMemory, PieceReader } from './piece-reader.ts';

parentPort!.on(
  'message',
  ({ plan, memory, thread }: { plan: PackedPlan; memory: HashMemory; thread: number }) => {
    const reader = new PieceReader(unpackPlan(plan), memory, thread);
    reader.run();
    parentPort!.postMessage(reader.faults);
  },
);
