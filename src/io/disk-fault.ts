// A system's error at a torrent's file, as a fault that a user can act on: the file's name, and what is wrong.

import { SwarmlineError } from '../core/errors.ts';
import { describeSystemError, systemCode } from './file-fault.ts';

/**
 * `path`: the file that was being worked on.
 * @throws what is a bug of ours
 */
export function diskFault(error: unknown, path: string, deed: 'read' | 'written'): SwarmlineError {
  if (error instanceof SwarmlineError) return error;
  const known = systemCode(error);
  // Node has codes of its own for wrong arguments: "ERR_…".
  if (known === undefined || known.startsWith('ERR_')) throw error;
  const code = CODES[known] ?? 'DISK_FAILED';
  const message = `"${path}" cannot be ${deed}: ${describeSystemError(error)}.`;
  return new SwarmlineError(code, message, { where: path });
}

const CODES: Readonly<Record<string, string>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EACCES: 'DISK_DENIED',
  EPERM: 'DISK_DENIED',
  EROFS: 'DISK_DENIED',
};
