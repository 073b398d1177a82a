import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from './replace-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'swarmline-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const bytes = Buffer.from('new');

describe('a file that is replaced', () => {
  it('is another one with the mode of the old, and nothing is left beside it', async () => {
    writeFileSync(at('a'), 'old');
    chmodSync(at('a'), 0o604);
    const before = statSync(at('a'));
    await replaceFile(at('a'), bytes);
    expect(readFileSync(at('a'), 'utf8')).toBe('new');
    expect(statSync(at('a')).mode & 0o7777).toBe(0o604);
    expect(statSync(at('a')).ino).not.toBe(before.ino);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('need not have been there', async () => {
    await replaceFile(at('a'), bytes);
    expect(readFileSync(at('a'), 'utf8')).toBe('new');
  });

  it('may have a name as long as names can be', async () => {
    const name = 'é'.repeat(127);
    await replaceFile(at(name), bytes);
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('may be behind a symlink, which stays one', async () => {
    mkdirSync(at('d'));
    writeFileSync(at('d/a'), 'old');
    symlinkSync(join('d', 'a'), at('link'));
    await replaceFile(at('link'), bytes);
    expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(at('d/a'), 'utf8')).toBe('new');
    expect(readdirSync(at('d'))).toEqual(['a']);
  });

  it('is not one where it is a folder, or below what is none', async () => {
    mkdirSync(at('d'));
    await expect(replaceFile(at('d'), bytes)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(replaceFile(at('absent/a'), bytes)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(folder)).toEqual(['d']);
  });

  it.skipIf(process.platform === 'win32')('is a device still after something was written to it', async () => {
    await replaceFile('/dev/null', bytes);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});
