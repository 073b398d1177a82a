// Where a session remembers its torrents: two files for each, named by its info hash. `.torrent` is what it is, written
// once; `.resume` is how far it is, written again and again, and small even where the torrent file is not.

import { decode } from '../core/bencode/decode.ts';
import { toHex } from '../core/bytes/hex.ts';
import type { CheckableInfo } from '../core/engine/piece-check.ts';
import { ProtocolError } from '../core/errors.ts';
import { buildMetainfo } from '../core/metainfo/build.ts';
import { Fields } from '../core/metainfo/fields.ts';
import type { HashFunctions, InfoHashes } from '../core/metainfo/info-hash.ts';
import { wireInfoHashes } from '../core/metainfo/metainfo.ts';
import { parseInfo, parseMetainfo } from '../core/metainfo/parse.ts';
import type { StateFiles } from '../host/state-files.ts';
import { decodeResume, encodeResume, type ResumeData } from './resume-data.ts';
import { Turns } from './turns.ts';

/** What is to be saved of a torrent that has no torrent file of its own. */
type SavedInfo = CheckableInfo & { readonly bytes?: Uint8Array };

export interface Remembered {
  readonly resume: ResumeData | undefined;
  /** A Metainfo where it was one that was saved; undefined for a magnet whose metadata has not come. */
  readonly info: CheckableInfo | undefined;
}

export class ResumeStore {
  readonly #folder: string;
  readonly #files: StateFiles;
  readonly #hash: HashFunctions;
  readonly #turns = new Turns(MAX_WRITES);
  /** What there is to be found; nobody else writes to the folder. */
  #names: Promise<Set<string>> | undefined;

  constructor(folder: string, files: StateFiles, hash: HashFunctions) {
    this.#folder = folder;
    this.#files = files;
    this.#hash = hash;
  }

  /** The names of all that are remembered. @throws SwarmlineError `STATE_UNREADABLE` */
  async list(): Promise<readonly string[]> {
    const names = await this.#files.list(this.#folder);
    return names.filter(name => name.endsWith(RESUME)).map(name => name.slice(0, -RESUME.length));
  }

  /** What is remembered under a name; records that cannot be understood are none. @throws SwarmlineError `STATE_UNREADABLE` */
  async load(name: string): Promise<Remembered> {
    const [resume, torrent] = await Promise.all([
      this.#files.read(this.#folder, name + RESUME),
      this.#files.read(this.#folder, name + TORRENT),
    ]);
    return {
      resume: resume && decodeResume(resume, this.#hash),
      info: torrent && this.#parse(torrent, name),
    };
  }

  /** What is remembered of a torrent, by whichever of its hashes it was known then. @throws SwarmlineError `STATE_UNREADABLE` */
  async find(hashes: InfoHashes): Promise<Remembered> {
    this.#names ??= this.#files.list(this.#folder).then(files => new Set(files.map(withoutEnding)));
    const names = await this.#names.catch(() => undefined);
    for (const name of namesOf(hashes)) {
      // Not asked of the file system: ten thousand errors take longer than all else that is done.
      if (names?.has(name) === false) continue;
      const found = await this.load(name);
      if (found.resume !== undefined || found.info !== undefined) return found;
    }
    return { resume: undefined, info: undefined };
  }

  /** `compose` is asked when it is its turn: ten thousand that wait fill no memory. @throws SwarmlineError `STATE_NOT_WRITTEN` */
  async save(compose: () => ResumeData): Promise<void> {
    await this.#inTurn(() => {
      const resume = compose();
      const name = namesOf(resume.hashes)[0]!;
      this.#isThere(name);
      return this.#files.write(this.#folder, name + RESUME, encodeResume(resume, this.#hash));
    });
  }

  /** Once, when it is known what the torrent is. @throws SwarmlineError `STATE_NOT_WRITTEN` */
  async saveInfo(info: SavedInfo): Promise<void> {
    const [name, ...others] = namesOf(info);
    this.#isThere(name!);
    await this.#inTurn(() =>
      this.#files.write(this.#folder, name! + TORRENT, info.bytes ?? buildMetainfo(info.raw, info)),
    );
    // A magnet that came by one hash alone has turned out to be a hybrid.
    for (const other of others) await this.#remove(other);
  }

  /** @throws SwarmlineError `STATE_NOT_WRITTEN` */
  async forget(hashes: InfoHashes): Promise<void> {
    for (const name of namesOf(hashes)) await this.#remove(name);
  }

  #isThere(name: string): void {
    void this.#names?.then(
      names => names.add(name),
      () => {},
    );
  }

  #inTurn<Result>(write: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const begin = async () => write();
      this.#turns.take(end => void begin().finally(end).then(resolve, reject));
    });
  }

  async #remove(name: string): Promise<void> {
    await this.#files.remove(this.#folder, name + RESUME);
    await this.#files.remove(this.#folder, name + TORRENT);
  }

  /** Undefined where it is not the torrent of that name: the file was tampered with, or rotted. */
  #parse(bytes: Uint8Array, name: string): CheckableInfo | undefined {
    const options = { hash: this.#hash, lenient: true };
    // Of a magnet's some piece layers may not have come: then `info` is all that there is.
    const info =
      readOrNothing(() => parseMetainfo(bytes, options)) ??
      readOrNothing(() => parseInfo(new Fields(decode(bytes), '').child('info').dictionary.raw, options));
    return info !== undefined && namesOf(info).includes(name) ? info : undefined;
  }
}

function readOrNothing<Read>(read: () => Read): Read | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function withoutEnding(file: string): string {
  return file.replace(/\.[^.]*$/, '');
}

function namesOf(hashes: InfoHashes): string[] {
  return wireInfoHashes(hashes).map(toHex);
}

// Each waits for the disk: more at a time share its waits, and the open files of the others.
const MAX_WRITES = 32;
const RESUME = '.resume';
const TORRENT = '.torrent';
