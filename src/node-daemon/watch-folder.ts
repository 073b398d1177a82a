// A folder that is watched: torrent files and files with magnet links that are put there are added, and then renamed or
// removed. A file that is still being written is waited for: it is read when it was the same at two looks. The system says when
// something happens in the folder; where it cannot (network file systems), a slow look finds it.

import { type FSWatcher, watch } from 'node:fs';
import { readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { SwarmlineError } from '../core/errors.ts';
import { describeSystemError, systemCode } from '../io/file-fault.ts';
import { makeFolder } from '../io/make-folder.ts';

export interface WatchedFolder {
  readonly folder: string;
  readonly label: string | undefined;
}

export interface WatchFolderOptions extends WatchedFolder {
  /** What becomes of a file whose torrent was added. */
  readonly added: 'rename' | 'remove';
  /** @throws SwarmlineError, ProtocolError */
  readonly add: (
    source: { torrent: Uint8Array } | { magnet: string },
    label: string | undefined,
  ) => Promise<void>;
  /** A file that is not added; or a bug of ours. */
  readonly onWarning: (error: unknown) => void;
  /** A file that is not changed for so long is whole. @default 1000 */
  readonly settleMs?: number;
  /** From one look to the next, where nobody tells. @default 10,000 */
  readonly pollMs?: number;
}

export class WatchFolder {
  readonly #options: Required<Omit<WatchFolderOptions, 'label'>> & Pick<WatchFolderOptions, 'label'>;
  /** As they were at the last look. */
  readonly #seen = new Map<string, string>();
  /** What was wrong is told once, until the file is another. */
  readonly #refused = new Map<string, string>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;
  /** Something has happened during a look. */
  #isAsked = false;
  #hasWarned = false;
  #isClosed = false;

  constructor(options: WatchFolderOptions) {
    this.#options = { settleMs: 1000, pollMs: 10_000, ...options };
    this.#lookAfter(0);
  }

  /** When a look that is under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
    await this.#looking;
  }

  #lookAfter(ms: number): void {
    if (this.#isLooking) this.#isAsked = true;
    if (this.#isClosed || this.#isLooking) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isLooking = true;
      this.#isAsked = false;
      this.#looking = this.#look().then(isWaiting => {
        const { settleMs, pollMs } = this.#options;
        this.#isLooking = false;
        this.#lookAfter(isWaiting ? settleMs : this.#isAsked ? SOON_MS : pollMs);
      });
    }, ms);
  }

  /** Whether a file is to be looked at again soon. */
  async #look(): Promise<boolean> {
    const { folder } = this.#options;
    let names: string[];
    try {
      await makeFolder(folder);
      names = (await readdir(folder)).filter(name => ENDING.test(name) && !name.startsWith('.'));
      this.#listen();
      this.#hasWarned = false;
    } catch (cause) {
      const message = `The watched folder "${folder}" cannot be read: ${describeSystemError(cause)}.`;
      if (!this.#hasWarned)
        this.#options.onWarning(new SwarmlineError('FILE_UNREADABLE', message, { where: folder, cause }));
      this.#hasWarned = true;
      return false;
    }
    for (const known of this.#seen.keys()) if (!names.includes(known)) this.#seen.delete(known);
    for (const known of this.#refused.keys()) if (!names.includes(known)) this.#refused.delete(known);
    let isWaiting = false;
    for (const name of names) if (!this.#isClosed && (await this.#lookAt(name))) isWaiting = true;
    return isWaiting;
  }

  async #lookAt(name: string): Promise<boolean> {
    const path = join(this.#options.folder, name);
    const now = await stat(path).catch(() => undefined);
    if (now?.isFile() !== true) return false;
    const state = `${now.size} ${now.mtimeMs} ${now.ino}`;
    const wasSame = this.#seen.get(name) === state;
    this.#seen.set(name, state);
    if (this.#refused.get(name) === state) return false;
    // A file that was written long ago is whole at the first look.
    if (!wasSame && Date.now() - now.mtimeMs < this.#options.settleMs) return true;
    if (now.size === 0) return false;
    try {
      await this.#take(name, path);
      this.#seen.delete(name);
    } catch (error) {
      this.#refused.set(name, state);
      const { onWarning } = this.#options;
      if (!(error instanceof SwarmlineError)) onWarning(error);
      else {
        const message = `"${path}" is not added: ${error.message}`;
        onWarning(new SwarmlineError(error.code, message, { where: path, cause: error }));
      }
    }
    return false;
  }

  /** @throws SwarmlineError, ProtocolError */
  async #take(name: string, path: string): Promise<void> {
    const { add, added, label } = this.#options;
    const bytes = await onDisk(path, () => readLimited(path));
    if (name.toLowerCase().endsWith('.torrent')) await add({ torrent: bytes }, label);
    else await add({ magnet: Buffer.from(bytes).toString('utf8').trim() }, label);
    await onDisk(path, () => (added === 'remove' ? unlink(path) : rename(path, `${path}.added`)));
  }

  #listen(): void {
    if (this.#watcher !== undefined || this.#isClosed) return;
    try {
      this.#watcher = watch(this.#options.folder, { persistent: false }, () => this.#lookAfter(SOON_MS));
      this.#watcher.on('error', () => this.#deaf());
    } catch {
      this.#deaf();
    }
  }

  /** The folder was removed, or the system has too many such: the next look tries again. */
  #deaf(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}

async function readLimited(path: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > MAX_BYTES)
    throw new SwarmlineError('FILE_TOO_LARGE', `It is larger than a torrent can be.`, { where: path });
  return readFile(path);
}

async function onDisk<Result>(path: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof SwarmlineError) throw cause;
    if (systemCode(cause) === undefined) throw cause;
    throw new SwarmlineError('FILE_UNREADABLE', `${describeSystemError(cause)}.`, { where: path, cause });
  }
}

const ENDING = /\.(?:torrent|magnet)$/i;
const MAX_BYTES = 64 * 1024 * 1024;
// A burst of changes is one look.
const SOON_MS = 100;
