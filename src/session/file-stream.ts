// The bytes of a file in order, while it is being downloaded: waits for the next piece, reads it, and says ahead of itself
// which pieces are needed soon. Knows pieces and reads, not peers. Control plane: promises and AbortSignal.

import type { SwarmlineError } from '../core/errors.ts';
import type { Layout, LayoutFile } from '../core/metainfo/layout.ts';

export interface FileStreamOptions {
  /** The first byte. @default 0 */
  readonly start?: number;
  /** One past the last byte, as `slice` has it. @default the file's length */
  readonly end?: number;
  /** Ends the stream: its reason is thrown. */
  readonly signal?: AbortSignal;
  /** So much is asked of the swarm ahead of what has been taken. @default 8 MiB, and four pieces at least */
  readonly aheadBytes?: number;
}

/** Pieces that a stream will need, the first of them first; `end` is one past the last. */
export interface PieceWindow {
  readonly first: number;
  readonly end: number;
}

/** What a stream asks of its torrent. */
export interface FileStreamSource {
  readonly layout: Layout;
  hasPiece(piece: number): boolean;
  /** Calls at every piece that comes, and when the torrent's state changes. Returns a function that removes it. */
  onChange(listener: () => void): () => void;
  /** Why no more pieces will come, where none will. */
  fault(): SwarmlineError | undefined;
  /** The bytes are the caller's. */
  read(piece: number, begin: number, length: number): Promise<Uint8Array>;
  /** Undefined: nothing more is needed. */
  want(window: PieceWindow | undefined): void;
}

/** @throws SwarmlineError what ended the torrent; TypeError where the range is not in the file; the signal's reason */
export async function* streamFile(
  file: LayoutFile,
  options: FileStreamOptions,
  source: FileStreamSource,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { start = 0, end = file.length, signal, aheadBytes = AHEAD_BYTES } = options;
  if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= file.length))
    throw new TypeError(`The range ${start}…${end} is not in a file of ${file.length} bytes.`);
  const { pieceLength } = source.layout;
  const ahead = Math.max(MIN_PIECES_AHEAD, Math.ceil(aheadBytes / pieceLength));
  const lastPiece = Math.floor((file.offset + end - 1) / pieceLength);
  let wanted = -1;
  try {
    for (let at = file.offset + start; at < file.offset + end; ) {
      signal?.throwIfAborted();
      const piece = Math.floor(at / pieceLength);
      if (piece !== wanted) {
        wanted = piece;
        source.want({ first: piece, end: Math.min(piece + ahead, lastPiece + 1) });
      }
      if (!source.hasPiece(piece)) await pieceThere(piece, source, signal);
      const begin = at - piece * pieceLength;
      const length = Math.min(pieceLength - begin, file.offset + end - at, MAX_CHUNK_LENGTH);
      const bytes = await source.read(piece, begin, length);
      at += length;
      yield bytes;
    }
  } finally {
    source.want(undefined);
  }
}

function pieceThere(piece: number, source: FileStreamSource, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      removeListener();
      signal?.removeEventListener('abort', onAbort);
      act();
    };
    const look = () => {
      if (source.hasPiece(piece)) return settle(resolve);
      const fault = source.fault();
      if (fault !== undefined) settle(() => reject(fault));
    };
    const onAbort = () => settle(() => reject(signal!.reason));
    const removeListener = source.onChange(look);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted === true) onAbort();
    else look();
  });
}

const AHEAD_BYTES = 8_388_608;
const MIN_PIECES_AHEAD = 4;
// A video player takes less at a time than a piece may have.
const MAX_CHUNK_LENGTH = 262_144;
