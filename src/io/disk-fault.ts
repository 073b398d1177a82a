// A system's error at a torrent's file, as a fault that a user can act on: the file's name, and what is wrong.

import { SwarmlineError } from '../core/errors.ts';
import type { DiskFault } from './disk-jobs.ts';
import { describeSystemError, systemCode } from './file-fault.ts';

/**
 * `path`: the file that was being worked on.
 * @throws what is a bug of ours
 */
export function diskFaultOf(error: unknown, path: string): DiskFault {
  if (error instanceof SwarmlineError)
    return { code: error.code, message: error.message, where: error.where ?? '' };
  const known = systemCode(error);
  // Node has codes of its own for wrong arguments: "ERR_…".
  if (known === undefined || known.startsWith('ERR_')) throw error;
  const code = CODES[known] ?? 'DISK_FAILED';
  return { code, message: `"${path}" cannot be used: ${describeSystemError(error)}.`, where: path };
}

const CODES: Readonly<Record<string, string>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EACCES: 'DISK_DENIED',
  EPERM: 'DISK_DENIED',
  EROFS: 'DISK_DENIED',
};
