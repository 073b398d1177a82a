// The token of a daemon: in a file that the user names, or in the daemon's state folder, where it makes one of its own.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SwarmlineError } from '../core/errors.ts';
import { describeSystemError, systemCode } from '../io/file-fault.ts';
import { nodeStateFiles } from '../io/state-files.ts';

/** @throws SwarmlineError `FILE_UNREADABLE`, `TOKEN_INVALID` */
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
  if (/^[\x21-\x7e]{8,512}$/.test(token)) return token;
  throw new SwarmlineError(
    'TOKEN_INVALID',
    `"${path}" should hold a token and nothing else: 8 to 512 characters of ASCII, without spaces.`,
    { where: path },
  );
}

/** What an earlier run of a daemon with that state folder has made; undefined where there is none. */
export async function ownToken(stateFolder: string): Promise<string | undefined> {
  try {
    return await readToken(join(stateFolder, FILE));
  } catch (error) {
    if (error instanceof SwarmlineError && systemCode(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}

/** That, or a new one that is kept, for its owner's eyes alone. @throws SwarmlineError `STATE_NOT_WRITTEN`, as `readToken` */
export async function ownTokenOrNew(
  stateFolder: string,
): Promise<{ token: string; path: string; isNew: boolean }> {
  const path = join(stateFolder, FILE);
  const known = await ownToken(stateFolder);
  if (known !== undefined) return { token: known, path, isNew: false };
  const token = randomBytes(24).toString('base64url');
  await nodeStateFiles.write(stateFolder, FILE, Buffer.from(`${token}\n`));
  return { token, path, isNew: true };
}

const FILE = 'token';
