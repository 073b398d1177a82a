// Disks that fill up, that become read-only, that lose files: the torrent that suffers stops with a sentence that names the
// file and the cause, the others go on, and when the cause is gone it goes on where it was.

import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SwarmlineError } from '../../src/core/errors.ts';
import { buildMetainfo } from '../../src/core/metainfo/build.ts';
import { nodeHost } from '../../src/io/node-host.ts';
import { Session } from '../../src/session/session.ts';
import type { SessionTorrent } from '../../src/session/session-torrent.ts';
import { type DataTorrent, noise, torrentOf } from '../torrents.ts';
import { temporaryFolder } from './peers.ts';
import { mountTest, remount, smallDisk } from './small-disk.ts';
import { get } from './swarmline-process.ts';

const MIB = 1024 * 1024;
const PIECE = 65_536;
const ALBUM = torrentOf(
  [
    { path: ['one'], data: noise(3 * MIB, 1) },
    { path: ['two'], data: noise(3 * MIB, 2) },
  ],
  { pieceLength: PIECE, version: 'hybrid' },
);
const FILM = torrentOf([{ path: [], data: noise(2 * MIB, 3) }], { pieceLength: PIECE, name: 'film' });

describe('a disk', () => {
  mountTest(
    'that is full stops the torrent, and the other goes on; with room made it is completed',
    async () => {
      const folder = smallDisk(7 * MIB);
      writeFileSync(join(folder, 'ballast'), new Uint8Array(3 * MIB));
      const seed = await seeding(ALBUM, FILM);
      const session = await sessionOf({ stateFolder: temporaryFolder() });
      const [album, film] = [
        session.add({ info: ALBUM.metainfo, downloadDir: folder }),
        session.add({ info: FILM.metainfo, downloadDir: temporaryFolder() }),
      ];
      const fault = failing(album);
      for (const torrent of [album, film]) torrent.peersFound([seed], 'user');
      expect(await fault).toMatchObject({
        code: 'DISK_FULL',
        message: expect.stringMatching(/^"album\/(one|two)" cannot be written: the disk is full\.$/),
      });
      expect([album.state, album.connectionCount]).toEqual(['failed', 0]);
      await complete(film);
      expect(statfsSync(folder).bavail).toBe(0);

      // No room yet: the same again, and nothing that was there is believed lost.
      const again = failing(album);
      const had = album.stats().piecesHave;
      album.resume();
      expect((await ready(album)).piecesHave).toBeGreaterThanOrEqual(had);
      album.peersFound([seed], 'user');
      expect((await again).code).toBe('DISK_FULL');

      rmSync(join(folder, 'ballast'));
      album.resume();
      await complete(album);
      expectData(ALBUM, folder);
      // Nothing but what was under way when it stopped has come twice.
      expect(album.totals().downloaded).toBeLessThan(6 * MIB + 2 * 40 * PIECE);
    },
  );

  mountTest('that is full ends a get, which says how to go on, and goes on', async () => {
    const folder = smallDisk(7 * MIB);
    writeFileSync(join(folder, 'ballast'), new Uint8Array(3 * MIB));
    const { host, port } = await seeding(ALBUM);
    const torrent = join(temporaryFolder(), 'album.torrent');
    writeFileSync(torrent, buildMetainfo(ALBUM.metainfo.raw, { pieceLayers: ALBUM.metainfo.pieceLayers }));
    const state = { XDG_STATE_HOME: temporaryFolder() };
    const args = ['--peer', `${host}:${port}`, '--no-seed'];
    const first = get(torrent, folder, args, state);
    expect(await first.ended()).toBe(1);
    expect(first.err).toMatch(/cannot be written: the disk is full\.$/m);
    expect(first.err).toMatch(/^Stopped at [\d.]+ %; make room, and run the same command again to go on\.$/m);

    rmSync(join(folder, 'ballast'));
    const second = get(torrent, folder, args, state);
    expect(await second.ended()).toBe(0);
    expectData(ALBUM, folder);
  });

  mountTest(
    'with too little room for all of a torrent that is to have it says so before anything is fetched',
    async () => {
      const folder = smallDisk(7 * MIB);
      writeFileSync(join(folder, 'ballast'), new Uint8Array(3 * MIB));
      const seed = await seeding(ALBUM);
      const session = await sessionOf();
      const album = session.add({ info: ALBUM.metainfo, downloadDir: folder, allocation: 'full' });
      album.peersFound([seed], 'user');
      expect(await failing(album)).toMatchObject({
        code: 'DISK_FULL',
        where: 'album/two',
        message: expect.stringMatching(
          /^"album\/two" gets no room: the disk is full; 2,\d\d\d,\d\d\d bytes more are needed for what is to be fetched\.$/,
        ),
      });
      expect(statfsSync(folder).bavail).toBeGreaterThan(0);
      rmSync(join(folder, 'ballast'));
      album.resume();
      await complete(album);
      expectData(ALBUM, folder);
    },
  );

  mountTest('that is read-only stops the torrent; when it can be written it goes on', async () => {
    const folder = smallDisk(16 * MIB);
    const seed = await seeding(ALBUM);
    const session = await sessionOf();
    remount(folder, 'ro');
    const album = session.add({ info: ALBUM.metainfo, downloadDir: folder });
    const fault = failing(album);
    album.peersFound([seed], 'user');
    expect(await fault).toMatchObject({
      code: 'DISK_DENIED',
      message: expect.stringMatching(/"album\/(one|two)" cannot be written: the file system is read-only/),
    });
    remount(folder, 'rw');
    album.resume();
    await complete(album);
    expectData(ALBUM, folder);
  });

  it('from which a file goes while it is being written stops the torrent, which then fetches it again', async () => {
    const folder = temporaryFolder();
    const seed = await seeding(ALBUM);
    const session = await sessionOf({ recordMs: 20, limits: { downloadBytesPerSecond: 2 * MIB } });
    const album = session.add({ info: ALBUM.metainfo, downloadDir: folder });
    const fault = failing(album);
    album.peersFound([seed], 'user');
    await expect.poll(() => album.stats().piecesHave, { timeout: 10_000 }).toBeGreaterThan(8);
    rmSync(join(folder, 'album', 'one'), { force: true });
    expect(await fault).toMatchObject({ code: 'FILE_CHANGED', where: 'album/one' });
    session.setLimits({ downloadBytesPerSecond: Number.POSITIVE_INFINITY });
    album.resume();
    await complete(album);
    expectData(ALBUM, folder);
  });

  it('on which a file is cut short or replaced under a seed stops the torrent; then no more than that file is hashed', async () => {
    const folder = temporaryFolder();
    fill(folder, ALBUM);
    const session = await sessionOf();
    const album = session.add({ info: ALBUM.metainfo, downloadDir: folder });
    await ready(album);
    const path = join(folder, 'album', 'two');
    const damages = [
      () => truncateSync(path, MIB),
      () => {
        writeFileSync(`${path}.new`, noise(3 * MIB, 99));
        renameSync(`${path}.new`, path);
      },
    ];
    for (const damage of damages) {
      const leech = await fetching(ALBUM, session);
      await expect.poll(() => leech.torrent.stats().piecesHave, { timeout: 10_000 }).toBeGreaterThan(2);
      const fault = failing(album);
      damage();
      expect(await fault).toMatchObject({ code: 'FILE_CHANGED', where: 'album/two' });
      await leech.session.close();
      album.resume();
      const { piecesHave } = await ready(album);
      expect(piecesHave).toBeGreaterThanOrEqual(48);
      expect(album.state).toBe('downloading');
      writeFileSync(path, ALBUM.files[1]!.data);
      album.pause();
      album.resume();
      expect((await ready(album)).piecesHave).toBe(96);
    }
  });
});

