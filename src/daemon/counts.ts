// What a daemon has counted since it was started, over torrents that are there and those that were removed: counters that only
// grow.

import type { Session } from '../session/session.ts';
import type { Library, LibraryTorrent } from './library.ts';

export interface Counted {
  /** Bytes of blocks. */
  downloaded: number;
  uploaded: number;
  /** Of these, bytes that came in vain. */
  wasted: number;
  /** Pieces whose hash was wrong. */
  failedPieces: number;
}

export class DaemonCounts {
  completed = 0;
  added = 0;
  removed = 0;
  bannedPeers = 0;
  faults = 0;
  readonly #library: Library;
  readonly #ofRemoved: Counted = { downloaded: 0, uploaded: 0, wasted: 0, failedPieces: 0 };
  readonly #removers: (() => void)[];

  constructor(library: Library) {
    this.#library = library;
    const session: Session = library.session;
    this.#removers = [
      library.on('added', () => this.added++),
      library.on('completed', () => this.completed++),
      library.on('removed', entry => {
        this.removed++;
        add(this.#ofRemoved, entry);
      }),
      session.on('torrent', ({ name, event }) => {
        if (name === 'error') this.faults++;
        else if (name === 'peer' && (event as { type?: string }).type === 'peer-banned') this.bannedPeers++;
      }),
    ];
  }

  exchanged(): Counted {
    const counted = { ...this.#ofRemoved };
    for (const entry of this.#library.torrents()) add(counted, entry);
    return counted;
  }

  close(): void {
    for (const remove of this.#removers) remove();
  }
}

function add(counted: Counted, { torrent }: LibraryTorrent): void {
  const { downloaded, uploaded, wasted, failedPieces } = torrent.stats();
  counted.downloaded += downloaded;
  counted.uploaded += uploaded;
  counted.wasted += wasted;
  counted.failedPieces += failedPieces;
}
