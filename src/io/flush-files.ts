// Brings files to the disk, a few at a time, in the system's own time: a thread that flushes goes on with other jobs.

import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { SwarmlineError } from '../core/errors.ts';
import { diskFault } from './disk-fault.ts';
import type { SeenFiles } from './disk-jobs.ts';
import { systemCode } from './file-fault.ts';
import { placeInside } from './inside-folder.ts';

/** How the files look then, or the first fault. A file that is gone is one: what was written to it is lost. */
export async function flushFiles(
  folder: string,
  files: readonly (readonly string[])[],
): Promise<SeenFiles | SwarmlineError> {
  const lengths = new Float64Array(files.length);
  const modifiedMs = new Float64Array(files.length);
  const inodes = new Float64Array(files.length);
  let fault: SwarmlineError | undefined;
  let next = 0;
  const lane = async () => {
    // Where one is gone the others are flushed all the same.
    while (next < files.length && (fault === undefined || fault.code === 'FILE_CHANGED')) {
      const i = next++;
      const status = await flush(folder, files[i]!);
      if (status instanceof SwarmlineError) {
        fault ??= status;
      } else {
        lengths[i] = status.size;
        modifiedMs[i] = status.mtimeMs;
        inodes[i] = status.ino;
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return fault ?? { lengths, modifiedMs, inodes };
}

async function flush(folder: string, path: readonly string[]): Promise<Stats | SwarmlineError> {
  const name = path.join('/');
  try {
    // Windows flushes only what may be written.
    const file = await open(placeInside(folder, path, false), constants.O_RDWR);
    try {
      await file.sync();
      return await file.stat();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') return diskFault(error, name, 'written');
    const message = `"${name}" is gone: it was removed or renamed while it was being written.`;
    return new SwarmlineError('FILE_CHANGED', message, { where: name });
  }
}

// The system's own threads are four.
const LANES = 4;
