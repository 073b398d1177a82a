// The disk, as rings 1 and 2 see it: pieces in, pieces out, by callback. The host cuts pieces into files, hashes, writes,
// and keeps everything inside the download folder. Gaps between files are zeros that are never written (BEP 47).

import type { Bitfield } from '../core/bytes/bitfield.ts';
import type { PiecePool } from '../core/engine/options.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type { FileSegment, Layout } from '../core/metainfo/layout.ts';
import type { TorrentFile } from '../core/metainfo/metainfo.ts';
import type { PieceCheck, PieceVerdict } from '../core/metainfo/piece-proof.ts';

export type { FileSegment, PieceCheck, PiecePool, PieceVerdict };

export interface StoreOptions {
  /** The digests of the blocks are wanted also where the piece is right. @default false */
  readonly blockDigests: boolean;
}

/** Where a torrent's files lie. */
export interface DiskPlace {
  /** The download folder, in the platform's own form. */
  readonly folder: string;
  /** Below it, of each file in the order of the layout. */
  readonly paths: readonly (readonly string[])[];
}

/** What becomes of a file that stands already where one is to be moved to: see `MoveOptions.ifThere`. */
export type IfThere = 'refuse' | 'overwrite' | 'adopt';

export interface MoveOptions {
  /**
   * `refuse`: nothing is moved (`FILE_EXISTS`). `overwrite`: it goes. `adopt`: it stays and counts as the torrent's, to be
   * hashed; the torrent's own is left where it was.
   */
  readonly ifThere: IfThere;
  /** Files are there already for having been moved by a run that did not come to the end of it. */
  readonly isResumed: boolean;
}

export interface MoveCalls {
  /** Nothing stands in the way, and nothing is moved yet: write down where it goes, then say so. */
  readonly begun: (goOn: () => void) => void;
  /** Where bytes have to be copied, for the other folder is on another file system. */
  readonly progress: (copied: number, total: number) => void;
  /** It works at the new place from now on; or at the old, where nothing has changed. */
  readonly done: (result: MovedFiles | SwarmlineError) => void;
}

/** How files look that were copied, as far as they could be looked at; the others were renamed and look as before. */
export interface MovedFiles extends FlushedFiles {
  /** They stand at the old place too, for `tidy`. */
  readonly copied: readonly number[];
}

export interface DiskPlan {
  /** The download folder, in the platform's own form; made where it is not there. Nothing is written outside it. */
  readonly folder: string;
  /** Where each file lies, where that is not below the folder; such files are read and never written. */
  readonly sources: readonly string[] | undefined;
  /** In the order of the layout. */
  readonly files: readonly TorrentFile[];
  /** Where each lies below the folder. @default as the files say */
  readonly paths?: readonly (readonly string[])[];
  readonly layout: Layout;
  readonly checkOf: (piece: number) => PieceCheck;
  /** Index into `files`: false where it is neither to be made nor written to. */
  readonly isWanted: (file: number) => boolean;
  /** The name of the part file, in the folder: see `FileStates.parts`. */
  readonly partFile: string;
}

/** What lies in the part file: bytes of files that nobody wants, of pieces that hold bytes of wanted ones too. */
export interface PartsState {
  readonly length: number;
  readonly modifiedMs: number;
  /** In order. */
  readonly pieces: readonly number[];
}

/** A number for each file: of a few a plain list, which takes a quarter of the memory. */
export type FileNumbers = Float64Array | readonly number[];

/** What stands on the disk for each file of a plan, in its order. */
export interface FileStates {
  /** Bytes; -1 where there is no such file. */
  readonly lengths: FileNumbers;
  /** When each was last changed: milliseconds since 1970, with fractions; 0 where there is no such file. */
  readonly modifiedMs: FileNumbers;
  /** Undefined where there is no part file. */
  readonly parts?: PartsState | undefined;
}

/** How files look that were written to; `parts` is told each time. */
export interface FlushedFiles extends FileStates {
  /** Their indices in the plan; the states are in the same order. */
  readonly files: readonly number[];
}

/** Where one file lies: below a folder, or `source`, where it is shared as it is. */
export interface FilePlace {
  readonly folder: string;
  readonly path: readonly string[];
  readonly source?: string | undefined;
}

/** Another torrent's file that is one of this torrent's too, or may be, all of it or in part. */
export interface TwinFile {
  /** Index into `files`. */
  readonly file: number;
  readonly source: FilePlace;
  /**
   * Its bytes were hashed and are the same: where it cannot be cloned it may be one file under two names (a hard link). Else
   * what is longer than this torrent's file is cut off, and what is shorter is a beginning.
   */
  readonly isProved: boolean;
}

