// Torrents that are in one folder until all of them is there, and then go to another. Where each is to go is remembered, so that
// a program that was killed on the way moves it in its next run; the move itself is the session's, and is finished by it.

import { decodeUtf8, encodeUtf8 } from '../core/bytes/utf8.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { StateFiles } from '../host/state-files.ts';
import type { Library, LibraryTorrent } from './library.ts';

export interface IncompleteDeps {
  readonly library: Library;
  readonly stateFiles: StateFiles;
  readonly stateFolder: string;
  /** Where torrents go of which it is not known any more. */
  readonly downloadDir: string;
  readonly onWarning: (error: unknown) => void;
  /** All that was wanted is there, at the place where it stays. */
  readonly onSettled: (torrent: LibraryTorrent) => void;
}

export class Incomplete {
  /** Undefined: torrents go at once to where they stay. */
  folder: string | undefined;
  readonly #deps: IncompleteDeps;
  readonly #targets: Map<string, string>;
  readonly #moving = new Set<string>();
  readonly #removers: (() => void)[];
  #saving: Promise<void> = Promise.resolve();
  #isDirty = false;

  private constructor(deps: IncompleteDeps, folder: string | undefined, targets: Map<string, string>) {
    this.#deps = deps;
    this.folder = folder;
    this.#targets = targets;
    const { library } = deps;
    this.#removers = [
      library.on('completed', torrent => this.#completed(torrent)),
      // In the next run after a kill it is complete from the beginning.
      library.on('ready', torrent => {
        if (this.#targets.has(torrent.id) && torrent.torrent.stats().isComplete) this.#completed(torrent);
      }),
      library.on('removed', ({ id }) => this.forget(id)),
    ];
  }

  /** @throws SwarmlineError `STATE_UNREADABLE` */
  static async open(deps: IncompleteDeps, folder: string | undefined): Promise<Incomplete> {
    const bytes = await deps.stateFiles.read(deps.stateFolder, FILE);
    return new Incomplete(deps, folder, targetsIn(bytes));
  }

  /** Where a torrent that is to stay in `target` is put first. */
  placeFor(target: string): string {
    return this.folder ?? target;
  }

  /** It was put in the other folder: this is where it is to go. */
  expect(id: string, target: string): void {
    if (this.folder === undefined || this.folder === target) return;
    this.#targets.set(id, target);
    this.#save();
  }

  /** Where it goes when it is complete; undefined where it stays. */
  targetOf(id: string): string | undefined {
    return this.#targets.get(id);
  }

  /** It has been moved by hand, or is gone. */
  forget(id: string): void {
    if (this.#targets.delete(id)) this.#save();
  }

  /** What an earlier run has left: to be called when its torrents are there again. */
  restored(): void {
    const { library, downloadDir } = this.#deps;
    const known = new Set<string>();
    for (const { id, torrent } of library.torrents()) {
      known.add(id);
      const target = this.#targets.get(id);
      // It was killed after the move and before it was noted.
      if (target === torrent.downloadDir) this.forget(id);
      // It was killed after the torrent was added and before it was noted where it goes.
      else if (target === undefined && torrent.downloadDir === this.folder) this.expect(id, downloadDir);
    }
    for (const id of this.#targets.keys()) if (!known.has(id)) this.forget(id);
  }

  /** When what is expected is on the disk. @throws SwarmlineError `STATE_NOT_WRITTEN` */
  saved(): Promise<void> {
    return this.#saving;
  }

  close(): void {
    for (const remove of this.#removers) remove();
  }

  #completed(entry: LibraryTorrent): void {
    const target = this.#targets.get(entry.id);
    if (target === undefined) this.#deps.onSettled(entry);
    else if (!this.#moving.has(entry.id)) void this.#move(entry, target);
  }

  async #move(entry: LibraryTorrent, target: string): Promise<void> {
    const { library, onWarning, onSettled } = this.#deps;
    this.#moving.add(entry.id);
    try {
      if (entry.torrent.downloadDir !== target) await entry.torrent.moveTo(target);
      this.forget(entry.id);
      library.note(entry, 'info', `Its files are in "${target}" now.`);
      library.touch(entry);
      onSettled(entry);
    } catch (error) {
      // It seeds on from where it is, and is tried again in the next run.
      if (error instanceof SwarmlineError) {
        if (error.code !== 'MOVE_GIVEN_UP')
          library.note(entry, 'error', `Its files stay in "${entry.torrent.downloadDir}": ${error.message}`);
      } else onWarning(error);
    } finally {
      this.#moving.delete(entry.id);
    }
  }

  #save(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#saving = this.#saving.catch(() => {}).then(() => this.#write());
    this.#saving.catch(this.#deps.onWarning);
  }

  #write(): Promise<void> {
    this.#isDirty = false;
    const { stateFiles, stateFolder } = this.#deps;
    const text = JSON.stringify(Object.fromEntries(this.#targets));
    return stateFiles.write(stateFolder, FILE, encodeUtf8(text));
  }
}

/** What cannot be understood is as if it were not there: those torrents go to the download folder. */
function targetsIn(bytes: Uint8Array | undefined): Map<string, string> {
  try {
    const value: unknown = JSON.parse((bytes && decodeUtf8(bytes)) ?? '{}');
    const entries = Object.entries(value as Record<string, unknown>);
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return new Map();
  }
}

const FILE = 'incomplete.json';
