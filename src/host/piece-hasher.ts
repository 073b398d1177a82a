// Hashing files that are on disk: to make a torrent, and to check one. Control plane: promises and AbortSignal.

export interface HashFile {
  /** Where the file is, in the platform's own form. */
  readonly path: string;
  readonly length: number;
  /** Where its first byte stands in the piece space. Files are in this order; bytes between them are zeros. */
  readonly offset: number;
  /** Milliseconds since 1970. Where it is given, a file with another time has changed. */
  readonly modifiedMs?: number | undefined;
}

export interface HashPlan {
  readonly files: readonly HashFile[];
  readonly pieceLength: number;
  /** Bytes of the piece space, gaps and padding counted. */
  readonly length: number;
  /** SHA-1 of each piece (BEP 3). */
  readonly v1: boolean;
  /** Merkle root of each piece (BEP 52); every file that has bytes starts a piece. */
  readonly v2: boolean;
  /** With v2: keep the digest of every 16 KiB block too. @default false */
  readonly keepBlocks?: boolean;
  /** `fail`: the first fault ends it. `record`: go on, and list the faults. */
  readonly onFault: 'fail' | 'record';
}

export type HashFaultKind = 'missing' | 'short' | 'long' | 'changed' | 'unreadable';

export interface HashFault {
  /** Index into the plan's files. */
  readonly file: number;
  readonly kind: HashFaultKind;
  /** A sentence. */
  readonly message: string;
  /** How long the file really is, where that is known. */
  readonly actualLength?: number;
}

export interface HashResult {
  readonly pieceCount: number;
  /** With v1: 20 bytes a piece. */
  readonly pieces: Uint8Array;
  /** With v2: 32 bytes a piece. */
  readonly pieceRoots: Uint8Array;
  /** With `keepBlocks`: 32 bytes for each 16 KiB of the piece space. */
  readonly blocks: Uint8Array;
  /** One byte a piece: 1 where its bytes could not all be read, so that its hashes mean nothing. */
  readonly unread: Uint8Array;
  readonly faults: readonly HashFault[];
}

export interface HashProgress {
  /** Called now and then with the bytes of files read so far. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface PieceHasher {
  /**
   * Reads every file once and hashes it. It begins at once where no other plan is at work: what its caller does then is done
   * meanwhile.
   * @throws SwarmlineError `FILE_CHANGED`, `FILE_MISSING`, `FILE_UNREADABLE` (with `onFault: 'fail'`), `ABORTED`
   */
  hash(plan: HashPlan, progress?: HashProgress): Promise<HashResult>;
  /** Ends the threads. */
  close(): Promise<void>;
}
