// What a session remembers, on real files: what is believed in the next run, and what is not.

import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '../src/core/bytes/hex.ts';
import type { Magnet } from '../src/core/metainfo/magnet.ts';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import type { AddOptions, SessionTorrent } from '../src/session/session-torrent.ts';
import { type DataTorrent, noise, torrentOf } from './torrents.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const ALBUM = torrentOf(
  [
    { path: ['a'], data: noise(300_000, 1) },
    { path: ['b'], data: noise(200_000, 2) },
    { path: ['c'], data: noise(100_000, 3) },
  ],
  { version: 'hybrid' },
);
const PIECES = ALBUM.metainfo.layout.pieceCount;

describe('a torrent that is removed', () => {
  it('is remembered no more, and its data stays', async () => {
    const folder = await filled(ALBUM);
    const state = await emptyFolder();
    const { torrent } = await run(state, { info: ALBUM.metainfo, downloadDir: folder });
    await ready(torrent);
    await torrent.remove();
    expect(await readdir(state)).toEqual([]);
    expect(await readdir(join(folder, 'album'))).toEqual(['a', 'b', 'c']);
  });

  it('takes its data with it where that is asked for, and nothing else', async () => {
    const folder = await filled(ALBUM);
    await writeFile(join(folder, 'album', 'mine'), 'x');
    await writeFile(join(folder, 'other'), 'x');
    const state = await emptyFolder();
    const { torrent } = await run(state, { info: ALBUM.metainfo, downloadDir: folder });
    await ready(torrent);
    await torrent.remove({ deleteData: true });
    expect(await readdir(state)).toEqual([]);
    expect(await readdir(folder)).toEqual(['album', 'other']);
    expect(await readdir(join(folder, 'album'))).toEqual(['mine']);
  });

  it('is not added again before all of it is gone', async () => {
    const folder = await filled(ALBUM);
    const options = { info: ALBUM.metainfo, downloadDir: folder };
    const { session, torrent } = await run(await emptyFolder(), options);
    await ready(torrent);
    const removing = torrent.remove({ deleteData: true });
    expect(() => session.add(options)).toThrow(expect.objectContaining({ code: 'TORRENT_EXISTS' }));
    await removing;
    const again = session.add(options);
    expect(await ready(again)).toMatchObject({ piecesHave: 0 });
    expect(session.find(ALBUM.metainfo.infoHashV1!)).toBe(again);
  });

  it('is gone when its session is closed', async () => {
    const folder = await filled(ALBUM);
    const state = await emptyFolder();
    const { session, torrent } = await run(state, { info: ALBUM.metainfo, downloadDir: folder });
    await ready(torrent);
    void torrent.remove({ deleteData: true });
    await session.close();
    expect([await readdir(state), await readdir(folder)]).toEqual([[], []]);
  });

  it('leaves alone what is of another that is the same torrent', async () => {
    const { torrent: seed, session: seeding } = await run(await emptyFolder(), {
      info: ALBUM.metainfo,
      downloadDir: await filled(ALBUM),
    });
    await ready(seed);
    const folder = await filled(ALBUM);
    const state = await emptyFolder();
    const { infoHashV1, infoHashV2 } = ALBUM.metainfo;
    const { session, torrent: first } = await run(state, {
      magnet: magnetOf({ infoHashV1: infoHashV1! }),
      downloadDir: folder,
    });
    first.pause();
    await first.remembered();
    const second = session.add({ magnet: magnetOf({ infoHashV2: infoHashV2! }), downloadDir: folder });
    const failed = new Promise(resolve => second.on('error', resolve));
    second.peersFound([seeding.address!], 'user');
    expect(await failed).toMatchObject({ code: 'TORRENT_EXISTS' });
    await second.remove({ deleteData: true });
    expect(await readdir(join(folder, 'album'))).toEqual(['a', 'b', 'c']);
    expect(await readdir(state)).toContain(`${toHex(infoHashV1!)}.resume`);
    expect(session.find(infoHashV1!)).toBe(first);
  });

  it('has a record of its own where it turns out to be one that is here', async () => {
    const { torrent: seed, session: seeding } = await run(await emptyFolder(), {
      info: ALBUM.metainfo,
      downloadDir: await filled(ALBUM),
    });
    await ready(seed);
    const state = await emptyFolder();
    const { infoHashV1, infoHashV2 } = ALBUM.metainfo;
    const { session, torrent: first } = await run(state, {
      magnet: magnetOf({ infoHashV1: infoHashV1! }),
      downloadDir: '/first',
      isPaused: true,
    });
    const second = session.add({ magnet: magnetOf({ infoHashV2: infoHashV2! }), downloadDir: '/second' });
    await Promise.all([first.remembered(), second.remembered()]);
    const failed = new Promise(resolve => second.on('error', resolve));
    second.peersFound([seeding.address!], 'user');
    expect(await failed).toMatchObject({ code: 'TORRENT_EXISTS' });
    await session.close();
    const again = await sessionOf(state);
    await again.restore();
    expect(again.find(infoHashV1!)?.downloadDir).toBe('/first');
    expect(again.torrents.map(({ info }) => info)).toEqual([undefined, undefined]);
  });

  it('does not take files that are shared where they lie', async () => {
    const folder = await filled(ALBUM);
    const sources = ['a', 'b', 'c'].map(name => join(folder, 'album', name));
    const { torrent } = await run(await emptyFolder(), {
      info: ALBUM.metainfo,
      downloadDir: folder,
      sources,
    });
    await expect(torrent.remove({ deleteData: true })).rejects.toThrow(TypeError);
    expect(await readdir(join(folder, 'album'))).toEqual(['a', 'b', 'c']);
  });
});

