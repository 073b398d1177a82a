// Everything about a new torrent that can be told before its data is read: what `--dry-run` shows.

import { SwarmlineError } from '../core/errors.ts';
import { MAX_PATH_DEPTH } from '../core/metainfo/file-list.ts';
import { comparePaths } from '../core/metainfo/file-tree.ts';
import { BLOCK_LENGTH, type TorrentVersion } from '../core/metainfo/metainfo.ts';
import {
  automaticPieceLength,
  isPieceLengthAllowed,
  pieceLengthForCount,
} from '../core/metainfo/piece-length.ts';
import { pathElementFault } from '../core/metainfo/safe-path.ts';
import type { Files } from '../host/files.ts';
import type { CreateOptions, FileOrder } from './options.ts';
import { type Skipped, type WalkedFile, walk } from './walk.ts';

export interface PlannedFile extends WalkedFile {
  /** Where its first byte stands in the piece space. */
  readonly offset: number;
}

export interface CreatePlan {
  readonly name: string;
  readonly version: TorrentVersion;
  readonly isFolder: boolean;
  /** In the order of the piece space. */
  readonly files: readonly PlannedFile[];
  readonly pieceLength: number;
  readonly pieceCount: number;
  /** Bytes of the files. */
  readonly dataLength: number;
  /** Bytes of the piece space: with the padding of v2 and hybrid. */
  readonly spaceLength: number;
  readonly skipped: readonly Skipped[];
}

/**
 * Walks the paths and decides on everything but the hashes.
 * @throws SwarmlineError those of `walk`; `NAME_NEEDED`, `NAME_INVALID`, `NOTHING_TO_SHARE`, `PIECE_LENGTH_INVALID`,
 * `PATH_TOO_DEEP`, `ORDER_NOT_POSSIBLE`, `TOO_MANY_PIECES`, `TORRENT_TOO_LARGE`, `TOO_MANY_FILES`, `BLOCK_HASHES_NEED_V2`
 */
export async function planTorrent(
  paths: readonly string[],
  options: CreateOptions,
  disk: Files,
  signal?: AbortSignal,
): Promise<CreatePlan> {
  // A shell's variable that is not set: it would be the whole of this folder.
  if (paths.includes('')) throw new SwarmlineError('FILE_MISSING', 'A path is empty: "." is this folder.');
  const version = options.version ?? 'hybrid';
  const name = nameFor(paths, options, disk);
  const order = options.order ?? 'path';
  if (version !== 'v1' && order !== 'path') {
    throw new SwarmlineError(
      'ORDER_NOT_POSSIBLE',
      `A ${version} torrent has its files in the order of their paths: another order needs version v1.`,
    );
  }
  if (version === 'v1' && options.blockHashes === true) {
    throw new SwarmlineError(
      'BLOCK_HASHES_NEED_V2',
      'A v1 torrent has no hashes of blocks: choose version v2 or hybrid.',
    );
  }
  const walked = await walk(paths, options, disk, signal);
  const isFolder = walked.isFolder || paths.length > 1;
  const ordered = inOrder(walked.files, order);
  if (ordered.length === 0) throw nothingIn(name, options);
  checkNames(name, isFolder, ordered, version);

  const dataLength = ordered.reduce((sum, file) => sum + file.length, 0);
  const pieceLength = choosePieceLength(dataLength, version, options);
  const { files, end } = place(ordered, version, pieceLength);
  const pieceCount = Math.ceil(end / pieceLength);
  if (pieceCount > MAX_PIECES) {
    throw new SwarmlineError(
      'TOO_MANY_PIECES',
      `With pieces of ${pieceLength} bytes there would be ${pieceCount} of them; clients take ${MAX_PIECES} at the most: choose longer pieces.`,
    );
  }
  checkSize({ version, pieceCount, dataLength, blockHashes: options.blockHashes ?? false });
  return {
    name,
    version,
    isFolder,
    files,
    pieceLength,
    pieceCount,
    dataLength,
    spaceLength: end,
    skipped: walked.skipped,
  };
}

function nameFor(paths: readonly string[], options: CreateOptions, disk: Files): string {
  const [only] = paths;
  if (only === undefined) throw new TypeError('planTorrent: there is no path');
  if (paths.length > 1 && options.name === undefined) {
    throw new SwarmlineError(
      'NAME_NEEDED',
      'Several paths become one folder, and the folder needs a name: give one with --name.',
    );
  }
  const name = options.name ?? disk.nameOf(disk.resolve(only));
  const fault = pathElementFault(name);
  if (fault !== undefined)
    throw new SwarmlineError('NAME_INVALID', `The name ${fault}: give another with --name.`);
  return name;
}

function inOrder(files: readonly WalkedFile[], order: FileOrder): WalkedFile[] {
  const sorted = [...files];
  if (order === 'given') return sorted;
  sorted.sort((a, b) => comparePaths(a.path, b.path));
  if (order === 'smallest-first') sorted.sort((a, b) => a.length - b.length);
  if (order === 'largest-first') sorted.sort((a, b) => b.length - a.length);
  return sorted;
}

