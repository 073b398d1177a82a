// From paths to the list of files of a torrent: what to take, what to leave out and why, symlinks, order. Reads no data.

import { SwarmlineError } from '../core/errors.ts';
import { pathElementFault } from '../core/metainfo/safe-path.ts';
import type { FileFacts, Files } from '../host/files.ts';

export interface WalkOptions {
  /** Whether a file is taken; asked with its path below the torrent's name. @default every file */
  readonly accepts?: (path: readonly string[]) => boolean;
  /** Whether a folder is looked into. @default every folder */
  readonly enters?: (path: readonly string[]) => boolean;
  /** Take files and folders whose name begins with a dot. @default true */
  readonly hidden?: boolean;
  /**
   * `keep`: as links, where they lead to something in the torrent (BEP 47). `follow`: as what they lead to.
   * `skip`: leave them out. @default 'keep'
   */
  readonly symlinks?: 'keep' | 'follow' | 'skip';
}

export interface WalkedFile {
  /** Below the torrent's name; empty where the name is the file itself. */
  readonly path: readonly string[];
  /** Where it is on this machine. */
  readonly source: string;
  readonly length: number;
  readonly modifiedMs: number;
  readonly isExecutable: boolean;
  /** From the torrent's root. */
  readonly symlinkTarget?: readonly string[];
}

export interface Skipped {
  readonly source: string;
  readonly why: 'symlink' | 'special' | 'empty folder';
}

export interface Walk {
  /** As they were found: the order of the paths given, folders in the order of the file system. */
  readonly files: WalkedFile[];
  readonly isFolder: boolean;
  /** What was left out without being asked to. */
  readonly skipped: Skipped[];
}

/**
 * Walks one path, or several that become entries of one folder. A path that is given is taken whatever its name and
 * followed where it is a link; only `accepts` and `enters` can refuse it, where there are several.
 * @throws SwarmlineError `FILE_MISSING`, `FILE_UNREADABLE`, `NAME_NOT_UTF8`, `NAME_INVALID`, `NAME_TWICE`,
 * `SYMLINK_OUTSIDE`, `SYMLINK_BROKEN`, `SYMLINK_LOOP`, `NOT_A_FILE`, `ABORTED`
 */
export async function walk(
  paths: readonly string[],
  options: WalkOptions,
  files: Files,
  signal?: AbortSignal,
): Promise<Walk> {
  const walker = new Walker(options, files, signal);
  const [only] = paths;
  if (only !== undefined && paths.length === 1) await walker.root(files.resolve(only));
  else await walker.gather(paths.map(path => files.resolve(path)));
  walker.checkTargets();
  return { files: walker.files, isFolder: walker.isFolder, skipped: walker.skipped };
}

class Walker {
  readonly files: WalkedFile[] = [];
  readonly skipped: Skipped[] = [];
  isFolder = true;
  readonly #options: WalkOptions;
  readonly #disk: Files;
  readonly #signal: AbortSignal | undefined;
  /** Folders that are being walked, by identity: following a link into one of them would never end. */
  readonly #open = new Set<string>();
  #root = '';

  constructor(options: WalkOptions, disk: Files, signal: AbortSignal | undefined) {
    this.#options = options;
    this.#disk = disk;
    this.#signal = signal;
  }

  async root(path: string): Promise<void> {
    const facts = await this.#existing(path);
    this.#root = path;
    this.isFolder = facts.kind === 'folder';
    if (facts.kind === 'other') throw notAFile(path);
    if (this.isFolder) await this.#folder(path, [], facts);
    else this.#file(path, [], facts);
  }

  async gather(paths: readonly string[]): Promise<void> {
    const names = new Map<string, string>();
    for (const path of paths) {
      const name = this.#disk.nameOf(path);
      if (pathElementFault(name) !== undefined) throw nameless(path);
      const other = names.get(name);
      if (other !== undefined) throw nameTwice(name, other, path);
      names.set(name, path);
    }
    for (const [name, path] of names) {
      const facts = await this.#existing(path);
      if (facts.kind === 'other') throw notAFile(path);
      this.#root = path;
      await this.#entry(path, [name], facts);
    }
  }

  /** Every link that is kept has to lead to something that is in the torrent. */
  checkTargets(): void {
    const links = this.files.filter(file => file.symlinkTarget !== undefined);
    if (links.length === 0) return;
    // Files, and the folders that hold one: a torrent has no others.
    const places = new Set<string>();
    for (const { path } of this.files)
      for (let depth = 1; depth <= path.length; depth++) places.add(path.slice(0, depth).join('/'));
    for (const { symlinkTarget, source } of links) {
      const target = symlinkTarget!.join('/');
      if (!places.has(target)) throw this.#outside(source, target);
    }
    refuseCircles(links);
  }

