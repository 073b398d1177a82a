// A folder, and those above it. Not by Node's own `recursive`: where a file system says "no such folder" of one whose parent is
// there (/proc, a mount that has gone) that asks again without end, in a thread that no signal reaches.

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './file-fault.ts';

/** One that is there already is no fault; a file in its place is (`EEXIST`). `mode` is of those that are made. */
export async function makeFolder(place: string, mode = 0o777): Promise<void> {
  try {
    await make(place, mode);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(place) === place) throw error;
    await makeFolder(dirname(place), mode);
    await make(place, mode);
  }
}

async function make(place: string, mode: number): Promise<void> {
  try {
    await mkdir(place, { mode });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') throw error;
    // It is there, or cannot be asked for where the system is read-only: the look decides.
    const status = await stat(place).catch(() => undefined);
    if (status?.isDirectory() !== true) throw error;
  }
}