describe('a second run', () => {
  it('believes a file of the same length and time without a look inside, unless it is told to look', async () => {
    const torrent = ALBUM;
    const folder = await filled(torrent);
    const state = await emptyFolder();
    // Times that every way of setting them can set.
    for (const name of ['a', 'b', 'c'])
      await utimes(join(folder, 'album', name), 1_700_000_000, 1_700_000_000);
    await once(state, { info: torrent.metainfo, downloadDir: folder });
    const path = join(folder, 'album', 'b');
    await writeFile(path, noise(200_000, 99));
    await utimes(path, 1_700_000_000, 1_700_000_000);
    expect(await once(state, { info: torrent.metainfo, downloadDir: folder })).toBe(PIECES);
    expect(await once(state, { info: torrent.metainfo, downloadDir: folder, recheck: true })).toBe(
      PIECES - 7,
    );
    expect(await once(state, { info: torrent.metainfo, downloadDir: folder })).toBe(PIECES - 7);
  });

  it('hashes a file that was changed, and no other', async () => {
    const { folder, state } = await seeded();
    const bytes = ALBUM.files[1]!.data.slice();
    bytes[100_000]! ^= 1;
    await writeFile(join(folder, 'album', 'b'), bytes);
    expect(await once(state, { info: ALBUM.metainfo, downloadDir: folder })).toBe(PIECES - 1);
    await rm(join(folder, 'album', 'a'));
    expect(await once(state, { info: ALBUM.metainfo, downloadDir: folder })).toBe(PIECES - 1 - 10);
  });

  it('finds data that was put there meanwhile', async () => {
    const folder = await emptyFolder();
    const state = await emptyFolder();
    expect(await once(state, { info: ALBUM.metainfo, downloadDir: folder })).toBe(0);
    await fill(folder, ALBUM);
    expect(await once(state, { info: ALBUM.metainfo, downloadDir: folder })).toBe(PIECES);
  });

  it('does not take the record of one folder for another', async () => {
    const { state } = await seeded();
    const elsewhere = await emptyFolder();
    expect(await once(state, { info: ALBUM.metainfo, downloadDir: elsewhere })).toBe(0);
  });

  it('hashes everything where the record is broken', async () => {
    const { folder, state } = await seeded();
    const [name] = (await readdir(state)).filter(file => file.endsWith('.resume'));
    await writeFile(join(state, name!), 'd6:digest');
    const { torrent } = await run(state, { info: ALBUM.metainfo, downloadDir: folder });
    expect((await ready(torrent)).piecesHave).toBe(PIECES);
  });

  it('knows what a magnet is without asking anybody', async () => {
    const { folder, state } = await seeded();
    const { infoHashV1 } = ALBUM.metainfo;
    const { torrent } = await run(state, { magnet: { infoHashV1: infoHashV1! }, downloadDir: folder });
    const metadata = new Promise<string>(resolve => torrent.on('metadata', info => resolve(info.name)));
    const { piecesHave } = await ready(torrent);
    expect(await metadata).toBe('album');
    expect(piecesHave).toBe(PIECES);
  });

  it('knows what a magnet is that is added paused, looks at its files and waits', async () => {
    const { folder, state } = await seeded();
    const { infoHashV1 } = ALBUM.metainfo;
    const { torrent } = await run(state, {
      magnet: { infoHashV1: infoHashV1! },
      downloadDir: folder,
      isPaused: true,
    });
    expect((await ready(torrent)).piecesHave).toBe(PIECES);
    expect(torrent.state).toBe('paused');
    torrent.resume();
    await expect.poll(() => torrent.state).toBe('seeding');
  });

  it('goes on counting what was given and taken, and when it was complete', async () => {
    const seed = await seeded();
    const { session } = await run(seed.state, { info: ALBUM.metainfo, downloadDir: seed.folder });
    const address = { host: '127.0.0.1', port: session.address!.port };
    const folder = await emptyFolder();
    const state = await emptyFolder();
    const first = await run(state, { info: ALBUM.metainfo, downloadDir: folder });
    first.torrent.peersFound([address], 'user');
    await new Promise(resolve => first.torrent.on('complete', resolve));
    const { downloaded, completedAt, addedAt } = first.torrent.totals();
    expect(downloaded).toBeGreaterThanOrEqual(600_000);
    await first.session.close();
    const second = await run(state, { info: ALBUM.metainfo, downloadDir: folder });
    await ready(second.torrent);
    expect(second.torrent.totals()).toMatchObject({ downloaded, completedAt, addedAt });
    expect(second.torrent.stats().downloaded).toBe(0);
    await session.close();
    const third = await run(seed.state, { info: ALBUM.metainfo, downloadDir: seed.folder });
    await ready(third.torrent);
    expect(third.torrent.totals().uploaded).toBeGreaterThanOrEqual(600_000);
  });
});

