// Brings files to the disk, a few at a time, in the system's own time: a thread that flushes goes on with other jobs.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { SwarmlineError } from '../core/errors.ts';
import { diskFaultOf } from './disk-fault.ts';
import type { DiskFault, DiskFile } from './disk-jobs.ts';
import { systemCode } from './file-fault.ts';
import { placeInside } from './inside-folder.ts';

/** The first fault, where there is one. A file that is gone is one: what was written to it is lost. */
export async function flushFiles(folder: string, files: readonly DiskFile[]): Promise<DiskFault | undefined> {
  let fault: DiskFault | undefined;
  let next = 0;
  const lane = async () => {
    while (next < files.length && fault === undefined) {
      const file = files[next++]!;
      fault = (await flush(folder, file)) ?? fault;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return fault;
}

async function flush(folder: string, { path, source }: DiskFile): Promise<DiskFault | undefined> {
  const name = path.join('/');
  try {
    // Windows flushes only what may be written.
    const file = await open(source ?? placeInside(folder, path, false), constants.O_RDWR);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    return undefined;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') return diskFaultOf(error, name);
    const message = `"${name}" is gone: it was removed or renamed while it was being written.`;
    return diskFaultOf(new SwarmlineError('FILE_CHANGED', message, { where: name }), name);
  }
}

// The system's own threads are four.
const LANES = 4;
