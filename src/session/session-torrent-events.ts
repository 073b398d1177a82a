// What a torrent of a session can be, and what it says when that changes.

import type { TorrentEvent } from '../core/engine/output.ts';
import type { TorrentStats } from '../core/engine/stats.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type { Info } from '../core/metainfo/metainfo.ts';
import type { TrackerStatus } from '../core/tracker/tracker-status.ts';
import type { SeedLimit } from './seed-limits.ts';

/**
 * `metadata`: a magnet, looking for its info. `checking`: reading what is there, or waiting to. `allocating`: taking room on
 * the disk (`allocation`). `downloading`, `seeding`: exchanging. `queued`: waiting until fewer others are active. `paused`:
 * by the user, or since it was seeded enough. `failed`: see `error`; `resume` tries again.
 */
export type SessionTorrentState =
  | 'metadata'
  | 'checking'
  | 'allocating'
  | 'downloading'
  | 'seeding'
  | 'queued'
  | 'paused'
  | 'failed'
  | 'closed';

export interface SessionTorrentEvents {
  metadata: Info;
  /** The data on the disk has been checked; the exchange begins. */
  ready: TorrentStats;
  piece: { readonly piece: number };
  /** All that was wanted is on the disk. `wasThere`: it was when the torrent was added. */
  complete: { readonly wasThere: boolean };
  error: SwarmlineError;
  /** It is in another state. */
  state: SessionTorrentState;
  /** It has been seeded enough, and is paused, or not: see `atSeedLimit`. */
  'seed-limit': { readonly limit: SeedLimit };
  /** A tracker has answered, or has not. */
  tracker: TrackerStatus;
  /** Something that does not end the exchange, and that a user should know: what is remembered cannot be written. */
  warning: SwarmlineError;
  peer: TorrentEvent & { readonly type: 'peer-joined' | 'peer-left' | 'peer-banned' };
}