  async #existing(path: string): Promise<FileFacts> {
    const facts = await this.#disk.look(path, { follow: true });
    if (facts === undefined)
      throw new SwarmlineError('FILE_MISSING', `"${path}" does not exist.`, { where: path });
    return facts;
  }

  async #folder(source: string, path: readonly string[], facts: FileFacts): Promise<void> {
    if (this.#signal?.aborted)
      throw new SwarmlineError('ABORTED', 'The walk was stopped before it was done.');
    if (this.#open.has(facts.identity)) {
      throw new SwarmlineError(
        'SYMLINK_LOOP',
        `"${source}" leads back into a folder that holds it: leave it out, or keep links as links.`,
        { where: source },
      );
    }
    this.#open.add(facts.identity);
    const entries = await this.#disk.list(source);
    for (const entry of entries) {
      if (this.#options.hidden === false && entry.name.startsWith('.')) continue;
      const below = [...path, entry.name];
      // Most entries are files: no promise and no path made twice for them.
      if (entry.kind === 'file') {
        if (this.#options.accepts?.(below) !== false) this.#file(entry.path, below, entry);
      } else {
        await this.#entry(entry.path, below, entry);
      }
    }
    if (entries.length === 0 && path.length > 0) this.skipped.push({ source, why: 'empty folder' });
    this.#open.delete(facts.identity);
  }

  async #entry(source: string, path: readonly string[], facts: FileFacts): Promise<void> {
    if (facts.kind === 'folder') {
      if (this.#options.enters?.(path) !== false) await this.#folder(source, path, facts);
    } else if (facts.kind === 'symlink') {
      await this.#symlink(source, path, facts);
    } else if (this.#options.accepts?.(path) !== false) {
      this.#file(source, path, facts);
    }
  }

  async #symlink(source: string, path: readonly string[], facts: FileFacts): Promise<void> {
    const choice = this.#options.symlinks ?? 'keep';
    if (choice === 'follow') {
      // Whether it is taken is asked of what it leads to: a folder is entered for the files in it.
      const target = await this.#disk.look(source, { follow: true });
      if (target !== undefined) await this.#entry(source, path, target);
      else if (this.#options.accepts?.(path) !== false) throw broken(source);
    } else if (this.#options.accepts?.(path) === false) {
      return;
    } else if (choice === 'skip') {
      this.skipped.push({ source, why: 'symlink' });
    } else {
      const written = await this.#disk.readLink(source);
      const target = this.#disk.resolve(source, '..', written);
      const below = this.#disk.elementsBelow(this.#root, target);
      if (below === undefined || below.length === 0) throw this.#outside(source, written);
      // Several paths under one name: the root's own name comes first.
      const prefix = path.slice(
        0,
        path.length - (this.#disk.elementsBelow(this.#root, source)?.length ?? path.length),
      );
      const { modifiedMs, isExecutable } = facts;
      this.files.push({
        path,
        source,
        length: 0,
        modifiedMs,
        // Which links are by their mode, everywhere; libtorrent writes it, and the info hashes of the two are to agree.
        isExecutable,
        symlinkTarget: [...prefix, ...below],
      });
    }
  }

  #file(source: string, path: readonly string[], facts: FileFacts): void {
    const { kind, length, modifiedMs, isExecutable } = facts;
    if (kind === 'other') this.skipped.push({ source, why: 'special' });
    else this.files.push({ path, source, length, modifiedMs, isExecutable });
  }

  #outside(source: string, target: string): SwarmlineError {
    return new SwarmlineError(
      'SYMLINK_OUTSIDE',
      `The symbolic link "${source}" leads to "${target}", which is not in the torrent: follow links (--symlinks follow) or leave them out (--symlinks skip).`,
      { where: source },
    );
  }
}

/** Links that lead to one another would be in the torrent, and lead nowhere for anybody. */
function refuseCircles(links: readonly WalkedFile[]): void {
  const targets = new Map<string, string>();
  for (const { path, symlinkTarget } of links) targets.set(path.join('/'), symlinkTarget!.join('/'));
  const leadsOut = new Set<string>();
  for (const { path, source } of links) {
    const way = new Set<string>();
    for (
      let at: string | undefined = path.join('/');
      at !== undefined && !leadsOut.has(at);
      at = targets.get(at)
    ) {
      if (way.has(at)) {
        const message = `The symbolic link "${source}" leads round in a circle: remove it, or leave links out (--symlinks skip).`;
        throw new SwarmlineError('SYMLINK_LOOP', message, { where: source });
      }
      way.add(at);
    }
    for (const each of way) leadsOut.add(each);
  }
}

function notAFile(path: string): SwarmlineError {
  return new SwarmlineError('NOT_A_FILE', `"${path}" is neither a file nor a folder.`, { where: path });
}

function nameless(path: string): SwarmlineError {
  const message = `"${path}" has no name that it could have in the torrent: name the files and folders in it.`;
  return new SwarmlineError('NAME_INVALID', message, { where: path });
}

function nameTwice(name: string, path: string, other: string): SwarmlineError {
  const message =
    path === other
      ? `"${path}" is named twice: once is enough.`
      : `"${path}" and "${other}" would both be "${name}" in the torrent: rename one of them.`;
  return new SwarmlineError('NAME_TWICE', message, { where: other });
}

function broken(source: string): SwarmlineError {
  return new SwarmlineError(
    'SYMLINK_BROKEN',
    `The symbolic link "${source}" leads to nothing: remove it, or leave links out (--symlinks skip).`,
    { where: source },
  );
}