describe('what is restored', () => {
  it('is every torrent, as it was: its place, its choice of files, its totals, paused or not', async () => {
    const state = await emptyFolder();
    const folder = await filled(ALBUM);
    const other = torrentOf([{ path: [], data: noise(50_000, 9) }], { name: 'film' });
    const { session, torrent } = await run(state, {
      info: ALBUM.metainfo,
      downloadDir: folder,
      priorities: ['high', 'skip', 'low'],
    });
    const magnet = { infoHashV1: other.metainfo.infoHashV1!, name: 'film' };
    const trackers = [['http://127.0.0.1:1/announce']];
    const wanted = session.add({ magnet, downloadDir: folder, trackers, superSeed: true });
    torrent.setLimits({ downloadBytesPerSecond: 5000, maxPeers: 7 });
    torrent.setSequential(true);
    wanted.setHonorsSessionRates(false);
    await ready(torrent);
    torrent.pause();
    await session.close();

    const again = await sessionOf(state);
    const { torrents, faults } = await again.restore();
    expect(faults).toEqual([]);
    const [album, film] = torrents[0]!.name === 'album' ? torrents : torrents.toReversed();
    expect([album!.name, album!.downloadDir, album!.state]).toEqual(['album', folder, 'paused']);
    expect([film!.name, film!.downloadDir, film!.state]).toEqual(['film', folder, 'metadata']);
    expect(film!.trackers().map(({ url }) => url)).toEqual(['http://127.0.0.1:1/announce']);
    expect(film!.infoHashes).toEqual(wanted.infoHashes);
    expect([album!.superSeeding, film!.superSeeding]).toEqual(['off', 'wanted']);
    expect([album!.isSequential, film!.isSequential]).toEqual([true, false]);
    expect([album!.honorsSessionRates, film!.honorsSessionRates]).toEqual([true, false]);
    expect(album!.limits).toMatchObject({ downloadBytesPerSecond: 5000, maxPeers: 7 });
    expect(album!.totals().addedAt).toBe(torrent.totals().addedAt);
    await expect.poll(() => album!.stats().piecesHave).toBe(PIECES);
    expect(album!.state).toBe('paused');
    album!.resume();
    await expect.poll(() => album!.state).toBe('seeding');
  });

  it('does not begin where it was paused before its data was looked at', async () => {
    const { folder, state } = await seeded();
    const { torrent } = await run(state, { info: ALBUM.metainfo, downloadDir: folder, isPaused: true });
    torrent.resume();
    expect((await ready(torrent)).piecesHave).toBe(PIECES);
    expect(torrent.state).toBe('seeding');
  });

  it('is all but the records that are broken', async () => {
    const { state } = await seeded();
    await writeFile(join(state, 'rubbish.resume'), 'rubbish');
    const session = await sessionOf(state);
    const { torrents } = await session.restore();
    expect(torrents.map(({ name }) => name)).toEqual(['album']);
  });
});

