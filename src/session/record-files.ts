// Small files of one kind in a folder, named by what they are of: `NAME.resume`. Where many are to be written at a time they
// come to lie together in one file, so that ten thousand cost the disk ten waits in place of ten thousand:
//
//   NAME.resume                  one that was written alone
//   ORDER-NAME.resume-batch      d 7:records l d 5:bytes … 4:name … 5:order … e … e e
//
// The rule: what was written is there when `done` is told, whole or not at all and lastingly, whichever way it went;
// and whoever is killed on the way finds what was there before. Of several records of a name the one of the highest order
// counts, and one in a batch before one alone: a name that has come into a batch is not written alone any more. A batch of
// which less than half still counts is written anew, without the rest, before it is removed. It knows nothing of what the
// records say: who reads one makes sure that it is right.

import { type BencodeValue, decode } from '../core/bencode/decode.ts';
import { encode } from '../core/bencode/encode.ts';
import { decodeUtf8 } from '../core/bytes/utf8.ts';
import { ProtocolError, SwarmlineError } from '../core/errors.ts';
import { Fields, invalid } from '../core/metainfo/fields.ts';
import type { StateFiles } from '../host/state-files.ts';

/** To be kept under a name; without bytes what is kept there is forgotten. */
export interface NamedRecord {
  readonly name: string;
  readonly bytes: Uint8Array | undefined;
}

/** A record that waits until it is written. */
export interface RecordWrite {
  /** Asked when it is its turn: what waits fills no memory. */
  make(): NamedRecord;
  /** It is there, and lasts; or why it cannot be: SwarmlineError `STATE_NOT_WRITTEN`, `STATE_UNREADABLE`. */
  done(error: unknown): void;
}

export class RecordFiles {
  readonly #folder: string;
  readonly #files: StateFiles;
  readonly #ending: string;
  /** What there is; others may write to the folder, but not of the same names. */
  #found: Promise<Found> | undefined;
  #names: Promise<(name: string) => boolean> | undefined;
  #order = 0;
  #queue: RecordWrite[] = [];
  #isWriting = false;
  /** Of which little or nothing counts any more. */
  readonly #sparse = new Set<Batch>();
  /** The one that was read last: names that lie together are mostly asked for together. */
  #read: { readonly batch: Batch; readonly byName: Promise<ReadonlyMap<string, Uint8Array>> } | undefined;
  /** Batches that could not be read. */
  readonly faults: SwarmlineError[] = [];

  constructor(folder: string, files: StateFiles, ending: string) {
    this.#folder = folder;
    this.#files = files;
    this.#ending = ending;
  }

  /** Those that lie together one after the other. @throws SwarmlineError `STATE_UNREADABLE` */
  async list(): Promise<readonly string[]> {
    const { alone, batched } = await this.#look();
    return [...batched.keys(), ...[...alone].filter(name => !batched.has(name))];
  }

