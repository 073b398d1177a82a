import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileTree } from '../../test/file-trees.ts';
import { nodeFiles } from '../io/files.ts';
import type { CreateOptions } from './options.ts';
import { planTorrent } from './plan.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

const plan = (path: string, options: CreateOptions = {}) => planTorrent([path], options, nodeFiles());

/** Files of these lengths, with no data behind them. */
function sparse(lengths: Readonly<Record<string, number>>): string {
  const root = fileTree({});
  for (const [path, length] of Object.entries(lengths)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
    truncateSync(join(root, path), length);
  }
  return root;
}

/** `name offset+length` of each file, in the order of the piece space. */
async function places(lengths: Readonly<Record<string, number>>, options: CreateOptions): Promise<string> {
  const { files, spaceLength, pieceCount } = await plan(sparse(lengths), options);
  const list = files.map(({ path, offset, length }) => `${path.join('/')} ${offset}+${length}`).join(', ');
  return `${list}; ${spaceLength} in ${pieceCount}`;
}

describe('the order of files', () => {
  const lengths = { 'a/x': 3, 'a-b': 1, '\u{1f600}': 2, '\uff5e': 2, B: 5 };

  it('is of paths, element by element, as bytes', async () => {
    expect(await places(lengths, { version: 'v1' })).toBe(
      'B 0+5, a/x 5+3, a-b 8+1, \uff5e 9+2, \u{1f600} 11+2; 13 in 1',
    );
  });

  it('is by size where that is asked for, and of paths among equals', async () => {
    const names = async (order: CreateOptions['order']) =>
      (await plan(sparse(lengths), { version: 'v1', order: order! })).files.map(({ path }) => path.join('/'));
    expect(await names('smallest-first')).toEqual(['a-b', '\uff5e', '\u{1f600}', 'a/x', 'B']);
    expect(await names('largest-first')).toEqual(['B', 'a/x', '\uff5e', '\u{1f600}', 'a-b']);
  });

  it('is as given where that is asked for', async () => {
    const root = fileTree({ z: '1', a: '2', m: '3' });
    const paths = ['z', 'a', 'm'].map(name => join(root, name));
    const { files } = await planTorrent(paths, { name: 'x', version: 'v1', order: 'given' }, nodeFiles());
    expect(files.map(file => file.path[0])).toEqual(['z', 'a', 'm']);
  });

  it('cannot be chosen for v2, whose tree has one of its own', async () => {
    const root = fileTree({ a: 'x' });
    for (const version of ['v2', 'hybrid'] as const)
      for (const order of ['given', 'smallest-first', 'largest-first'] as const)
        await expect(plan(root, { version, order })).rejects.toMatchObject({ code: 'ORDER_NOT_POSSIBLE' });
  });
});

describe('the piece space', () => {
  const lengths = { a: 1, b: 0, c: 20_000, d: 16_384 };
  const pieceLength = 16 * KIB;

  it('has no gaps in v1', async () => {
    expect(await places(lengths, { version: 'v1', pieceLength })).toBe(
      'a 0+1, b 1+0, c 1+20000, d 20001+16384; 36385 in 3',
    );
  });

  it('starts every file that has bytes at a piece in v2', async () => {
    expect(await places(lengths, { version: 'v2', pieceLength })).toBe(
      'a 0+1, b 1+0, c 16384+20000, d 49152+16384; 65536 in 4',
    );
  });

  it('is padded to its end in a hybrid, but not for one file alone', async () => {
    expect(await places({ a: 1, b: 2 }, { version: 'hybrid', pieceLength })).toBe(
      'a 0+1, b 16384+2; 32768 in 2',
    );
    expect(await places({ a: 20_000 }, { version: 'hybrid', pieceLength })).toBe('a 0+20000; 20000 in 2');
    expect(await places({ a: 20_000, e: 0 }, { version: 'hybrid', pieceLength })).toBe(
      'a 0+20000, e 32768+0; 32768 in 2',
    );
  });
});

describe('the piece length', () => {
  it('follows the amount of data', async () => {
    const of = async (length: number) => (await plan(sparse({ a: length }))).pieceLength;
    expect(await of(1)).toBe(16 * KIB);
    expect(await of(2.5 * MIB)).toBe(16 * KIB);
    expect(await of(2.5 * MIB + 1)).toBe(32 * KIB);
    expect(await of(1024 * MIB)).toBe(512 * KIB);
    expect(await of(2 ** 40)).toBe(16 * MIB);
  });

  it('comes as near to a number of pieces as powers of two allow', async () => {
    const root = sparse({ a: 1000 * MIB });
    expect((await plan(root, { targetPieces: 1000 })).pieceLength).toBe(MIB);
    expect((await plan(root, { targetPieces: 1 })).pieceLength).toBe(256 * MIB);
    expect((await plan(root, { targetPieces: 10 ** 9 })).pieceLength).toBe(16 * KIB);
  });

  it('may be anything in v1, and in v2 a power of two from 16 KiB', async () => {
    const root = sparse({ a: 100 });
    expect((await plan(root, { version: 'v1', pieceLength: 7 })).pieceCount).toBe(15);
    const refused = (version: 'v1' | 'v2' | 'hybrid', pieceLength: number) =>
      expect(plan(root, { version, pieceLength })).rejects.toMatchObject({ code: 'PIECE_LENGTH_INVALID' });
    for (const version of ['v2', 'hybrid'] as const)
      for (const length of [0, 1, 8192, 16_383, 49_152, 512 * MIB]) await refused(version, length);
    for (const length of [0, -1, 0.5, Number.NaN, 512 * MIB, 2 ** 60]) await refused('v1', length);
  });

  it('may not make more pieces than clients read', async () => {
    const root = sparse({ a: 40 * 1024 * MIB });
    await expect(plan(root, { pieceLength: 16 * KIB })).rejects.toMatchObject({
      code: 'TOO_MANY_PIECES',
      message:
        'With pieces of 16384 bytes there would be 2621440 of them; clients take 2097152 at the most: choose longer pieces.',
    });
    expect((await plan(root, { pieceLength: 32 * KIB, version: 'v2' })).pieceCount).toBe(1_310_720);
  });

  it('may not make more hashes than programs read', async () => {
    const root = sparse({ a: 40 * 1024 * MIB });
    const sentence = 'The torrent file would hold 65 MiB of hashes: choose longer pieces.';
    await expect(plan(root, { pieceLength: 32 * KIB })).rejects.toThrow(sentence);
    await expect(plan(root, { blockHashes: true })).rejects.toThrow('leave out --block-hashes');
  });
});