/** Somebody who has the torrents, and where. */
async function seeding(...torrents: readonly DataTorrent[]): Promise<{ host: string; port: number }> {
  const session = await sessionOf();
  for (const torrent of torrents) {
    const folder = temporaryFolder();
    fill(folder, torrent);
    await complete(session.add({ info: torrent.metainfo, downloadDir: folder }));
  }
  return { host: '127.0.0.1', port: session.address!.port };
}

/** A leech of a session, so slow that there is time for something to happen. */
async function fetching(
  { metainfo }: DataTorrent,
  from: Session,
): Promise<{ session: Session; torrent: SessionTorrent }> {
  const session = await sessionOf({ limits: { downloadBytesPerSecond: MIB } });
  const torrent = session.add({ info: metainfo, downloadDir: temporaryFolder() });
  torrent.peersFound([{ host: '127.0.0.1', port: from.address!.port }], 'user');
  return { session, torrent };
}

async function sessionOf(
  options: {
    readonly stateFolder?: string;
    readonly recordMs?: number;
    readonly limits?: { readonly downloadBytesPerSecond: number };
  } = {},
): Promise<Session> {
  const host = nodeHost({ disk: { threads: 2 } });
  const { limits, ...settings } = options;
  const session = new Session(
    { listen: { host: '127.0.0.1', port: 0 }, limitsLocalPeers: true, ...settings },
    host,
  );
  if (limits !== undefined) session.setLimits(limits);
  await session.listen();
  onTestFinished(async () => {
    await session.close();
    await host.disk.close();
  });
  return session;
}

function failing(torrent: SessionTorrent): Promise<SwarmlineError> {
  return new Promise(resolve => {
    const off = torrent.on('error', error => {
      off();
      resolve(error);
    });
  });
}

function ready(torrent: SessionTorrent): Promise<{ readonly piecesHave: number }> {
  return new Promise(resolve => {
    const off = torrent.on('ready', stats => {
      off();
      resolve(stats);
    });
  });
}

function complete(torrent: SessionTorrent): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (torrent.state === 'seeding') resolve(undefined);
    torrent.on('complete', resolve);
    torrent.on('error', reject);
  });
}

function fill(folder: string, torrent: DataTorrent): void {
  for (const [i, { path }] of torrent.metainfo.files.entries()) {
    mkdirSync(dirname(join(folder, ...path)), { recursive: true });
    writeFileSync(join(folder, ...path), torrent.files[i]!.data);
  }
}

function expectData(torrent: DataTorrent, folder: string): void {
  for (const [i, { path }] of torrent.metainfo.files.entries())
    expect(Buffer.compare(readFileSync(join(folder, ...path)), torrent.files[i]!.data), path.join('/')).toBe(
      0,
    );
}
