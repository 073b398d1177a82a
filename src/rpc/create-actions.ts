// What the methods of making torrents do.

import { SwarmlineError } from '../core/errors.ts';
import type { Creation } from '../daemon/creations.ts';
import type { Daemon } from '../daemon/daemon.ts';
import type { ReadParams, Result } from './methods.ts';

export async function startCreation(
  { path, labels, trackers, webSeeds, ...options }: ReadParams<'create.start'>,
  daemon: Daemon,
): Promise<Result<'create.start'>> {
  const { deps, creations } = daemon;
  const admitted = await deps.admitFolder(path);
  // It is seeded from where it lies: in a folder that may be used too.
  const downloadDir = await deps.admitFolder(`${admitted}/..`);
  return creationView(
    creations.start({
      path: admitted,
      downloadDir,
      labels,
      options: {
        version: options.version,
        private: options.private,
        createdBy: `Swarmline ${deps.version}`,
        creationDate: Math.floor(deps.clock.wallTime() / 1000),
        ...(trackers.length > 0 && { trackers: trackers.filter(tier => tier.length > 0) }),
        ...(webSeeds.length > 0 && { webSeeds }),
        ...(options.pieceLength !== undefined && { pieceLength: options.pieceLength }),
        ...(options.comment !== undefined && { comment: options.comment }),
        ...(options.source !== undefined && { source: options.source }),
      },
    }),
  );
}

/** @throws SwarmlineError `CREATION_UNKNOWN` */
export function creationOf(id: string, { creations }: Daemon): Result<'create.get'> {
  const creation = creations.find(id);
  if (creation === undefined)
    throw new SwarmlineError('CREATION_UNKNOWN', `No torrent is being made under the number ${id}.`, {
      where: 'id',
    });
  return creationView(creation);
}

export async function cancelCreation(id: string, daemon: Daemon): Promise<Result<'create.cancel'>> {
  creationOf(id, daemon);
  await daemon.creations.cancel(id);
  return creationOf(id, daemon);
}

function creationView({ id, path, state, done, total, error, torrent }: Creation): Result<'create.get'> {
  return { id, path, state, done, total, error: error?.message ?? null, torrent: torrent ?? null };
}
