// What can be asked of a new torrent.

import type { TorrentVersion } from '../core/metainfo/metainfo.ts';
import type { WalkOptions } from './walk.ts';

/** The order of files in a v1 torrent; v2's tree has an order of its own, which is `path` (BEP 52). */
export type FileOrder = 'path' | 'given' | 'smallest-first' | 'largest-first';

export interface CreateOptions extends WalkOptions {
  /** @default 'hybrid': old clients and new ones can take part */
  readonly version?: TorrentVersion;
  /** @default the path's last element; needed for several paths */
  readonly name?: string;
  /** Bytes; for v2 and hybrid a power of two from 16 KiB. @default by size, see `automaticPieceLength` */
  readonly pieceLength?: number;
  /** Choose the piece length so that there are about so many pieces. */
  readonly targetPieces?: number;
  /** @default 'path' */
  readonly order?: FileOrder;
  /** Tiers of tracker URLs (BEP 12). @default none */
  readonly trackers?: readonly (readonly string[])[];
  /** BEP 19. @default none */
  readonly webSeeds?: readonly string[];
  /** DHT nodes (BEP 5). @default none */
  readonly nodes?: readonly { readonly host: string; readonly port: number }[];
  /** Peers come from the trackers alone (BEP 27). @default false */
  readonly private?: boolean;
  /** Where it was published; part of the info hash. */
  readonly source?: string;
  readonly comment?: string;
  readonly createdBy?: string;
  /** Seconds since 1970. @default none */
  readonly creationDate?: number;
  /** Info hashes of torrents that may share files, 20 or 32 bytes each (BEP 38). */
  readonly similar?: readonly Uint8Array[];
  /** Names of collections (BEP 38). */
  readonly collections?: readonly string[];
  /**
   * Put the hash of every 16 KiB block into the torrent file, beside `info`, so that a check can blame the exact block:
   * 2 MiB more for each GiB of data. v2 and hybrid. @default false
   */
  readonly blockHashes?: boolean;
}
