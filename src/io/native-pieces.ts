// Hashing of a plan by the native module: it opens, reads and hashes in threads of its own, so that nothing is done in
// JavaScript for a file. What it cannot do, `piece-reader` does.

import { getSystemErrorMap } from 'node:util';
import type { HashFault, HashPlan } from '../host/piece-hasher.ts';
import { faultOf } from './file-fault.ts';
import { nativeModule } from './native-module.ts';
import { packPlan } from './packed-plan.ts';
import { type HashMemory, piecesPerRun } from './piece-reader.ts';

type HashPieces = (
  paths: Uint8Array,
  files: Float64Array,
  plan: Float64Array,
  memory: readonly (Uint8Array | Int32Array | Float64Array)[],
) => Promise<boolean>;

const hashPieces = nativeModule?.['hashPieces'] as HashPieces | undefined;

/** Whether this machine has it. */
export const canHashNatively = hashPieces !== undefined;

/** Undefined where it cannot do this plan, and nothing has been done. What is told to stop may have faults untold. */
export async function hashNatively(
  plan: HashPlan,
  memory: HashMemory,
  threads: number,
  signal: AbortSignal,
): Promise<HashFault[] | undefined> {
  if (hashPieces === undefined || !isPossible(plan)) return undefined;
  while (atWork >= MOST_AT_WORK && !signal.aborted) await oneEnds(signal);
  if (signal.aborted) return [];
  atWork++;
  try {
    return await run(hashPieces, plan, memory, threads);
  } finally {
    atWork--;
    for (const look of [...waiting]) look();
  }
}

function oneEnds(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const look = () => {
      waiting.delete(look);
      signal.removeEventListener('abort', look);
      resolve();
    };
    waiting.add(look);
    signal.addEventListener('abort', look);
  });
}

async function run(
  hash: HashPieces,
  plan: HashPlan,
  memory: HashMemory,
  threads: number,
): Promise<HashFault[] | undefined> {
  const { v1, v2, keepBlocks, pieceLength, length } = plan;
  const { paths, numbers } = packPlan(plan);
  const faults = new Float64Array(plan.files.length).fill(Number.NaN);
  const goesOn = plan.onFault === 'record';
  const isDone = await hash(
    paths,
    numbers,
    Float64Array.of(
      pieceLength,
      length,
      +v1,
      +v2,
      +(keepBlocks === true),
      +goesOn,
      piecesPerRun(plan, memory.progress.length),
      threads,
    ),
    [memory.pieces, memory.pieceRoots, memory.blocks, memory.unread, memory.control, memory.progress, faults],
  );
  if (!isDone) return undefined;
  const found: HashFault[] = [];
  for (let file = 0; file < faults.length; file++) {
    const fault = faults[file]!;
    if (!Number.isNaN(fault)) found.push(faultOf(plan.files[file]!, file, causeOf(fault)));
  }
  return found;
}

/** Parts of a message are multiples of what SHA-1 takes at a time; and the system would end a path at a NUL. */
function isPossible({ pieceLength, files, length }: HashPlan): boolean {
  const isEven = pieceLength % SHA_BLOCK_LENGTH === 0 && pieceLength <= MAX_PIECE_LENGTH;
  return isEven && length > 0 && !files.some(file => file.length === 0 || file.path.includes('\0'));
}

/** What it says of a file: the length that this really has, or the system's error, negative. */
function causeOf(fault: number): { length: number } | Error {
  if (fault >= 0) return { length: fault };
  const [code, message] = getSystemErrorMap().get(fault) ?? [`error ${-fault}`, `system error ${-fault}`];
  return Object.assign(new Error(message), { code });
}

/** Of all hashers. */
let atWork = 0;
const waiting = new Set<() => void>();
// Each holds one of the four threads by which Node reads files and looks names up.
const MOST_AT_WORK = 2;
const SHA_BLOCK_LENGTH = 64;
const MAX_PIECE_LENGTH = 2 ** 30;
