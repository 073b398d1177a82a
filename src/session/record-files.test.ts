import { expect, test } from 'vitest';
import { encodeUtf8 } from '../core/bytes/utf8.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { StateFiles } from '../host/state-files.ts';
import { type NamedRecord, RecordFiles } from './record-files.ts';

test('one record is a file of its own, many at a time are one file', async () => {
  const disk = new MemoryFiles();
  const records = disk.open();
  await keep(records, { a: 'a1' });
  expect(disk.names).toEqual(['a.resume']);
  await keep(records, { b: 'b1', c: 'c1', d: 'd1' });
  expect(disk.names).toEqual(['1-b.resume-batch', 'a.resume']);
  expect(disk.writes).toBe(2);
  expect(await all(disk.open())).toEqual({ a: 'a1', b: 'b1', c: 'c1', d: 'd1' });
});

test('ten thousand records that come one by one are some ten writes', async () => {
  const disk = new MemoryFiles();
  const records = disk.open();
  await Promise.all(Array.from({ length: 10_000 }, (_, i) => put(records, `${i}`, `record ${i}`)));
  expect(disk.writes).toBe(10);
  const again = disk.open();
  expect(await again.list()).toHaveLength(10_000);
  expect(await text(again, '9999')).toBe('record 9999');
  // Neighbours are asked for together: each batch was read for its names, and the last once more.
  expect(disk.reads).toBe(11);
});

test('the newest record of a name counts, wherever it lies', async () => {
  const disk = new MemoryFiles();
  const records = disk.open();
  await keep(records, { a: 'a1' });
  await keep(records, { a: 'a2', b: 'b1', c: 'c1' });
  await keep(records, { a: 'a3' });
  await keep(records, { b: 'b2', a: 'a4' });
  expect(await all(records)).toEqual({ a: 'a4', b: 'b2', c: 'c1' });
  expect(await all(disk.open())).toEqual({ a: 'a4', b: 'b2', c: 'c1' });
});

test('a thousand that are forgotten together cost the disk two waits, for those alone and for their batch', async () => {
  const disk = new MemoryFiles();
  const records = disk.open();
  const names = Array.from({ length: 1000 }, (_, i) => `${i}`);
  await Promise.all(names.map(name => put(records, name, 'here')));
  disk.removals = 0;
  await Promise.all(names.map(name => records.forget(name)));
  expect(disk.removals).toBe(2);
  expect(disk.names).toEqual([]);
});

test('of one that is written twice at a time the last counts', async () => {
  const disk = new MemoryFiles();
  const records = disk.open();
  await Promise.all([put(records, 'a', 'a1'), put(records, 'b', 'b1'), put(records, 'a', 'a2')]);
  expect(await all(disk.open())).toEqual({ a: 'a2', b: 'b1' });
});

test('what is in a batch is asked when it is its turn', async () => {
  const disk = new MemoryFiles();
  const records = disk.open();
  let said = 'early';
  const first = put(records, 'a', 'a1');
  const second = new Promise<void>((resolve, reject) => {
    records.write({
      make: () => ({ name: 'b', bytes: encodeUtf8(said) }),
      done: error => (error === undefined ? resolve() : reject(error)),
    });
  });
  said = 'late';
  await Promise.all([first, second]);
  expect(await text(disk.open(), 'b')).toBe('late');
});

test('a batch of which little counts is written anew, one of which nothing does is removed', async () => {
  const disk = new MemoryFiles();
  const records = disk.open();
  await keep(records, { a: 'a1', b: 'b1', c: 'c1', d: 'd1' });
  await keep(records, { a: 'a2', b: 'b2' });
  expect(disk.names).toEqual(['1-a.resume-batch', '2-a.resume-batch']);
  await keep(records, { a: 'a3', b: 'b3', c: 'c3' });
  // The first had d alone.
  expect(disk.names).toEqual(['3-a.resume-batch', '4-d.resume-batch']);
  expect(await all(disk.open())).toEqual({ a: 'a3', b: 'b3', c: 'c3', d: 'd1' });
});

test('what is forgotten is in no file any more', async () => {
  const disk = new MemoryFiles();
  const records = disk.open();
  await keep(records, { a: 'a1', b: 'b1', c: 'c1' });
  await keep(records, { d: 'd1' });
  await records.forget('b');
  await records.forget('d');
  expect(await all(disk.open())).toEqual({ a: 'a1', c: 'c1' });
  expect(disk.holds('b1')).toBe(false);
  expect(disk.holds('d1')).toBe(false);
  await records.forget('a');
  await records.forget('c');
  expect(disk.names).toEqual([]);
});

test('whoever is killed at any moment finds each record as it was, or as it was to be', async () => {
  const steps: Readonly<Record<string, string | undefined>>[] = [
    { a: 'a1' },
    { a: 'a2', b: 'b2', c: 'c2', d: 'd2' },
    { b: 'b3' },
    { a: 'a4', b: 'b4', c: 'c4' },
    { c: undefined },
    { a: 'a6', d: 'd6' },
  ];
  const disk = new MemoryFiles();
  const records = disk.open();
  let before: Record<string, string> = {};
  for (const step of steps) {
    disk.past = [];
    await keep(records, step);
    const after: Record<string, string> = { ...before };
    for (const [name, said] of Object.entries(step)) {
      if (said === undefined) delete after[name];
      else after[name] = said;
    }
    for (const files of disk.past) {
      const found = await all(new MemoryFiles(files).open());
      for (const name of ['a', 'b', 'c', 'd']) expect([before[name], after[name]]).toContain(found[name]);
    }
    expect(await all(disk.open())).toEqual(after);
    before = after;
  }
});