describe('the name', () => {
  it('is the last element of the path, or what is given', async () => {
    const root = fileTree({ 'album/a': 'x' });
    const { name } = await plan(`${root}/album/`);
    expect(name).toBe('album');
    expect((await plan(join(root, 'album'), { name: 'other' })).name).toBe('other');
  });

  it('has to be given for several paths', async () => {
    const root = fileTree({ a: 'x', b: 'y' });
    const paths = [join(root, 'a'), join(root, 'b')];
    await expect(planTorrent(paths, {}, nodeFiles())).rejects.toMatchObject({ code: 'NAME_NEEDED' });
    expect((await planTorrent(paths, { name: 'both' }, nodeFiles())).files).toHaveLength(2);
    await expect(planTorrent([], {}, nodeFiles())).rejects.toBeInstanceOf(TypeError);
  });

  it('has to be a name, and not a path', async () => {
    const root = fileTree({ a: 'x' });
    for (const name of ['', '.', '..', 'a/b', 'a\0b'])
      await expect(plan(root, { name })).rejects.toMatchObject({ code: 'NAME_INVALID' });
    await expect(plan(root, { name: 'a/b' })).rejects.toThrow(
      'The name has a "/" in it: give another with --name.',
    );
    await expect(plan('/')).rejects.toMatchObject({ code: 'NAME_INVALID' });
  });

  it('may not turn a folder of one file into the file in v2', async () => {
    const root = fileTree({ 'same/same': 'x', 'more/more': 'x', 'more/else': 'y' });
    await expect(plan(join(root, 'same'))).rejects.toMatchObject({
      code: 'NAME_INVALID',
      message: expect.stringContaining('would be taken for the file itself'),
    });
    expect((await plan(join(root, 'same'), { version: 'v1' })).isFolder).toBe(true);
    expect((await plan(join(root, 'same'), { name: 'other' })).isFolder).toBe(true);
    expect((await plan(join(root, 'more'))).files).toHaveLength(2);
  });
});

describe('a plan is refused', () => {
  const refused = (path: string, code: string, options: CreateOptions = {}) =>
    expect(plan(path, options)).rejects.toMatchObject({ code });

  it('where there is nothing to share', async () => {
    await refused(fileTree({}), 'NOTHING_TO_SHARE');
    await refused(fileTree({ 'a/': '', 'b/c/': '' }), 'NOTHING_TO_SHARE');
    await refused(fileTree({ a: '', b: '' }), 'NOTHING_TO_SHARE');
    await refused(join(fileTree({ a: '' }), 'a'), 'NOTHING_TO_SHARE');
    await refused(fileTree({ a: 'x' }), 'NOTHING_TO_SHARE', { accepts: () => false });
  });

  it('where a path is empty, rather than take all of the folder that it is run in', async () => {
    await refused('', 'FILE_MISSING');
  });

  it('where folders are nested deeper than programs read', async () => {
    const deep = (depth: number) => fileTree({ [`${'d/'.repeat(depth - 1)}f`]: 'x' });
    expect((await plan(deep(100))).files).toHaveLength(1);
    await refused(deep(101), 'PATH_TOO_DEEP');
  });

  it('where there are more files than parsers read, be they here or elsewhere', async () => {
    const disk = nodeFiles();
    const root = fileTree({ a: 'x' });
    const facts = (await disk.look(join(root, 'a')))!;
    const crowded = (count: number) => ({
      ...disk,
      list: async () =>
        Array.from({ length: count }, (_, i) => ({ ...facts, name: `${i}`, path: join(root, `${i}`) })),
    });
    await expect(planTorrent([root], {}, crowded(220_000))).rejects.toMatchObject({
      code: 'TOO_MANY_FILES',
      message: expect.stringMatching(/has more entries than programs read: choose --version v2, or put/),
    });
  });

  it('where v1 is to have hashes of blocks', async () => {
    await refused(fileTree({ a: 'x' }), 'BLOCK_HASHES_NEED_V2', { version: 'v1', blockHashes: true });
  });
});
