// Files that go to another place, as a thread sees it: what stands in the way, what can be renamed and what has to be
// copied; the copies under names of their own; then, while nobody else is at the files, each in its place. What fails
// half-way is taken back. What is copied is whole and on the disk before it gets its name.

import {
  chmodSync,
  closeSync,
  copyFileSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SwarmlineError } from '../core/errors.ts';
import type { IfThere } from '../host/disk.ts';
import type { DiskFile, OpenedFiles } from './disk-jobs.ts';
import { systemCode } from './file-fault.ts';
import { placeInside } from './inside-folder.ts';

/** Where the files of a torrent go. */
export interface TargetPlace {
  /** Absolute. */
  readonly folder: string;
  /** One for each of the files that the thread knows, the part file too. */
  readonly paths: readonly (readonly string[])[];
  /** With a file's index behind it, the name of its copy in the folder while that is made. */
  readonly copyName: string;
  readonly ifThere: IfThere;
  /** A run before has begun with it: what stands at the new place is ours. */
  readonly isResumed: boolean;
}

export interface MovePlan {
  /** For each file whether it has to be copied. */
  readonly isCopied: Uint8Array;
  /** Bytes of each; 0 where it is not there. */
  readonly lengths: Float64Array;
}

/**
 * What there is to do. Makes the folder.
 * @throws SwarmlineError `FILE_EXISTS`; the system's error
 */
export function planMove(torrent: OpenedFiles, to: TargetPlace, onFile: (file: DiskFile) => void): MovePlan {
  const { folder, files } = torrent;
  const isCopied = new Uint8Array(files.length);
  const lengths = new Float64Array(files.length);
  const sources = files.map(file => {
    onFile(file);
    return sourceOf(folder, file);
  });
  if (to.ifThere === 'refuse' && !to.isResumed) {
    for (const [i, path] of to.paths.entries()) {
      onFile(files[i]!);
      if (!isPartFile(torrent, i)) refuseOther(to.folder, path, sources[i]?.status);
    }
  }
  const target = statSync(placeInside(to.folder, [''], true));
  dropCopies(to);
  for (const [i, source] of sources.entries()) {
    if (isAdopted(torrent, to, i)) continue;
    lengths[i] = source?.status.isFile() === true ? source.status.size : 0;
    const from = source?.status ?? statusOf(folder);
    if (from !== undefined && from.dev !== target.dev) isCopied[i] = 1;
  }
  return { isCopied, lengths };
}

/** The name of the copy of a file while it is made. */
export function copyNameOf(to: Pick<TargetPlace, 'copyName'>, file: number): string {
  return `${to.copyName}${file}`;
}

/**
 * Each file gets its new place. Tells which were copied: these stand at the old place too.
 * @throws the system's error, after all has been taken back
 */
export function relocateFiles(
  torrent: OpenedFiles,
  to: TargetPlace,
  isCopied: Uint8Array,
  onFile: (file: DiskFile) => void,
): Uint8Array {
  const copied = new Uint8Array(torrent.files.length);
  const takeBack: (() => void)[] = [];
  const folders = new Set<string>();
  try {
    for (const [i, file] of torrent.files.entries()) {
      onFile(file);
      const source = sourceOf(torrent.folder, file);
      if (source === undefined) continue;
      const path = to.paths[i]!;
      if (isAdopted(torrent, to, i)) continue;
      const target = placeOf(to.folder, path, true);
      if (source.place === target) continue;
      const copy = placeInside(to.folder, [copyNameOf(to, i)], false);
      if (isCopied[i] === 0 && renamed(source.place, target)) {
        takeBack.push(() => renameSync(target, source.place));
      } else {
        if (isCopied[i] === 0 || statusOf(copy) === undefined) copyWhole(source, copy);
        else finishCopy(source.status, copy);
        renameSync(copy, target);
        takeBack.push(() => rmSync(target, { force: true }));
        copied[i] = 1;
      }
      folders.add(dirname(target));
    }
    for (const folder of folders) syncFolder(folder);
    return copied;
  } catch (error) {
    for (const each of takeBack.reverse()) quietly(each);
    throw error;
  }
}

