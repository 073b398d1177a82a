// The engine of one torrent, made of what it was added with and of what the session shares.

import { Torrent } from '../core/engine/torrent.ts';
import { type AddOptions, sourceOf } from './add-options.ts';
import type { TorrentConnections } from './connections.ts';
import type { SessionTorrentDeps } from './session-torrent-deps.ts';

/** `connections`: asked before each dial. */
export function newEngine(
  options: AddOptions,
  { host, settings, peerId, knownBudget, parseInfo }: SessionTorrentDeps,
  connections: TorrentConnections,
): Torrent {
  const torrent = new Torrent(
    {
      source: options.info === undefined ? sourceOf(options) : { info: options.info },
      wantedFiles: options.files,
      peerId,
      client: settings.client,
      engine: settings.engine,
    },
    {
      random: host.random,
      pool: host.disk.pool,
      dialGate: connections,
      knownBudget,
      hash: host.hash,
      parseInfo,
    },
  );
  if (options.isSequential === true) torrent.setSequential(true);
  if (options.priorities !== undefined) torrent.setFilePriorities(options.priorities, host.clock.now());
  return torrent;
}
