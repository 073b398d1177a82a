// Small files of state on Node. A new one is written beside the old under a fixed name, brought to the disk and renamed: a
// program that is killed on the way leaves the old file and at most one more, which the next write takes over.

import { open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { SwarmlineError } from '../core/errors.ts';
import type { StateFiles } from '../host/state-files.ts';
import { describeSystemError, systemCode } from './file-fault.ts';
import { makeFolder } from './make-folder.ts';

export const nodeStateFiles: StateFiles = { list, read, write, remove };

async function list(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter(name => !name.endsWith(UNFINISHED));
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(folder, error);
  }
}

async function read(folder: string, name: string): Promise<Uint8Array | undefined> {
  const path = join(folder, name);
  try {
    const { buffer, byteOffset, length } = await readFile(path);
    // Not a Buffer, whose `slice` is a view.
    return new Uint8Array(buffer, byteOffset, length);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
}

async function write(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(folder, name);
  const unfinished = path + UNFINISHED;
  try {
    // What somebody shares is nobody else's business.
    await makeFolder(folder, 0o700);
    const file = await open(unfinished, 'w', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
    await syncFolder(folder);
  } catch (error) {
    throw notWritten(path, error);
  }
}

async function remove(folder: string, names: readonly string[]): Promise<void> {
  let wasThere = false;
  for (const name of names) {
    const path = join(folder, name);
    try {
      await unlink(path);
      wasThere = true;
    } catch (error) {
      if (!isMissing(error)) throw notWritten(path, error);
    }
  }
  if (wasThere) await syncFolder(folder);
}

/** Makes a rename or a removal itself lasting. Windows and some file systems cannot, and lose nothing but that certainty. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close().catch(() => {});
}

function isMissing(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function unreadable(path: string, cause: unknown): SwarmlineError {
  const message = `"${path}" cannot be read: ${describeSystemError(cause)}.`;
  return new SwarmlineError('STATE_UNREADABLE', message, { where: path, cause });
}

function notWritten(path: string, cause: unknown): SwarmlineError {
  const message = `"${path}" cannot be written: ${describeSystemError(cause)}.`;
  return new SwarmlineError('STATE_NOT_WRITTEN', message, { where: path, cause });
}

const UNFINISHED = '.unfinished';