function nothingIn(name: string, options: CreateOptions): SwarmlineError {
  const why =
    options.accepts === undefined
      ? ' to make a torrent of'
      : ': the patterns, which are of paths below it, leave none';
  return new SwarmlineError('NOTHING_TO_SHARE', `There is no file in "${name}"${why}.`);
}

function checkNames(
  name: string,
  isFolder: boolean,
  files: readonly WalkedFile[],
  version: TorrentVersion,
): void {
  if (files.every(file => file.length === 0)) {
    throw new SwarmlineError(
      'NOTHING_TO_SHARE',
      `"${name}" holds no data: a torrent needs one byte at the least.`,
    );
  }
  const deep = files.find(file => file.path.length > MAX_PATH_DEPTH);
  if (deep !== undefined) {
    throw new SwarmlineError(
      'PATH_TOO_DEEP',
      `"${deep.source}" lies deeper than ${MAX_PATH_DEPTH} folders, which programs refuse: leave it out or move it up.`,
      { where: deep.source },
    );
  }
  if (valueCount(files, version) > MAX_VALUES) {
    throw new SwarmlineError(
      'TOO_MANY_FILES',
      `A ${version} torrent of ${files.length} files has more entries than programs read: ${version === 'v2' ? 'put them into an archive' : 'choose --version v2, or put them into an archive'}.`,
    );
  }
  const [first] = files;
  if (
    version !== 'v1' &&
    isFolder &&
    files.length === 1 &&
    first!.path.length === 1 &&
    first!.path[0] === name
  ) {
    throw new SwarmlineError(
      'NAME_INVALID',
      `A folder "${name}" that holds nothing but a file "${name}" would be taken for the file itself: give another name with --name.`,
    );
  }
}

function choosePieceLength(dataLength: number, version: TorrentVersion, options: CreateOptions): number {
  const { pieceLength, targetPieces } = options;
  if (pieceLength === undefined) {
    return targetPieces === undefined
      ? automaticPieceLength(dataLength)
      : pieceLengthForCount(dataLength, targetPieces);
  }
  if (!isPieceLengthAllowed(pieceLength, version)) {
    const rule = version === 'v1' ? 'from 1 byte to 256 MiB' : 'a power of two from 16 KiB to 256 MiB';
    throw new SwarmlineError(
      'PIECE_LENGTH_INVALID',
      `A piece length of ${pieceLength} bytes is not possible for ${version}: it has to be ${rule}.`,
    );
  }
  return pieceLength;
}

/** v2 and hybrid start every file at a piece; a hybrid of several files is padded at its end too (see `build`). */
function place(
  walked: readonly WalkedFile[],
  version: TorrentVersion,
  pieceLength: number,
): { files: PlannedFile[]; end: number } {
  const files: PlannedFile[] = [];
  const align = (position: number) => Math.ceil(position / pieceLength) * pieceLength;
  let end = 0;
  for (const file of walked) {
    const offset = version === 'v1' || file.length === 0 ? end : align(end);
    // Into the walk's own object, which is nobody else's: a copy of each of a hundred thousand would be eight megabytes.
    const planned = file as Mutable<PlannedFile>;
    planned.offset = offset;
    files.push(planned);
    end = offset + file.length;
    if (version === 'hybrid' && walked.length > 1) end = align(end);
  }
  return { files, end };
}

/** A torrent file of more bytes would be refused by those who read it, this program among them. */
function checkSize(torrent: {
  version: TorrentVersion;
  pieceCount: number;
  dataLength: number;
  blockHashes: boolean;
}): void {
  const { version, pieceCount, dataLength, blockHashes } = torrent;
  const perPiece = (version === 'v2' ? 0 : 20) + (version === 'v1' ? 0 : 32);
  const length = pieceCount * perPiece + (blockHashes ? Math.ceil(dataLength / BLOCK_LENGTH) * 32 : 0);
  if (length <= MAX_HASHES_LENGTH) return;
  const size = `${Math.round(length / 1024 / 1024)} MiB`;
  const how = blockHashes ? 'leave out --block-hashes, or choose longer pieces' : 'choose longer pieces';
  throw new SwarmlineError('TORRENT_TOO_LARGE', `The torrent file would hold ${size} of hashes: ${how}.`);
}

/** How many values of bencoding the files will be: parsers have a limit, ours among them. */
function valueCount(files: readonly WalkedFile[], version: TorrentVersion): number {
  let count = 0;
  for (const { path, length } of files) {
    // A dictionary with a length and a list of elements; one of padding after it; in the tree two, a length and a root.
    if (version !== 'v2') count += 3 + path.length;
    if (version === 'hybrid' && length > 0) count += 6;
    if (version !== 'v1') count += 4;
  }
  return count;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

// Of the 3,000,000 that the decoder takes, as libtorrent does; the rest is for folders, attributes and what lies around.
const MAX_VALUES = 2_800_000;
// libtorrent's limit.
const MAX_PIECES = 2_097_152;
// `parse` reads 64 MiB; names and the rest need room too.
const MAX_HASHES_LENGTH = 56 * 1024 * 1024;
