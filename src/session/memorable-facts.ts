// What a torrent says of itself when its record is written: its settings. What has moved in this run it is asked beside.

import type { FilePriority } from '../core/engine/file-priorities.ts';
import type { Torrent } from '../core/engine/torrent.ts';
import type { InfoHashes } from '../core/metainfo/info-hash.ts';
import type { TorrentLimits } from './limits.ts';
import type { SeedLimits } from './seed-limits.ts';

export interface MemorableFacts {
  readonly hashes: InfoHashes;
  readonly name: string | undefined;
  readonly isPaused: boolean;
  readonly isForced: boolean;
  /** It super-seeds, or will when everything is there. */
  readonly superSeed: boolean;
  readonly isSequential: boolean;
  /** Its own. */
  readonly limits: Partial<TorrentLimits>;
  readonly honorsSessionRates: boolean;
  readonly rateGroup: string | undefined;
  readonly order: number;
  readonly seedLimits: Partial<SeedLimits>;
  readonly priorities: readonly FilePriority[] | undefined;
  readonly trackers: readonly (readonly string[])[];
  readonly webSeeds: readonly string[];
}

/** Of which parts each fact is. */
export interface MemorableTorrent {
  readonly rememberedBy: InfoHashes;
  readonly name: string | undefined;
  readonly runner: {
    readonly torrent: Pick<Torrent, 'announceFacts' | 'filePriorities' | 'isSequential' | 'superSeeding'>;
  };
  readonly peers: { readonly count: number };
  readonly life: { readonly isPaused: boolean };
  readonly place: { readonly isForced: boolean; readonly order: number };
  readonly limits: {
    readonly own: Partial<TorrentLimits>;
    readonly honorsSession: boolean;
    readonly group: string | undefined;
  };
  readonly seeding: { readonly own: Partial<SeedLimits> };
  readonly trackers: { readonly tiers: readonly (readonly string[])[] };
  readonly webSeeds: { status(): readonly { readonly url: string }[] } | undefined;
}

export function memorableFacts(torrent: MemorableTorrent): MemorableFacts {
  const { runner, life, place, limits, seeding, trackers, webSeeds } = torrent;
  return {
    hashes: torrent.rememberedBy,
    name: torrent.name,
    isPaused: life.isPaused,
    isForced: place.isForced,
    superSeed: runner.torrent.superSeeding !== 'off',
    isSequential: runner.torrent.isSequential,
    limits: limits.own,
    honorsSessionRates: limits.honorsSession,
    rateGroup: limits.group,
    order: place.order,
    seedLimits: seeding.own,
    priorities: runner.torrent.filePriorities,
    trackers: trackers.tiers,
    webSeeds: webSeeds?.status().map(({ url }) => url) ?? [],
  };
}