test('a file that is no batch holds nothing, and one that cannot be read is told of', async () => {
  const disk = new MemoryFiles();
  await keep(disk.open(), { a: 'a1', b: 'b1' });
  disk.files.set('9-x.resume-batch', encodeUtf8('torn'));
  disk.files.set('8-x.resume-batch', encodeUtf8('unreadable'));
  const records = disk.open();
  expect(await all(records)).toEqual({ a: 'a1', b: 'b1' });
  expect(records.faults.map(({ code }) => code)).toEqual(['STATE_UNREADABLE']);
  // What they may have said is older than what is written from here on.
  await keep(records, { a: 'a2', b: 'b2' });
  expect(disk.names[0]).toBe('10-a.resume-batch');
});

test('a folder that could not be listed is listed once more', async () => {
  const disk = new MemoryFiles();
  await keep(disk.open(), { a: 'a1', b: 'b1' });
  const records = disk.open();
  disk.isUnreadable = true;
  await expect(records.list()).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
  disk.isUnreadable = false;
  expect(await all(records)).toEqual({ a: 'a1', b: 'b1' });
});

test('nothing is written over that could not be seen', async () => {
  const disk = new MemoryFiles();
  await keep(disk.open(), { a: 'a1', b: 'b1', c: 'c1' });
  const records = disk.open();
  disk.isUnreadable = true;
  await expect(keep(records, { a: 'a2', d: 'd2' })).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
  disk.isUnreadable = false;
  expect(await all(disk.open())).toEqual({ a: 'a1', b: 'b1', c: 'c1' });
  await keep(records, { a: 'a2', d: 'd2' });
  expect(await all(disk.open())).toEqual({ a: 'a2', b: 'b1', c: 'c1', d: 'd2' });
});

test('who waits hears why nothing could be written, and the next time it can', async () => {
  const disk = new MemoryFiles();
  const records = disk.open();
  disk.isFull = true;
  await expect(keep(records, { a: 'a1', b: 'b1' })).rejects.toMatchObject({ code: 'STATE_NOT_WRITTEN' });
  disk.isFull = false;
  await keep(records, { a: 'a2', b: 'b2' });
  expect(await all(disk.open())).toEqual({ a: 'a2', b: 'b2' });
});

class MemoryFiles implements StateFiles {
  readonly files: Map<string, Uint8Array>;
  /** What there was after each change. */
  past: Map<string, Uint8Array>[] = [];
  writes = 0;
  removals = 0;
  reads = 0;
  isFull = false;
  isUnreadable = false;

  constructor(files: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.files = new Map(files);
  }

  open(): RecordFiles {
    return new RecordFiles('state', this, '.resume');
  }

  get names(): string[] {
    return [...this.files.keys()].sort();
  }

  holds(said: string): boolean {
    return [...this.files.values()].some(bytes => new TextDecoder().decode(bytes).includes(said));
  }

  async list(): Promise<readonly string[]> {
    if (this.isUnreadable) throw new SwarmlineError('STATE_UNREADABLE', 'It cannot be listed.');
    return this.names;
  }

  async read(_: string, name: string): Promise<Uint8Array | undefined> {
    this.reads++;
    if (name === '8-x.resume-batch') throw new SwarmlineError('STATE_UNREADABLE', 'It cannot be read.');
    return this.files.get(name);
  }

  async write(_: string, name: string, bytes: Uint8Array): Promise<void> {
    if (this.isFull) throw new SwarmlineError('STATE_NOT_WRITTEN', 'The disk is full.');
    this.writes++;
    this.files.set(name, bytes.slice());
    this.past.push(new Map(this.files));
  }

  async remove(_: string, names: readonly string[]): Promise<void> {
    this.removals++;
    for (const name of names) {
      this.files.delete(name);
      this.past.push(new Map(this.files));
    }
  }
}

function put(records: RecordFiles, name: string, said: string | undefined): Promise<void> {
  const record: NamedRecord = { name, bytes: said === undefined ? undefined : encodeUtf8(said) };
  return new Promise((resolve, reject) => {
    records.write({ make: () => record, done: error => (error === undefined ? resolve() : reject(error)) });
  });
}

async function keep(records: RecordFiles, said: Readonly<Record<string, string | undefined>>): Promise<void> {
  await Promise.all(Object.entries(said).map(([name, each]) => put(records, name, each)));
}

async function text(records: RecordFiles, name: string): Promise<string | undefined> {
  const bytes = await records.read(name);
  return bytes && new TextDecoder().decode(bytes);
}

async function all(records: RecordFiles): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await records.list()) found[name] = (await text(records, name)) ?? 'missing';
  return found;
}
