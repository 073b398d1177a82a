// Torrents that are being made of what is on the disk: a few at a time, each with how far it is; what is made is added to the
// library, verified as it is, and seeds. Nothing of this outlives the run.

import { SwarmlineError } from '../core/errors.ts';
import type { HashFunctions } from '../core/metainfo/info-hash.ts';
import { parseMetainfo } from '../core/metainfo/parse.ts';
import type { CreateOptions } from '../create/options.ts';
import type { Library, LibraryTorrent } from './library.ts';

export interface MakingTold {
  readonly signal: AbortSignal;
  /** It is known how many bytes there are. */
  readonly onPlanned: (length: number) => void;
  readonly onProgress: (bytes: number) => void;
}

/** The torrent file of a path. @throws SwarmlineError as `createTorrent` does */
export type MakeTorrent = (path: string, options: CreateOptions, told: MakingTold) => Promise<Uint8Array>;

export type CreationState = 'walking' | 'hashing' | 'done' | 'failed' | 'cancelled';

export interface Creation {
  readonly id: string;
  readonly path: string;
  readonly state: CreationState;
  /** Bytes. */
  readonly done: number;
  readonly total: number;
  readonly error: SwarmlineError | undefined;
  /** The id of what was added. */
  readonly torrent: string | undefined;
}

export interface CreationOrder {
  /** Absolute, and admitted. */
  readonly path: string;
  /** The folder that it lies in. */
  readonly downloadDir: string;
  readonly options: CreateOptions;
  readonly labels: readonly string[];
}

export interface CreationsDeps {
  readonly library: Library;
  readonly makeTorrent: MakeTorrent;
  readonly hash: HashFunctions;
  /** A bug. */
  readonly onWarning: (error: unknown) => void;
}

export class Creations {
  readonly #deps: CreationsDeps;
  readonly #entries = new Map<string, Entry>();
  #next = 1;

  constructor(deps: CreationsDeps) {
    this.#deps = deps;
  }

  /** @throws SwarmlineError `TOO_MANY_CREATIONS` */
  start(order: CreationOrder): Creation {
    const isGoing = [...this.#entries.values()].filter(entry => !entry.isOver).length;
    if (isGoing >= MAX_AT_A_TIME)
      throw new SwarmlineError(
        'TOO_MANY_CREATIONS',
        `${isGoing} torrents are being made already: wait for one of them, or cancel it.`,
      );
    const entry = new Entry(`${this.#next++}`, order.path);
    this.#entries.set(entry.id, entry);
    const [oldest] = [...this.#entries.values()].filter(({ isOver }) => isOver);
    if (oldest !== undefined && this.#entries.size > MAX_KEPT) this.#entries.delete(oldest.id);
    entry.run = this.#make(entry, order);
    return entry;
  }

  find(id: string): Creation | undefined {
    return this.#entries.get(id);
  }

  /** Nothing was written, and nothing is. One that is over stays as it is. */
  async cancel(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    entry?.abort.abort();
    await entry?.run;
  }

  async close(): Promise<void> {
    for (const { id } of this.#entries.values()) await this.cancel(id);
  }

  async #make(entry: Entry, { path, downloadDir, options, labels }: CreationOrder): Promise<void> {
    const { makeTorrent, hash, onWarning } = this.#deps;
    const { signal } = entry.abort;
    try {
      const bytes = await makeTorrent(path, options, {
        signal,
        onPlanned: length => {
          entry.total = length;
          entry.state = 'hashing';
        },
        onProgress: done => {
          entry.done = done;
        },
      });
      if (signal.aborted) {
        entry.state = 'cancelled';
        return;
      }
      entry.torrent = this.#add(parseMetainfo(bytes, { hash }), downloadDir, labels).id;
      entry.done = entry.total;
      entry.state = 'done';
    } catch (error) {
      entry.state = signal.aborted ? 'cancelled' : 'failed';
      if (signal.aborted) return;
      const isTold = error instanceof SwarmlineError;
      if (!isTold) onWarning(error);
      entry.error = isTold ? error : new SwarmlineError('INTERNAL', 'It failed by a fault of the daemon.');
    }
  }

  /** The same again is there already. */
  #add(
    info: ReturnType<typeof parseMetainfo>,
    downloadDir: string,
    labels: readonly string[],
  ): LibraryTorrent {
    const { library } = this.#deps;
    try {
      return library.add({ info, downloadDir, isVerified: true }, labels);
    } catch (error) {
      if (!(error instanceof SwarmlineError && error.code === 'TORRENT_EXISTS')) throw error;
      const hash = info.infoHashV1 ?? info.infoHashV2!.subarray(0, 20);
      const torrent = library.session.find(hash);
      return (torrent && library.entryOf(torrent))!;
    }
  }
}

class Entry implements Creation {
  readonly id: string;
  readonly path: string;
  readonly abort = new AbortController();
  state: CreationState = 'walking';
  done = 0;
  total = 0;
  error: SwarmlineError | undefined;
  torrent: string | undefined;
  run: Promise<void> = Promise.resolve();

  constructor(id: string, path: string) {
    this.id = id;
    this.path = path;
  }

  get isOver(): boolean {
    return this.state !== 'walking' && this.state !== 'hashing';
  }
}

/** Each hashes with as many threads as there are cores. */
const MAX_AT_A_TIME = 4;
const MAX_KEPT = 100;
