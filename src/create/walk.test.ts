import { chmodSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileTree, namedPipe, type TreeEntry } from '../../test/file-trees.ts';
import { walkFilter } from '../cli/globs.ts';
import { nodeFiles } from '../io/files.ts';
import { type WalkOptions, walk } from './walk.ts';

const disk = nodeFiles();

/** The paths that a walk of a new tree finds, links with their targets. */
async function found(entries: Record<string, TreeEntry>, options: WalkOptions = {}): Promise<string[]> {
  return listed([fileTree(entries)], options);
}

async function listed(paths: readonly string[], options: WalkOptions = {}): Promise<string[]> {
  const { files } = await walk(paths, options, disk);
  return files
    .map(
      ({ path, symlinkTarget }) => path.join('/') + (symlinkTarget ? ` -> ${symlinkTarget.join('/')}` : ''),
    )
    .sort();
}

const ALBUM = { 'a.flac': 'aa', 'b.txt': 'b', 'sub/c.flac': 'c', 'sub/.hidden': 'd', '.git/config': 'e' };

describe('a walk', () => {
  it('finds every file of a folder with its length and its place', async () => {
    const root = fileTree(ALBUM);
    const { files, isFolder, skipped } = await walk([root], {}, disk);
    expect(files.map(file => file.path.join('/')).sort()).toEqual([
      '.git/config',
      'a.flac',
      'b.txt',
      'sub/.hidden',
      'sub/c.flac',
    ]);
    expect(files.find(file => file.path[0] === 'a.flac')).toMatchObject({
      source: join(root, 'a.flac'),
      length: 2,
      isExecutable: false,
    });
    expect([isFolder, skipped]).toEqual([true, []]);
  });

  it('takes one file as the torrent itself', async () => {
    const root = fileTree(ALBUM);
    const { files, isFolder } = await walk([join(root, 'a.flac')], {}, disk);
    expect(files).toMatchObject([{ path: [], source: join(root, 'a.flac'), length: 2 }]);
    expect(isFolder).toBe(false);
  });

  it('does not mind a slash at the end, ".", or ".." in a path', async () => {
    const root = fileTree(ALBUM);
    const all = await listed([root]);
    expect(await listed([`${root}/`])).toEqual(all);
    expect(await listed([`${root}/sub/..`])).toEqual(all);
    expect(await listed([`${root}/./`])).toEqual(all);
  });

  it('sees what can be run', async () => {
    const root = fileTree({ run: 'x', read: 'y' });
    chmodSync(join(root, 'run'), 0o750);
    const { files } = await walk([root], {}, disk);
    expect(files.filter(file => file.isExecutable).map(file => file.path)).toEqual([['run']]);
  });

  it('leaves out names with a dot before them only when told', async () => {
    expect(await found(ALBUM, { hidden: false })).toEqual(['a.flac', 'b.txt', 'sub/c.flac']);
    expect(await found(ALBUM, { hidden: true })).toHaveLength(5);
  });

  it('takes a folder that is named, whatever its name begins with', async () => {
    const root = fileTree(ALBUM);
    expect(await listed([join(root, '.git')], { hidden: false })).toEqual(['config']);
    expect(await listed([join(root, '.git'), join(root, 'sub')], { hidden: false })).toEqual([
      '.git/config',
      'sub/c.flac',
    ]);
  });

  it('takes what patterns include and leaves out what they exclude', async () => {
    expect(await found(ALBUM, walkFilter(['*.flac'], []))).toEqual(['a.flac', 'sub/c.flac']);
    expect(await found(ALBUM, walkFilter(['*.flac'], ['sub']))).toEqual(['a.flac']);
    expect(await found(ALBUM, walkFilter([], ['.*']))).toEqual(['a.flac', 'b.txt', 'sub/c.flac']);
  });

  it('asks the patterns of several paths too', async () => {
    const root = fileTree({ 'src/a.ts': 'a', 'src/a.js': 'b', 'build/c.ts': 'c', 'notes.md': 'd' });
    const paths = ['src', 'build', 'notes.md'].map(name => join(root, name));
    expect(await listed(paths, walkFilter([], ['build', '*.md', '*.js']))).toEqual(['src/a.ts']);
  });

  it('does not look into a folder that is left out', async () => {
    const root = fileTree({ 'a/x': '1', 'b/y': '2' });
    const asked: string[] = [];
    const list = (folder: string) => {
      asked.push(folder);
      return disk.list(folder);
    };
    const watched = { ...disk, list };
    await walk([root], { enters: path => path[0] !== 'b' }, watched);
    expect(asked).toEqual([root, join(root, 'a')]);
  });

  it('tells of what it leaves out by itself: pipes, and folders with nothing in them', async () => {
    const root = fileTree({ a: 'x', 'nothing/': '', 'sub/nothing/': '' });
    namedPipe(join(root, 'pipe'));
    const { files, skipped } = await walk([root], {}, disk);
    expect(files).toHaveLength(1);
    expect(skipped.map(({ source, why }) => [source.slice(root.length), why]).sort()).toEqual([
      ['/nothing', 'empty folder'],
      ['/pipe', 'special'],
      ['/sub/nothing', 'empty folder'],
    ]);
  });

  it('stops when it is told to', async () => {
    const stopped = new AbortController();
    const root = fileTree({ 'a/b/c': 'x' });
    const list = (folder: string) => {
      stopped.abort();
      return disk.list(folder);
    };
    const watched = { ...disk, list };
    await expect(walk([root], {}, watched, stopped.signal)).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('symbolic links on a walk', () => {
  const LINKED = {
    'data/a': 'aa',
    'data/b': 'b',
    'data/to a': { link: 'a' },
    up: { link: 'data/../data/a' },
    folder: { link: 'data' },
  };

  it('are kept, with targets from the root of the torrent', async () => {
    expect(await found(LINKED)).toEqual([
      'data/a',
      'data/b',
      'data/to a -> data/a',
      'folder -> data',
      'up -> data/a',
    ]);
  });

  it('are kept where they are absolute and lead into the folder', async () => {
    const root = fileTree({ 'sub/a': 'x' });
    symlinkSync(join(root, 'sub', 'a'), join(root, 'link'));
    expect(await listed([root])).toEqual(['link -> sub/a', 'sub/a']);
  });

  it('have targets below their own folder where several paths are taken', async () => {
    const root = fileTree({ 'one/a': 'x', 'one/sub/link': { link: '../a' }, 'two/b': 'y' });
    expect(await listed([join(root, 'one'), join(root, 'two')])).toEqual([
      'one/a',
      'one/sub/link -> one/a',
      'two/b',
    ]);
  });

  it('are followed: links to files are files, links to folders are folders', async () => {
    expect(await found(LINKED, { symlinks: 'follow' })).toEqual([
      'data/a',
      'data/b',
      'data/to a',
      'folder/a',
      'folder/b',
      'folder/to a',
      'up',
    ]);
  });

  it('are followed into folders for the files in them that patterns include', async () => {
    const filter = walkFilter(['b'], []);
    expect(await found(LINKED, { symlinks: 'follow', ...filter })).toEqual(['data/b', 'folder/b']);
  });

  it('are left out, and it is told which', async () => {
    const { files, skipped } = await walk([fileTree(LINKED)], { symlinks: 'skip' }, disk);
    expect(files.map(file => file.path.join('/')).sort()).toEqual(['data/a', 'data/b']);
    expect(skipped.map(({ why }) => why)).toEqual(['symlink', 'symlink', 'symlink']);
  });

  it('are refused where they lead out of the torrent, with what to do', async () => {
    const refused = (entries: Record<string, TreeEntry>, options: WalkOptions = {}) =>
      expect(found(entries, options)).rejects.toMatchObject({ code: 'SYMLINK_OUTSIDE' });
    await refused({ a: 'x', link: { link: '/etc/passwd' } });
    await refused({ a: 'x', link: { link: '../elsewhere' } });
    await refused({ a: 'x', link: { link: '.' } });
    await refused({ a: 'x', link: { link: 'nothing' } });
    // What is left out of the torrent is outside too; so is a folder with nothing in it.
    await refused({ a: 'x', link: { link: 'b' }, b: 'y' }, walkFilter([], ['b']));
    await refused({ a: 'x', link: { link: 'none' }, 'none/': '' });
    await expect(found({ a: 'x', link: { link: '/etc/passwd' } })).rejects.toThrow(
      /^The symbolic link ".*link" leads to "\/etc\/passwd", which is not in the torrent: follow links \(--symlinks follow\)/,
    );
  });

  it('are not asked after where they are excluded', async () => {
    const entries = { a: 'x', out: { link: '/etc/passwd' }, broken: { link: 'nothing' } };
    const filter = walkFilter([], ['out', 'broken']);
    expect(await found(entries, filter)).toEqual(['a']);
    expect(await found(entries, { ...filter, symlinks: 'follow' })).toEqual(['a']);
  });

  it('are refused where they lead to nothing or round in a circle', async () => {
    const follow = { symlinks: 'follow' } as const;
    await expect(found({ a: 'x', b: { link: 'gone' } }, follow)).rejects.toMatchObject({
      code: 'SYMLINK_BROKEN',
      message: expect.stringMatching(/b" leads to nothing: remove it, or leave links out/),
    });
    await expect(found({ 'a/back': { link: '..' }, b: 'x' }, follow)).rejects.toMatchObject({
      code: 'SYMLINK_LOOP',
    });
    await expect(found({ one: { link: 'two' }, two: { link: 'one' } }, follow)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringMatching(/symbolic links go round in a circle/),
    });
  });

  it('are refused as links where they lead to themselves, or round in a circle', async () => {
    for (const entries of [
      { a: 'x', dd: { link: 'dd' } },
      { a: 'x', one: { link: 'two' }, two: { link: 'three' }, three: { link: 'two' } },
    ])
      await expect(found(entries)).rejects.toMatchObject({
        code: 'SYMLINK_LOOP',
        message: expect.stringMatching(/leads round in a circle: remove it, or leave links out/),
      });
    const chain = { a: 'x', one: { link: 'two' }, two: { link: 'a' } };
    expect(await found(chain)).toEqual(['a', 'one -> two', 'two -> a']);
  });

  it('can lead to one folder twice, as long as it is not inside itself', async () => {
    const twice = { 'data/a': 'x', one: { link: 'data' }, two: { link: 'data' } };
    expect(await found(twice, { symlinks: 'follow' })).toEqual(['data/a', 'one/a', 'two/a']);
  });

  it('are followed where the path given is one', async () => {
    const root = fileTree({ 'data/a': 'x', link: { link: 'data' }, file: { link: 'data/a' } });
    expect(await listed([join(root, 'link')])).toEqual(['a']);
    expect(await listed([join(root, 'link'), join(root, 'file')])).toEqual(['file', 'link/a']);
    const { files } = await walk([join(root, 'file')], {}, disk);
    expect(files).toMatchObject([{ path: [], length: 1 }]);
  });
});

describe('paths that cannot be walked', () => {
  const refused = async (paths: readonly string[], code: string, message: RegExp) =>
    expect(walk(paths, {}, disk)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });

  it('are told by name', async () => {
    const root = realpathSync(fileTree({ a: 'x' }));
    const missing = join(root, 'none');
    await refused([missing], 'FILE_MISSING', /^"\/.*\/none" does not exist\.$/);
    await refused([join(root, 'a', 'b')], 'FILE_MISSING', /a\/b" does not exist/);
    await refused(['/dev/zero'], 'NOT_A_FILE', /^"\/dev\/zero" is neither a file nor a folder\.$/);
    namedPipe(join(root, 'pipe'));
    await refused([join(root, 'pipe')], 'NOT_A_FILE', /pipe" is neither/);
    await refused([join(root, 'a'), join(root, 'pipe')], 'NOT_A_FILE', /pipe" is neither/);
    await refused([root, '/'], 'NAME_INVALID', /^"\/" has no name that it could have in the torrent/);
  });

  it('are told where two would have one name', async () => {
    const root = fileTree({ 'one/a': 'x', 'two/a': 'y' });
    const one = join(root, 'one', 'a');
    await refused(
      [one, join(root, 'two', 'a')],
      'NAME_TWICE',
      /would both be "a" in the torrent: rename one/,
    );
    await refused([one, `${root}/one/../one/a`], 'NAME_TWICE', /is named twice: once is enough/);
  });

  it('are told where a name is not UTF-8', async () => {
    const root = fileTree({ a: 'x' });
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad `), Buffer.from([0xff, 0xfe])]), 'y');
    await refused([root], 'NAME_NOT_UTF8', /The name of ".*bad .*" is not UTF-8.*rename it/);
  });
});
