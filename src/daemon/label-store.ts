// The labels of torrents, by id: one small file, written anew when one changes. A daemon that is killed has lost no label
// that it had answered for: `saved` tells when.

import { decodeUtf8, encodeUtf8 } from '../core/bytes/utf8.ts';
import type { StateFiles } from '../host/state-files.ts';

export class LabelStore {
  readonly #folder: string;
  readonly #files: StateFiles;
  readonly #byId = new Map<string, readonly string[]>();
  #saving: Promise<void> = Promise.resolve();
  #isDirty = false;

  private constructor(folder: string, files: StateFiles) {
    this.#folder = folder;
    this.#files = files;
  }

  /** What is there that cannot be understood counts as none. @throws SwarmlineError `STATE_UNREADABLE` */
  static async open(folder: string, files: StateFiles): Promise<LabelStore> {
    const store = new LabelStore(folder, files);
    const bytes = await files.read(folder, FILE);
    for (const [id, labels] of Object.entries(parse(bytes)))
      if (Array.isArray(labels)) store.#byId.set(id, labels.map(String));
    return store;
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
    if (labels.length === 0 && !this.#byId.has(id)) return;
    if (labels.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, labels);
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#saving = this.#saving.catch(() => {}).then(() => this.#write());
    this.#saving.catch(() => {});
  }

  /** What was said of a torrent under another id is said of this one, unless something is. */
  rename(from: string, to: string): void {
    const labels = this.#byId.get(from);
    if (labels === undefined) return;
    if (!this.#byId.has(to)) this.set(to, labels);
    this.set(from, NONE);
  }

  /** When what was set until now is on the disk. @throws SwarmlineError `STATE_NOT_WRITTEN` */
  saved(): Promise<void> {
    return this.#saving;
  }

  #write(): Promise<void> {
    this.#isDirty = false;
    const text = JSON.stringify(Object.fromEntries(this.#byId));
    return this.#files.write(this.#folder, FILE, encodeUtf8(text));
  }
}

function parse(bytes: Uint8Array | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse((bytes && decodeUtf8(bytes)) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const FILE = 'labels.json';
const NONE: readonly string[] = [];
