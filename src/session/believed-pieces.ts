// What may be believed of what is remembered. The rule: a piece is there if its record says so and every file that it lies
// in has the length and the time that were recorded after a flush; what lies in any other file is hashed, all of it, for
// whoever changed the file may have changed any byte. A program that was killed has written on after its last record, so
// that the files it was at are hashed; files that it had done with, and those that it had not begun, are not.
//
// The part file is a file like any: of a piece that lies there in part it is looked at beside the others.
//
// Two changes within one tick of the file system's clock (some milliseconds) look like one: of ours the later pieces are
// not in the record and are fetched again; of others it would have to be the very tick of the record.

import { Bitfield } from '../core/bytes/bitfield.ts';
import type { Layout } from '../core/metainfo/layout.ts';
import type { FileStates, FlushedFiles, PartsState } from '../host/disk.ts';
import type { KnownData } from './resume-data.ts';

export interface Belief {
  /** There, without a look at them. */
  readonly believed: Bitfield;
  /** To be hashed. */
  readonly doubtful: Bitfield;
}

/** `known` undefined: nothing is remembered. `now` has a state for each file of the layout. */
export function believe(layout: Layout, known: KnownData | undefined, now: FileStates): Belief {
  const { pieceCount } = layout;
  const fileCount = now.lengths.length;
  if (known?.have.length !== pieceCount || known.files.lengths.length !== fileCount)
    return { believed: new Bitfield(pieceCount), doubtful: Bitfield.full(pieceCount) };
  const believed = Bitfield.fromBytes(known.have.bytes, pieceCount)!;
  const doubtful = new Bitfield(pieceCount);
  const doubt = (piece: number) => {
    believed.delete(piece);
    doubtful.add(piece);
  };
  for (let file = 0; file < fileCount; file++) {
    if (isSame(known.files, now, file)) continue;
    const { first, end } = layout.piecesOf(file);
    for (let piece = first; piece < end; piece++) doubt(piece);
  }
  if (!isSameParts(known.files.parts, now.parts)) {
    for (const parts of [known.files.parts, now.parts])
      for (const piece of parts?.pieces ?? []) if (piece < pieceCount) doubt(piece);
  }
  return { believed, doubtful };
}

/** What is known after a flush: of the files that were written to, how they look now. */
export function withFlushed(known: FileStates, flushed: FlushedFiles): FileStates {
  const lengths = known.lengths.slice();
  const modifiedMs = known.modifiedMs.slice();
  for (const [i, file] of flushed.files.entries()) {
    lengths[file] = flushed.lengths[i]!;
    modifiedMs[file] = flushed.modifiedMs[i]!;
  }
  return { lengths, modifiedMs, parts: flushed.parts };
}

/** A file that was written to and has become shorter, so that it was not we alone; -1 where there is none. */
export function cutShort(known: FileStates, flushed: FlushedFiles): number {
  const at = flushed.files.findIndex((file, i) => flushed.lengths[i]! < known.lengths[file]!);
  return at < 0 ? -1 : flushed.files[at]!;
}

function isSame(before: FileStates, now: FileStates, file: number): boolean {
  return before.lengths[file] === now.lengths[file] && before.modifiedMs[file] === now.modifiedMs[file];
}

function isSameParts(before: PartsState | undefined, now: PartsState | undefined): boolean {
  return before?.length === now?.length && before?.modifiedMs === now?.modifiedMs;
}
