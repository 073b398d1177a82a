import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FoldersInside, PlacesInside, placeInside } from './inside-folder.ts';

describe('how files inside a folder look', () => {
  let folder = '';

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'swarmline-inside-'));
    await mkdir(join(folder, 'album', 'b'), { recursive: true });
    await writeFile(join(folder, 'album', 'a'), 'abc');
    await writeFile(join(folder, 'album', 'b', 'c'), 'abcde');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const sizeOf = (...path: readonly string[]) => new PlacesInside(folder).status(path)?.size;

  it('is told of files in it and below', () => {
    expect(sizeOf('album', 'a')).toBe(3);
    expect(sizeOf('album', 'b', 'c')).toBe(5);
    expect(new PlacesInside(join(folder, 'album')).status(['a'])?.size).toBe(3);
  });

  it('is nothing where the file, a folder on the way or all of it is not there', () => {
    const places = new PlacesInside(folder);
    expect(places.status(['album', 'x'])).toBeUndefined();
    expect(places.status(['x', 'y', 'a'])).toBeUndefined();
    expect(places.status(['x', 'y', 'b'])).toBeUndefined();
    expect(places.status(['x', 'z'])).toBeUndefined();
    expect(new PlacesInside(join(folder, 'nowhere')).status(['a'])).toBeUndefined();
  });

  it('is that of what a link inside leads to, as the files are used', async () => {
    await symlink(join(folder, 'album', 'b'), join(folder, 'album', 'link'));
    await symlink('a', join(folder, 'album', 'other'));
    expect(sizeOf('album', 'link', 'c')).toBe(5);
    expect(sizeOf('album', 'other')).toBe(3);
    expect(placeInside(folder, ['album', 'other'], false)).toBe(join(folder, 'album', 'a'));
  });

  it('is refused where a link leads outside, or nowhere', async () => {
    await symlink(tmpdir(), join(folder, 'album', 'out'));
    await symlink('nowhere', join(folder, 'album', 'lost'));
    const escapes = expect.objectContaining({ code: 'PATH_ESCAPES' });
    expect(() => sizeOf('album', 'out', 'x')).toThrow(escapes);
    expect(() => sizeOf('album', 'out')).toThrow(escapes);
    expect(() => sizeOf('album', 'lost')).toThrow(escapes);
  });
});

describe('the place of one file after the other', () => {
  let folder = '';
  const escapes = expect.objectContaining({ code: 'PATH_ESCAPES' });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'swarmline-inside-'));
    await mkdir(join(folder, 'album', 'b'), { recursive: true });
    await writeFile(join(folder, 'album', 'b', 'c'), 'abcde');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('is what it is for one alone, and folders are made', () => {
    const folders = new FoldersInside();
    for (const path of [
      ['album', 'b', 'c'],
      ['album', 'b', 'd'],
      ['album', 'b', 'e'],
    ])
      expect(folders.place(folder, path, false)).toBe(placeInside(folder, path, false));
    expect(folders.place(folder, ['new', 'x', 'y'], true)).toBe(join(folder, 'new', 'x', 'y'));
    expect(folders.place(folder, ['new', 'x', 'z'], true)).toBe(join(folder, 'new', 'x', 'z'));
  });

  it.runIf(existsSync('/proc/self'))(
    'is an error where no folder can be made, and not asked for without end',
    () => {
      expect(() => placeInside('/proc', ['album', 'b', 'c'], true)).toThrow(/ENOENT/);
    },
  );

  it('is not believed when a folder on the way has become a link that leads outside', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'swarmline-outside-'));
    try {
      for (const swapped of [['album', 'b'], ['album']]) {
        const folders = new FoldersInside();
        folders.place(folder, ['album', 'b', 'c'], false);
        await mkdir(join(outside, 'b'), { recursive: true });
        await rename(join(folder, ...swapped), join(folder, 'away'));
        await symlink(outside, join(folder, ...swapped));
        expect(() => folders.place(folder, ['album', 'b', 'c'], false)).toThrow(escapes);
        await rm(join(folder, ...swapped));
        await rename(join(folder, 'away'), join(folder, ...swapped));
      }
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('is looked for when a file has become a link, and when a folder is another', async () => {
    const folders = new FoldersInside();
    folders.place(folder, ['album', 'b', 'c'], false);
    await symlink(tmpdir(), join(folder, 'album', 'b', 'out'));
    expect(() => folders.place(folder, ['album', 'b', 'out'], false)).toThrow(escapes);
    await rm(join(folder, 'album'), { recursive: true });
    expect(folders.place(folder, ['album', 'b', 'd'], true)).toBe(join(folder, 'album', 'b', 'd'));
    await writeFile(join(folder, 'album', 'b', 'd'), '');
  });
});
