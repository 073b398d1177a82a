import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { fileTree, namedPipe, type TreeEntry } from '../../test/file-trees.ts';
import { noise } from '../../test/torrents.ts';
import type { Metainfo } from '../core/metainfo/metainfo.ts';
import { parseMetainfo } from '../core/metainfo/parse.ts';
import { nodeFiles } from '../io/files.ts';
import { nodePieceHasher } from '../io/piece-hasher.ts';
import { type CreateDeps, createTorrent } from './create.ts';
import type { CreateOptions } from './options.ts';
import { type FileState, type Verification, verifyData } from './verify.ts';

const deps: CreateDeps = { files: nodeFiles(), hasher: nodePieceHasher({ threads: 0 }) };
afterAll(() => deps.hasher.close());

const pieceLength = 32_768;
const versions = ['v1', 'v2', 'hybrid'] as const;

/** 100,000 bytes are 4 pieces, of 7 blocks in all. */
const ALBUM = { a: noise(100_000, 1), b: noise(20_000, 2), 'sub/c': noise(40_000, 3), empty: '' };

async function torrentOfTree(
  entries: Record<string, TreeEntry>,
  options: CreateOptions = {},
): Promise<{ root: string; torrent: Metainfo; check: (path?: string) => Promise<Verification> }> {
  const root = fileTree(entries);
  const { bytes } = await createTorrent([root], { pieceLength, ...options }, deps);
  const torrent = parseMetainfo(bytes);
  return { root, torrent, check: (path = root) => verifyData(torrent, path, deps) };
}

/** `name state` of the files that are not right. */
function faults({ files }: Verification): string[] {
  return files
    .filter(({ state }) => state !== 'ok')
    .map(({ path, state, actualLength }) =>
      [path.slice(1).join('/'), state, ...(actualLength === undefined ? [] : [actualLength])].join(' '),
    );
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 0x10;
  writeFileSync(path, bytes);
}

