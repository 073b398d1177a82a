// Which folders a client may name: those that lie, links followed, below one that was allowed. And how much room they have.

import { realpath, statfs } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { SwarmlineError } from '../core/errors.ts';

export class AllowedFolders {
  #allowed: readonly string[] = [];

  /** Absolute; everything below them is allowed too. */
  constructor(allowed: readonly string[]) {
    this.set(allowed);
  }

  /** In place of those before. */
  set(allowed: readonly string[]): void {
    this.#allowed = allowed.map(folder => resolve(folder));
  }

  /**
   * The absolute form of a folder, which need not be there yet. One that is not absolute is below the first that is allowed.
   * @throws SwarmlineError `FOLDER_NOT_ALLOWED`
   */
  async admit(path: string): Promise<string> {
    const wanted = isAbsolute(path) ? resolve(path) : resolve(this.#allowed[0]!, path);
    const real = path.includes('\0') ? undefined : await realPath(wanted);
    for (const allowed of this.#allowed) {
      const root = await realPath(allowed);
      if (real === root || real?.startsWith(root.endsWith(sep) ? root : root + sep)) return wanted;
    }
    throw new SwarmlineError(
      'FOLDER_NOT_ALLOWED',
      `"${path}" is outside of the folders that this daemon may use: allow it with --allow-folder.`,
      { where: path },
    );
  }
}

/** Links followed, as far as there is something. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(await realPath(above), basename(path));
  }
}

/**
 * As `freeSpace`, but in time: where the system takes long (a network's disk that is away, or Node's threads looking up names
 * that nobody knows), what was told before.
 */
export class FreeSpace {
  readonly #last = new Map<string, number | undefined>();
  readonly #waiting = new Map<string, Promise<number | undefined>>();

  async of(folder: string): Promise<number | undefined> {
    let asked = this.#waiting.get(folder);
    if (asked === undefined) {
      asked = freeSpace(folder).then(space => {
        this.#last.set(folder, space);
        this.#waiting.delete(folder);
        return space;
      });
      this.#waiting.set(folder, asked);
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>(resolve => {
      timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    });
    const space = await Promise.race([asked, late]);
    clearTimeout(timer);
    return space ?? this.#last.get(folder);
  }
}

/** Bytes; undefined where it cannot be told. Of the next folder above, where it is not there yet. */
export async function diskSpace(folder: string): Promise<{ free: number; total: number } | undefined> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    const above = dirname(folder);
    return above === folder ? undefined : diskSpace(above);
  }
}

/** Bytes; undefined where it cannot be told. */
async function freeSpace(folder: string): Promise<number | undefined> {
  return (await diskSpace(folder))?.free;
}

const PATIENCE_MS = 250;
