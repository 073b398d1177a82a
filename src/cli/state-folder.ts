// Where the commands remember how far a torrent is: where the system keeps the state of programs, in a folder for each
// place of data, so that one torrent in two places has two records, and two commands at once do not meet in one file.

import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where the system keeps the state of programs: this one's. */
export function systemStateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base =
    process.platform === 'win32'
      ? (env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'))
      : (env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'));
  return join(base, 'swarmline');
}

/** For what lies in, or comes into, the folder `data`. */
export function stateFolderFor(data: string, env: NodeJS.ProcessEnv = process.env): string {
  const place = createHash('sha256').update(resolve(data)).digest('hex').slice(0, 16);
  return join(systemStateFolder(env), 'torrents', place);
}
