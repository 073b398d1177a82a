import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nodeStateFiles } from './state-files.ts';

const synced = vi.hoisted(() => [] as string[]);

vi.mock('node:fs/promises', async importOriginal => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const open = async (...how: Parameters<typeof real.open>) => {
    const handle = await real.open(...how);
    const sync = handle.sync.bind(handle);
    handle.sync = () => {
      synced.push(String(how[0]));
      return sync();
    };
    return handle;
  };
  return { ...real, open };
});

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'swarmline-state-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('makes its folder, for its user alone, and gives back what was written last', async () => {
  const state = join(folder, 'a', 'b');
  expect(await nodeStateFiles.list(state)).toEqual([]);
  expect(await nodeStateFiles.read(state, 'x')).toBeUndefined();
  await nodeStateFiles.write(state, 'x', Uint8Array.of(1, 2, 3));
  await nodeStateFiles.write(state, 'x', Uint8Array.of(4));
  expect(await nodeStateFiles.read(state, 'x')).toEqual(Uint8Array.of(4));
  expect(await nodeStateFiles.list(state)).toEqual(['x']);
  expect(await readdir(state)).toEqual(['x']);
  if (process.platform !== 'win32') expect((await stat(state)).mode & 0o777).toBe(0o700);
  await nodeStateFiles.remove(state, ['x', 'y']);
  await nodeStateFiles.remove(state, ['x']);
  expect(await nodeStateFiles.list(state)).toEqual([]);
});

it('does not list what a killed program left unfinished, and writes over it', async () => {
  await writeFile(join(folder, 'x.unfinished'), 'half');
  expect(await nodeStateFiles.list(folder)).toEqual([]);
  await nodeStateFiles.write(folder, 'x', Buffer.from('whole'));
  expect(await readdir(folder)).toEqual(['x']);
  expect(await readFile(join(folder, 'x'), 'utf8')).toBe('whole');
});

it('says which file cannot be read or written, and why', async () => {
  await mkdir(join(folder, 'x'));
  await expect(nodeStateFiles.read(folder, 'x')).rejects.toMatchObject({
    code: 'STATE_UNREADABLE',
    message: expect.stringMatching(/x" cannot be read: it is a folder\.$/),
  });
  await expect(nodeStateFiles.write(folder, 'x', new Uint8Array(1))).rejects.toMatchObject({
    code: 'STATE_NOT_WRITTEN',
    where: join(folder, 'x'),
  });
  await writeFile(join(folder, 'file'), '');
  await expect(nodeStateFiles.write(join(folder, 'file'), 'y', new Uint8Array(1))).rejects.toMatchObject({
    code: 'STATE_NOT_WRITTEN',
  });
});

it('brings a removal to the disk before it says that it is done', async () => {
  await nodeStateFiles.write(folder, 'x', Uint8Array.of(1));
  await nodeStateFiles.write(folder, 'y', Uint8Array.of(1));
  synced.length = 0;
  await nodeStateFiles.remove(folder, ['x', 'y']);
  expect(synced).toEqual([folder]);
});
