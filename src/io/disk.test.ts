// The disk threads on real files in a folder of their own.

import { execFileSync } from 'node:child_process';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type DataTorrent, noise, torrentOf } from '../../test/torrents.ts';
import { sha256 } from '../core/bytes/sha256.ts';
import { pieceChecks } from '../core/engine/piece-check.ts';
import type { SwarmlineError } from '../core/errors.ts';
import { merkleRoot } from '../core/metainfo/merkle.ts';
import type { TorrentVersion } from '../core/metainfo/metainfo.ts';
import type { MerkleCheck } from '../core/metainfo/piece-proof.ts';
import type {
  Disk,
  DiskPlan,
  DiskTorrent,
  FileStates,
  FlushedFiles,
  PieceVerdict,
  StoreOptions,
} from '../host/disk.ts';
import { nodeDisk } from './disk.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const FILES = [
  { path: ['a'], data: noise(50_000, 1) },
  { path: ['b', 'empty'], data: new Uint8Array(0) },
  { path: ['b', 'run.sh'], data: noise(20, 2), executable: true },
  { path: ['c'], data: noise(200_000, 3) },
];

describe('the disk', () => {
  for (const version of ['v1', 'hybrid', 'v2'] satisfies TorrentVersion[]) {
    it(`stores, reads and checks the pieces of a ${version} torrent, and writes no gaps`, async () => {
      const torrent = torrentOf(FILES, { version });
      const { disk, opened, folder } = await openDisk(torrent);
      expect(await check(opened)).toEqual([]);
      const { layout } = torrent.metainfo;
      for (let piece = 0; piece < layout.pieceCount; piece++) {
        expect(await store(disk, opened, piece, pieceOf(torrent, piece))).toBe(true);
      }
      for (const [i, file] of torrent.metainfo.files.entries()) {
        if (file.length === 0) continue;
        const written = await readFile(join(folder, ...file.path));
        expect(Buffer.compare(written, torrent.files[i]!.data), file.path.join('/')).toBe(0);
      }
      expect(await read(opened, 1, 5, 1000)).toEqual(pieceOf(torrent, 1).slice(5, 1005));
      expect(await check(opened)).toEqual(
        Array.from({ length: layout.pieceCount }, (_, piece) => [piece, true]),
      );
    });
  }

  it('writes nothing of a piece that is wrong', async () => {
    const torrent = torrentOf(FILES);
    const { disk, opened, folder } = await openDisk(torrent);
    const bytes = pieceOf(torrent, 0);
    bytes[7]! ^= 1;
    expect(await store(disk, opened, 0, bytes)).toMatchObject({ isRight: false });
    expect(await readdir(folder)).toEqual([]);
  });

  for (const version of ['v1', 'hybrid', 'v2'] satisfies TorrentVersion[]) {
    it(`tells by digests which block of a wrong piece of a ${version} torrent is wrong`, async () => {
      const torrent = torrentOf(FILES, { version });
      const { disk, opened } = await openDisk(torrent);
      const piece = torrent.metainfo.layout.pieceCount - 1;
      const right = pieceOf(torrent, piece);
      const { offset, length } = torrent.metainfo.files.at(-1)!;
      const dataLength = offset + length - piece * torrent.metainfo.pieceLength;
      const leaf = sha256(right.subarray(0, Math.min(16_384, dataLength)));
      const wrong = pieceOf(torrent, piece);
      wrong[3]! ^= 1;
      const failed = await store(disk, opened, piece, wrong);
      expect(failed).toEqual({ isRight: false, blockDigests: expect.any(Uint8Array) });
      const digests = (failed as { blockDigests: Uint8Array }).blockDigests;
      expect(digests.subarray(0, 32)).not.toEqual(leaf);

      const passed = await store(disk, opened, piece, right, { blockDigests: true });
      expect((passed as { blockDigests: Uint8Array }).blockDigests.subarray(0, 32)).toEqual(leaf);
      expect(await store(disk, opened, piece, pieceOf(torrent, piece))).toBe(true);
    });
  }

  it('does not believe a hybrid whose two hashes belong to different data', async () => {
    const torrent = torrentOf(FILES, { version: 'hybrid' });
    const { opened, disk } = await openDisk(torrent, {
      checkOf: piece => {
        const check = pieceChecks(torrent.metainfo)(piece);
        if (check.kind !== 'both') throw new Error('No hybrid.');
        return { ...check, v2: { ...check.v2, digest: new Uint8Array(32) } };
      },
    });
    const fault = await store(disk, opened, 0, pieceOf(torrent, 0));
    expect(fault).toMatchObject({ code: 'TORRENT_INCONSISTENT' });
    const bytes = pieceOf(torrent, 0);
    bytes[7]! ^= 1;
    expect(await store(disk, opened, 0, bytes)).toMatchObject({ isRight: false });
  });

  it('finds what is right in files that are damaged or cut short', async () => {
    const torrent = torrentOf(FILES);
    const { opened, folder } = await openDisk(torrent);
    await writeAll(torrent, folder);
    const c = torrent.files[3]!.data.slice(0, 150_000);
    c[0]! ^= 1;
    await writeFile(join(folder, 'album', 'c'), c);
    const found = await check(opened);
    expect(found.filter(([, isRight]) => !isRight)).toEqual([[1, false]]);
    expect(found.map(([piece]) => piece)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('tells how long each file is and when it was changed, of those that were written after a flush', async () => {
    const torrent = torrentOf(FILES);
    const { disk, opened, folder } = await openDisk(torrent);
    expect([...(await look(opened)).lengths]).toEqual([-1, -1, -1, -1]);
    expect(await flush(opened)).toMatchObject({ files: [] });
    void store(disk, opened, 1, pieceOf(torrent, 1));
    const flushed = await flush(opened);
    expect(flushed).toMatchObject({ files: [0, 2, 3], lengths: Float64Array.of(50_000, 20, 15_516) });
    const now = await look(opened);
    expect([...now.lengths]).toEqual([50_000, -1, 20, 15_516]);
    expect(now.modifiedMs[0]).toBe((await stat(join(folder, 'album', 'a'))).mtimeMs);
    expect((flushed as FlushedFiles).modifiedMs[2]).toBe(now.modifiedMs[3]);
    expect(now.modifiedMs[1]).toBe(0);
  });

  it('says where a file that was written is gone, until it is looked at anew', async () => {
    const torrent = torrentOf(FILES);
    const { disk, opened, folder } = await openDisk(torrent);
    await store(disk, opened, 1, pieceOf(torrent, 1));
    await rm(join(folder, 'album', 'a'));
    expect(await flush(opened)).toMatchObject({
      code: 'FILE_CHANGED',
      where: 'album/a',
      message: expect.stringMatching('"album/a" is gone'),
    });
    // Another one in its place proves nothing of what counts as there.
    await store(disk, opened, 0, pieceOf(torrent, 0));
    expect(await flush(opened)).toMatchObject({ code: 'FILE_CHANGED', where: 'album/a' });
    await look(opened);
    expect(await flush(opened)).toMatchObject({ files: [] });
  });

  it('says where a file that was written is another one now', async () => {
    const torrent = torrentOf(FILES);
    const { disk, opened, folder } = await openDisk(torrent);
    await look(opened);
    await store(disk, opened, 0, pieceOf(torrent, 0));
    await flush(opened);
    await store(disk, opened, 1, pieceOf(torrent, 1));
    await writeFile(join(folder, 'other'), new Uint8Array(100_000));
    await rename(join(folder, 'other'), join(folder, 'album', 'a'));
    expect(await flush(opened)).toMatchObject({ code: 'FILE_CHANGED', where: 'album/a' });
  });

  it.each([
    ['removed', (file: string) => rm(file), 'is gone: it was removed or renamed'],
    [
      'replaced',
      async (file: string) => {
        await writeFile(`${file}.new`, new Uint8Array(100_000));
        await rename(`${file}.new`, file);
      },
      'was replaced by another file',
    ],
    ['cut short', (file: string) => truncate(file, 1), 'was cut short by another program'],
  ])('does not end well when a file was %s after its last piece was stored', async (_, change, what) => {
    const torrent = torrentOf(FILES);
    const { disk, opened, folder } = await openDisk(torrent);
    await look(opened);
    for (let piece = 0; piece < torrent.metainfo.layout.pieceCount; piece++)
      expect(await store(disk, opened, piece, pieceOf(torrent, piece))).toBe(true);
    // Even where all of it was brought to the disk before.
    await flush(opened);
    await change(join(folder, 'album', 'a'));
    expect(await finish(opened)).toMatchObject({
      code: 'FILE_CHANGED',
      where: 'album/a',
      message: `"album/a" ${what} while it was being written.`,
    });
    // And nobody is told that it is there before somebody has looked anew.
    expect(await flush(opened)).toMatchObject({ code: 'FILE_CHANGED', where: 'album/a' });
    await look(opened);
    expect(await flush(opened)).toMatchObject({ files: [] });
  });

  it('makes empty files, links and executable bits when all is there', async () => {
    const torrent = torrentOf([
      ...FILES,
      { path: ['b', 'link'], data: new Uint8Array(0), symlinkTarget: ['a'] },
    ]);
    const { opened, folder } = await openDisk(torrent);
    await writeAll(torrent, folder, file => file.data.length > 0);
    expect(await finish(opened)).toBeUndefined();
    expect((await stat(join(folder, 'album', 'b', 'empty'))).size).toBe(0);
    expect((await stat(join(folder, 'album', 'b', 'run.sh'))).mode & 0o111).not.toBe(0);
    expect(await readlink(join(folder, 'album', 'b', 'link'))).toBe(join('..', 'a'));
    // Once more changes nothing.
    expect(await finish(opened)).toBeUndefined();
  });

  it('makes links to where files lie that have other names', async () => {
    const torrent = torrentOf([
      ...FILES,
      { path: ['b', 'link'], data: new Uint8Array(0), symlinkTarget: ['a'] },
      { path: ['to b'], data: new Uint8Array(0), symlinkTarget: ['b'] },
    ]);
    const paths = torrent.metainfo.files.map(({ path }) => ['my album', ...path.slice(1)]);
    paths[0] = ['elsewhere', 'x'];
    const { opened, folder } = await openDisk(torrent, { paths });
    for (const [i, { data }] of torrent.files.entries()) {
      if (data.length === 0) continue;
      await mkdir(dirname(join(folder, ...paths[i]!)), { recursive: true });
      await writeFile(join(folder, ...paths[i]!), data);
    }
    expect(await finish(opened)).toBeUndefined();
    expect(await readlink(join(folder, 'my album', 'b', 'link'))).toBe(join('..', '..', 'elsewhere', 'x'));
    expect(await readlink(join(folder, 'my album', 'to b'))).toBe('b');
  });

  it('does not wait at a pipe where an empty file belongs', async () => {
    const torrent = torrentOf(FILES);
    const { opened, folder } = await openDisk(torrent);
    await writeAll(torrent, folder, file => file.data.length > 0);
    execFileSync('mkfifo', [join(folder, 'album', 'b', 'empty')]);
    expect(await finish(opened)).toMatchObject({
      code: 'DISK_FAILED',
      message: '"album/b/empty" cannot be written: it is no plain file.',
    });
  });

  it('does not follow a symbolic link out of the folder', async () => {
    const torrent = torrentOf(FILES);
    const { disk, opened, folder } = await openDisk(torrent);
    const outside = await emptyFolder();
    await mkdir(join(folder, 'album'));
    await symlink(outside, join(folder, 'album', 'b'));
    await symlink(join(outside, 'a'), join(folder, 'album', 'a'));
    const fault = await store(disk, opened, 0, pieceOf(torrent, 0));
    expect(fault).toMatchObject({ code: 'PATH_ESCAPES', where: 'album/a' });
    expect(await finish(opened)).toMatchObject({ code: 'PATH_ESCAPES' });
    expect(await readdir(outside)).toEqual([]);
  });

  it('follows a symbolic link that stays inside', async () => {
    const torrent = torrentOf(FILES);
    const { disk, opened, folder } = await openDisk(torrent);
    await mkdir(join(folder, 'real'));
    await symlink(join(folder, 'real'), join(folder, 'album'));
    expect(await store(disk, opened, 0, pieceOf(torrent, 0))).toBe(true);
    expect((await stat(join(folder, 'real', 'a'))).isFile()).toBe(true);
  });

  it('keeps two torrents apart that name one file and have it in two places', async () => {
    const { disk, folder } = await openDisk(torrentOf(FILES));
    for (const seed of [1, 2]) {
      const torrent = torrentOf([{ path: [], data: noise(1000, seed) }], { name: 'film' });
      const source = join(folder, `film of ${seed}`);
      await writeFile(source, torrent.files[0]!.data);
      const { files, layout } = torrent.metainfo;
      const opened = disk.open({
        sources: [source],
        folder,
        files,
        layout,
        checkOf: pieceChecks(torrent.metainfo),
        isWanted: () => true,
        partFile: '.parts',
      });
      // Twice, so that both threads have the file open.
      for (let i = 0; i < 2; i++) expect(await check(opened)).toEqual([[0, true]]);
    }
  });

  it.each([
    ['removed', (path: string) => rm(path), 'cannot be read: no such file or folder.'],
    ['replaced by a folder', (path: string) => rm(path).then(() => mkdir(path)), 'cannot be read: it is'],
    ['cut short', (path: string) => truncate(path, 1), 'was changed by another program.'],
  ])('names a file that lies elsewhere by its place, where it was %s', async (_, damage, message) => {
    const torrent = torrentOf([{ path: [], data: noise(1000, 1) }], { name: 'film' });
    const { disk, folder } = await openDisk(torrent);
    const source = join(folder, 'another name');
    await writeFile(source, torrent.files[0]!.data);
    const { files, layout } = torrent.metainfo;
    const opened = disk.open({
      sources: [source],
      ...{ folder, files, layout, checkOf: pieceChecks(torrent.metainfo), isWanted: () => true },
      partFile: '.parts',
    });
    await look(opened);
    await damage(source);
    expect(await read(opened, 0, 0, 10)).toMatchObject({
      where: source,
      message: expect.stringContaining(`"${source}" ${message}`),
    });
  });

  for (const version of ['v2', 'hybrid'] as const) {
    it(`hashes the blocks of a piece, as leaves of ${version}'s tree: padding is not in it`, async () => {
      const torrent = torrentOf(FILES, { version });
      const { opened, folder } = await openDisk(torrent);
      await writeAll(torrent, folder);
      const { layout, pieceLength } = torrent.metainfo;
      for (let piece = 0; piece < layout.pieceCount; piece++) {
        const result = await new Promise<unknown>(resolve => opened.hashBlocks(piece, resolve));
        const check = pieceChecks(torrent.metainfo)(piece);
        const { digest, width } = check.kind === 'both' ? check.v2 : (check as MerkleCheck);
        expect(merkleRoot(result as Uint8Array, { width })).toEqual(digest);
      }
      expect(pieceLength).toBe(32_768);
    });
  }

  it('tells which file failed and why', async () => {
    const torrent = torrentOf(FILES);
    const { disk, opened, folder } = await openDisk(torrent);
    await mkdir(join(folder, 'album', 'a'), { recursive: true });
    expect(await store(disk, opened, 0, pieceOf(torrent, 0))).toMatchObject({
      code: 'DISK_FAILED',
      message: '"album/a" cannot be written: it is a folder.',
      where: 'album/a',
    });
    expect(await read(opened, 1, 0, 10)).toMatchObject({ code: 'DISK_FAILED' });
  });

  it('does not take a bug of ours for a fault of the file: it ends the thread, and is the cause', async () => {
    const torrent = torrentOf(FILES);
    const folder = await emptyFolder();
    const disk = nodeDisk({ threads: 1 });
    cleanUps.push(() => disk.close());
    const { layout } = torrent.metainfo;
    // A layout of files that were never named.
    const opened = disk.open({
      sources: undefined,
      folder,
      files: [],
      layout,
      checkOf: pieceChecks(torrent.metainfo),
      isWanted: () => true,
      partFile: '.parts',
    });
    const fault = await read(opened, 0, 0, 10);
    expect(fault).toMatchObject({
      code: 'DISK_FAILED',
      message: expect.stringMatching(/^A thread that reads and writes files has ended: .+/),
      cause: expect.any(TypeError),
    });
  });

  it('puts another thread in the place of one that has died', async () => {
    const torrent = torrentOf(FILES);
    const folder = await emptyFolder();
    await writeAll(torrent, folder);
    const disk = nodeDisk({ threads: 1 });
    cleanUps.push(() => disk.close());
    const { layout, files } = torrent.metainfo;
    const plan = {
      folder,
      layout,
      files,
      sources: undefined,
      checkOf: pieceChecks(torrent.metainfo),
      isWanted: () => true,
      partFile: '.parts',
    };
    // Its files were never named.
    const broken = disk.open({ ...plan, files: [] });
    const opened = disk.open(plan);
    for (let i = 0; i < 3; i++) {
      const [fault, alongside] = await Promise.all([read(broken, 0, 0, 10), read(opened, 1, 0, 10)]);
      expect(fault).toMatchObject({ code: 'DISK_FAILED' });
      expect(alongside).toMatchObject({ code: 'DISK_FAILED' });
      expect(await read(opened, 1, 0, 10)).toEqual(pieceOf(torrent, 1).slice(0, 10));
    }
  });

  it('notices that a file is gone or changed which it has open, and goes on when that is known', async () => {
    const torrent = torrentOf(FILES);
    const { opened, folder } = await openDisk(torrent);
    await writeAll(torrent, folder);
    const path = join(folder, 'album', 'c');
    await look(opened);
    // Both threads have it open.
    for (let i = 0; i < 2; i++) await Promise.all(Array.from({ length: 20 }, () => read(opened, 3, 0, 10)));
    await writeFile(path, noise(200_000, 4));
    await expect
      .poll(() => read(opened, 3, 0, 10))
      .toMatchObject({
        code: 'FILE_CHANGED',
        message: '"album/c" was changed by another program.',
      });
    await look(opened);
    expect(await read(opened, 3, 0, 10)).toBeInstanceOf(Uint8Array);
    await rm(path);
    await writeFile(path, torrent.files[3]!.data);
    await expect
      .poll(() => read(opened, 3, 0, 10), { timeout: 10_000 })
      .toMatchObject({ code: 'FILE_CHANGED', where: 'album/c' });
    await look(opened);
    expect(await read(opened, 3, 0, 10)).toEqual(pieceOf(torrent, 3).slice(0, 10));
  });

  it('does not take what it writes itself for a change by others', async () => {
    const torrent = torrentOf(FILES);
    const { disk, opened } = await openDisk(torrent);
    await look(opened);
    const { pieceCount } = torrent.metainfo.layout;
    for (let piece = 0; piece < pieceCount; piece++) {
      expect(await store(disk, opened, piece, pieceOf(torrent, piece))).toBe(true);
      if (piece % 2 === 0) expect(await flush(opened)).toMatchObject({ files: expect.any(Array) });
      for (let other = 0; other <= piece; other++)
        expect(await read(opened, other, 0, 10)).toEqual(pieceOf(torrent, other).slice(0, 10));
    }
  });

  it('has no more files open than it may, however many it works on', async () => {
    const torrent = torrentOf(
      Array.from({ length: 40 }, (_, i) => ({ path: [`${i}`], data: noise(1000, i) })),
    );
    const folder = await emptyFolder();
    const disk = nodeDisk({ threads: 2, maxOpenFiles: 6 });
    cleanUps.push(() => disk.close());
    const { layout, files } = torrent.metainfo;
    const plan = {
      folder,
      layout,
      files,
      sources: undefined,
      checkOf: pieceChecks(torrent.metainfo),
      isWanted: () => true,
      partFile: '.parts',
    };
    const opened = disk.open(plan);
    for (let i = 0; i < 4; i++) {
      await Promise.all(
        Array.from({ length: layout.pieceCount }, (_, piece) =>
          store(disk, opened, piece, pieceOf(torrent, piece)),
        ),
      );
    }
    expect(await check(opened)).toHaveLength(layout.pieceCount);
    if (process.platform === 'linux') {
      const links = (await readdir('/proc/self/fd')).map(name =>
        readlink(`/proc/self/fd/${name}`).catch(() => ''),
      );
      expect((await Promise.all(links)).filter(link => link.startsWith(folder)).length).toBeLessThanOrEqual(
        6,
      );
    }
  });

  it('lends nothing where the system has no more memory, and goes on lending what it has', () => {
    const { pool } = nodeDisk({ pieceBytes: 100_000 });
    expect(pool.lend(2 ** 52, 0)).toBeUndefined();
    expect(pool.lend(60_000, 5)).toBeDefined();
    expect(pool.lend(60_000, 5)).toBeUndefined();
  });

  it('lends buffers up to its limit, and two to each torrent beyond', () => {
    const { pool } = nodeDisk({ pieceBytes: 100_000 });
    const first = pool.lend(60_000, 5)!;
    expect(first.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(pool.lend(60_000, 5)).toBeUndefined();
    expect(pool.lend(60_000, 1)).toBeDefined();
    pool.giveBack(first.subarray(0, 100));
    expect(pool.lend(30_000, 5)).toBeDefined();
  });
});

async function openDisk(
  torrent: DataTorrent,
  plan: Partial<DiskPlan> = {},
): Promise<{ disk: Disk; opened: DiskTorrent; folder: string }> {
  const folder = await emptyFolder();
  const disk = nodeDisk({ threads: 2 });
  const { files, layout } = torrent.metainfo;
  const opened = disk.open({
    sources: undefined,
    folder,
    files,
    layout,
    checkOf: pieceChecks(torrent.metainfo),
    isWanted: () => true,
    partFile: '.parts',
    ...plan,
  });
  cleanUps.push(async () => {
    await new Promise<void>(resolve => opened.close(resolve));
    await disk.close();
  });
  return { disk, opened, folder };
}

function pieceOf(torrent: DataTorrent, piece: number): Uint8Array {
  const { layout, files } = torrent.metainfo;
  const space = new Uint8Array(layout.length);
  for (const [i, file] of files.entries()) space.set(torrent.files[i]!.data, file.offset);
  const start = piece * layout.pieceLength;
  return space.slice(start, start + layout.pieceSize(piece));
}

async function writeAll(
  torrent: DataTorrent,
  folder: string,
  isWritten: (file: DataTorrent['files'][number]) => boolean = () => true,
): Promise<void> {
  for (const [i, { path }] of torrent.metainfo.files.entries()) {
    if (!isWritten(torrent.files[i]!)) continue;
    await mkdir(dirname(join(folder, ...path)), { recursive: true });
    await writeFile(join(folder, ...path), torrent.files[i]!.data);
  }
}

function store(
  disk: Disk,
  opened: DiskTorrent,
  piece: number,
  bytes: Uint8Array,
  options?: StoreOptions,
): Promise<PieceVerdict | SwarmlineError> {
  const lent = disk.pool.lend(bytes.length, 0)!;
  lent.set(bytes);
  return new Promise(resolve => opened.store(piece, lent, resolve, options));
}

function read(
  opened: DiskTorrent,
  piece: number,
  begin: number,
  length: number,
): Promise<Uint8Array | SwarmlineError> {
  return new Promise<Uint8Array | SwarmlineError>(resolve => opened.read(piece, begin, length, resolve)).then(
    result => (result instanceof Uint8Array ? result.slice() : result),
  );
}

function check(opened: DiskTorrent): Promise<[piece: number, isRight: boolean][]> {
  const found: [number, boolean][] = [];
  return new Promise((resolve, reject) => {
    opened.check(
      (piece, isRight) => void found.push([piece, isRight]),
      fault => (fault === undefined ? resolve(found.sort(([a], [b]) => a - b)) : reject(fault)),
    );
  });
}

function look(opened: DiskTorrent): Promise<FileStates> {
  return new Promise((resolve, reject) =>
    opened.look(result => ('lengths' in result ? resolve(result) : reject(result))),
  );
}

function flush(opened: DiskTorrent): Promise<FlushedFiles | SwarmlineError> {
  return new Promise(resolve => opened.flush(resolve));
}

function finish(opened: DiskTorrent): Promise<SwarmlineError | undefined> {
  return new Promise(resolve => opened.finish(resolve));
}

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'swarmline-disk-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
