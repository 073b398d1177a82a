// A disk thread: hashes, compares, writes, reads, checks. Jobs come one by one and are done in order, synchronously: the
// thread has nothing else to do.

import {
  closeSync,
  existsSync,
  readSync,
  rmSync,
  type Stats,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { SwarmlineError } from '../core/errors.ts';
import { blockDigests, isProved } from '../core/metainfo/piece-proof.ts';
import type { FileSegment, PieceVerdict } from '../host/disk.ts';
import { alignedBytes } from './aligned-bytes.ts';
import { diskFault } from './disk-fault.ts';
import type {
  DiskAnswer,
  DiskFault,
  DiskFile,
  DiskJob,
  DiskRequest,
  DiskSettings,
  ExpectedTimes,
  OpenedFiles,
  PieceJob,
  SeenFiles,
  SettledPiece,
} from './disk-jobs.ts';
import { systemCode } from './file-fault.ts';
import { FileGone, FilePool, openInside } from './file-pool.ts';
import { finishFiles } from './finish-files.ts';
import { flushFiles } from './flush-files.ts';
import { nodeHash } from './hash-functions.ts';
import { PlacesInside, placeInside } from './inside-folder.ts';
import {
  copyNameOf,
  dropCopies,
  planMove,
  relocateFiles,
  type TargetPlace,
  tidyPlace,
} from './move-files.ts';
import { PART_FILE_MARK } from './part-file.ts';
import type { FileRoom } from './reserve-room.ts';

const torrents = new Map<number, OpenedFiles>();
const pool = new FilePool((workerData as DiskSettings).maxOpenFiles);
let scratch: Uint8Array = new Uint8Array(0);
/** The file that is being worked on: named when it fails. */
let currentPath = '';
/** Of the files that the job has stored to, in the order of its segments. */
let writtenInodes: number[] = [];

parentPort!.on('message', ({ id, job }: DiskRequest) => {
  currentPath = '';
  writtenInodes = [];
  if (job.kind === 'flush' || job.kind === 'sync copies') {
    flush(id, job);
    return;
  }
  let answer: DiskAnswer;
  try {
    const result = run(job);
    answer = result === undefined ? { id } : { id, result };
  } catch (error) {
    // What is a bug of ours is thrown on, and ends the thread.
    answer = { id, fault: faultOf(diskFault(error, currentPath, isWriting(job) ? 'written' : 'read')) };
  }
  if (job.kind === 'store')
    parentPort!.postMessage({ ...answer, buffer: job.buffer, inodes: writtenInodes }, [job.buffer]);
  else parentPort!.postMessage(answer);
});

function flush(id: number, job: DiskJob & { readonly kind: 'flush' | 'sync copies' }): void {
  const { folder, files } = torrents.get(job.torrent)!;
  const flushed =
    job.kind === 'flush'
      ? flushFiles(
          folder,
          job.files.map(index => files[index]!.path),
        )
      : flushFiles(job.to.folder, copiesThere(job.to, job.isCopied));
  void flushed.then(result => {
    const answer: DiskAnswer =
      result instanceof SwarmlineError ? { id, fault: faultOf(result) } : { id, result };
    parentPort!.postMessage(answer);
  });
}

function copiesThere(to: TargetPlace, isCopied: Uint8Array): string[][] {
  const names = Array.from(isCopied.keys(), i => copyNameOf(to, i));
  return names
    .filter((name, i) => isCopied[i] === 1 && existsSync(join(to.folder, name)))
    .map(name => [name]);
}

function isWriting({ kind }: DiskJob): boolean {
  return WRITING.has(kind);
}

function faultOf(error: SwarmlineError): DiskFault {
  const { code, message, where = '' } = error;
  return { code, message, where, isGone: error instanceof FileGone };
}

function run(job: Exclude<DiskJob, { readonly kind: 'flush' | 'sync copies' }>): DiskAnswer['result'] {
  if (job.kind === 'look') return look(job);
  if (job.kind === 'open') {
    torrents.set(job.torrent, { folder: job.folder, files: job.files, markCount: job.markCount });
    return undefined;
  }
  const torrent = torrents.get(job.torrent)!;
  switch (job.kind) {
    case 'store':
      return store(torrent, job);
    case 'read':
      if (readSegments(torrent, job.bytes, job.segments, job.times)) return true;
      throw shorter();
    case 'hash':
      return hashBlocks(torrent, job.segments);
    case 'check':
      return Uint8Array.from(job.pieces, piece => check(torrent, piece));
    case 'settle':
      return Uint8Array.from(job.pieces, piece => settle(torrent, piece));
    case 'room':
      return roomOf(torrent);
    case 'reserve':
      reserve(torrent, job);
      return undefined;
    case 'plan move':
      return planMove(torrent, job.to, working);
    case 'copy':
      copy(torrent, job);
      return undefined;
    case 'relocate':
      return relocateFiles(torrent, job.to, job.isCopied, working);
    case 'drop copies':
      dropCopies(job.to);
      return undefined;
    case 'tidy':
      tidyPlace(job.folder, job.paths, job.files, path => {
        currentPath = path.join('/');
      });
      return undefined;
    case 'drop parts':
      dropParts(torrent);
      return undefined;
    case 'finish':
      finishFiles(torrent.folder, torrent.files, working);
      return undefined;
    case 'close':
      pool.close(torrent.files);
      torrents.delete(job.torrent);
      return undefined;
    default:
      return job satisfies never;
  }
}

function working({ path }: DiskFile): void {
  currentPath = path.join('/');
}

/**
 * One write a file. Pieces that follow one another are not gathered into one `writev`: in a download of 1 GiB no more than
 * 4 of 100 had a neighbour among those that were queued, and where all have one it saves 52 ms a GiB with pieces of 64 KiB
 * and nothing from 256 KiB on. docs/performance.md
 */
function store(torrent: OpenedFiles, job: DiskJob & { readonly kind: 'store' }): PieceVerdict {
  const { piece, times } = job;
  const bytes = new Uint8Array(job.buffer, 0, piece.length);
  if (!isProved(bytes, piece.check, nodeHash))
    return { isRight: false, blockDigests: digestsOf(bytes, piece) };
  for (const [i, { file: index, offset, length, at }] of piece.segments.entries()) {
    const file = torrent.files[index]!;
    currentPath = file.path.join('/');
    writtenInodes.push(pool.write(torrent.folder, file, bytes.subarray(at, at + length), offset, times[i]));
  }
  // What they say is there by now.
  if (job.marks.length > 0) mark(torrent, job.marks, 1);
  return job.blockDigests ? { isRight: true, blockDigests: digestsOf(bytes, piece) } : true;
}

/** Says in the part file that something is there, or is not any more. */
function mark(torrent: OpenedFiles, positions: readonly number[], is: 0 | 1): void {
  const { folder, files } = torrent;
  const parts = files.at(-1)!;
  currentPath = parts.path.join('/');
  pool.write(folder, parts, PART_FILE_MARK, 0);
  for (const position of positions) pool.write(folder, parts, Uint8Array.of(is), position);
}

/** Right or not, nothing of it is left in the part file for those that it was for. */
function settle(torrent: OpenedFiles, { piece, to, marks }: SettledPiece): number {
  const verdict = check(torrent, piece);
  if (verdict === RIGHT) {
    for (const { file: index, offset, length, at } of to) {
      const file = torrent.files[index]!;
      currentPath = file.path.join('/');
      pool.write(torrent.folder, file, scratch.subarray(at, at + length), offset);
    }
  }
  mark(torrent, marks, 0);
  return verdict;
}

function roomOf({ folder, files }: OpenedFiles): FileRoom {
  const places = new PlacesInside(folder);
  const taken = Float64Array.from(files, file => {
    currentPath = file.path.join('/');
    const status = statusOf(places, file);
    // Windows counts no blocks.
    return status === undefined ? 0 : status.blocks === undefined ? status.size : status.blocks * 512;
  });
  const { bavail, bsize } = statfsSync(existingAbove(folder));
  return { taken, free: bavail * bsize };
}

/** The folder, or the next one above that is there. */
function existingAbove(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existingAbove(dirname(folder));
}

function reserve(torrent: OpenedFiles, job: DiskJob & { readonly kind: 'reserve' }): void {
  const file = torrent.files[job.file]!;
  currentPath = file.path.join('/');
  for (let done = 0; done < job.length; done += ZEROS.length) {
    const length = Math.min(ZEROS.length, job.length - done);
    pool.write(torrent.folder, file, ZEROS.subarray(0, length), job.offset + done);
  }
}

/** What is not there yet, or nothing but zeros, stays a hole in the copy, unless the file has no holes. */
function copy(torrent: OpenedFiles, job: DiskJob & { readonly kind: 'copy' }): void {
  const file = torrent.files[job.file]!;
  working(file);
  const status = statusOf(new PlacesInside(torrent.folder), file);
  const { size, blocks } = status ?? { size: 0, blocks: 0 };
  const mayHole = job.mayHole && blocks * 512 < size;
  const target = openInside(job.folder, [job.copyName], true);
  try {
    const end = Math.min(size, job.offset + job.length);
    for (let at = job.offset; at < end; at += ZEROS.length) {
      const bytes = scratchFor(Math.min(ZEROS.length, end - at));
      if (!pool.read(torrent.folder, file, bytes, at)) throw shorter();
      if (mayHole && Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0) continue;
      for (let done = 0; done < bytes.length; )
        done += writeSync(target, bytes, done, bytes.length - done, at + done);
    }
  } finally {
    closeSync(target);
  }
}

function dropParts({ folder, files }: OpenedFiles): void {
  const parts = files.at(-1)!;
  currentPath = parts.path.join('/');
  pool.close([parts]);
  rmSync(placeInside(folder, parts.path, false), { force: true });
}

function digestsOf(bytes: Uint8Array, { segments }: PieceJob): Uint8Array {
  const last = segments.at(-1);
  return blockDigests(bytes, last === undefined ? 0 : last.at + last.length, nodeHash);
}

function hashBlocks(torrent: OpenedFiles, segments: readonly FileSegment[]): Uint8Array {
  const last = segments.at(-1);
  const length = last === undefined ? 0 : last.at + last.length;
  const bytes = scratchFor(length);
  if (!readSegments(torrent, bytes, segments)) throw shorter();
  return blockDigests(bytes, length, nodeHash);
}

function shorter(): SwarmlineError {
  const message = `"${currentPath}" has become shorter than it was.`;
  return new SwarmlineError('FILE_CHANGED', message, { where: currentPath });
}

function check(torrent: OpenedFiles, piece: PieceJob): number {
  const bytes = scratchFor(piece.length);
  if (!readSegments(torrent, bytes, piece.segments)) return UNREADABLE;
  return isProved(bytes, piece.check, nodeHash) ? RIGHT : 0;
}

function scratchFor(length: number): Uint8Array {
  if (scratch.length < length) scratch = scratchOf(length);
  return scratch.subarray(0, length);
}

/** @throws SwarmlineError `DISK_FAILED` */
function scratchOf(length: number): Uint8Array {
  try {
    return alignedBytes(length);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message = `There is not enough memory to check pieces of ${length} bytes.`;
    throw new SwarmlineError('DISK_FAILED', message, { cause });
  }
}

/** Fills `bytes`, gaps with zeros; false where a file ends too soon. */
function readSegments(
  torrent: OpenedFiles,
  bytes: Uint8Array,
  segments: readonly FileSegment[],
  times?: ExpectedTimes,
): boolean {
  let end = 0;
  for (const [i, segment] of segments.entries()) {
    if (segment.at > end) bytes.fill(0, end, segment.at);
    end = segment.at + segment.length;
    const file = torrent.files[segment.file]!;
    currentPath = file.path.join('/');
    if (!pool.read(torrent.folder, file, bytes.subarray(segment.at, end), segment.offset, times?.[i]))
      return false;
  }
  if (end < bytes.length) bytes.fill(0, end);
  return true;
}

function look(torrent: OpenedFiles): SeenFiles {
  const { folder, files, markCount } = torrent;
  const lengths = new Float64Array(files.length).fill(-1);
  const modifiedMs = new Float64Array(files.length);
  const inodes = new Float64Array(files.length);
  const places = new PlacesInside(folder);
  for (const [i, file] of files.entries()) {
    currentPath = file.path.join('/');
    const status = statusOf(places, file);
    if (!status?.isFile()) continue;
    lengths[i] = status.size;
    modifiedMs[i] = status.mtimeMs;
    inodes[i] = status.ino;
  }
  const hasParts = markCount > 0 && lengths.at(-1)! >= 0;
  return { lengths, modifiedMs, inodes, marks: hasParts ? marksOf(torrent) : undefined };
}

/** Undefined where it is no part file of ours. */
function marksOf({ folder, files, markCount }: OpenedFiles): Uint8Array | undefined {
  const descriptor = openInside(folder, files.at(-1)!.path, false);
  try {
    const bytes = new Uint8Array(PART_FILE_MARK.length + markCount);
    readSync(descriptor, bytes, 0, bytes.length, 0);
    const isOurs = PART_FILE_MARK.every((byte, i) => bytes[i] === byte);
    return isOurs ? bytes.slice(PART_FILE_MARK.length) : undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined where nothing is there. */
function statusOf(places: PlacesInside, { path, source }: DiskFile): Stats | undefined {
  try {
    return source === undefined ? places.status(path) : statSync(source, { throwIfNoEntry: false });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

const WRITING: ReadonlySet<DiskJob['kind']> = new Set([
  'store',
  'finish',
  'settle',
  'reserve',
  'plan move',
  'copy',
  'relocate',
  'tidy',
  'drop parts',
]);
const RIGHT = 1;
const ZEROS = new Uint8Array(1_048_576);
const UNREADABLE = 2;
