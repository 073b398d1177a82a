// Where a session remembers its torrents: two records for each, named by its info hash. `.torrent` is what it is, written
// once; `.resume` is how far it is, written again and again, and small even where the torrent file is not. In which files
// they lie is record-files'.

import { decode } from '../core/bencode/decode.ts';
import { toHex } from '../core/bytes/hex.ts';
import type { CheckableInfo } from '../core/engine/piece-check.ts';
import { ProtocolError, SwarmlineError } from '../core/errors.ts';
import { buildMetainfo } from '../core/metainfo/build.ts';
import { Fields } from '../core/metainfo/fields.ts';
import type { HashFunctions, InfoHashes } from '../core/metainfo/info-hash.ts';
import { wireInfoHashes } from '../core/metainfo/metainfo.ts';
import { parseInfo, parseMetainfo } from '../core/metainfo/parse.ts';
import type { StateFiles } from '../host/state-files.ts';
import { type NamedRecord, RecordFiles, type RecordWrite } from './record-files.ts';
import { decodeResume, encodeResume, type ResumeData } from './resume-data.ts';

/** What is to be saved of a torrent that has no torrent file of its own. */
type SavedInfo = CheckableInfo & { readonly bytes?: Uint8Array };

export interface Remembered {
  readonly resume: ResumeData | undefined;
  /** A Metainfo where it was one that was saved; undefined for a magnet whose metadata has not come. */
  readonly info: CheckableInfo | undefined;
}

/** A record that is to be saved. */
export interface SavedResume {
  /** What it says, asked when it is its turn. */
  compose(): ResumeData;
  /** It is there, and lasts; or why it cannot be: SwarmlineError `STATE_NOT_WRITTEN`. */
  saved(error: unknown): void;
}

export class ResumeStore {
  readonly #resumes: RecordFiles;
  readonly #torrents: RecordFiles;
  readonly #hash: HashFunctions;
  #names: Promise<readonly ((name: string) => boolean)[]> | undefined;

  constructor(folder: string, files: StateFiles, hash: HashFunctions) {
    this.#resumes = new RecordFiles(folder, files, '.resume');
    this.#torrents = new RecordFiles(folder, files, '.torrent');
    this.#hash = hash;
  }

  /** The names of all that are remembered. @throws SwarmlineError `STATE_UNREADABLE` */
  list(): Promise<readonly string[]> {
    return this.#resumes.list();
  }

  /** What could not be read of it. */
  get faults(): readonly SwarmlineError[] {
    return [...this.#resumes.faults, ...this.#torrents.faults];
  }

  /** What is remembered under a name; records that cannot be understood are none. @throws SwarmlineError `STATE_UNREADABLE` */
  async load(name: string): Promise<Remembered> {
    const [resume, torrent] = await Promise.all([this.#resumes.read(name), this.#torrents.read(name)]);
    return {
      resume: resume && decodeResume(resume, this.#hash),
      info: torrent && this.#parse(torrent, name),
    };
  }

  /** What is remembered of a torrent, by whichever of its hashes it was known then. @throws SwarmlineError `STATE_UNREADABLE` */
  find(hashes: InfoHashes): Promise<Remembered> {
    if (this.#names === undefined) {
      this.#names = Promise.all([this.#resumes.names(), this.#torrents.names()]);
      this.#names.catch(() => {
        this.#names = undefined;
      });
    }
    return this.#names.then(names => {
      // Not asked of the file system: ten thousand errors take longer than all else that is done.
      const known = namesOf(hashes).filter(name => names.some(has => has(name)));
      return known.length === 0 ? NOTHING : this.#firstOf(known);
    });
  }

  async #firstOf(names: readonly string[]): Promise<Remembered> {
    for (const name of names) {
      const found = await this.load(name);
      if (found.resume !== undefined || found.info !== undefined) return found;
    }
    return NOTHING;
  }

  save(resume: SavedResume): void {
    this.#resumes.write(new ResumeWrite(resume, this.#hash));
  }

  /** Once, when it is known what the torrent is. `onEnd`: it is there, or is not, and why. */
  saveInfo(
    info: SavedInfo,
    calls: {
      readonly onWarning: (warning: SwarmlineError) => void;
      readonly onEnd: (warning: SwarmlineError | undefined) => void;
    },
  ): void {
    const ended = (warning: SwarmlineError | undefined) => {
      if (warning !== undefined) calls.onWarning(warning);
      calls.onEnd(warning);
    };
    this.#torrents.write({
      make: () => ({ name: namesOf(info)[0]!, bytes: info.bytes ?? buildMetainfo(info.raw, info) }),
      done: error => {
        if (error !== undefined && !(error instanceof SwarmlineError)) throw error;
        ended(error);
        if (error !== undefined || info.version !== 'hybrid') return;
        // A magnet that came by one hash alone has turned out to be a hybrid.
        this.#forgetOthers(info).catch((fault: unknown) => {
          if (!(fault instanceof SwarmlineError)) throw fault;
          calls.onWarning(fault);
        });
      },
    });
  }

  async #forgetOthers(info: SavedInfo): Promise<void> {
    for (const other of namesOf(info).slice(1)) await this.#forget(other);
  }

  /** @throws SwarmlineError `STATE_NOT_WRITTEN` */
  async forget(hashes: InfoHashes): Promise<void> {
    for (const name of namesOf(hashes)) await this.#forget(name);
  }

  async #forget(name: string): Promise<void> {
    await this.#resumes.forget(name);
    await this.#torrents.forget(name);
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

/** A record that waits for its turn: ten thousand may. */
class ResumeWrite implements RecordWrite {
  readonly #resume: SavedResume;
  readonly #hash: HashFunctions;

  constructor(resume: SavedResume, hash: HashFunctions) {
    this.#resume = resume;
    this.#hash = hash;
  }

  make(): NamedRecord {
    const resume = this.#resume.compose();
    return { name: namesOf(resume.hashes)[0]!, bytes: encodeResume(resume, this.#hash) };
  }

  done(error: unknown): void {
    this.#resume.saved(error);
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

function namesOf(hashes: InfoHashes): string[] {
  return wireInfoHashes(hashes).map(toHex);
}

const NOTHING: Remembered = { resume: undefined, info: undefined };
