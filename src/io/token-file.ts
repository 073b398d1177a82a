// A token that stands alone in a file which the user names: that of the daemon's methods, and that of the tracker's API.

import { readFile } from 'node:fs/promises';
import { SwarmlineError } from '../core/errors.ts';
import { describeSystemError } from './file-fault.ts';

/** @throws SwarmlineError `FILE_UNREADABLE`, `TOKEN_INVALID` by way of the promise */
export async function readToken(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new SwarmlineError('FILE_UNREADABLE', `"${path}" cannot be read: ${describeSystemError(cause)}.`, {
      where: path,
      cause,
    });
  }
  const token = text.trim();
  if (/^[\x21-\x7e]{16,512}$/.test(token)) return token;
  throw new SwarmlineError(
    'TOKEN_INVALID',
    `"${path}" should hold a token and nothing else: 16 to 512 characters of ASCII without spaces, such as "openssl rand -hex 32" makes.`,
    { where: path },
  );
}
