// What the main thread asks of a disk thread, and what that answers.

import type { FileSegment, PieceCheck, PieceVerdict, TwinFile } from '../host/disk.ts';
import type { MovePlan, TargetPlace } from './move-files.ts';
import type { FileRoom } from './reserve-room.ts';

export interface DiskFile {
  /** Below the torrent's folder. */
  readonly path: readonly string[];
  /** Where it lies, where that is not below the torrent's folder: then it is never written. */
  readonly source: string | undefined;
  readonly length: number;
  readonly isExecutable: boolean;
  /** Below the torrent's folder. */
  readonly symlinkTarget: readonly string[] | undefined;
  readonly isWanted: boolean;
}

/** What a thread has to know of a torrent. */
export interface OpenedFiles {
  /** Absolute. */
  readonly folder: string;
  /** One for each file; and behind these the part file, where there may be one. */
  readonly files: readonly DiskFile[];
  /** Of the part file: how many marks it has (`part-file`); 0 where there is none. */
  readonly markCount: number;
}

/** What a thread is started with. */
export interface DiskSettings {
  readonly maxOpenFiles: number;
}

/** How files look, and which they are: one that stands in another's place has another number. */
export interface SeenFiles {
  /** As in `FileStates`, and the part file's behind them. */
  readonly lengths: Float64Array;
  readonly modifiedMs: Float64Array;
  readonly inodes: Float64Array;
  /** What the part file says that it holds; undefined where there is none. */
  readonly marks?: Uint8Array | undefined;
}

/** A piece, where its bytes lie in the files and the part file, and what proves it. */
export interface PieceJob {
  readonly piece: number;
  readonly length: number;
  readonly segments: readonly FileSegment[];
  readonly check: PieceCheck;
}

/** A piece that has something in the part file which belongs to its own file now. */
export interface SettledPiece {
  readonly piece: PieceJob;
  readonly to: readonly FileSegment[];
  /** Where in the part file it is said that they are there. */
  readonly marks: readonly number[];
}

export type DiskJob =
  | ({ readonly kind: 'open'; readonly torrent: number } & OpenedFiles)
  /** Without `open`. */
  | ({ readonly kind: 'look' } & OpenedFiles)
  | { readonly kind: 'finish' | 'close'; readonly torrent: number }
  /** Brings what was written to these files, and the files' own facts, to the disk. Others are not kept waiting. */
  | { readonly kind: 'flush'; readonly torrent: number; readonly files: readonly number[] }
  /** `bytes` lie in memory that both threads see: the thread's until it answers. */
  | {
      readonly kind: 'store';
      readonly torrent: number;
      readonly bytes: Uint8Array;
      readonly piece: PieceJob;
      readonly times: ExpectedTimes;
      /** The digests of its blocks are wanted also where it is right. */
      readonly blockDigests: boolean;
      /** Places in the part file where it is said then what has come there. */
      readonly marks: readonly number[];
    }
  /** `bytes` lie in memory that both threads see. */
  | {
      readonly kind: 'read';
      readonly torrent: number;
      readonly bytes: Uint8Array;
      readonly segments: readonly FileSegment[];
      readonly times: ExpectedTimes;
    }
  /** Of one file's part of a piece. */
  | { readonly kind: 'hash'; readonly torrent: number; readonly segments: readonly FileSegment[] }
  | { readonly kind: 'check'; readonly torrent: number; readonly pieces: readonly PieceJob[] }
  | { readonly kind: 'settle'; readonly torrent: number; readonly pieces: readonly SettledPiece[] }
  /** What the files take up, and what is left. */
  | { readonly kind: 'room'; readonly torrent: number }
  /** Writes zeros. */
  | {
      readonly kind: 'reserve';
      readonly torrent: number;
      readonly file: number;
      readonly offset: number;
      readonly length: number;
    }
  /** Another torrent's file becomes this one's; or a range of it, where it has to be copied. */
  | {
      readonly kind: 'adopt';
      readonly torrent: number;
      readonly twin: TwinFile;
      readonly offset: number;
    }
  | { readonly kind: 'plan move'; readonly torrent: number; readonly to: TargetPlace }
  /** A range of a file, from where it is to the copy that is being made. */
  | {
      readonly kind: 'copy';
      readonly torrent: number;
      readonly folder: string;
      readonly copyName: string;
      readonly file: number;
      readonly offset: number;
      readonly length: number;
      /** Nothing was written there before: zeros need not be. */
      readonly mayHole: boolean;
    }
  /** Brings the copies to the disk. Others are not kept waiting. */
  | {
      readonly kind: 'sync copies';
      readonly torrent: number;
      readonly to: TargetPlace;
      readonly isCopied: Uint8Array;
    }
  | {
      readonly kind: 'relocate';
      readonly torrent: number;
      readonly to: TargetPlace;
      readonly isCopied: Uint8Array;
    }
  | { readonly kind: 'drop copies'; readonly torrent: number; readonly to: TargetPlace }
  /** What a move has left. */
  | {
      readonly kind: 'tidy';
      readonly torrent: number;
      readonly folder: string;
      readonly paths: readonly (readonly string[])[];
      readonly files: readonly number[];
    }
  /** Removes the part file. */
  | { readonly kind: 'drop parts'; readonly torrent: number };

/**
 * For each segment when its file was last changed, as `FileStates.modifiedMs`: with another time, somebody else has been
 * at it. 0: not known.
 */
export type ExpectedTimes = readonly number[];

export interface DiskRequest {
  readonly id: number;
  readonly job: DiskJob;
}

export interface DiskAnswer {
  readonly id: number;
  /**
   * `look`: what is there; `flush`: the same of the files that were asked for. `store`: whether the piece is right, and
   * who can be blamed. `check` and `settle`: for each piece 1 right, 0 wrong, 2 not readable. `hash`: SHA-256 of each block. `adopt`: one byte,
   * of which `twin-file` says what it means.
   */
  readonly result?: PieceVerdict | SeenFiles | FileRoom | MovePlan | Uint8Array;
  readonly fault?: DiskFault;
  /** `store`: of the files that were written to, in the order of the segments. */
  readonly inodes?: readonly number[];
}

export interface DiskFault {
  readonly code: string;
  readonly message: string;
  readonly where: string;
  /** The file is not there any more: whatever was written to it since is lost. */
  readonly isGone: boolean;
}