describe('a check', () => {
  it.each(versions)('finds %s complete, where it was made and where it was copied to', async version => {
    const { root, torrent, check } = await torrentOfTree(ALBUM, { version });
    const whole = {
      isComplete: true,
      goodPieces: torrent.layout.pieceCount,
      badPieces: [],
      missingPieces: [],
    };
    expect(await check()).toMatchObject(whole);
    expect(await check(dirname(root))).toMatchObject(whole);
    const elsewhere = fileTree({});
    cpSync(root, join(elsewhere, torrent.name), { recursive: true });
    expect(await check(elsewhere)).toMatchObject(whole);
    cpSync(root, join(elsewhere, 'under another name'), { recursive: true });
    expect(await check(join(elsewhere, 'under another name'))).toMatchObject(whole);
    writeFileSync(join(elsewhere, torrent.name, 'not of the torrent'), 'x');
    expect(await check(elsewhere)).toMatchObject(whole);
  });

  it('finds any byte that is another, in the right piece and block', async () => {
    const settings: CreateOptions[] = [
      { version: 'v1' },
      { version: 'v2' },
      { version: 'hybrid' },
      { version: 'v2', blockHashes: true },
      { version: 'hybrid', blockHashes: true },
      { version: 'hybrid', pieceLength: 16_384 },
      { version: 'v1', pieceLength: 10_000 },
    ];
    for (const options of settings) {
      const { root, torrent, check } = await torrentOfTree(ALBUM, options);
      await fc.assert(
        fc.asyncProperty(fc.constantFrom('a', 'b', 'sub/c'), fc.nat(), async (name, anywhere) => {
          const index = torrent.files.findIndex(({ path }) => path.slice(1).join('/') === name);
          const { length, offset } = torrent.files[index]!;
          const at = anywhere % length;
          flip(join(root, name), at);
          const result = await check();
          flip(join(root, name), at);
          const piece = Math.floor((offset + at) / torrent.pieceLength);
          expect(result).toMatchObject({ isComplete: false, badPieces: [piece], missingPieces: [] });
          expect(result.goodPieces).toBe(torrent.layout.pieceCount - 1);
          expect(result.files[index]).toMatchObject({ state: 'corrupt', badPieces: [piece] });
          const isBlockKnown = options.blockHashes || (options.pieceLength ?? 0) === 16_384;
          if (isBlockKnown) expect(result.files[index]!.badBlocks).toEqual([Math.floor(at / 16_384)]);
          // In v1 a piece may hold several files, and nobody can tell whose byte it is.
          if (options.version !== 'v1') expect(faults(result)).toEqual([`${name} corrupt`]);
        }),
        {
          numRuns: 12,
          examples: [
            ['a', 0],
            ['a', 99_999],
            ['a', 16_384],
            ['sub/c', 39_999],
            ['b', 19_999],
          ],
        },
      );
      expect((await check()).isComplete).toBe(true);
    }
  });

  it.each(versions)('tells a missing file of %s from its neighbours', async version => {
    const { root, check } = await torrentOfTree(ALBUM, { version });
    rmSync(join(root, 'b'));
    const result = await check();
    // v1: b is within the last piece of a and the first of c; c's other piece can be checked.
    expect(faults(result)).toEqual(
      version === 'v1' ? ['a unknown', 'b missing', 'sub/c unknown'] : ['b missing'],
    );
    expect(result.badPieces).toEqual([]);
    expect(result.missingPieces).toEqual(version === 'v1' ? [3] : [4]);
  });

  it.each(versions)('tells short files and long files of %s, and checks what is there', async version => {
    const { root, torrent, check } = await torrentOfTree(ALBUM, { version });
    truncateSync(join(root, 'a'), 70_000);
    writeFileSync(join(root, 'sub/c'), 'more', { flag: 'a' });
    const result = await check();
    expect(faults(result)).toEqual([
      'a short 70000',
      ...(version === 'v1' ? ['b unknown'] : []),
      'sub/c long 40004',
    ]);
    expect(result.files[0]).toMatchObject({ badPieces: [], missingPieces: [2, 3] });
    // The first block of a's piece 2 ends at 81,920, beyond the end.
    if (version !== 'v1') expect(result.files[0]!.badBlocks).toEqual([4, 5, 6]);
    expect(result.isComplete).toBe(false);
    expect(result.goodPieces).toBe(torrent.layout.pieceCount - 2);
  });

  it('tells what stands in the place of a file', async () => {
    const standIns: Record<string, [(path: string) => void, string]> = {
      'a folder': [path => mkdirSync(path), 'b unreadable'],
      'a circle of links': [path => symlinkSync('b', path), 'b unreadable'],
      'a broken link': [path => symlinkSync('gone', path), 'b missing'],
      'a pipe': [path => namedPipe(path), 'b short 0'],
    };
    for (const version of versions) {
      for (const [what, [put, expected]] of Object.entries(standIns)) {
        const { root, check } = await torrentOfTree(ALBUM, { version });
        rmSync(join(root, 'b'));
        put(join(root, 'b'));
        expect(faults(await check()), what).toContain(expected);
      }
    }
    const { root, check } = await torrentOfTree(ALBUM, {});
    rmSync(join(root, 'b'));
    mkdirSync(join(root, 'b'));
    const { files } = await check();
    expect(files.find(({ path }) => path[1] === 'b')?.message).toMatch(
      /\/b" cannot be read: it is a folder\.$/,
    );
  });

  it('looks for files of no bytes too', async () => {
    const state = async (change: (path: string) => void): Promise<FileState | undefined> => {
      const { root, check } = await torrentOfTree(ALBUM, {});
      rmSync(join(root, 'empty'));
      change(join(root, 'empty'));
      return (await check()).files.find(({ path }) => path[1] === 'empty')?.state;
    };
    expect(await state(path => writeFileSync(path, ''))).toBe('ok');
    expect(await state(() => {})).toBe('missing');
    expect(await state(path => writeFileSync(path, 'x'))).toBe('long');
    expect(await state(path => mkdirSync(path))).toBe('unreadable');
    expect(await state(path => symlinkSync('/dev/null', path))).toBe('ok');
    expect(await state(path => symlinkSync('empty', path))).toBe('unreadable');
  });

  it('takes a link that leads to the right data for the file', async () => {
    const { root, check } = await torrentOfTree(ALBUM, {});
    const store = fileTree({});
    renameSync(join(root, 'a'), join(store, 'x'));
    symlinkSync(join(store, 'x'), join(root, 'a'));
    expect((await check()).isComplete).toBe(true);
  });

  it('takes a kept link, or what it leads to', async () => {
    const entries = { 'data/a': 'x', file: { link: 'data/a' }, folder: { link: 'data' } };
    const { root, torrent, check } = await torrentOfTree(entries, {});
    expect((await check()).isComplete).toBe(true);
    const { name } = torrent;
    const copied = fileTree({ [`${name}/data/a`]: 'x', [`${name}/file`]: 'x', [`${name}/folder/a`]: 'x' });
    expect((await check(copied)).isComplete).toBe(true);
    rmSync(join(root, 'file'));
    expect(faults(await check())).toEqual(['file missing']);
  });

  it('finds nothing where there is nothing', async () => {
    const { torrent, check } = await torrentOfTree(ALBUM, {});
    for (const place of [fileTree({}), '/does/not/exist', join(fileTree({ a: '' }), 'a')]) {
      const result = await check(place);
      expect(result).toMatchObject({ isComplete: false, goodPieces: 0, badPieces: [] });
      expect(result.missingPieces).toHaveLength(torrent.layout.pieceCount);
      expect(result.files.every(({ state }) => state === 'missing')).toBe(true);
    }
  });

  it('stops when it is told to', async () => {
    const { torrent, root } = await torrentOfTree(ALBUM, {});
    const signal = AbortSignal.abort();
    await expect(verifyData(torrent, root, deps, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('does not wait at a pipe, with threads and their read-ahead', async () => {
    const { root, torrent } = await torrentOfTree({ a: noise(20_000_000, 1), b: noise(9_000_000, 2) });
    rmSync(join(root, 'b'));
    namedPipe(join(root, 'b'));
    const hasher = nodePieceHasher({ threads: 2 });
    const result = await verifyData(torrent, root, { files: deps.files, hasher });
    expect(faults(result)).toEqual(['b short 0']);
    expect(result.files[0]!.badPieces).toEqual([]);
    await hasher.close();
  });
});

describe('the data of a torrent', () => {
  it('of one file is looked for in a folder, or is the path itself', async () => {
    const root = fileTree({ 'movie.mkv': noise(50_000, 1) });
    const { bytes } = await createTorrent([join(root, 'movie.mkv')], {}, deps);
    const isComplete = async (path: string) =>
      (await verifyData(parseMetainfo(bytes), path, deps)).isComplete;
    expect(await isComplete(root)).toBe(true);
    expect(await isComplete(join(root, 'movie.mkv'))).toBe(true);
    renameSync(join(root, 'movie.mkv'), join(root, 'another name'));
    expect(await isComplete(join(root, 'another name'))).toBe(true);
    expect(await isComplete(root)).toBe(false);
  });

  it('is found in a folder that holds another of its own name', async () => {
    const root = fileTree({ 'album/album/track': noise(40_000, 1), 'album/album/cover': 'x' });
    const outer = join(root, 'album');
    // A torrent of "album" with "album/track" in it, and one of the inner folder.
    for (const path of [outer, join(outer, 'album')]) {
      const torrent = parseMetainfo((await createTorrent([path], {}, deps)).bytes);
      for (const place of [path, dirname(path)])
        expect((await verifyData(torrent, place, deps)).isComplete, `${path} in ${place}`).toBe(true);
    }
  });

  it('is found under names that are changed for others, where it was made and where it was fetched', async () => {
    const names = ['new\nline', 'back\\slash', 'left\u202eright', 'n'.repeat(255), 'あ'.repeat(85)];
    for (const version of versions) {
      const entries = Object.fromEntries(names.map((name, i) => [`f\u0007/${name}`, noise(40_000, i)]));
      const root = fileTree({});
      for (const [name, data] of Object.entries(entries)) {
        mkdirSync(join(root, 'od\\d', dirname(name)), { recursive: true });
        writeFileSync(join(root, 'od\\d', name), data);
      }
      const bytes = (await createTorrent([join(root, 'od\\d')], { version }, deps)).bytes;
      const torrent = parseMetainfo(bytes);
      expect((await verifyData(torrent, root, deps)).isComplete).toBe(true);
      expect((await verifyData(torrent, join(root, 'od\\d'), deps)).isComplete).toBe(true);
      // As a client writes them.
      const fetched = fileTree({});
      for (const { path, writtenPath } of torrent.files) {
        mkdirSync(dirname(join(fetched, ...path)), { recursive: true });
        cpSync(join(root, ...(writtenPath ?? path)), join(fetched, ...path));
      }
      expect((await verifyData(torrent, fetched, deps)).isComplete).toBe(true);
      expect(torrent.files.map(({ path }) => basename(path.join('/'))).join()).not.toMatch(/[\n\\\u202e]/);
    }
  });
});
