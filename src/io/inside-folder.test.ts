import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlacesInside, placeInside } from './inside-folder.ts';

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
