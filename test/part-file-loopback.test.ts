// Files that nobody wants beside files that are wanted, on real files and sockets: what is written, what is given to others,
// what another run believes, and what happens when they are wanted after all.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { FilePriority } from '../src/core/engine/file-priorities.ts';
import type { Disk } from '../src/host/disk.ts';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import type { SessionTorrent } from '../src/session/session-torrent.ts';
import { temporaryFolder } from './interop/peers.ts';
import { noise, torrentOf } from './torrents.ts';

const ALBUM = torrentOf([
  { path: ['a'], data: noise(100_000, 1) },
  { path: ['b'], data: noise(80_000, 2) },
  { path: ['c'], data: noise(5000, 3) },
  { path: ['d'], data: noise(100_000, 4) },
]);
const ONLY_B: FilePriority[] = ['skip', 'normal', 'skip', 'skip'];
const ALL: FilePriority[] = ['normal', 'normal', 'normal', 'normal'];

it('what is not wanted is not written; what came of it is given to others, believed in the next run, and used when it is wanted', async () => {
  const seed = await seeding();
  const folder = temporaryFolder();
  const state = temporaryFolder();
  const first = await sessionOf(state);
  const torrent = first.session.add({ info: ALBUM.metainfo, downloadDir: folder, priorities: ONLY_B });
  torrent.peersFound([seed], 'user');
  await complete(torrent);
  expect(readdirSync(join(folder, 'album'))).toEqual(['b']);
  expect(partsIn(folder)).toHaveLength(1);
  expect(Buffer.compare(readFileSync(join(folder, 'album', 'b')), ALBUM.files[1]!.data)).toBe(0);

  // Another one who wants the same gets the pieces that lie in both files from here.
  const other = await sessionOf();
  const theirs = other.session.add({
    info: ALBUM.metainfo,
    downloadDir: temporaryFolder(),
    priorities: ONLY_B,
  });
  theirs.peersFound([addressOf(first.session)], 'user');
  await complete(theirs);
  await other.session.close();
  await first.session.close();

  const second = await sessionOf(state);
  const again = second.session.add({ info: ALBUM.metainfo, downloadDir: folder, priorities: ONLY_B });
  const { piecesHave } = await ready(again);
  expect(piecesHave).toBe(3);
  expect(second.hashed()).toBe(0);
  expect(again.state).toBe('seeding');
  const had = again.stats().downloaded;
  again.setFilePriorities(ALL);
  expect(again.state).toBe('downloading');
  again.peersFound([seed], 'user');
  await complete(again);
  expect(partsIn(folder)).toEqual([]);
  for (const [i, { path }] of ALBUM.metainfo.files.entries())
    expect(Buffer.compare(readFileSync(join(folder, ...path)), ALBUM.files[i]!.data)).toBe(0);
  // Nothing of what was there was fetched again.
  expect(again.stats().downloaded - had).toBe(ALBUM.metainfo.layout.dataLength - 3 * 32_768);
  await second.session.close();
  const third = await sessionOf(state);
  expect((await ready(third.session.add({ info: ALBUM.metainfo, downloadDir: folder }))).piecesHave).toBe(9);
  expect(third.hashed()).toBe(0);
});

it('a file that lies within one piece with what was wanted is there as soon as it is wanted', async () => {
  const seed = await seeding();
  const folder = temporaryFolder();
  const { session } = await sessionOf();
  const torrent = session.add({ info: ALBUM.metainfo, downloadDir: folder, priorities: ONLY_B });
  torrent.peersFound([seed], 'user');
  await complete(torrent);
  expect(torrent.files[2]!.isComplete).toBe(true);
  expect(existsSync(join(folder, 'album', 'c'))).toBe(false);
  torrent.setFilePriorities(['skip', 'normal', 'low', 'skip']);
  expect(torrent.state).toBe('seeding');
  await expect.poll(() => existsSync(join(folder, 'album', 'c'))).toBe(true);
  const read: Uint8Array[] = [];
  for await (const chunk of torrent.files[2]!.stream()) read.push(chunk);
  expect(Buffer.compare(Buffer.concat(read), ALBUM.files[2]!.data)).toBe(0);
  expect(Buffer.compare(readFileSync(join(folder, 'album', 'c')), ALBUM.files[2]!.data)).toBe(0);
  // Files a and d still have something there.
  expect(partsIn(folder)).toHaveLength(1);
});

