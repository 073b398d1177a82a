// A file put in the place of another, whole or not at all: written beside it under another name, brought to the disk,
// then renamed. Whoever reads meanwhile sees the old bytes or the new ones, never half of either.

import { randomBytes } from 'node:crypto';
import { type FileHandle, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes `bytes` to `path`. A file that is there keeps its mode; a symlink stays one, and what it points to is replaced.
 * Errors are the file system's, as they come.
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const old = await stat(target).catch(() => undefined);
  const folder = dirname(target);
  const temporary = join(folder, `.${basename(target).slice(0, 180)}.${randomBytes(6).toString('hex')}.tmp`);
  // "wx": never through a symlink that someone else has put there.
  const file = await open(temporary, 'wx', 0o666);
  try {
    await fill(file, bytes, old?.mode);
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

async function fill(file: FileHandle, bytes: Uint8Array, mode: number | undefined): Promise<void> {
  try {
    if (mode !== undefined) await file.chmod(mode & 0o7777);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the rename itself lasting. Windows and some file systems cannot, and lose nothing but that certainty. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close().catch(() => {});
}
