// The releases of a channel on this machine: each a torrent in a folder of its own that is named by its number, `latest` a link
// to the newest that is whole. What a release has in common with one before it is not fetched again: the session sees to that.

import { readdir, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Release } from '../../channel/follower.ts';
import type { Address } from '../../core/bytes/compact-address.ts';
import { SwarmlineError } from '../../core/errors.ts';
import type { Session } from '../../session/session.ts';
import type { SessionTorrent } from '../../session/session-torrent.ts';

export interface ReleasesOptions {
  /** Absolute. */
  readonly folder: string;
  /** So many that are whole are kept. */
  readonly keep: number;
  readonly trackers: readonly string[];
  readonly peers: readonly Address[];
}

export interface ReleasesCalls {
  readonly begun: (seq: number, torrent: SessionTorrent) => void;
  /** `wasThere`: an earlier run had it. */
  readonly complete: (seq: number, torrent: SessionTorrent, wasThere: boolean) => void;
  readonly removed: (seq: number) => void;
  readonly failed: (seq: number, error: SwarmlineError) => void;
}

export class Releases {
  readonly #session: Session;
  readonly #options: ReleasesOptions;
  readonly #calls: ReleasesCalls;
  readonly #torrents = new Map<number, SessionTorrent>();
  readonly #whole = new Set<number>();
  /** What is done to the folder, one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(session: Session, options: ReleasesOptions, calls: ReleasesCalls) {
    this.#session = session;
    this.#options = options;
    this.#calls = calls;
  }

  /** It is on the disk, and checked. */
  isWhole(seq: number): boolean {
    return this.#whole.has(seq);
  }

  /** Those of an earlier run go on. @throws SwarmlineError `STATE_UNREADABLE` */
  async restore(): Promise<void> {
    const { torrents } = await this.#session.restore();
    for (const torrent of torrents) {
      const seq = Number(basename(torrent.downloadDir));
      if (dirname(torrent.downloadDir) !== this.#options.folder || !Number.isSafeInteger(seq)) continue;
      this.#take(seq, torrent, true);
    }
  }

  /** A release is fetched, unless it is here. @throws SwarmlineError those of `Session.add` */
  add({ seq, infoHashV1, infoHashV2 }: Release): void {
    if (this.#torrents.has(seq)) return;
    const { folder, trackers, peers } = this.#options;
    const magnet = {
      ...(infoHashV1 === undefined ? {} : { infoHashV1 }),
      ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
      trackers,
    };
    const torrent = this.#session.add({ magnet, downloadDir: join(folder, `${seq}`) });
    if (peers.length > 0) torrent.peersFound(peers, 'user');
    this.#take(seq, torrent, false);
  }

  /** After what is being done. */
  settled(): Promise<void> {
    return this.#work;
  }

  #take(seq: number, torrent: SessionTorrent, wasThere: boolean): void {
    this.#torrents.set(seq, torrent);
    if (!wasThere) this.#calls.begun(seq, torrent);
    torrent.on('error', error => this.#calls.failed(seq, error));
    let isKnown = false;
    const complete = () => {
      if (isKnown) return;
      isKnown = true;
      this.#whole.add(seq);
      this.#work = this.#work.then(() => this.#completed(seq, torrent, wasThere));
    };
    torrent.on('complete', complete);
    if (torrent.stats().isComplete) complete();
  }

  async #completed(seq: number, torrent: SessionTorrent, wasThere: boolean): Promise<void> {
    try {
      if (seq === Math.max(...this.#whole)) await this.#linkLatest(seq);
      this.#calls.complete(seq, torrent, wasThere);
      await this.#removeOld();
    } catch (error) {
      if (!(error instanceof SwarmlineError)) throw error;
      this.#calls.failed(seq, error);
    }
  }

  /** In one step: whoever reads through it finds the one or the other. */
  async #linkLatest(seq: number): Promise<void> {
    const link = join(this.#options.folder, 'latest');
    const next = join(this.#options.folder, '.latest.next');
    try {
      await rm(next, { force: true });
      await symlink(`${seq}`, next);
      await rename(next, link);
    } catch {
      // Not every file system has links, nor may everybody make them: the numbers tell as well.
    }
  }

  /** Those before the last that are kept, whole or not. */
  async #removeOld(): Promise<void> {
    const kept = [...this.#whole].sort((a, b) => b - a).slice(0, this.#options.keep);
    const oldest = Math.min(...kept);
    for (const [seq, torrent] of this.#torrents) {
      if (seq >= oldest) continue;
      this.#torrents.delete(seq);
      this.#whole.delete(seq);
      await torrent.remove({ deleteData: true });
      // Unless somebody has put something of his own there.
      const folder = join(this.#options.folder, `${seq}`);
      if ((await readdir(folder).catch(() => ['?'])).length === 0) await rmdir(folder);
      this.#calls.removed(seq);
    }
  }
}
