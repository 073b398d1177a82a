// From paths to the list of files of a torrent: what to take, what to leave out and why, symlinks, order. Reads no data.

import { SwarmlineError } from '../core/errors.ts';
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
 * Walks one path, or several that become entries of one folder.
 * @throws SwarmlineError `FILE_MISSING`, `FILE_UNREADABLE`, `NAME_NOT_UTF8`, `NAME_TWICE`, `SYMLINK_OUTSIDE`, `SYMLINK_LOOP`, `NOT_A_FILE`
 */
export async function walk(paths: readonly string[], options: WalkOptions, files: Files): Promise<Walk> {
  const walker = new Walker(options, files);
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
  readonly #folders = new Set<string>();
  /** Folders that are being walked, by identity: following a link into one of them would never end. */
  readonly #open = new Set<string>();
  #root = '';

  constructor(options: WalkOptions, disk: Files) {
    this.#options = options;
    this.#disk = disk;
  }

  async root(path: string): Promise<void> {
    const facts = await this.#existing(path);
    this.#root = path;
    this.isFolder = facts.kind === 'folder';
    if (this.isFolder) await this.#folder(path, [], facts);
    else this.#file(path, [], facts);
  }

  async gather(paths: readonly string[]): Promise<void> {
    const names = new Map<string, string>();
    for (const path of paths) {
      const name = this.#disk.nameOf(path);
      const other = names.get(name);
      if (other !== undefined) {
        throw new SwarmlineError(
          'NAME_TWICE',
          `"${other}" and "${path}" would both be "${name}" in the torrent: rename one of them.`,
          { where: path },
        );
      }
      names.set(name, path);
      const facts = await this.#existing(path);
      this.#root = path;
      if (facts.kind === 'folder') await this.#folder(path, [name], facts);
      else this.#file(path, [name], facts);
    }
  }

  /** Every link that is kept has to lead to something that is in the torrent. */
  checkTargets(): void {
    const paths = new Set(this.files.map(file => file.path.join('/')));
    for (const { symlinkTarget, source } of this.files) {
      const target = symlinkTarget?.join('/');
      if (target !== undefined && !paths.has(target) && !this.#folders.has(target))
        throw this.#outside(source, target);
    }
  }

  async #existing(path: string): Promise<FileFacts> {
    const facts = await this.#disk.look(path, { follow: true });
    if (facts === undefined)
      throw new SwarmlineError('FILE_MISSING', `"${path}" does not exist.`, { where: path });
    return facts;
  }

  async #folder(source: string, path: readonly string[], facts: FileFacts): Promise<void> {
    if (this.#open.has(facts.identity)) {
      throw new SwarmlineError(
        'SYMLINK_LOOP',
        `"${source}" leads back into a folder that holds it: leave it out, or keep links as links.`,
        { where: source },
      );
    }
    this.#open.add(facts.identity);
    this.#folders.add(path.join('/'));
    const entries = await this.#disk.list(source);
    for (const entry of entries) {
      if (this.#options.hidden === false && entry.name.startsWith('.')) continue;
      await this.#entry(this.#disk.resolve(source, entry.name), [...path, entry.name], entry);
    }
    if (entries.length === 0 && path.length > 0) this.skipped.push({ source, why: 'empty folder' });
    this.#open.delete(facts.identity);
  }

  async #entry(source: string, path: readonly string[], facts: FileFacts): Promise<void> {
    if (facts.kind === 'folder') {
      if (this.#options.enters?.(path) !== false) await this.#folder(source, path, facts);
    } else if (facts.kind === 'symlink') {
      if (this.#options.accepts?.(path) !== false) await this.#symlink(source, path, facts);
    } else if (this.#options.accepts?.(path) !== false) {
      this.#file(source, path, facts);
    }
  }

  async #symlink(source: string, path: readonly string[], facts: FileFacts): Promise<void> {
    const choice = this.#options.symlinks ?? 'keep';
    if (choice === 'skip') {
      this.skipped.push({ source, why: 'symlink' });
    } else if (choice === 'follow') {
      await this.#entry(source, path, await this.#existing(source));
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
      const { modifiedMs } = facts;
      this.files.push({
        path,
        source,
        length: 0,
        modifiedMs,
        isExecutable: false,
        symlinkTarget: [...prefix, ...below],
      });
    }
  }

  #file(source: string, path: readonly string[], facts: FileFacts): void {
    const { kind, length, modifiedMs, isExecutable } = facts;
    if (kind === 'other') {
      if (path.length === 0)
        throw new SwarmlineError('NOT_A_FILE', `"${source}" is neither a file nor a folder.`, {
          where: source,
        });
      this.skipped.push({ source, why: 'special' });
    } else {
      this.files.push({ path, source, length, modifiedMs, isExecutable });
    }
  }

  #outside(source: string, target: string): SwarmlineError {
    return new SwarmlineError(
      'SYMLINK_OUTSIDE',
      `The symbolic link "${source}" leads to "${target}", which is not in the torrent: follow links (--symlinks follow) or leave them out (--symlinks skip).`,
      { where: source },
    );
  }
}
