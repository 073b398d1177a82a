// A folder that one program has to itself. The lock is a socket in it that the program listens on: the system closes it with the
// program, however that ends, so that no lock is ever left behind; a file alone would say nothing of who made it.
//
//   state/lock-4711-9f1a4c   each program that wants the folder binds a name of its own, then looks at all others: who answers
//   state/lock-4800-77be01   lives, and was first or came at the same moment; who does not is dead, and its name is removed
//
// Names are never used twice, so that a dead one can be removed without harm. Two that start at the same moment may both give
// way; never do both stay. On Windows it is a named pipe, which the system itself gives to one alone.

import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, realpath, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SwarmlineError } from '../core/errors.ts';
import { describeSystemError, systemCode } from './file-fault.ts';
import { makeFolder } from './make-folder.ts';

export interface FolderLock {
  release(): Promise<void>;
}

/** Makes the folder where it is not there. @throws SwarmlineError `STATE_LOCKED`, `STATE_NOT_WRITTEN` */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const real = await madeFolder(folder);
  if (process.platform === 'win32') {
    const server = await listen(`\\\\.\\pipe\\swarmline-${digestOf(real)}`, folder);
    return { release: () => close(server) };
  }
  const place = await socketFolder(real, folder);
  const own = `${PREFIX}${process.pid}-${randomBytes(6).toString('hex')}`;
  const server = await listen(join(place, own), folder);
  const lock = { release: () => close(server) };
  try {
    for (const name of await readdir(place)) {
      if (!name.startsWith(PREFIX) || name === own) continue;
      if (await isAnswered(join(place, name))) throw locked(folder, /^lock-(\d+)/.exec(name)?.[1]);
      await unlink(join(place, name)).catch(() => {});
    }
    // Another that looked before we listened took us for dead: it has the folder, or is as unlucky.
    if (!existsSync(join(place, own))) throw locked(folder, undefined);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return lock;
}

async function madeFolder(folder: string): Promise<string> {
  try {
    await makeFolder(folder, 0o700);
    return await realpath(folder);
  } catch (cause) {
    throw notWritten(folder, cause);
  }
}

/** In the folder itself; elsewhere where its path is longer than the name of a socket can be. */
async function socketFolder(real: string, folder: string): Promise<string> {
  if (Buffer.byteLength(join(real, `${PREFIX}4194304-0123456789ab`)) <= MAX_SOCKET_PATH) return real;
  const place = join(tmpdir(), `swarmline-${digestOf(real)}`);
  try {
    await makeFolder(place, 0o700);
  } catch (cause) {
    throw notWritten(folder, cause);
  }
  return place;
}

function listen(path: string, folder: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy());
    // Nobody is kept alive by a lock.
    server.unref();
    server.once('error', cause => {
      if (systemCode(cause) === 'EADDRINUSE') reject(locked(folder, undefined));
      else reject(notWritten(folder, cause));
    });
    server.listen(path, () => resolve(server));
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Refused: nobody listens any more. Whatever else it is, somebody may.
    socket.once('error', error => resolve(!['ECONNREFUSED', 'ENOENT'].includes(systemCode(error) ?? '')));
  });
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()));
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function locked(folder: string, pid: string | undefined): SwarmlineError {
  const who = pid === undefined ? 'Another daemon' : `Another daemon (process ${pid})`;
  return new SwarmlineError(
    'STATE_LOCKED',
    `${who} uses "${folder}": end it, or give this one a state folder of its own with --state-folder.`,
    { where: folder },
  );
}

function notWritten(folder: string, cause: unknown): SwarmlineError {
  return new SwarmlineError(
    'STATE_NOT_WRITTEN',
    `"${folder}" cannot be used: ${describeSystemError(cause)}.`,
    {
      where: folder,
      cause,
    },
  );
}

const PREFIX = 'lock-';
// sun_path of macOS, one byte for its end; Linux has 108.
const MAX_SOCKET_PATH = 103;
