// What a disk thread does with pieces: hashes, compares, writes, reads, and brings to its file what lay in the part file.

import type { HashFunctions } from '../core/metainfo/info-hash.ts';
import { blockDigests, isProved } from '../core/metainfo/piece-proof.ts';
import type { FileSegment, PieceVerdict } from '../host/disk.ts';
import type { DiskJob, OpenedFiles, PieceJob, SettledPiece } from './disk-jobs.ts';
import { nodeHash } from './hash-functions.ts';
import { PART_FILE_MARK } from './part-file.ts';
import type { PieceDigests } from './piece-digests.ts';
import type { ThreadFiles } from './thread-files.ts';

/**
 * One write a file. Pieces that follow one another are not gathered into one `writev`: in a download of 1 GiB no more than
 * 4 of 100 had a neighbour among those that were queued, and where all have one it saves 52 ms a GiB with pieces of 64 KiB
 * and nothing from 256 KiB on. docs/performance.md
 */
export function store(
  files: ThreadFiles,
  torrent: OpenedFiles,
  job: DiskJob & { readonly kind: 'store' },
  bytes: Uint8Array,
  hash: HashFunctions,
): PieceVerdict {
  const { piece, times } = job;
  if (!isProved(bytes, piece.check, hash))
    return { isRight: false, blockDigests: digestsOf(bytes, piece.segments) };
  for (const [i, { file, offset, length, at }] of piece.segments.entries())
    files.stored.push(files.write(torrent, file, bytes.subarray(at, at + length), offset, times[i]));
  // What they say is there by now.
  if (job.marks.length > 0) mark(files, torrent, job.marks, 1);
  return job.blockDigests ? { isRight: true, blockDigests: digestsOf(bytes, piece.segments) } : true;
}

/** Fills the job's bytes. @throws SwarmlineError `FILE_CHANGED` */
export function read(
  files: ThreadFiles,
  torrent: OpenedFiles,
  { bytes, segments, times }: DiskJob & { readonly kind: 'read' },
): true {
  if (!files.readSegments(torrent, bytes, segments, times)) throw files.shorter();
  return true;
}

/** @throws SwarmlineError `FILE_CHANGED` */
export function hashBlocks(
  files: ThreadFiles,
  torrent: OpenedFiles,
  segments: readonly FileSegment[],
): Uint8Array {
  const bytes = files.scratch(lengthOf(segments));
  if (!files.readSegments(torrent, bytes, segments)) throw files.shorter();
  return digestsOf(bytes, segments);
}

/** For disk-check: of each whether it is right, or its files are too short for it. They are read first, then hashed together. */
export function checkPieces(
  files: ThreadFiles,
  torrent: OpenedFiles,
  pieces: readonly PieceJob[],
  digests: PieceDigests,
): Uint8Array {
  let bytes = files.scratch(pieces.reduce((sum, { length }) => sum + length, 0));
  const messages = pieces.map(({ length }) => {
    const message = bytes.subarray(0, length);
    bytes = bytes.subarray(length);
    return message;
  });
  const canRead = pieces.map(({ segments }, i) => files.readSegments(torrent, messages[i]!, segments));
  digests.prepare(messages.filter((_, i) => canRead[i] && pieces[i]!.check.kind !== 'merkle'));
  return Uint8Array.from(pieces, ({ check }, i) => {
    if (!canRead[i]) return UNREADABLE;
    return isProved(messages[i]!, check, digests.hash) ? RIGHT : 0;
  });
}

function check(files: ThreadFiles, torrent: OpenedFiles, piece: PieceJob): number {
  const bytes = files.scratch(piece.length);
  if (!files.readSegments(torrent, bytes, piece.segments)) return UNREADABLE;
  return isProved(bytes, piece.check, nodeHash) ? RIGHT : 0;
}

/** Right or not, nothing of it is left in the part file for those that it was for. */
export function settle(files: ThreadFiles, torrent: OpenedFiles, { piece, to, marks }: SettledPiece): number {
  const verdict = check(files, torrent, piece);
  if (verdict === RIGHT) {
    const bytes = files.scratch(piece.length);
    for (const { file, offset, length, at } of to)
      files.write(torrent, file, bytes.subarray(at, at + length), offset);
  }
  mark(files, torrent, marks, 0);
  return verdict;
}

/** Says in the part file that something is there, or is not any more. */
function mark(files: ThreadFiles, torrent: OpenedFiles, positions: readonly number[], is: 0 | 1): void {
  const parts = torrent.files.length - 1;
  files.write(torrent, parts, PART_FILE_MARK, 0);
  for (const position of positions) files.write(torrent, parts, Uint8Array.of(is), position);
}

function digestsOf(bytes: Uint8Array, segments: readonly FileSegment[]): Uint8Array {
  return blockDigests(bytes, lengthOf(segments), nodeHash);
}

function lengthOf(segments: readonly FileSegment[]): number {
  const last = segments.at(-1);
  return last === undefined ? 0 : last.at + last.length;
}

const RIGHT = 1;
const UNREADABLE = 2;
