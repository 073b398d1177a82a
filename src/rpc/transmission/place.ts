// Where a torrent's files lie: moved to another folder, looked for there, or given other names.

import { SwarmlineError } from '../../core/errors.ts';
import type { LibraryTorrent } from '../../daemon/library.ts';
import type { Arguments } from './arguments.ts';
import type { TransmissionDeps } from './deps.ts';
import { RpcFault } from './rpc-fault.ts';

/**
 * `moves`: the files go there. Else what is there already is taken for them, and hashed. What takes longer than a second
 * goes on after the answer; the torrent's log then says how it ended.
 * @throws RpcFault, SwarmlineError
 */
export async function setLocation(
  entry: LibraryTorrent,
  location: unknown,
  moves: boolean,
  { daemon, isAbsolutePath }: TransmissionDeps,
): Promise<void> {
  if (typeof location !== 'string' || location === '') throw new RpcFault('INVALID_PARAMS', 'no location');
  if (!isAbsolutePath(location)) throw new RpcFault('PATH_NOT_ABSOLUTE', 'new location path is not absolute');
  const folder = await daemon.deps.admitFolder(location);
  if (folder === entry.torrent.downloadDir) return;
  let isAnswered = false;
  const moving = entry.torrent.moveTo(folder, { ifThere: moves ? 'refuse' : 'adopt' }).then(
    () => {
      daemon.incomplete.forget(entry.id);
      daemon.library.touch(entry);
    },
    (error: unknown) => {
      if (!isAnswered) throw error;
      const text = error instanceof SwarmlineError ? error.message : String(error);
      daemon.library.note(entry, 'error', `It was not moved to ${folder}: ${text}`);
    },
  );
  let cancel = () => {};
  const patience = new Promise<void>(resolve => {
    cancel = daemon.deps.clock.after(PATIENCE_MS, () => {
      isAnswered = true;
      resolve();
    });
  });
  try {
    await Promise.race([moving, patience]);
  } finally {
    cancel();
  }
}

/** A file, a folder of them, or what holds them all. @throws RpcFault, SwarmlineError */
export async function renamePath(
  entry: LibraryTorrent,
  given: Arguments,
  { register }: TransmissionDeps,
): Promise<{ path: string; name: string; id: number }> {
  const path = given.text('path') ?? '';
  const name = given.text('name') ?? '';
  if (path === '' || name === '' || name === '.' || name === '..' || /[/\\]/.test(name))
    throw new RpcFault('INVALID_PARAMS', 'Invalid argument');
  const { torrent } = entry;
  const elements = path.split('/');
  const files = torrent.files.filter(file => elements.every((element, i) => file.path[i] === element));
  if (files.length === 0)
    throw new RpcFault('SYSTEM_ERROR', `There is no file or folder "${path}" in this torrent.`);
  if (elements.length === 1) await torrent.rename(name);
  else {
    const folder = elements.slice(0, -1);
    for (const file of files)
      await torrent.renameFile(file.index, [...folder, name, ...file.path.slice(elements.length)]);
  }
  register.edited(entry);
  return { path, name, id: register.notesOf(entry).number };
}

const PATIENCE_MS = 1000;
