// The file system, as `host/files` has it. Calls are synchronous, folder by folder: a walk through 100,000 files is bound
// by the cost of a call, and a promise for each would triple it.

import { lstatSync, readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SwarmlineError } from '../core/errors.ts';
import type { FileFacts, Files, FolderEntry } from '../host/files.ts';
import { describeSystemError, systemCode } from './file-fault.ts';
import { nativeFolder } from './native-folder.ts';

export function nodeFiles(): Files {
  return { look, list, readLink, resolve: resolved, elementsBelow, nameOf: basename };
}

async function look(
  path: string,
  options: { readonly follow?: boolean } = {},
): Promise<FileFacts | undefined> {
  try {
    // What is not there is no error: a hundred thousand of those cost a minute.
    const quietly = { throwIfNoEntry: false } as const;
    const status = options.follow === true ? statSync(path, quietly) : lstatSync(path, quietly);
    return status && factsOf(status);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOTDIR') return undefined;
    throw unreadable(path, error);
  }
}

async function list(folder: string): Promise<readonly FolderEntry[]> {
  await setImmediate();
  const prefix = folder.endsWith(sep) ? folder : folder + sep;
  const found = nativeFolder(folder, prefix);
  if (found !== undefined) return found;
  const entries: FolderEntry[] = [];
  let path = folder;
  try {
    for (const name of readdirSync(folder)) {
      path = prefix + name;
      entries.push({ name, path, ...factsOf(lstatSync(path)) });
    }
    return entries;
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT') throw unreadable(path, error);
    if (path.includes('\ufffd')) {
      throw new SwarmlineError(
        'NAME_NOT_UTF8',
        `The name of "${path}" is not UTF-8, as names in a torrent must be: rename it.`,
        { where: path },
      );
    }
    throw new SwarmlineError('FILE_MISSING', `"${path}" vanished while the folder was read.`, {
      where: path,
    });
  }
}

async function readLink(path: string): Promise<string> {
  try {
    return readlinkSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Joined once more: Node's is kept as a tree of its parts, eight times as large as the path. */
function resolved(...parts: readonly string[]): string {
  return resolve(...parts)
    .split(sep)
    .join(sep);
}

function elementsBelow(folder: string, path: string): readonly string[] | undefined {
  const way = relative(folder, path);
  if (way === '') return [];
  const elements = way.split(sep);
  return elements[0] === '..' || isAbsolute(way) ? undefined : elements;
}

function factsOf(stats: Stats): FileFacts {
  const isFolder = stats.isDirectory();
  return {
    kind: isFolder ? 'folder' : stats.isFile() ? 'file' : stats.isSymbolicLink() ? 'symlink' : 'other',
    length: stats.size,
    modifiedMs: stats.mtimeMs,
    isExecutable: (stats.mode & 0o100) !== 0,
    identity: `${stats.dev}:${stats.ino}`,
  };
}

function unreadable(path: string, error: unknown): SwarmlineError {
  return new SwarmlineError('FILE_UNREADABLE', `"${path}" cannot be read: ${describeSystemError(error)}.`, {
    where: path,
    cause: error,
  });
}
