// What `create` and `verify` need of this machine, in one piece.

import type { Files } from '../host/files.ts';
import type { PieceHasher } from '../host/piece-hasher.ts';
import { nodeFiles } from './files.ts';
import { nodePieceHasher, type PieceHasherOptions } from './piece-hasher.ts';

export interface NodeCreateDeps {
  readonly files: Files;
  readonly hasher: PieceHasher;
}

/** Runs a job with the file system and a hashing pool that lives as long as the job. */
export async function withNodeDeps<Result>(
  options: PieceHasherOptions,
  job: (deps: NodeCreateDeps) => Promise<Result>,
): Promise<Result> {
  const hasher = nodePieceHasher(options);
  try {
    return await job({ files: nodeFiles(), hasher });
  } finally {
    await hasher.close();
  }
}
