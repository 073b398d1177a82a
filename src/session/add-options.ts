// What a session can be given to exchange, and what it refuses.

import type { FilePriority } from '../core/engine/file-priorities.ts';
import type { CheckableInfo } from '../core/engine/piece-check.ts';
import type { InfoHashes } from '../core/metainfo/info-hash.ts';
import type { TorrentLimits } from './limits.ts';
import type { SeedLimits } from './seed-limits.ts';

/** `sparse`: files take room as they fill. `full`: before anything is fetched. */
export type Allocation = 'sparse' | 'full';

/** What to add: a torrent's info (a Metainfo is one), or a magnet's hashes. */
export interface AddOptions {
  readonly info?: CheckableInfo & {
    readonly trackers?: readonly (readonly string[])[];
    readonly webSeeds?: readonly string[];
    /** Of the DHT: names or addresses. BEP 5 */
    readonly nodes?: readonly { readonly host: string; readonly port: number }[];
  };
  readonly magnet?: {
    readonly infoHashV1?: Uint8Array;
    readonly infoHashV2?: Uint8Array;
    readonly name?: string;
    /** Each is a tier of its own. */
    readonly trackers?: readonly string[];
    readonly webSeeds?: readonly string[];
  };
  /** Tiers of tracker URLs, the first asked first (BEP 12). @default those of the torrent or the magnet */
  readonly trackers?: readonly (readonly string[])[];
  /** URLs of web seeds (BEP 19). @default those of the torrent or the magnet */
  readonly webSeeds?: readonly string[];
  /** The folder that the torrent's files lie in or come to lie in. */
  readonly downloadDir: string;
  /**
   * Where each of `info.files` lies, where that is not below `downloadDir` under its own name: what is shared as it is.
   * Nothing is written to these files.
   */
  readonly sources?: readonly string[];
  /** The data has just been hashed, and is all there: it is not checked again. @default false */
  readonly isVerified?: boolean;
  /** Of this torrent, within the session's. @default none */
  readonly limits?: Partial<TorrentLimits>;
  /** Super-seeding (BEP 16): see `setSuperSeeding`. @default false */
  readonly superSeed?: boolean;
  /** Hash all that is there, whatever is remembered of it. @default false */
  readonly recheck?: boolean;
  /**
   * Indices into `info.files` of what is to be downloaded. Pieces are whole or not: what comes along of other files is kept
   * in a part file, and those are neither made nor written to. @default all
   */
  readonly files?: readonly number[];
  /** Instead of `files`, with `info`: how much each of its files is wanted. @default all alike */
  readonly priorities?: readonly FilePriority[];
  /** Pieces in order, rather than the rarest first. @default false */
  readonly isSequential?: boolean;
  /** How its files get their room on the disk. @default the session's */
  readonly allocation?: Allocation;
  /**
   * Wanted files that are not there are made of those that other torrents of the session have: known by their roots (v2), or by
   * length and name where a torrent names the other (BEP 38). They are hashed like any. @default true
   */
  readonly reusesFiles?: boolean;
  /** Added, its data looked at, and paused: it exchanges nothing before `resume`. @default false */
  readonly isPaused?: boolean;
  /** Closes the torrent when it is aborted, as `close` does: what there is stays on the disk. */
  readonly signal?: AbortSignal;
  /** It neither waits for its turn nor takes a place among those that are active. @default false */
  readonly isForced?: boolean;
  /** The session's rates limit it too. @default true */
  readonly honorsSessionRates?: boolean;
  /** The name of a group whose limits it shares: see `Session.setRateGroup`. @default none */
  readonly rateGroup?: string;
  /** How long it is seeded, in place of the session's limits. @default the session's */
  readonly seedLimits?: Partial<SeedLimits>;
}

/**
 * The hashes that name it.
 * @throws TypeError where nothing is given
 */
export function sourceOf(options: AddOptions): InfoHashes {
  const source = options.info ?? options.magnet;
  if (source === undefined) throw new TypeError('Either info or magnet is needed.');
  if (source.infoHashV1 === undefined && source.infoHashV2 === undefined)
    throw new TypeError('The magnet has no info hash.');
  return source;
}

/** Tiers of tracker URLs. */
export function trackersOf({ info, magnet, trackers }: AddOptions): readonly (readonly string[])[] {
  return trackers ?? info?.trackers ?? magnet?.trackers?.map(url => [url]) ?? [];
}

/** URLs of web seeds. */
export function webSeedsOf({ info, magnet, webSeeds }: AddOptions): readonly string[] {
  return webSeeds ?? info?.webSeeds ?? magnet?.webSeeds ?? [];
}
