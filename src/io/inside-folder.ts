// Paths that stay inside the download folder. The parser has refused names that climb out; what is left are symbolic
// links that lie in the folder already, put there by another torrent or by the user: one that leads outside is refused.

import { lstatSync, mkdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { SwarmlineError } from '../core/errors.ts';
import { systemCode } from './file-fault.ts';

/**
 * The real place of a file below `folder`. With `create`, folders on the way are made.
 * @throws SwarmlineError `PATH_ESCAPES`; the system's error where there is no such folder
 */
export function placeInside(folder: string, path: readonly string[], create: boolean): string {
  if (create) makeFolder(folder);
  const root = realpathSync(folder);
  let place = root;
  for (const [depth, name] of path.entries()) {
    place = join(place, name);
    const kind = kindOf(place);
    if (kind === 'link') place = target(root, place, path);
    else if (kind === 'nothing' && create && depth < path.length - 1) makeFolder(place);
  }
  return place;
}

/**
 * How the files of one folder look, one after the other without a pause: folders on the way are looked at once, for a
 * hundred thousand files may lie in a few of them.
 */
export class PlacesInside {
  readonly #root: string | undefined;
  /** By their names joined: where they really are; undefined where nothing is there. */
  readonly #folders = new Map<string, string | undefined>();

  constructor(folder: string) {
    this.#root = statusOf(folder) && realpathSync(folder);
  }

  /** Undefined where nothing is there. @throws SwarmlineError `PATH_ESCAPES`; the system's error */
  status(path: readonly string[]): Stats | undefined {
    const parent = this.#folder(path, path.length - 1);
    if (parent === undefined) return undefined;
    const place = join(parent, path.at(-1)!);
    const status = lstatSync(place, { throwIfNoEntry: false });
    return status?.isSymbolicLink() === true ? statusOf(target(this.#root!, place, path)) : status;
  }

  #folder(path: readonly string[], depth: number): string | undefined {
    if (depth === 0 || this.#root === undefined) return this.#root;
    const name = path.slice(0, depth).join('/');
    const known = this.#folders.get(name);
    if (known !== undefined || this.#folders.has(name)) return known;
    const place = this.#step(this.#folder(path, depth - 1), path, depth - 1);
    this.#folders.set(name, place);
    return place;
  }

  #step(parent: string | undefined, path: readonly string[], depth: number): string | undefined {
    if (parent === undefined) return undefined;
    const place = join(parent, path[depth]!);
    const kind = kindOf(place);
    if (kind === 'nothing') return undefined;
    return kind === 'link' ? target(this.#root!, place, path) : place;
  }
}

/**
 * The same as `placeInside`, for many files of the same folders: the folder that holds a file is looked at once for each
 * use, and its way there anew only after a second, or where it is no longer the folder that it was. So a link that takes
 * the place of anything on the way is seen: what it leads to is another folder.
 */
export class FoldersInside {
  readonly #known = new Map<string, KnownFolder>();

  /** @throws as `placeInside` */
  place(folder: string, path: readonly string[], create: boolean): string {
    const place = this.#known.size > 0 ? this.#knownPlace(folder, path) : undefined;
    if (place !== undefined) return place;
    const found = placeInside(folder, path, create);
    this.#note(folder, path, found);
    return found;
  }

  /** Undefined where the way to it is to be looked at. */
  #knownPlace(folder: string, path: readonly string[]): string | undefined {
    const known = this.#known.get(keyOf(folder, path));
    if (known === undefined || performance.now() - known.seenAt >= LOOK_AGAIN_MS) return undefined;
    const status = lstatSync(known.place, { throwIfNoEntry: false });
    if (status?.isDirectory() !== true || status.ino !== known.inode || status.dev !== known.device)
      return undefined;
    const place = join(known.place, path.at(-1)!);
    return kindOf(place) === 'link' ? undefined : place;
  }

  #note(folder: string, path: readonly string[], found: string): void {
    // Where the file itself is a link, its folder is another.
    if (basename(found) !== path.at(-1)) return;
    const place = dirname(found);
    const status = lstatSync(place, { throwIfNoEntry: false });
    if (status?.isDirectory() !== true) return;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const { ino: inode, dev: device } = status;
    this.#known.set(keyOf(folder, path), { place, inode, device, seenAt: performance.now() });
  }
}

interface KnownFolder {
  readonly place: string;
  readonly inode: number;
  readonly device: number;
  /** When its way was looked at. */
  readonly seenAt: number;
}

/** Of the folder that holds the file. */
function keyOf(folder: string, path: readonly string[]): string {
  let key = folder;
  for (let i = 0; i < path.length - 1; i++) key += `/${path[i]}`;
  return key;
}

/** And those above it. Node's own way of doing that says "no such folder" where the file system is read-only. */
function makeFolder(place: string): void {
  // It mostly is there, and an error costs more than the look.
  if (statusOf(place) !== undefined || madeFolder(place, dirname(place) !== place)) return;
  makeFolder(dirname(place));
  // Some file systems say once more that there is no such folder: /proc.
  madeFolder(place, false);
}

/** False where the one above is missing, if that may be. */
function madeFolder(place: string, mayLackParent: boolean): boolean {
  try {
    mkdirSync(place);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' && mayLackParent) return false;
    if (code !== 'EEXIST' && code !== 'EISDIR') throw error;
  }
  return true;
}

function kindOf(place: string): 'link' | 'other' | 'nothing' {
  const status = lstatSync(place, { throwIfNoEntry: false });
  if (status === undefined) return 'nothing';
  return status.isSymbolicLink() ? 'link' : 'other';
}

function statusOf(place: string): Stats | undefined {
  return statSync(place, { throwIfNoEntry: false });
}

/** Where a link leads, if that is inside; a link to nothing is judged by the folder that it points into. */
function target(root: string, link: string, path: readonly string[]): string {
  let real: string;
  try {
    real = realpathSync(link);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw escapes(path, `"${join(dirname(link))}" holds a symbolic link that leads nowhere`);
  }
  if (real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)) return real;
  throw escapes(path, `a symbolic link on its way leads to "${real}", outside the download folder`);
}

function escapes(path: readonly string[], reason: string): SwarmlineError {
  const name = path.join('/');
  return new SwarmlineError('PATH_ESCAPES', `"${name}" is not used: ${reason}.`, { where: name });
}

const LOOK_AGAIN_MS = 1000;
// Some hundred bytes each.
const MAX_KNOWN = 1000;
