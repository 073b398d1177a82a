// The labels of torrents, by id: a small record each, as those of a session's torrents are (session/record-files). What one
// change costs does not grow with how many there are, and those that are set together are written together. A daemon that is
// killed has lost no label that it had answered for: `saved` tells when.

import { decodeUtf8, encodeUtf8 } from '../core/bytes/utf8.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type { StateFiles } from '../host/state-files.ts';
import { RecordFiles } from '../session/record-files.ts';

export class LabelStore {
  readonly #records: RecordFiles;
  readonly #byId = new Map<string, readonly string[]>();
  /** Set, and not on the disk yet. */
  readonly #writes = new Set<Promise<void>>();
  /** What the disk would not take is tried again with the next change. */
  readonly #failed = new Set<string>();

  private constructor(folder: string, files: StateFiles) {
    this.#records = new RecordFiles(`${folder}/labels`, files, '.labels');
  }

  /** What is there that cannot be understood counts as none. @throws SwarmlineError `STATE_UNREADABLE` */
  static async open(folder: string, files: StateFiles): Promise<LabelStore> {
    const store = new LabelStore(folder, files);
    const ids = await store.#records.list();
    for (let i = 0; i < ids.length; i += READ_AT_ONCE) {
      await Promise.all(
        ids.slice(i, i + READ_AT_ONCE).map(async id => {
          const labels = parse(await store.#records.read(id));
          if (labels.length > 0) store.#byId.set(id, labels);
        }),
      );
    }
    return store;
  }

  /** What could not be read of them. */
  get faults(): readonly SwarmlineError[] {
    return this.#records.faults;
  }

  of(id: string): readonly string[] {
    return this.#byId.get(id) ?? NONE;
  }

  /** How many torrents have each label. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const labels of this.#byId.values())
      for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    return counts;
  }

  set(id: string, labels: readonly string[]): void {
    const before = this.#byId.get(id);
    if (labels.length === 0 && before === undefined) return;
    if (labels.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, labels);
    this.#failed.add(id);
    for (const each of this.#failed) this.#write(each);
    this.#failed.clear();
  }

  /** What was said of a torrent under another id is said of this one, unless something is. */
  rename(from: string, to: string): void {
    const labels = this.#byId.get(from);
    if (labels === undefined) return;
    if (!this.#byId.has(to)) this.set(to, labels);
    this.set(from, NONE);
  }

  /** When what was set until now is on the disk. @throws SwarmlineError `STATE_NOT_WRITTEN` */
  async saved(): Promise<void> {
    await Promise.all(this.#writes);
  }

  #write(id: string): void {
    const write = new Promise<void>((resolve, reject) => {
      this.#records.write({
        make: () => {
          const labels = this.#byId.get(id);
          return { name: id, bytes: labels && encodeUtf8(JSON.stringify(labels)) };
        },
        done: error => {
          this.#writes.delete(write);
          if (error === undefined) resolve();
          else {
            this.#failed.add(id);
            reject(error);
          }
        },
      });
    });
    this.#writes.add(write);
    // Told to whoever waits for `saved`.
    write.catch(() => {});
  }
}

function parse(bytes: Uint8Array | undefined): readonly string[] {
  try {
    const value: unknown = JSON.parse((bytes && decodeUtf8(bytes)) ?? '[]');
    return Array.isArray(value) ? value.map(String) : NONE;
  } catch {
    return NONE;
  }
}

const NONE: readonly string[] = [];
const READ_AT_ONCE = 64;
