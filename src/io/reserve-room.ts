// Full allocation: every wanted file gets room of its own on the disk before anything is fetched, so that the disk cannot be
// full half-way and files lie in as few pieces as the file system can manage.
//
// Node has no fallocate, and `truncate` only makes a longer hole. What takes room on every system and file system is zeros
// that are written: as many jobs of a few megabytes, one at a time, so that a thread has time for other torrents between
// them. It costs a second write of everything; the default is therefore sparse. Pieces that are there are left alone: a
// job is made of what is missing at that moment, with no store under way. A file that has all its blocks is passed over.
// (File systems that compress, or copy on write, promise nothing by it.)

import type { Bitfield } from '../core/bytes/bitfield.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Layout } from '../core/metainfo/layout.ts';

/** What a thread found out: bytes. */
export interface FileRoom {
  /** What each file has of its own; holes are not. */
  readonly taken: Float64Array;
  /** What the file system has left for us. */
  readonly free: number;
}

export interface WantedFile {
  readonly index: number;
  readonly name: string;
  readonly length: number;
  readonly offset: number;
}

/** How many bytes each of these files lacks. */
export function lackOf(files: readonly WantedFile[], { taken }: FileRoom): number[] {
  return files.map(({ index, length }) => Math.max(0, length - taken[index]!));
}

/** An error where the file system has less than is lacking; nothing was taken then. */
export function roomFault(files: readonly WantedFile[], room: FileRoom): SwarmlineError | undefined {
  let needed = 0;
  let first: WantedFile | undefined;
  for (const [i, lack] of lackOf(files, room).entries()) {
    needed += lack;
    if (needed > room.free) first ??= files[i];
  }
  return first && noRoom(first.name, needed - room.free);
}

/** `missing`: bytes. */
export function noRoom(name: string, missing: number): SwarmlineError {
  const bytes = missing.toString().replace(/\B(?=(\d{3})+$)/g, ',');
  const message = `"${name}" gets no room: the disk is full; ${bytes} bytes more are needed for what is to be fetched.`;
  return new SwarmlineError('DISK_FULL', message, { where: name });
}

/** The next bytes of a file that no piece has filled, at `from` or behind; undefined where there are none. */
export function nextGap(
  layout: Layout,
  { offset, length }: WantedFile,
  have: Bitfield,
  from: number,
  maxLength: number,
): { readonly offset: number; readonly length: number } | undefined {
  const { pieceLength } = layout;
  let begin = from;
  let piece = Math.floor((offset + begin) / pieceLength);
  while (begin < length && have.has(piece)) begin = ++piece * pieceLength - offset;
  if (begin >= length) return undefined;
  let end = begin;
  while (end < length && end - begin < maxLength && !have.has(piece)) end = ++piece * pieceLength - offset;
  return { offset: begin, length: Math.min(end, length, begin + maxLength) - begin };
}

/** Bytes of zeros that one job writes. */
export const RESERVED_AT_A_TIME = 8_388_608;
