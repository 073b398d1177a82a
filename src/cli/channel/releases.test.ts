import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SwarmlineError } from '../../core/errors.ts';
import { Events } from '../../session/events.ts';
import type { Session } from '../../session/session.ts';
import type { SessionTorrent } from '../../session/session-torrent.ts';
import { Releases } from './releases.ts';

/** What releases see of a torrent. */
class Torrent {
  readonly #events = new Events<{ complete: unknown; error: SwarmlineError }>(() => {});
  readonly downloadDir: string;
  readonly number: number;
  readonly #gone: (torrent: Torrent) => void;
  state = 'metadata';

  constructor(number: number, downloadDir: string, gone: (torrent: Torrent) => void) {
    this.number = number;
    this.downloadDir = downloadDir;
    this.#gone = gone;
    mkdirSync(downloadDir, { recursive: true });
  }

  on(name: 'complete' | 'error', call: (event: never) => void): void {
    this.#events.on(name, call as () => void);
  }

  stats() {
    return { isComplete: this.state === 'seeding' };
  }

  complete(): void {
    this.state = 'seeding';
    this.#events.emit('complete', {});
  }

  async remove(): Promise<void> {
    this.#gone(this);
    this.state = 'closed';
  }
}

function channel(keep: number, restored: readonly (readonly [seq: number, number: number])[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'swarmline-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  let torrents: Torrent[] = [];
  const made = (number: number, downloadDir: string): Torrent => {
    const torrent = new Torrent(number, downloadDir, gone => {
      torrents = torrents.filter(other => other !== gone);
    });
    torrents.push(torrent);
    return torrent;
  };
  const find = (hash: Uint8Array) => torrents.find(({ number }) => number === hash[0]);
  const session = {
    restore: async () => ({
      torrents: restored.map(([seq, number]) => made(number, join(folder, `${seq}`))),
    }),
    find,
    add: ({ magnet, downloadDir }: { magnet: { infoHashV1: Uint8Array }; downloadDir: string }) => {
      if (find(magnet.infoHashV1) !== undefined) throw new SwarmlineError('TORRENT_EXISTS', 'It is here.');
      return made(magnet.infoHashV1[0]!, downloadDir);
    },
  };
  const said: string[] = [];
  const releases = new Releases(
    session as unknown as Session,
    { folder, keep, trackers: [], peers: [] },
    {
      begun: seq => said.push(`begun ${seq}`),
      complete: (seq, torrent: SessionTorrent) =>
        said.push(`complete ${seq} in ${torrent.downloadDir.slice(folder.length + 1)}`),
      removed: seq => said.push(`removed ${seq}`),
      failed: (seq, { code }) => said.push(`failed ${seq} ${code}`),
    },
  );
  return {
    releases,
    folder,
    said,
    torrent: (number: number) => torrents.find(torrent => torrent.number === number)!,
    numbers: () => torrents.map(({ number }) => number),
    release: (seq: number, number = seq) =>
      releases.add({ seq, infoHashV1: new Uint8Array(20).fill(number) }),
    latest: () => readlinkSync(join(folder, 'latest')),
  };
}

describe('releases of a channel', () => {
  it('are kept as many as are wished, and the newest is linked', async () => {
    const { releases, release, torrent, latest, said } = channel(1);
    release(1);
    torrent(1).complete();
    await releases.settled();
    release(2);
    torrent(2).complete();
    await releases.settled();
    await releases.settled();
    expect(latest()).toBe('2');
    expect(said).toEqual(['begun 1', 'complete 1 in 1', 'begun 2', 'complete 2 in 2', 'removed 1']);
  });

  it('may be an earlier one over again: it stays where it is, and is the newest', async () => {
    const { releases, release, torrent, latest, said, numbers } = channel(2);
    release(1);
    torrent(1).complete();
    release(2);
    torrent(2).complete();
    await releases.settled();
    release(3, 1);
    await releases.settled();
    expect(latest()).toBe('1');
    expect(releases.isWhole(3)).toBe(true);
    release(3, 1);
    release(4);
    torrent(4).complete();
    await releases.settled();
    await releases.settled();
    expect(numbers()).toEqual([1, 4]);
    expect(said.slice(4)).toEqual(['begun 3', 'complete 3 in 1', 'begun 4', 'complete 4 in 4', 'removed 2']);
  });

  it('are two at the most that are not whole, however many come', async () => {
    const { releases, release, torrent, numbers } = channel(2);
    for (let seq = 1; seq <= 20; seq++) release(seq);
    await releases.settled();
    expect(numbers()).toEqual([1, 20]);
    torrent(1).complete();
    for (let seq = 21; seq <= 30; seq++) release(seq);
    await releases.settled();
    expect(numbers()).toEqual([1, 20, 30]);
  });

  it('of an earlier run are not dropped while they are looked at, and the link does not go back', async () => {
    const restored = [1, 2, 3].map(seq => [seq, seq] as const);
    const { releases, release, torrent, numbers, folder, latest } = channel(3, restored);
    symlinkSync('3', join(folder, 'latest'));
    await releases.restore();
    for (const seq of [1, 2, 3]) torrent(seq).state = 'checking';
    release(4);
    torrent(1).complete();
    await releases.settled();
    expect([latest(), numbers()]).toEqual(['3', [1, 2, 3, 4]]);
    torrent(3).complete();
    torrent(2).complete();
    await releases.settled();
    expect(latest()).toBe('3');
  });

  it('leave alone what somebody calls "latest"', async () => {
    const { releases, release, torrent, folder } = channel(2);
    writeFileSync(join(folder, 'latest'), 'mine');
    release(1);
    torrent(1).complete();
    await releases.settled();
    expect(readFileSync(join(folder, 'latest'), 'utf8')).toBe('mine');
  });

  it('that the session does not take are told', async () => {
    const { release, said, releases } = channel(2, [[0.5, 1]]);
    await releases.restore();
    release(5, 1);
    expect(said).toEqual(['failed 5 TORRENT_EXISTS']);
  });
});
