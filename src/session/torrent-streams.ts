// The readers of a torrent's files: what each stream asks of the disk, and the deadlines that it sets for pieces that come
// next. The order in which bytes are given is file-stream's.

import { LazySet } from '../core/bytes/lazy-map.ts';
import type { Torrent } from '../core/engine/torrent.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Layout } from '../core/metainfo/layout.ts';
import type { Disk, DiskTorrent } from '../host/disk.ts';
import type { FileStreamSource, PieceWindow } from './file-stream.ts';

export interface TorrentStreamsDeps {
  readonly torrent: Torrent;
  /** Tells the torrent one fact, then does what follows from it. */
  readonly tell: (fact: (torrent: Torrent, now: number) => void) => void;
  readonly disk: Pick<Disk, 'release'>;
  readonly files: () => DiskTorrent | undefined;
  /** Why no more pieces come, where none do. */
  readonly fault: () => SwarmlineError | undefined;
}

export class TorrentStreams {
  readonly #deps: TorrentStreamsDeps;
  readonly #waiting = new LazySet<() => void>();
  #lastReader = 0;

  constructor(deps: TorrentStreamsDeps) {
    this.#deps = deps;
  }

  /** A piece has come, or the torrent's state is another. */
  changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** For one stream, of the file with this index. */
  source(layout: Layout, file: number): FileStreamSource {
    const { torrent, fault } = this.#deps;
    const reader = ++this.#lastReader;
    return {
      layout,
      hasPiece: piece => piece < torrent.have.length && torrent.have.has(piece),
      onChange: listener => {
        this.#waiting.add(listener);
        return () => void this.#waiting.delete(listener);
      },
      fault: () => fault() ?? (torrent.filePriorities?.[file] === 'skip' ? fileSkipped() : undefined),
      read: (piece, begin, length) => this.#read(piece, begin, length),
      want: window => this.#want(reader, window),
    };
  }

  #want(reader: number, window: PieceWindow | undefined): void {
    this.#deps.tell((torrent, now) => {
      if (window === undefined) {
        torrent.clearDeadlines(reader, now);
        return;
      }
      const { first, end } = window;
      const deadlines = Array.from({ length: end - first }, (_, i) => ({
        piece: first + i,
        at: now + i * PIECE_EVERY_MS,
      }));
      torrent.setDeadlines(reader, deadlines, now);
    });
  }

  #read(piece: number, begin: number, length: number): Promise<Uint8Array> {
    const { files, disk } = this.#deps;
    return new Promise((resolve, reject) => {
      const from = files();
      if (from === undefined) {
        reject(this.#deps.fault() ?? new SwarmlineError('TORRENT_CLOSED', 'The torrent was closed.'));
        return;
      }
      from.read(piece, begin, length, result => {
        if (result instanceof SwarmlineError) {
          reject(result);
          return;
        }
        // A copy: what the disk lends is shared memory, which text decoders and web streams do not take.
        resolve(result.slice());
        disk.release(result);
      });
    });
  }
}

/** Who reads it would wait for ever. */
export function fileSkipped(): SwarmlineError {
  return new SwarmlineError(
    'FILE_SKIPPED',
    'The file is not to be fetched, and not all of it is here: give it another priority than "skip".',
  );
}

// A film's second or less, as pieces are long: what comes later waits for what comes first.
const PIECE_EVERY_MS = 500;
