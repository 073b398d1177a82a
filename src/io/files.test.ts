import { chmodSync, linkSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileTree, namedPipe } from '../../test/file-trees.ts';
import { nodeFiles } from './files.ts';

const files = nodeFiles();

describe('a look at a path', () => {
  it('tells what stands there', async () => {
    const root = fileTree({ file: 'four', 'folder/': '', link: { link: 'file' }, broken: { link: 'none' } });
    namedPipe(join(root, 'pipe'));
    const kind = async (name: string, follow = false) =>
      (await files.look(join(root, name), { follow }))?.kind;
    expect(await kind('file')).toBe('file');
    expect(await kind('folder')).toBe('folder');
    expect(await kind('link')).toBe('symlink');
    expect(await kind('link', true)).toBe('file');
    expect(await kind('broken')).toBe('symlink');
    expect(await kind('broken', true)).toBeUndefined();
    expect(await kind('pipe')).toBe('other');
    expect(await kind('none')).toBeUndefined();
    expect(await kind('file/below')).toBeUndefined();
    const { mtimeMs } = statSync(join(root, 'file'));
    expect(await files.look(join(root, 'file'))).toMatchObject({ length: 4, modifiedMs: mtimeMs });
  });

  it('tells one file or folder under two names by its identity', async () => {
    const root = fileTree({ 'a/': '', 'b/': '', file: 'x', other: 'x', link: { link: 'a' } });
    linkSync(join(root, 'file'), join(root, 'hard'));
    const identity = async (name: string) => (await files.look(join(root, name), { follow: true }))!.identity;
    expect(await identity('link')).toBe(await identity('a'));
    expect(await identity('b')).not.toBe(await identity('a'));
    expect(await identity('hard')).toBe(await identity('file'));
    expect(await identity('other')).not.toBe(await identity('file'));
  });

  it('tells what its owner can run', async () => {
    const root = fileTree({ a: 'x' });
    const runs = async (mode: number) => {
      chmodSync(join(root, 'a'), mode);
      return (await files.look(join(root, 'a')))!.isExecutable;
    };
    const seen = [await runs(0o644), await runs(0o744), await runs(0o654), await runs(0o645)];
    expect(seen).toEqual([false, true, false, false]);
  });

  it('says in words why it cannot', async () => {
    const root = fileTree({ loop: { link: 'loop' } });
    await expect(files.look(join(root, 'loop'), { follow: true })).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: `"${join(root, 'loop')}" cannot be read: its symbolic links go round in a circle.`,
    });
    await expect(files.look(join(root, 'n'.repeat(300)))).rejects.toThrow(
      'cannot be read: the name is too long for the file system.',
    );
  });
});

describe('the list of a folder', () => {
  it('has every entry as itself, links as links', async () => {
    const root = fileTree({ file: 'abc', '.dot': '', 'folder/inside': 'x', link: { link: 'folder' } });
    const entries = await files.list(root);
    expect(entries.map(({ name, kind, length }) => [name, kind, kind === 'file' && length]).sort()).toEqual([
      ['.dot', 'file', 0],
      ['file', 'file', 3],
      ['folder', 'folder', false],
      ['link', 'symlink', false],
    ]);
    expect(await files.list(`${root}${sep}`)).toEqual(entries);
  });

  it('has all of many entries, by name', async () => {
    const names = Array.from(
      { length: 3000 },
      (_, i) => `${'long name '.repeat(9)}${String(i).padStart(5, '0')}`,
    );
    const root = fileTree(Object.fromEntries(names.map(name => [name, ''])));
    expect((await files.list(root)).map(({ name }) => name)).toEqual(names);
  });

  it('has what Node says of each', async () => {
    const root = fileTree({ file: 'abc', 'folder/': '', link: { link: 'file' } });
    for (const { path, ...facts } of await files.list(root)) {
      const { name: _, ...others } = facts;
      const looked = await files.look(path);
      expect({ ...others, identity: '' }).toEqual({ ...looked, identity: '' });
      if (facts.kind === 'folder') expect(facts.identity).toBe(looked!.identity);
    }
  });

  it('takes names that are strange and are UTF-8', async () => {
    const names = ['new\nline', '-dash', ' space ', 'n'.repeat(255), '\u{1f600}', 'na\u0308ive', '\ufffd'];
    const root = fileTree(Object.fromEntries(names.map(name => [name, 'x'])));
    expect((await files.list(root)).map(({ name }) => name).sort()).toEqual(names.sort());
  });

  it('refuses names that are not UTF-8, and says which', async () => {
    const root = fileTree({ good: 'x' });
    writeFileSync(Buffer.concat([Buffer.from(join(root, 'caf')), Buffer.from([0xe9])]), 'x');
    await expect(files.list(root)).rejects.toMatchObject({
      code: 'NAME_NOT_UTF8',
      message: `The name of "${join(root, 'caf\ufffd')}" is not UTF-8, as names in a torrent must be: rename it.`,
    });
  });

  it('says in words why there is none', async () => {
    const root = fileTree({ file: 'x' });
    await expect(files.list(`${root}\0none`)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    await expect(files.list(join(root, 'none'))).rejects.toMatchObject({ code: 'FILE_MISSING' });
    await expect(files.list(join(root, 'file'))).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: `"${join(root, 'file')}" cannot be read: a part of the path is not a folder.`,
    });
  });
});

describe('paths', () => {
  it('are told as elements below a folder, or not at all', () => {
    expect(files.elementsBelow('/a/b', '/a/b')).toEqual([]);
    expect(files.elementsBelow('/a/b', '/a/b/c/d')).toEqual(['c', 'd']);
    expect(files.elementsBelow('/a/b', '/a/bc')).toBeUndefined();
    expect(files.elementsBelow('/a/b', '/a')).toBeUndefined();
    expect(files.elementsBelow('/a/b', '/a/b/..c')).toEqual(['..c']);
    expect(files.elementsBelow('/', '/a')).toEqual(['a']);
  });

  it('have a last element, whatever ends them', () => {
    expect(['/a/b', '/a/b/', 'b', '/'].map(path => files.nameOf(path))).toEqual(['b', 'b', 'b', '']);
  });

  it('of links are told as they are written', async () => {
    const root = fileTree({});
    mkdirSync(join(root, 'sub'));
    symlinkSync('../x//y/.', join(root, 'sub', 'link'));
    expect(await files.readLink(join(root, 'sub', 'link'))).toBe('../x//y/.');
    await expect(files.readLink(join(root, 'sub'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