/** Copies that will not be used. */
export function dropCopies(to: TargetPlace): void {
  for (const name of unlessMissing(() => readdirSync(to.folder)) ?? [])
    if (name.startsWith(to.copyName)) quietly(() => rmSync(join(to.folder, name), { force: true }));
}

/** At the old place: the files that were copied, and folders that nothing is left in. */
export function tidyPlace(
  folder: string,
  paths: readonly (readonly string[])[],
  files: readonly number[],
  onFile: (path: readonly string[]) => void,
): void {
  for (const i of files) {
    onFile(paths[i]!);
    const place = placeOf(folder, paths[i]!);
    if (place !== undefined) rmSync(place, { force: true });
  }
  const folders = new Map<string, readonly string[]>();
  for (const path of paths)
    for (let depth = 1; depth < path.length; depth++)
      folders.set(path.slice(0, depth).join('/'), path.slice(0, depth));
  for (const path of [...folders.values()].sort((a, b) => b.length - a.length)) {
    const place = placeOf(folder, path);
    // One that holds something else stays.
    if (place !== undefined) quietly(() => rmdirSync(place));
  }
}

/** What stands there is used in the place of ours, which is left. */
function isAdopted(torrent: OpenedFiles, { folder, paths, ifThere }: TargetPlace, i: number): boolean {
  if (ifThere !== 'adopt' || isPartFile(torrent, i)) return false;
  return statusOf(placeOf(folder, paths[i]!)) !== undefined;
}

/** It names our torrent: one that lies there is an older one of ours. */
function isPartFile({ files, markCount }: OpenedFiles, i: number): boolean {
  return markCount > 0 && i === files.length - 1;
}

interface Source {
  readonly place: string;
  readonly status: Stats;
}

/** Undefined where it is not there: not made yet, or at the new place already. */
function sourceOf(folder: string, { path, symlinkTarget }: DiskFile): Source | undefined {
  // A link of the torrent's goes as it is; another link's file does.
  const place = symlinkTarget === undefined ? realPlaceOf(folder, path) : placeOf(folder, path);
  const status = statusOf(place);
  return place === undefined || status === undefined ? undefined : { place, status };
}

function realPlaceOf(folder: string, path: readonly string[]): string | undefined {
  return unlessMissing(() => placeInside(folder, path, false));
}

/** Its folder may be reached by links that stay inside; a link that stands there itself is not followed. */
function placeOf(folder: string, path: readonly string[]): string | undefined;
function placeOf(folder: string, path: readonly string[], make: true): string;
function placeOf(folder: string, path: readonly string[], make = false): string | undefined {
  const above = [...path.slice(0, -1), ''];
  if (make) return join(placeInside(folder, above, true), path.at(-1)!);
  const parent = unlessMissing(() => placeInside(folder, above, false));
  return parent && join(parent, path.at(-1)!);
}

function statusOf(place: string | undefined): Stats | undefined {
  return place === undefined ? undefined : unlessMissing(() => lstatSync(place));
}

function unlessMissing<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** @throws SwarmlineError `FILE_EXISTS` */
function refuseOther(folder: string, path: readonly string[], source: Stats | undefined): void {
  const there = statusOf(placeOf(folder, path));
  if (there === undefined) return;
  // By another name of the folder, or of letters that the file system takes for the same.
  if (source !== undefined && there.ino === source.ino && there.dev === source.dev) return;
  const where = path.join('/');
  const message = `Nothing was moved: "${where}" is in "${folder}" already. Move it away, or choose that it is overwritten or used.`;
  throw new SwarmlineError('FILE_EXISTS', message, { where });
}

/** False where the other place is on another file system. */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EXDEV') return false;
    throw error;
  }
}

function copyWhole({ place, status }: Source, copy: string): void {
  if (status.isSymbolicLink()) {
    symlinkSync(readlinkSync(place), copy);
    return;
  }
  copyFileSync(place, copy);
  finishCopy(status, copy);
}

/** A hole at the end was not copied, and zeros need not be. */
function finishCopy({ size, mode }: Stats, copy: string): void {
  const descriptor = openSync(copy, 'r+');
  try {
    if (fstatSync(descriptor).size !== size) ftruncateSync(descriptor, size);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  chmodSync(copy, mode & 0o7777);
}

/** Makes new names lasting, where the system can. */
function syncFolder(folder: string): void {
  quietly(() => {
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}

function quietly(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}
