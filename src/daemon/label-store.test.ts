// What is remembered of labels, and what a change of one costs.

import { expect, it } from 'vitest';
import { SwarmlineError } from '../core/errors.ts';
import type { StateFiles } from '../host/state-files.ts';
import { LabelStore } from './label-store.ts';

it('writes what has changed, and not the labels of all the others', async () => {
  const disk = new MemoryFiles();
  const store = await LabelStore.open('/state', disk);
  for (let i = 0; i < 5000; i++) store.set(idOf(i), ['music', `${i}`]);
  await store.saved();
  const [writes, bytes] = [disk.writes, disk.bytesWritten];
  expect(writes).toBeLessThanOrEqual(6);
  store.set(idOf(7), ['films']);
  await store.saved();
  expect(disk.writes - writes).toBe(1);
  expect(disk.bytesWritten - bytes).toBeLessThan(200);
});

it('what was saved is there again: set, set anew, taken away, renamed', async () => {
  const disk = new MemoryFiles();
  const store = await LabelStore.open('/state', disk);
  for (let i = 0; i < 10; i++) store.set(idOf(i), [`${i}`]);
  await store.saved();
  store.set(idOf(1), ['another']);
  store.set(idOf(2), []);
  store.rename(idOf(3), idOf(30));
  await store.saved();
  const again = await LabelStore.open('/state', disk);
  expect([1, 2, 3, 4, 30].map(i => again.of(idOf(i)))).toEqual([['another'], [], [], ['4'], ['3']]);
  expect(again.counts().size).toBe(9);
});

it('says that the disk would not take it, and writes it with the next change', async () => {
  const disk = new MemoryFiles();
  const store = await LabelStore.open('/state', disk);
  disk.isFull = true;
  store.set(idOf(1), ['first']);
  await expect(store.saved()).rejects.toMatchObject({ code: 'STATE_NOT_WRITTEN' });
  disk.isFull = false;
  store.set(idOf(2), ['second']);
  await store.saved();
  const again = await LabelStore.open('/state', disk);
  expect([again.of(idOf(1)), again.of(idOf(2))]).toEqual([['first'], ['second']]);
});

function idOf(i: number): string {
  return i.toString(16).padStart(40, '0');
}

class MemoryFiles implements StateFiles {
  readonly #files = new Map<string, Uint8Array>();
  writes = 0;
  bytesWritten = 0;
  isFull = false;

  async list(folder: string): Promise<readonly string[]> {
    const inside = `${folder}/`;
    return [...this.#files.keys()]
      .filter(path => path.startsWith(inside))
      .map(path => path.slice(inside.length));
  }

  async read(folder: string, name: string): Promise<Uint8Array | undefined> {
    return this.#files.get(`${folder}/${name}`);
  }

  async write(folder: string, name: string, bytes: Uint8Array): Promise<void> {
    if (this.isFull) throw new SwarmlineError('STATE_NOT_WRITTEN', 'The disk is full.');
    this.writes++;
    this.bytesWritten += bytes.length;
    this.#files.set(`${folder}/${name}`, bytes);
  }

  async remove(folder: string, names: readonly string[]): Promise<void> {
    for (const name of names) this.#files.delete(`${folder}/${name}`);
  }
}
