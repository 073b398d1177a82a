// Torrent files for tests that look at torrents and never at data: the hashes in them are made up, and fit each other.

import { toHex } from '../src/core/bytes/hex.ts';
import type { BuildFile, BuildInfo, BuildSurroundings } from '../src/core/metainfo/build.ts';
import { buildInfo, buildMetainfo, paddingAfter } from '../src/core/metainfo/build.ts';
import { comparePaths } from '../src/core/metainfo/file-tree.ts';
import { rootOfPieceLayer } from '../src/core/metainfo/merkle.ts';
import type { FileAttributes, TorrentVersion } from '../src/core/metainfo/metainfo.ts';

export interface SampleFile extends FileAttributes {
  readonly path: readonly string[];
  readonly length: number;
}

export type SampleOptions = Partial<Omit<BuildInfo, 'files'>> &
  BuildSurroundings & { readonly files?: readonly SampleFile[] };

/** A small album by default: a folder of three files. */
export function sampleTorrent(version: TorrentVersion, options: SampleOptions = {}): Uint8Array {
  const pieceLength = options.pieceLength ?? 32 * 1024;
  const layers = new Map<string, Uint8Array>();
  const wanted = options.files ?? ALBUM;
  const sorted = version === 'v1' ? wanted : wanted.toSorted((a, b) => comparePaths(a.path, b.path));
  const files = sorted.map((file, i): BuildFile => {
    if (version === 'v1' || file.length === 0) return file;
    if (file.length <= pieceLength) return { ...file, piecesRoot: digest(32, i) };
    const layer = digest(32 * Math.ceil(file.length / pieceLength), i);
    const piecesRoot = rootOfPieceLayer(layer, pieceLength);
    layers.set(toHex(piecesRoot), layer);
    return { ...file, piecesRoot };
  });
  const isFolder = options.isFolder ?? files[0]!.path.length > 0;
  const info = buildInfo({
    name: 'album',
    ...options,
    version,
    pieceLength,
    isFolder,
    files,
    ...(version === 'v2' ? {} : { pieces: digest(20 * pieceCount(files, pieceLength, version), 7) }),
  });
  return buildMetainfo(info, { ...options, ...(version === 'v1' ? {} : { pieceLayers: layers }) });
}

export const ALBUM: readonly SampleFile[] = [
  { path: ['cover.jpg'], length: 30_000 },
  { path: ['disc 1', '10 last.flac'], length: 100_000 },
  { path: ['disc 1', '9 first.flac'], length: 70_000 },
];

function pieceCount(files: readonly BuildFile[], pieceLength: number, version: TorrentVersion): number {
  let length = 0;
  for (const file of files) {
    length += file.length;
    // As `buildInfo` pads.
    if (version === 'hybrid' && files.length > 1 && file.length > 0)
      length += paddingAfter(length, pieceLength);
  }
  return Math.ceil(length / pieceLength);
}

function digest(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + 1) & 255);
}
