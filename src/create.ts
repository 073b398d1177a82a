// The library's `swarmline/create`: torrents from files and folders, and data checked against them, on Node.
//
//   const { bytes } = await createTorrent('folder', { trackers: [['https://tracker.example/announce']] });

import type { Metainfo } from './core/metainfo/metainfo.ts';
import type { CreatedTorrent } from './create/create.ts';
import * as create from './create/create.ts';
import type { CreateOptions } from './create/options.ts';
import * as verify from './create/verify.ts';
import type { HashProgress } from './host/piece-hasher.ts';
import { withNodeDeps } from './io/node-create.ts';
import type { PieceHasherOptions } from './io/piece-hasher.ts';

export { ProtocolError, SwarmlineError } from './core/errors.ts';
export type { CreatedTorrent } from './create/create.ts';
export type { CreateOptions, FileOrder } from './create/options.ts';
export type { CreatePlan, PlannedFile } from './create/plan.ts';
export type { FileState, Verification, VerifiedFile } from './create/verify.ts';
export type { Skipped, WalkOptions } from './create/walk.ts';
export type { HashProgress } from './host/piece-hasher.ts';

/**
 * Makes a torrent of a file or a folder, or of several under `options.name`. Every file is read once, by as many threads
 * as there are cores.
 * @throws SwarmlineError, with the codes that docs/errors.md lists under "create"
 */
export function createTorrent(
  paths: string | readonly string[],
  options: CreateOptions & PieceHasherOptions & HashProgress = {},
): Promise<CreatedTorrent> {
  const list = typeof paths === 'string' ? [paths] : paths;
  return withNodeDeps(options, deps => create.createTorrent(list, options, deps, options));
}

/**
 * Checks data on disk against a torrent; nothing is written. `dataPath` is the folder that holds the torrent's file or
 * folder, or that itself.
 * @throws SwarmlineError `ABORTED`, `FILE_UNREADABLE`
 */
export function verifyData(
  metainfo: Metainfo,
  dataPath: string,
  options: PieceHasherOptions & HashProgress = {},
): Promise<verify.Verification> {
  return withNodeDeps(options, deps => verify.verifyData(metainfo, dataPath, deps, options));
}
