// A torrent whose files another torrent of the session has already: on real disks.

import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import type { AddOptions, SessionTorrent } from '../src/session/session-torrent.ts';
import { type DataTorrent, noise, torrentOf } from './torrents.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** More than is copied at a time. */
const LARGE = noise(9_000_000, 1);
const SMALL = noise(40_000, 2);

describe('files that another torrent has', () => {
  it('are this one’s too, by their roots: nothing but what is new is fetched', async () => {
    const { session, folder } = await newSession();
    const before = torrentOf(
      [
        { path: ['large'], data: LARGE },
        { path: ['small'], data: SMALL },
      ],
      { version: 'v2', name: 'release 1', pieceLength: 65_536 },
    );
    await seeding(session, before, folder);
    const after = torrentOf(
      [
        { path: ['data', 'large renamed'], data: LARGE },
        { path: ['new'], data: noise(30_000, 3) },
        { path: ['small'], data: SMALL },
      ],
      { version: 'hybrid', name: 'release 2', pieceLength: 131_072 },
    );
    const torrent = session.add({ info: after.metainfo, downloadDir: folder });
    await ready(torrent);
    const lacking = after.metainfo.files.findIndex(({ path }) => path.at(-1) === 'new');
    expect(torrent.files.map(file => file.isComplete)).toEqual(torrent.files.map((_, i) => i !== lacking));
    expect(Buffer.compare(await readFile(join(folder, 'release 2/data/large renamed')), LARGE)).toBe(0);
    // The bytes lie on the disk once: a clone, or where there are none, a second name.
    const { nlink, dev } = await stat(join(folder, 'release 2/data/large renamed'));
    expect(nlink === 2 || (await canClone(folder))).toBe(true);
    expect(dev).toBe((await stat(join(folder, 'release 1/large'))).dev);
  });

  it('are copied where they only may be the same, and what is not right is fetched', async () => {
    const { session, folder } = await newSession();
    const changed = LARGE.slice();
    changed[8_500_000]! ^= 1;
    const before = torrentOf(
      [
        { path: ['large'], data: LARGE },
        { path: ['small'], data: SMALL },
      ],
      { name: 'old' },
    );
    await seeding(session, before, folder);
    const after = torrentOf(
      [
        { path: ['large'], data: changed },
        { path: ['small'], data: SMALL },
      ],
      { name: 'new', similar: [before.metainfo.infoHashV1!] },
    );
    const torrent = session.add({ info: after.metainfo, downloadDir: folder });
    await ready(torrent);
    const { pieceLength, layout } = after.metainfo;
    const wrong = Math.floor(8_500_000 / pieceLength);
    for (let piece = 0; piece < layout.pieceCount; piece++)
      expect([piece, torrent.hasPiece(piece)]).toEqual([piece, piece !== wrong]);
    // Two files: what is written to the one is not the other's.
    expect((await stat(join(folder, 'new/large'))).nlink).toBe(1);
    expect((await stat(join(folder, 'new/small'))).nlink).toBe(1);
  });

  it('are a beginning where a file of that path has changed, grown or shrunk', async () => {
    const { session, folder } = await newSession();
    const collections = ['data'];
    const before = torrentOf(
      [
        { path: ['grown'], data: LARGE.subarray(0, 8_500_000) },
        { path: ['shrunk'], data: LARGE.subarray(0, 400_000) },
      ],
      { version: 'v2', name: 'r1', collections },
    );
    await seeding(session, before, folder);
    const files = [
      { path: ['grown'], data: LARGE },
      { path: ['shrunk'], data: LARGE.subarray(0, 200_001) },
    ];
    const after = torrentOf(files, { version: 'v2', name: 'r2', collections, pieceLength: 65_536 });
    const torrent = session.add({ info: after.metainfo, downloadDir: folder });
    await ready(torrent);
    const { layout } = after.metainfo;
    const there = Array.from({ length: layout.pieceCount }, (_, piece) => torrent.hasPiece(piece));
    const whole = Math.floor(8_500_000 / 65_536);
    const ofGrown = layout.piecesOf(0).end;
    expect(there).toEqual(there.map((_, piece) => piece < whole || piece >= ofGrown));
    expect((await stat(join(folder, 'r2/shrunk'))).size).toBe(200_001);
    expect((await stat(join(folder, 'r1/shrunk'))).size).toBe(400_000);
  });

  it('are left alone where something stands in their place, where the twin has changed, and where it is not wished', async () => {
    const { session, folder } = await newSession();
    const files = [
      { path: ['a'], data: SMALL },
      { path: ['b'], data: noise(40_000, 4) },
      { path: ['c'], data: noise(40_000, 5) },
    ];
    await seeding(session, torrentOf(files, { version: 'v2', name: 'old' }), folder);
    await mkdir(join(folder, 'new'));
    await writeFile(join(folder, 'new/a'), 'mine');
    await writeFile(join(folder, 'old/b'), 'short');
    const after = torrentOf(files, { version: 'v2', name: 'new' });
    const torrent = session.add({ info: after.metainfo, downloadDir: folder });
    await ready(torrent);
    expect(torrent.files.map(file => file.isComplete)).toEqual([false, false, true]);
    expect(await readFile(join(folder, 'new/a'), 'utf8')).toBe('mine');
    const unwilling = torrentOf(files, { version: 'v2', name: 'third' });
    const third = session.add({ info: unwilling.metainfo, downloadDir: folder, reusesFiles: false });
    await ready(third);
    expect(third.files.map(file => file.isComplete)).toEqual([false, false, false]);
  });

  it('may be shared where they lie', async () => {
    const { session, folder } = await newSession();
    const own = join(folder, 'mine.bin');
    await writeFile(own, LARGE);
    const shared = torrentOf([{ path: [], data: LARGE }], { version: 'v2', name: 'mine' });
    await seeding(session, shared, folder, { sources: [own] });
    const after = torrentOf([{ path: ['x'], data: LARGE }], { version: 'v2', name: 'pack' });
    const torrent = session.add({ info: after.metainfo, downloadDir: join(folder, 'elsewhere') });
    await ready(torrent);
    expect(torrent.files.map(file => file.isComplete)).toEqual([true]);
    // Two files: what the user changes in his is not mended through the other.
    expect((await stat(own)).nlink).toBe(1);
  });
});

async function newSession(): Promise<{ session: Session; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'swarmline-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  const host = nodeHost();
  const session = new Session({ listen: false }, host);
  cleanUps.push(async () => {
    await session.close();
    await host.disk.close();
  });
  return { session, folder };
}

async function seeding(
  session: Session,
  { metainfo, files }: DataTorrent,
  folder: string,
  options: Partial<AddOptions> = {},
): Promise<void> {
  for (const [i, file] of options.sources === undefined ? metainfo.files.entries() : []) {
    const path = join(folder, ...file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, files[i]!.data);
  }
  await session.add({ info: metainfo, downloadDir: folder, ...options }).completed();
}

function ready(torrent: SessionTorrent): Promise<void> {
  return new Promise((resolve, reject) => {
    torrent.on('ready', () => resolve());
    torrent.on('error', reject);
  });
}

async function canClone(folder: string): Promise<boolean> {
  const { copyFile, constants } = await import('node:fs/promises');
  const from = join(folder, 'clone-me');
  await writeFile(from, 'x');
  return copyFile(from, join(folder, 'clone'), constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
}
