// A file put in the place of another, whole or not at all: written beside it under another name, brought to the disk,
// then renamed. Whoever reads meanwhile sees the old bytes or the new ones, never half of either.

import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { access, type FileHandle, open, realpath, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes `bytes` to `path`. A file that is there keeps its mode and, where that is allowed, its owner; a symlink stays
 * one, and what it points to is replaced. A device or a pipe is written to. Errors are the file system's, as they come.
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const old = await stat(path).catch(() => undefined);
  // To rename over /dev/null would be the end of it.
  if (old !== undefined && !old.isFile()) return writeFile(path, bytes);
  // The folder's permissions would let a file be replaced that is read-only itself.
  if (old !== undefined) await access(path, constants.W_OK);
  const target = old === undefined ? path : await realpath(path);
  const folder = dirname(target);
  const temporary = join(folder, `.${basename(target).slice(0, 60)}.${randomBytes(6).toString('hex')}.tmp`);
  // "wx": never through a symlink that someone else has put there.
  const file = await open(temporary, 'wx', 0o666);
  try {
    await fill(file, bytes, old);
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

async function fill(file: FileHandle, bytes: Uint8Array, old: Stats | undefined): Promise<void> {
  try {
    if (old !== undefined) {
      await file.chown(old.uid, old.gid).catch(() => {});
      await file.chmod(old.mode & 0o7777);
    }
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
