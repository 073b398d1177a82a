// Torrents of real bytes, for tests that move data: made in memory, with the hashes that the data has.

import { concatBytes } from '../src/core/bytes/bytes.ts';
import { toHex } from '../src/core/bytes/hex.ts';
import { seededRandom } from '../src/core/bytes/prng.ts';
import { sha1 } from '../src/core/bytes/sha1.ts';
import { sha256 } from '../src/core/bytes/sha256.ts';
import { type BuildFile, buildInfo, buildMetainfo, paddingAfter } from '../src/core/metainfo/build.ts';
import { comparePaths } from '../src/core/metainfo/file-tree.ts';
import { merkleRoot, rootOfPieceLayer } from '../src/core/metainfo/merkle.ts';
import type { FileAttributes, Metainfo, TorrentVersion } from '../src/core/metainfo/metainfo.ts';
import { parseMetainfo } from '../src/core/metainfo/parse.ts';

export interface DataFile extends FileAttributes {
  /** Below the torrent's name; empty where the torrent is one file. */
  readonly path: readonly string[];
  readonly data: Uint8Array;
}

export interface DataTorrent {
  readonly metainfo: Metainfo;
  /** In the order of `metainfo.files`. */
  readonly files: readonly DataFile[];
}

/** A torrent of these files; `name` is the folder, or the file where there is one without a path. */
export function torrentOf(
  files: readonly DataFile[],
  options: {
    readonly version?: TorrentVersion;
    readonly pieceLength?: number;
    readonly name?: string;
    /** BEP 38 */
    readonly similar?: readonly Uint8Array[];
    readonly collections?: readonly string[];
  } = {},
): DataTorrent {
  const version = options.version ?? 'v1';
  const pieceLength = options.pieceLength ?? 32_768;
  const ordered = version === 'v1' ? [...files] : files.toSorted((a, b) => comparePaths(a.path, b.path));
  const pieceLayers = new Map<string, Uint8Array>();
  const listed = ordered.map(({ data, ...rest }): BuildFile => {
    if (version === 'v1' || data.length === 0) return { ...rest, length: data.length };
    return { ...rest, length: data.length, piecesRoot: piecesRootOf(data, pieceLength, pieceLayers) };
  });
  const info = buildInfo({
    version,
    name: options.name ?? 'album',
    pieceLength,
    isFolder: files[0]!.path.length > 0,
    files: listed,
    ...(options.similar === undefined ? {} : { similar: options.similar }),
    ...(options.collections === undefined ? {} : { collections: options.collections }),
    ...(version === 'v2' ? {} : { pieces: piecesOf(ordered, pieceLength, version) }),
  });
  const bytes = buildMetainfo(info, version === 'v1' ? {} : { pieceLayers });
  return { metainfo: parseMetainfo(bytes), files: ordered };
}

/** Bytes that look like nothing in particular, the same for a seed. */
export function noise(length: number, seed: number): Uint8Array {
  return seededRandom(seed).fill(new Uint8Array(length));
}

function piecesOf(files: readonly DataFile[], pieceLength: number, version: TorrentVersion): Uint8Array {
  const parts: Uint8Array[] = [];
  let position = 0;
  for (const { data } of files) {
    parts.push(data);
    position += data.length;
    if (version !== 'hybrid' || files.length === 1 || data.length === 0) continue;
    const padding = paddingAfter(position, pieceLength);
    parts.push(new Uint8Array(padding));
    position += padding;
  }
  const whole = concatBytes(parts);
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += pieceLength)
    hashes.push(sha1(whole.subarray(at, at + pieceLength)));
  return concatBytes(hashes);
}

function piecesRootOf(data: Uint8Array, pieceLength: number, layers: Map<string, Uint8Array>): Uint8Array {
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += 16_384) leaves.push(sha256(data.subarray(at, at + 16_384)));
  if (data.length <= pieceLength) return merkleRoot(concatBytes(leaves));
  const width = pieceLength / 16_384;
  const layer: Uint8Array[] = [];
  for (let at = 0; at < leaves.length; at += width) {
    layer.push(merkleRoot(concatBytes(leaves.slice(at, at + width)), { width }));
  }
  const digests = concatBytes(layer);
  const root = rootOfPieceLayer(digests, pieceLength);
  layers.set(toHex(root), digests);
  return root;
}