export interface AdoptCalls {
  /** Bytes. */
  readonly progress: (adopted: number, total: number) => void;
  readonly done: (fault?: SwarmlineError) => void;
}

export interface ReserveCalls {
  /** Bytes. */
  readonly progress: (reserved: number, total: number) => void;
  readonly done: (fault?: SwarmlineError) => void;
}

export interface DiskTorrent {
  /** Tells what is there without reading it, but for the part file: what lies there of wanted files moves to them. */
  look(done: (result: FileStates | SwarmlineError) => void): void;
  /**
   * Makes files of this torrent of others', where nothing stands in their place: clones of them, which take no room, where
   * the file system can; else hard links where they may be, else copies. One whose twin is gone, or should be the same and has another length, is left
   * out. They are found by the next look, and hashed like any. Returns a function that gives up; nothing more is told then.
   */
  adopt(twins: readonly TwinFile[], calls: AdoptCalls): () => void;
  /**
   * Reads and hashes what is in the files already: all pieces, or those of `only`. `onPiece` tells each piece that could
   * be read, in no order; pieces of files that are missing or too short are not told. Returns a function that gives up.
   */
  check(
    onPiece: (piece: number, isRight: boolean) => void,
    done: (fault?: SwarmlineError) => void,
    only?: Bitfield,
  ): () => void;
  /**
   * Hashes a piece, compares, and writes it where it is right. `bytes` come from the pool; they are the disk's from here
   * on, which returns them to the pool. `done` tells whether the piece is right, or why it could not be written. With a
   * piece that is wrong come the digests of its blocks.
   */
  store(
    piece: number,
    bytes: Uint8Array,
    done: (result: PieceVerdict | SwarmlineError) => void,
    options?: StoreOptions,
  ): void;
  /** Reads a range of a piece. The bytes are the caller's; handed back to `Disk.release` they are used again. */
  read(
    piece: number,
    begin: number,
    length: number,
    done: (result: Uint8Array | SwarmlineError) => void,
  ): void;
  /** SHA-256 of each 16 KiB of files in a piece, 32 bytes each, the last block as short as it is: BEP 52's leaves. */
  hashBlocks(piece: number, done: (result: Uint8Array | SwarmlineError) => void): void;
  /**
   * Waits for the stores that are under way, and until what they wrote outlives a loss of power; tells how the files look
   * that were written to since the last flush. One of them that is gone is a fault.
   */
  flush(done: (result: FlushedFiles | SwarmlineError) => void): void;
  /**
   * From now on these files are wanted: what lies in the part file of them moves to them, and when nothing is left there it
   * is removed. Tells pieces that turned out not to be right. Not to be called while a check is under way.
   */
  setWanted(
    isWanted: (file: number) => boolean,
    done: (result: { readonly lost: readonly number[] } | SwarmlineError) => void,
  ): void;
  /**
   * Takes from the file system what wanted files lack, so that every byte of them has room of its own. `have`: the pieces
   * that are there, asked again and again: stores may go on. Where there is too little room nothing is taken (`DISK_FULL`).
   * Returns a function that gives up; nothing more is told then.
   */
  reserve(have: () => Bitfield, calls: ReserveCalls): () => void;
  /**
   * Moves the files, while the other jobs go on: within a file system they get other names, and jobs wait for a moment;
   * else they are copied first. What is not a part of the torrent stays. Returns a function that gives up, as long as
   * nothing has been moved; then `done` hears so.
   */
  move(to: DiskPlace, options: MoveOptions, calls: MoveCalls): () => void;
  /** Removes what a move has left at the old place: `files`, which were copied, and folders that are empty now. */
  tidy(from: DiskPlace, files: readonly number[], done: (fault?: SwarmlineError) => void): void;
  /** Everything is there: makes empty files and symbolic links, and sets executable bits (BEP 47). */
  finish(done: (fault?: SwarmlineError) => void): void;
  /** After what is under way, closes the files. */
  close(done: () => void): void;
}

export interface Disk {
  /** Lends the buffers that `store` takes. */
  readonly pool: PiecePool;
  open(plan: DiskPlan): DiskTorrent;
  /** Takes back bytes of `read` that nobody looks at any more. */
  release(bytes: Uint8Array): void;
  /** After all torrents are closed: ends the threads. */
  close(): Promise<void>;
}
