// A torrent's files moved and renamed while it runs, on real files and sockets, within a file system and to another.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toHex } from '../src/core/bytes/hex.ts';
import type { SwarmlineError } from '../src/core/errors.ts';
import { nodeHash } from '../src/io/hash-functions.ts';
import { nodeHost } from '../src/io/node-host.ts';
import { decodeResume, encodeResume } from '../src/session/resume-data.ts';
import { Session } from '../src/session/session.ts';
import type { SessionTorrent } from '../src/session/session-torrent.ts';
import { temporaryFolder } from './interop/peers.ts';
import { mountTest, smallDisk } from './interop/small-disk.ts';
import { type DataTorrent, noise, torrentOf } from './torrents.ts';

const MIB = 1_048_576;
const ALBUM = torrentOf(
  [
    { path: ['a'], data: noise(3 * MIB, 1) },
    { path: ['b', 'c'], data: noise(2 * MIB, 2) },
    { path: ['b', 'run.sh'], data: noise(20, 3), executable: true },
    { path: ['d'], data: noise(5 * MIB, 4) },
  ],
  { pieceLength: 65_536 },
);
const PIECES = ALBUM.metainfo.layout.pieceCount;

describe('a move', () => {
  it('within a file system is done while the torrent downloads: no peer hears of it, and nothing is left behind', async () => {
    await movedWhileDownloading(temporaryFolder(), temporaryFolder());
  });

  mountTest('to another file system is done while it downloads, and loses no piece', async () => {
    await movedWhileDownloading(temporaryFolder(), smallDisk(64 * MIB));
  });

  mountTest('to another file system is done while it seeds', async () => {
    const folder = temporaryFolder();
    fill(folder);
    writeFileSync(join(folder, 'album', 'b', 'of the user'), '');
    const to = smallDisk(64 * MIB);
    const { session } = await sessionOf();
    const torrent = session.add({ info: ALBUM.metainfo, downloadDir: folder });
    await ready(torrent);
    const leech = await sessionOf({ limit: 8 * MIB });
    const theirs = leech.session.add({ info: ALBUM.metainfo, downloadDir: temporaryFolder() });
    const left = leavings(theirs);
    theirs.peersFound([addressOf(session)], 'user');
    await once(theirs, 'piece');
    const told: [number, number][] = [];
    const completed = once(theirs, 'complete');
    await torrent.moveTo(to, { onProgress: (copied, total) => told.push([copied, total]) });
    expect(told.at(-1)).toEqual([10 * MIB + 20, 10 * MIB + 20]);
    expect(torrent.downloadDir).toBe(to);
    await completed;
    expect(left()).toBe(0);
    expectData(to);
    expect(readdirSync(to)).toEqual(['album']);
    expect(readdirSync(join(folder, 'album'), { recursive: true }).sort()).toEqual(['b', 'b/of the user']);
    expect(statSync(join(to, 'album', 'b', 'run.sh')).mode & 0o100).toBe(0o100);
  });

  mountTest('to a disk that has too little room changes nothing, and says so', async () => {
    const folder = temporaryFolder();
    fill(folder);
    const to = smallDisk(4 * MIB);
    const { session } = await sessionOf();
    const torrent = session.add({ info: ALBUM.metainfo, downloadDir: folder });
    await ready(torrent);
    const fault = await torrent.moveTo(to).catch((error: SwarmlineError) => error);
    expect(fault).toMatchObject({ code: 'DISK_FULL', where: 'album/b/c' });
    expect([torrent.downloadDir, torrent.state, readdirSync(to)]).toEqual([folder, 'seeding', []]);
    expectData(folder);
  });

  it('does not touch a file that is there: it is refused, or overwritten, or used', async () => {
    const folder = temporaryFolder();
    fill(folder);
    const to = temporaryFolder();
    mkdirSync(join(to, 'album'));
    writeFileSync(join(to, 'album', 'd'), 'of the user');
    const { session } = await sessionOf();
    const torrent = session.add({ info: ALBUM.metainfo, downloadDir: folder });
    await ready(torrent);
    const fault = await torrent.moveTo(to).catch((error: SwarmlineError) => error);
    expect(fault).toMatchObject({ code: 'FILE_EXISTS', where: 'album/d' });
    expect([torrent.downloadDir, torrent.state]).toEqual([folder, 'seeding']);
    expectData(folder);
    expect(readFileSync(join(to, 'album', 'd'), 'utf8')).toBe('of the user');

    const again = once(torrent, 'ready');
    await torrent.moveTo(to, { ifThere: 'adopt' });
    expect(((await again) as { piecesHave: number }).piecesHave).toBe(80);
    expect(readFileSync(join(to, 'album', 'd'), 'utf8')).toBe('of the user');
    expect(readdirSync(join(folder, 'album'))).toEqual(['d']);

    const back = temporaryFolder();
    mkdirSync(join(back, 'album'));
    writeFileSync(join(back, 'album', 'd'), 'of the user too');
    await torrent.moveTo(back, { ifThere: 'overwrite' });
    expect(readFileSync(join(back, 'album', 'd'), 'utf8')).toBe('of the user');
    expect(readdirSync(to)).toEqual([]);
  });

  it('is given up by its signal, and by the torrent’s end; then all is where it was', async () => {
    const folder = temporaryFolder();
    fill(folder);
    const { session } = await sessionOf();
    const torrent = session.add({ info: ALBUM.metainfo, downloadDir: folder });
    await ready(torrent);
    const reason = new Error('no longer');
    const to = temporaryFolder();
    await expect(torrent.moveTo(to, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const moved = torrent.moveTo(to).catch((error: SwarmlineError) => error.code);
    await session.close();
    expect(['MOVE_GIVEN_UP', 'TORRENT_CLOSED']).toContain(await moved);
    expectData(folder);
    expect(readdirSync(to)).toEqual([]);
  });

  it('leads nowhere through a link out of the folder', async () => {
    const folder = temporaryFolder();
    fill(folder);
    const to = temporaryFolder();
    const outside = temporaryFolder();
    symlinkSync(outside, join(to, 'album'));
    const { session } = await sessionOf();
    const torrent = session.add({ info: ALBUM.metainfo, downloadDir: folder });
    await ready(torrent);
    const fault = await torrent.moveTo(to).catch((error: SwarmlineError) => error);
    expect(fault).toMatchObject({ code: 'PATH_ESCAPES' });
    expect(readdirSync(outside)).toEqual([]);
    expectData(folder);
  });

  it('takes the part file along', async () => {
    const seed = await seeding();
    const folder = temporaryFolder();
    const to = temporaryFolder();
    const { session } = await sessionOf();
    const torrent = session.add({
      info: ALBUM.metainfo,
      downloadDir: folder,
      priorities: ['skip', 'skip', 'normal', 'skip'],
    });
    torrent.peersFound([seed], 'user');
    await once(torrent, 'complete');
    await torrent.moveTo(to);
    expect(readdirSync(folder)).toEqual([]);
    expect(readdirSync(to).length).toBe(2);
    torrent.setFilePriorities(['normal', 'normal', 'normal', 'normal']);
    // Another one: who was left is not dialled again for a while.
    torrent.peersFound([await seeding()], 'user');
    await once(torrent, 'complete');
    expectData(to);
    expect(readdirSync(to)).toEqual(['album']);
  });

  it('of what is shared from where it lies is refused', async () => {
    const folder = temporaryFolder();
    fill(folder);
    const sources = ALBUM.metainfo.files.map(({ path }) => join(folder, ...path));
    const { session } = await sessionOf();
    const torrent = session.add({ info: ALBUM.metainfo, downloadDir: folder, sources });
    await ready(torrent);
    await expect(torrent.moveTo(temporaryFolder())).rejects.toMatchObject({ code: 'TORRENT_IN_PLACE' });
  });
});

describe('another name', () => {
  it('of a file and of the folder is used, remembered, and no reason to hash anything', async () => {
    const folder = temporaryFolder();
    const state = temporaryFolder();
    fill(folder);
    const first = await sessionOf({ state });
    const torrent = first.session.add({ info: ALBUM.metainfo, downloadDir: folder });
    await ready(torrent);
    await torrent.renameFile(1, ['album', 'other', 'c of b']);
    await torrent.rename('my album');
    expect(torrent.files.map(({ path }) => path.join('/'))).toEqual([
      'my album/a',
      'my album/other/c of b',
      'my album/b/run.sh',
      'my album/d',
    ]);
    expect(readdirSync(folder)).toEqual(['my album']);
    expectData(folder, torrent);
    // It is given to others all the same.
    const leech = await sessionOf();
    const theirs = leech.session.add({ info: ALBUM.metainfo, downloadDir: temporaryFolder() });
    theirs.peersFound([addressOf(first.session)], 'user');
    await once(theirs, 'complete');
    expect(theirs.files[1]!.path).toEqual(['album', 'b', 'c']);
    await first.session.close();

    for (const restored of [false, true]) {
      const { session } = await sessionOf({ state });
      const again = restored
        ? (await session.restore()).torrents[0]!
        : session.add({ info: ALBUM.metainfo, downloadDir: folder });
      expect((await ready(again)).piecesHave).toBe(PIECES);
      expectData(folder, again);
      await session.close();
    }
  });

  it.each([
    [['album', '..', 'x']],
    [['album', 'x/y']],
    [['album', '']],
    [[]],
    [['album', 'aux.txt']],
    [['album', 'A']],
    [['album', 'a', 'x']],
    [['.x.swarmline-parts']],
  ])('%j is refused', async path => {
    const folder = temporaryFolder();
    fill(folder);
    const { session } = await sessionOf();
    const torrent = session.add({ info: ALBUM.metainfo, downloadDir: folder });
    await ready(torrent);
    await expect(torrent.renameFile(3, path)).rejects.toMatchObject({ code: 'PATH_INVALID' });
    expectData(folder, torrent);
  });

  it('given before anything is there is where it comes to lie', async () => {
    const seed = await seeding();
    const folder = temporaryFolder();
    const { session } = await sessionOf();
    const torrent = session.add({ info: ALBUM.metainfo, downloadDir: temporaryFolder() });
    await torrent.moveTo(folder);
    await torrent.rename('x');
    torrent.peersFound([seed], 'user');
    await once(torrent, 'complete');
    expect(readdirSync(folder)).toEqual(['x']);
    expectData(folder, torrent);
  });
});

it('a removal takes what a move that was cut off has left at the old place', async () => {
  const [from, to, state] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
  fill(to);
  const { session } = await sessionOf({ state });
  const torrent = session.add({ info: ALBUM.metainfo, downloadDir: to, isPaused: true });
  await torrent.remembered();
  await session.close();
  // Killed when all was copied, and the record said so.
  const record = join(state, `${toHex(ALBUM.metainfo.infoHashV1!)}.resume`);
  const resume = decodeResume(readFileSync(record), nodeHash)!;
  const place = { folder: from, renamed: new Map() };
  const moving = { kind: 'from', place, ifThere: 'refuse', files: [0, 1, 3] } as const;
  writeFileSync(record, encodeResume({ ...resume, moving }, nodeHash));
  fill(from);
  rmSync(join(from, 'album', 'b', 'run.sh'));
  writeFileSync(join(from, 'album', 'b', 'of the user'), '');
  const second = await sessionOf({ state });
  // At once: neither the record nor the files were looked at.
  await second.session.add({ info: ALBUM.metainfo, downloadDir: to }).remove({ deleteData: true });
  expect(readdirSync(to)).toEqual([]);
  expect(readdirSync(from, { recursive: true }).toSorted()).toEqual([
    'album',
    'album/b',
    'album/b/of the user',
  ]);
});

async function movedWhileDownloading(folder: string, to: string): Promise<void> {
  const seed = await seeding();
  const state = temporaryFolder();
  const { session } = await sessionOf({ state, limit: 8 * MIB });
  const torrent = session.add({ info: ALBUM.metainfo, downloadDir: folder });
  const left = leavings(torrent);
  torrent.peersFound([seed], 'user');
  await expect.poll(() => torrent.stats().piecesHave, { timeout: 20_000 }).toBeGreaterThan(20);
  // It goes on while it is moved, and does not come to its end.
  torrent.setLimits({ downloadBytesPerSecond: 200_000 });
  await torrent.moveTo(to);
  expect(torrent.state).toBe('downloading');
  torrent.setLimits({ downloadBytesPerSecond: Number.POSITIVE_INFINITY });
  expect(existsSync(join(folder, 'album'))).toBe(false);
  await once(torrent, 'complete');
  expect(left()).toBe(0);
  expectData(to);
  expect(torrent.stats().wasted).toBe(0);
  expect(lstatSync(join(to, 'album', 'b', 'run.sh')).mode & 0o100).toBe(0o100);
  await session.close();
  const second = await sessionOf({ state });
  const again = second.session.add({ info: ALBUM.metainfo, downloadDir: to });
  expect((await ready(again)).piecesHave).toBe(PIECES);
  rmSync(folder, { recursive: true, force: true });
}

/** How many peers have left for a reason since. */
function leavings(torrent: SessionTorrent): () => number {
  let count = 0;
  torrent.on('peer', event => {
    if (event.type === 'peer-left' && event.reason?.code !== 'PEER_NOT_NEEDED') count++;
  });
  return () => count;
}

async function seeding(): Promise<{ host: string; port: number }> {
  const folder = temporaryFolder();
  fill(folder);
  const { session } = await sessionOf();
  await ready(session.add({ info: ALBUM.metainfo, downloadDir: folder, isVerified: true }));
  return addressOf(session);
}

function addressOf(session: Session): { host: string; port: number } {
  return { host: '127.0.0.1', port: session.address!.port };
}

async function sessionOf({
  state,
  limit = Number.POSITIVE_INFINITY,
}: {
  readonly state?: string;
  readonly limit?: number;
} = {}): Promise<{ session: Session }> {
  const host = nodeHost({ disk: { threads: 2 } });
  const session = new Session(
    { listen: { host: '127.0.0.1', port: 0 }, stateFolder: state, downloadBytesPerSecond: limit },
    host,
  );
  await session.listen();
  onTestFinished(async () => {
    await session.close();
    await host.disk.close();
  });
  return { session };
}

function ready(torrent: SessionTorrent): Promise<{ readonly piecesHave: number }> {
  return once(torrent, 'ready') as Promise<{ readonly piecesHave: number }>;
}

function once(torrent: SessionTorrent, name: 'ready' | 'complete' | 'piece'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    torrent.on(name, resolve);
    torrent.on('error', reject);
  });
}

function fill(folder: string, torrent: DataTorrent = ALBUM): void {
  for (const [i, { path }] of torrent.metainfo.files.entries()) {
    mkdirSync(dirname(join(folder, ...path)), { recursive: true });
    writeFileSync(join(folder, ...path), torrent.files[i]!.data);
  }
}

function expectData(folder: string, torrent?: SessionTorrent): void {
  for (const [i, { path }] of ALBUM.metainfo.files.entries()) {
    const bytes = readFileSync(join(folder, ...(torrent === undefined ? path : torrent.files[i]!.path)));
    expect(Buffer.compare(bytes, ALBUM.files[i]!.data), path.join('/')).toBe(0);
  }
}