  /** Whether there is anything under a name. @throws SwarmlineError `STATE_UNREADABLE` */
  names(): Promise<(name: string) => boolean> {
    this.#names ??= this.#look().then(
      ({ alone, batched }) =>
        name =>
          batched.has(name) || alone.has(name),
    );
    return this.#names;
  }

  /** Undefined where there is none. @throws SwarmlineError `STATE_UNREADABLE` */
  async read(name: string): Promise<Uint8Array | undefined> {
    const { batched } = await this.#look();
    const batch = batched.get(name);
    if (batch === undefined) return this.#files.read(this.#folder, name + this.#ending);
    if (this.#read?.batch !== batch) {
      const records = this.#recordsOf(batch.file);
      const byName = records.then(all => new Map(all.map(each => [each.name, each.bytes])));
      this.#read = { batch, byName };
    }
    const bytes = (await this.#read.byName).get(name);
    // Written anew and removed meanwhile, it lies in another.
    return bytes === undefined && batched.get(name) !== batch ? this.read(name) : bytes;
  }

  write(write: RecordWrite): void {
    this.#queue.push(write);
    if (this.#isWriting) return;
    this.#isWriting = true;
    void this.#writeAll();
  }

  /** Nothing is under that name any more. @throws SwarmlineError `STATE_NOT_WRITTEN` */
  forget(name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.write({
        make: () => ({ name, bytes: undefined }),
        done: error => (error === undefined ? resolve() : reject(error)),
      });
    });
  }

  /** Rejects for nobody: who waits is told. */
  async #writeAll(): Promise<void> {
    let found: Found;
    try {
      found = await this.#look();
    } catch (error) {
      // A batch would be given the number, and so may be the name, of one that nobody has seen.
      const writes = this.#queue;
      this.#queue = [];
      this.#isWriting = false;
      for (const write of writes) write.done(error);
      return;
    }
    this.#read = undefined;
    while (this.#queue.length > 0) {
      const { writes, records } = this.#take();
      let failed: unknown;
      try {
        await this.#keep(found, records);
      } catch (error) {
        failed = error;
      }
      for (const write of writes) write.done(failed);
    }
    this.#isWriting = false;
  }

  /** As many as are one write; of a name the last. */
  #take(): { readonly writes: RecordWrite[]; readonly records: Map<string, Uint8Array | undefined> } {
    const writes: RecordWrite[] = [];
    const records = new Map<string, Uint8Array | undefined>();
    let taken = 0;
    for (let length = 0; taken < this.#queue.length && taken < MAX_RECORDS && length < MAX_LENGTH; taken++) {
      const write = this.#queue[taken]!;
      try {
        const { name, bytes } = write.make();
        records.set(name, bytes);
        length += bytes?.length ?? 0;
        writes.push(write);
      } catch (error) {
        write.done(error);
      }
    }
    this.#queue = this.#queue.slice(taken);
    return { writes, records };
  }

  async #keep(found: Found, records: ReadonlyMap<string, Uint8Array | undefined>): Promise<void> {
    const kept: StoredRecord[] = [];
    const order = this.#order + 1;
    for (const [name, bytes] of records) if (bytes !== undefined) kept.push({ name, bytes, order });
    const [first] = kept;
    if (first !== undefined && kept.length === 1 && !found.batched.has(first.name)) {
      await this.#files.write(this.#folder, first.name + this.#ending, first.bytes);
      found.alone.add(first.name);
    } else if (first !== undefined) {
      await this.#writeBatch(found, kept);
    }
    const forgotten = [...records.keys()].filter(name => records.get(name) === undefined);
    for (const name of forgotten) {
      this.#noLonger(found, name, true);
      found.alone.delete(name);
    }
    if (forgotten.length > 0) await this.#remove(forgotten.map(name => name + this.#ending));
    // What has been replaced may wait for the next time; what is to be forgotten may not.
    const tidied = this.#tidy(found);
    await (forgotten.length > 0 ? tidied : tidied.catch(passOver));
  }

  async #writeBatch(found: Found, records: readonly StoredRecord[]): Promise<void> {
    const file = `${++this.#order}-${records[0]!.name}${this.#ending}${BATCH}`;
    await this.#files.write(this.#folder, file, encode({ records: records.map(asEncodable) }));
    const batch: Batch = { file, total: records.length, live: records.length };
    const replaced: string[] = [];
    for (const { name } of records) {
      this.#noLonger(found, name, false);
      found.batched.set(name, batch);
      if (found.alone.delete(name)) replaced.push(name + this.#ending);
    }
    // Older than the batch, and that comes first: where one cannot be removed it may as well stay.
    if (replaced.length > 0) await this.#remove(replaced).catch(passOver);
  }

  /** What its batch says of it does not count any more. */
  #noLonger({ batched }: Found, name: string, mustGo: boolean): void {
    const batch = batched.get(name);
    if (batch === undefined) return;
    batched.delete(name);
    batch.live--;
    if (mustGo || 2 * batch.live < batch.total) this.#sparse.add(batch);
  }

  async #tidy(found: Found): Promise<void> {
    for (const batch of this.#sparse) {
      if (batch.live > 0) {
        const records = await this.#recordsOf(batch.file);
        const live = records.filter(({ name }) => found.batched.get(name) === batch);
        if (live.length > 0) await this.#writeBatch(found, live);
      }
      await this.#remove([batch.file]);
      this.#sparse.delete(batch);
    }
  }

  #remove(files: readonly string[]): Promise<void> {
    return this.#files.remove(this.#folder, files);
  }

  #look(): Promise<Found> {
    if (this.#found === undefined) {
      this.#found = this.#lookNow();
      // The next time it may go well.
      this.#found.catch(() => {
        this.#found = undefined;
        this.#names = undefined;
      });
    }
    return this.#found;
  }

  async #lookNow(): Promise<Found> {
    const alone = new Set<string>();
    const batched = new Map<string, Batch>();
    const orders = new Map<string, number>();
    for (const file of await this.#files.list(this.#folder)) {
      if (file.endsWith(this.#ending)) alone.add(file.slice(0, -this.#ending.length));
      if (!file.endsWith(this.#ending + BATCH)) continue;
      // Also where it cannot be read: what is written from here on is newer than what it has.
      this.#order = Math.max(this.#order, orderOf(file));
      let records: StoredRecord[];
      try {
        records = await this.#recordsOf(file);
      } catch (error) {
        if (!(error instanceof SwarmlineError)) throw error;
        this.faults.push(error);
        continue;
      }
      const batch: Batch = { file, total: records.length, live: 0 };
      for (const { name, order } of records) {
        this.#order = Math.max(this.#order, order);
        if (order <= (orders.get(name) ?? -1)) continue;
        this.#noLonger({ alone, batched }, name, false);
        batched.set(name, batch);
        orders.set(name, order);
        batch.live++;
      }
      if (records.length > 0 && 2 * batch.live < batch.total) this.#sparse.add(batch);
    }
    return { alone, batched };
  }

  /** None where it is no batch, or is not there any more. @throws SwarmlineError `STATE_UNREADABLE` */
  async #recordsOf(file: string): Promise<StoredRecord[]> {
    const bytes = await this.#files.read(this.#folder, file);
    if (bytes === undefined) return [];
    try {
      return (new Fields(decode(bytes), '').list('records') ?? []).map(storedRecord);
    } catch (error) {
      if (error instanceof ProtocolError) return [];
      throw error;
    }
  }
}

interface Batch {
  readonly file: string;
  /** Its records, and how many of them still count. */
  readonly total: number;
  live: number;
}

interface StoredRecord {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly order: number;
}

interface Found {
  readonly alone: Set<string>;
  /** Where the record of a name lies that counts. */
  readonly batched: Map<string, Batch>;
}

function asEncodable({ name, bytes, order }: StoredRecord) {
  return { name, bytes, order };
}

function storedRecord(value: BencodeValue): StoredRecord {
  const record = new Fields(value, 'records');
  const name = record.bytes('name');
  const bytes = record.bytes('bytes') ?? invalid(record.at('bytes'), 'is missing');
  const text = (name && decodeUtf8(name)) ?? invalid(record.at('name'), 'is missing');
  return { name: text, bytes, order: record.requiredCount('order') };
}

/** Of a batch: as large as that of any record in it. */
function orderOf(file: string): number {
  const order = Number.parseInt(file, 10);
  return Number.isSafeInteger(order) ? order : 0;
}

function passOver(error: unknown): void {
  if (!(error instanceof SwarmlineError)) throw error;
}

const BATCH = '-batch';
// A megabyte is written while the disk turns once; of what waits behind it nobody waits for long.
const MAX_RECORDS = 1024;
const MAX_LENGTH = 1_048_576;