describe('a pause', () => {
  it('is followed by a look: what was changed meanwhile is hashed', async () => {
    const { folder, state } = await seeded();
    const { torrent } = await run(state, { info: ALBUM.metainfo, downloadDir: folder });
    await ready(torrent);
    torrent.pause();
    expect(torrent.state).toBe('paused');
    torrent.resume();
    expect(torrent.state).toBe('checking');
    await expect.poll(() => torrent.state).toBe('seeding');
    torrent.pause();
    const bytes = ALBUM.files[2]!.data.slice();
    bytes[0]! ^= 1;
    await writeFile(join(folder, 'album', 'c'), bytes);
    const again = ready(torrent);
    torrent.resume();
    expect((await again).piecesHave).toBe(PIECES - 1);
    expect(torrent.state).toBe('downloading');
  });

  it('may come before the record is read', async () => {
    const { folder, state } = await seeded();
    const { torrent } = await run(state, { info: ALBUM.metainfo, downloadDir: folder });
    torrent.pause();
    torrent.resume();
    expect((await ready(torrent)).piecesHave).toBe(PIECES);
  });
});

it('checks everything once more when it is told to', async () => {
  const { folder, state } = await seeded();
  const { torrent } = await run(state, { info: ALBUM.metainfo, downloadDir: folder });
  await ready(torrent);
  const again = ready(torrent);
  torrent.recheck();
  expect(torrent.state).toBe('checking');
  expect((await again).piecesHave).toBe(PIECES);
  expect(torrent.state).toBe('seeding');
});

it('warns where its folder cannot be written, and goes on', async () => {
  const folder = await filled(ALBUM);
  const file = join(await emptyFolder(), 'file');
  await writeFile(file, '');
  const { torrent, session } = await run(file, { info: ALBUM.metainfo, downloadDir: folder });
  const warnings: string[] = [];
  torrent.on('warning', ({ code }) => warnings.push(code));
  expect((await ready(torrent)).piecesHave).toBe(PIECES);
  await session.close();
  expect(new Set(warnings)).toEqual(new Set(['STATE_NOT_WRITTEN']));
  expect(await readFile(file, 'utf8')).toBe('');
});

/** Everything is there, and was when the record was written. */
async function seeded(): Promise<{ folder: string; state: string }> {
  const folder = await filled(ALBUM);
  const state = await emptyFolder();
  expect(await once(state, { info: ALBUM.metainfo, downloadDir: folder })).toBe(PIECES);
  return { folder, state };
}

/** A run that ends when it is known what is there: how many pieces. */
async function once(state: string, options: AddOptions): Promise<number> {
  const { session, torrent } = await run(state, options);
  const { piecesHave } = await ready(torrent);
  await session.close();
  return piecesHave;
}

function magnetOf(hashes: Pick<Magnet, 'infoHashV1' | 'infoHashV2'>): Magnet {
  return { ...hashes, trackers: [], webSeeds: [], peers: [], exactSources: [], acceptableSources: [] };
}

async function run(
  stateFolder: string,
  options: AddOptions,
): Promise<{ session: Session; torrent: SessionTorrent }> {
  const session = await sessionOf(stateFolder);
  return { session, torrent: session.add(options) };
}

async function sessionOf(stateFolder: string): Promise<Session> {
  const host = nodeHost({ disk: { threads: 1 } });
  const session = new Session({ listen: { host: '127.0.0.1', port: 0 }, stateFolder }, host);
  await session.listen();
  cleanUps.push(async () => {
    await session.close();
    await host.disk.close();
  });
  return session;
}

function ready(torrent: SessionTorrent): Promise<{ readonly piecesHave: number }> {
  return new Promise((resolve, reject) => {
    torrent.on('ready', resolve);
    torrent.on('error', reject);
  });
}

async function filled(torrent: DataTorrent): Promise<string> {
  const folder = await emptyFolder();
  await fill(folder, torrent);
  return folder;
}

async function fill(folder: string, torrent: DataTorrent): Promise<void> {
  for (const [i, { path }] of torrent.metainfo.files.entries()) {
    await mkdir(dirname(join(folder, ...path)), { recursive: true });
    await writeFile(join(folder, ...path), torrent.files[i]!.data);
  }
}

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'swarmline-resume-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
