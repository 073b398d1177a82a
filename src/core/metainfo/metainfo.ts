// What a torrent says, as types. `parse` makes one from bytes; `build` makes bytes. A Metainfo is immutable.

import type { Layout } from './layout.ts';

/** BEP 3 alone, BEP 52 alone, or both in one (BEP 52, "upgrade path"). */
export type TorrentVersion = 'v1' | 'v2' | 'hybrid';

/** BEP 47, "attr". Padding files are not among `Info.files`: the layout knows the gaps. */
export interface FileAttributes {
  readonly executable?: boolean;
  readonly hidden?: boolean;
  /** Path of the target, relative to the torrent's root. The file's length is 0. BEP 47, "symlink path". */
  readonly symlinkTarget?: readonly string[];
}

export interface TorrentFile extends FileAttributes {
  /** Path below the download folder: the torrent's name first where it is a folder. Checked by `safe-path`. */
  readonly path: readonly string[];
  /** The path as the torrent has it, where that is another: the name under which those who made it have the file. */
  readonly writtenPath?: readonly string[];
  readonly length: number;
  /** Where its first byte stands in the piece space, gaps counted. */
  readonly offset: number;
  /** 32 bytes, for v2 and hybrid files that are not empty. BEP 52, "pieces root". */
  readonly piecesRoot?: Uint8Array;
}

/** The `info` dictionary: what the info hashes name. A magnet's metadata (BEP 9) is this alone. */
export interface Info {
  readonly version: TorrentVersion;
  /** The bytes of `info` exactly as they were read: what is hashed and what is served (BEP 9). */
  readonly raw: Uint8Array;
  /** 20 bytes: SHA-1 of `raw`, for v1 and hybrid. */
  readonly infoHashV1?: Uint8Array;
  /** 32 bytes: SHA-256 of `raw`, for v2 and hybrid. */
  readonly infoHashV2?: Uint8Array;
  readonly name: string;
  readonly pieceLength: number;
  /** True where `name` is a folder and not the file itself. */
  readonly isFolder: boolean;
  /** In the order of the piece space, without padding. */
  readonly files: readonly TorrentFile[];
  readonly layout: Layout;
  /** 20 bytes a piece, for v1 and hybrid. BEP 3, "pieces". */
  readonly pieces?: Uint8Array;
  readonly private: boolean;
  readonly source?: string;
  /** Info hashes of torrents that may share files with this one. BEP 38. */
  readonly similar: readonly Uint8Array[];
  /** Names of collections that it belongs to. BEP 38. */
  readonly collections: readonly string[];
}

/** A whole torrent file. */
export interface Metainfo extends Info {
  /** Tiers of tracker URLs (BEP 12); one tier of one where there is only `announce`; empty where there is none. */
  readonly trackers: readonly (readonly string[])[];
  /** BEP 19. */
  readonly webSeeds: readonly string[];
  /** BEP 5, "nodes". */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly comment?: string;
  readonly createdBy?: string;
  /** Seconds since 1970. */
  readonly creationDate?: number;
  /** Hashes of the layer that one piece length covers, 32 bytes each, by the pieces root in hex. BEP 52, "piece layers". */
  readonly pieceLayers: ReadonlyMap<string, Uint8Array>;
  /**
   * Hashes of every 16 KiB of a file, by its pieces root in hex. No BEP has it: it stands beside `info` under "block
   * layers", other programs pass it over, and with it a check of the data can blame the exact block.
   */
  readonly blockLayers: ReadonlyMap<string, Uint8Array>;
  /** The torrent file's bytes. */
  readonly bytes: Uint8Array;
}

/** 16 KiB: what peers request, and the leaf of a merkle tree (BEP 52). */
export const BLOCK_LENGTH = 16_384;

/** The 20 bytes by which peers and trackers name the torrent: v1's hash, or v2's cut short (BEP 52, "infohash"). */
export function wireInfoHashes(info: Pick<Info, 'infoHashV1' | 'infoHashV2'>): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  if (info.infoHashV1 !== undefined) hashes.push(info.infoHashV1);
  const v2 = wireInfoHashV2(info);
  if (v2 !== undefined) hashes.push(v2);
  return hashes;
}

/** v2's hash cut short. BEP 52, "infohash" */
export function wireInfoHashV2({ infoHashV2 }: Pick<Info, 'infoHashV2'>): Uint8Array | undefined {
  return infoHashV2?.subarray(0, 20);
}
