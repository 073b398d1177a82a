// A thread of the hashing pool: waits for a plan, runs it, answers with the faults that it met.

import { parentPort } from 'node:worker_threads';
import type { HashPlan } from '../host/piece-hasher.ts';
import { type HashMemory, PieceReader } from './piece-reader.ts';

parentPort!.on(
  'message',
  ({ plan, memory, thread }: { plan: HashPlan; memory: HashMemory; thread: number }) => {
    const reader = new PieceReader(plan, memory, thread);
    reader.run();
    parentPort!.postMessage(reader.faults);
  },
);
