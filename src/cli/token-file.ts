// The token that a daemon makes for itself, in its state folder.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SwarmlineError } from '../core/errors.ts';
import { systemCode } from '../io/file-fault.ts';
import { nodeStateFiles } from '../io/state-files.ts';
import { readToken } from '../io/token-file.ts';

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
