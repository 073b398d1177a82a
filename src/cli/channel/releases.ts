// The releases of a channel on this machine: each a torrent in a folder of its own that is named by its number, `latest` a link
// to the newest that is whole. What a release has in common with one before it is not fetched again: the session sees to that.
// One that is an earlier one over again stays in that one's folder. Of those that are not whole yet two are fetched, the oldest
// and the newest: a publisher who releases faster than that fills no disk, and the oldest comes to its end.

import { lstat, readdir, readlink, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Release } from '../../channel/follower.ts';
import type { Address } from '../../core/bytes/compact-address.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { wireInfoHashes } from '../../core/metainfo/metainfo.ts';
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

/** A release that is here, or on its way. */
interface Held {
  /** That of the newest, where it was released more than once. */
  seq: number;
  readonly torrent: SessionTorrent;
  /** It is on the disk, and checked. */
  isWhole: boolean;
}

export class Releases {
  readonly #session: Pick<Session, 'add' | 'find' | 'restore'>;
  readonly #options: ReleasesOptions;
  readonly #calls: ReleasesCalls;
  #held: Held[] = [];
  /** What is done to the folder, one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(
    session: Pick<Session, 'add' | 'find' | 'restore'>,
    options: ReleasesOptions,
    calls: ReleasesCalls,
  ) {
    this.#session = session;
    this.#options = options;
    this.#calls = calls;
  }

  isWhole(seq: number): boolean {
    return this.#held.some(held => held.seq === seq && held.isWhole);
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

  /** A release is fetched, unless it is here. */
  add(release: Release): void {
    const { seq, infoHashV1, infoHashV2 } = release;
    if (this.#held.some(held => held.seq === seq)) return;
    const { folder, trackers, peers } = this.#options;
    const hashes = {
      ...(infoHashV1 === undefined ? {} : { infoHashV1 }),
      ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
    };
    const torrents = wireInfoHashes(hashes).map(hash => this.#session.find(hash));
    const again = this.#held.find(held => torrents.includes(held.torrent));
    if (again !== undefined) {
      this.#releasedAgain(again, seq);
      return;
    }
    try {
      const torrent = this.#session.add({
        magnet: { ...hashes, trackers },
        downloadDir: join(folder, `${seq}`),
      });
      if (peers.length > 0) torrent.peersFound(peers, 'user');
      this.#take(seq, torrent, false);
    } catch (error) {
      this.#failed(seq, error);
      return;
    }
    for (const held of this.#held.filter(isUnderWay).sort(byNumber).slice(1, -1)) this.#drop(held);
  }

  /** After what is being done. */
  settled(): Promise<void> {
    return this.#work;
  }

  #take(seq: number, torrent: SessionTorrent, wasThere: boolean): void {
    const held: Held = { seq, torrent, isWhole: false };
    this.#held.push(held);
    if (!wasThere) this.#calls.begun(seq, torrent);
    torrent.on('error', error => this.#calls.failed(held.seq, error));
    const complete = () => {
      if (held.isWhole) return;
      held.isWhole = true;
      this.#completed(held, wasThere);
    };
    torrent.on('complete', complete);
    if (torrent.stats().isComplete) complete();
  }

  #releasedAgain(held: Held, seq: number): void {
    if (seq < held.seq) return;
    held.seq = seq;
    this.#calls.begun(seq, held.torrent);
    if (held.isWhole) this.#completed(held, true);
  }

  #completed(held: Held, wasThere: boolean): void {
    const { seq } = held;
    this.#later(seq, async () => {
      if (this.#held.every(other => !other.isWhole || other.seq <= seq)) await this.#linkLatest(held);
      this.#calls.complete(seq, held.torrent, wasThere);
      const kept = this.#held.filter(({ isWhole }) => isWhole).sort(byNumber);
      const oldest = kept.at(-this.#options.keep) ?? kept[0];
      for (const other of [...this.#held])
        if (oldest !== undefined && other.seq < oldest.seq) this.#drop(other);
    });
  }

  /** In one step: whoever reads through it finds the one or the other. */
  async #linkLatest({ seq, torrent }: Held): Promise<void> {
    const link = join(this.#options.folder, 'latest');
    const next = join(this.#options.folder, '.latest.next');
    try {
      const known = await lstat(link).catch(() => undefined);
      // Somebody's own file or folder stays what it is.
      if (known?.isSymbolicLink() === false) return;
      const shown = known && (await readlink(link));
      // After a restart the newest is being looked at still.
      if (this.#held.some(held => held.seq > seq && basename(held.torrent.downloadDir) === shown)) return;
      await rm(next, { force: true });
      await symlink(basename(torrent.downloadDir), next);
      await rename(next, link);
    } catch {
      // Not every file system has links, nor may everybody make them: the numbers tell as well.
    }
  }

  /** With its data. */
  #drop(held: Held): void {
    this.#held = this.#held.filter(other => other !== held);
    this.#later(held.seq, async () => {
      await held.torrent.remove({ deleteData: true });
      // It stays where somebody has put something of his own there.
      const folder = held.torrent.downloadDir;
      const names = await readdir(folder).catch(() => ['?']);
      if (names.length === 0) await rmdir(folder).catch(() => {});
      this.#calls.removed(held.seq);
    });
  }

  #later(seq: number, job: () => Promise<void>): void {
    this.#work = this.#work.then(job).catch((error: unknown) => this.#failed(seq, error));
  }

  #failed(seq: number, error: unknown): void {
    if (!(error instanceof SwarmlineError)) throw error;
    this.#calls.failed(seq, error);
  }
}

/** What is being checked may turn out to be whole. */
function isUnderWay({ torrent: { state }, isWhole }: Held): boolean {
  return !isWhole && (state === 'metadata' || state === 'downloading' || state === 'failed');
}

function byNumber(a: Held, b: Held): number {
  return a.seq - b.seq;
}