it('what the part file has for a file is used where that is wanted in the next run, remembered or not', async () => {
  const seed = await seeding();
  for (const state of [temporaryFolder(), undefined]) {
    const folder = temporaryFolder();
    const first = await sessionOf(state);
    const torrent = first.session.add({ info: ALBUM.metainfo, downloadDir: folder, priorities: ONLY_B });
    torrent.peersFound([seed], 'user');
    await complete(torrent);
    await first.session.close();
    const second = await sessionOf(state);
    const again = second.session.add({ info: ALBUM.metainfo, downloadDir: folder });
    expect((await ready(again)).piecesHave).toBe(3);
    expect(partsIn(folder)).toEqual([]);
    await second.session.close();
  }
});

it('a part file that was changed or removed is not believed', async () => {
  const seed = await seeding();
  const folder = temporaryFolder();
  const state = temporaryFolder();
  const first = await sessionOf(state);
  const torrent = first.session.add({ info: ALBUM.metainfo, downloadDir: folder, priorities: ONLY_B });
  torrent.peersFound([seed], 'user');
  await complete(torrent);
  await first.session.close();
  const path = join(folder, partsIn(folder)[0]!);
  writeFileSync(path, readFileSync(path).subarray(0, 4096));
  const second = await sessionOf(state);
  const again = second.session.add({ info: ALBUM.metainfo, downloadDir: folder, priorities: ONLY_B });
  expect((await ready(again)).piecesHave).toBe(1);
});

function partsIn(folder: string): string[] {
  return readdirSync(folder).filter(name => name.endsWith('.swarmline-parts'));
}

async function seeding(): Promise<{ host: string; port: number }> {
  const folder = temporaryFolder();
  for (const [i, { path }] of ALBUM.metainfo.files.entries()) {
    mkdirSync(dirname(join(folder, ...path)), { recursive: true });
    writeFileSync(join(folder, ...path), ALBUM.files[i]!.data);
  }
  const { session } = await sessionOf();
  await ready(session.add({ info: ALBUM.metainfo, downloadDir: folder, isVerified: true }));
  return addressOf(session);
}

function addressOf(session: Session): { host: string; port: number } {
  return { host: '127.0.0.1', port: session.address!.port };
}

async function sessionOf(stateFolder?: string): Promise<{ session: Session; hashed(): number }> {
  const host = nodeHost({ disk: { threads: 1 } });
  let hashed = 0;
  const disk: Disk = {
    pool: host.disk.pool,
    open: plan => {
      const opened = host.disk.open(plan);
      const check = opened.check.bind(opened);
      opened.check = (onPiece, done, only) => {
        hashed += only?.count ?? plan.layout.pieceCount;
        return check(onPiece, done, only);
      };
      return opened;
    },
    release: bytes => host.disk.release(bytes),
    close: () => host.disk.close(),
  };
  const session = new Session({ listen: { host: '127.0.0.1', port: 0 }, stateFolder }, { ...host, disk });
  await session.listen();
  onTestFinished(async () => {
    await session.close();
    await host.disk.close();
  });
  return { session, hashed: () => hashed };
}

function complete(torrent: SessionTorrent): Promise<unknown> {
  return new Promise((resolve, reject) => {
    torrent.on('complete', resolve);
    torrent.on('error', reject);
  });
}

function ready(torrent: SessionTorrent): Promise<{ readonly piecesHave: number }> {
  return new Promise((resolve, reject) => {
    torrent.on('ready', resolve);
    torrent.on('error', reject);
  });
}
