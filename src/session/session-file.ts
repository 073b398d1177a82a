// A file of a torrent of a session: its facts, how much of it is there, and its bytes as they come.

import type { Bitfield } from '../core/bytes/bitfield.ts';
import type { Layout } from '../core/metainfo/layout.ts';
import type { TorrentFile } from '../core/metainfo/metainfo.ts';
import { type FileStreamOptions, type FileStreamSource, streamFile } from './file-stream.ts';

export class SessionFile {
  /** In `info.files`. */
  readonly index: number;
  readonly length: number;
  readonly #file: TorrentFile;
  readonly #layout: Layout;
  readonly #have: () => Bitfield;
  readonly #sourceOfStream: () => FileStreamSource;
  readonly #path: () => readonly string[];

  constructor(
    index: number,
    file: TorrentFile,
    deps: {
      readonly layout: Layout;
      readonly have: () => Bitfield;
      /** Where it lies at the moment. */
      readonly path: () => readonly string[];
      /** For each stream one. */
      readonly sourceOfStream: () => FileStreamSource;
    },
  ) {
    this.index = index;
    this.length = file.length;
    this.#file = file;
    this.#layout = deps.layout;
    this.#have = deps.have;
    this.#path = deps.path;
    this.#sourceOfStream = deps.sourceOfStream;
  }

  /** Elements below the download folder. */
  get path(): readonly string[] {
    return this.#path();
  }

  /** Bytes of it in pieces that are on the disk and checked. */
  get haveLength(): number {
    const have = this.#have();
    const { first, end } = this.#layout.piecesOf(this.index);
    const { offset, length } = this.#file;
    let bytes = 0;
    for (let piece = first; piece < end; piece++) {
      if (piece >= have.length || !have.has(piece)) continue;
      const start = piece * this.#layout.pieceLength;
      bytes += Math.min(start + this.#layout.pieceLength, offset + length) - Math.max(start, offset);
    }
    return bytes;
  }

  get isComplete(): boolean {
    return this.haveLength === this.length;
  }

  /**
   * Its bytes in order, as soon as they are there: the pieces that come next are asked for before all others. Leaving the
   * loop ends the stream. Chunks are up to 256 KiB, and the caller's.
   *
   *   for await (const chunk of torrent.files[0].stream({ start: 1_000_000 })) response.write(chunk);
   *
   * @throws SwarmlineError what ended the torrent, `TORRENT_CLOSED` where it was closed, `FILE_SKIPPED` where what is missing
   *   is not to be fetched; TypeError where the range is not in the file; the signal's reason
   */
  stream(options: FileStreamOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    return streamFile(this.#file, options, this.#sourceOfStream());
  }
}
