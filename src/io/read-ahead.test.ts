import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileTree, namedPipe } from '../../test/file-trees.ts';
import { Layout } from '../core/metainfo/layout.ts';
import { ReadAhead } from './read-ahead.ts';

const MIB = 1024 * 1024;

/** Files of these lengths one after the other, with a hole in the place of data. */
function spaceOf(lengths: readonly number[]) {
  const root = fileTree(Object.fromEntries(lengths.map((_, i) => [`${i}`, ''])));
  let offset = 0;
  const files = lengths.map((length, i) => {
    const path = join(root, `${i}`);
    truncateSync(path, length);
    const file = { path, length, offset };
    offset += length;
    return file;
  });
  return { files, layout: new Layout(files, 65_536, { shortPieces: false }) };
}

describe('reading ahead', () => {
  it('ends by itself where the threads have taken all there is', async () => {
    const { files, layout } = spaceOf([MIB, 1, 3 * MIB]);
    await new ReadAhead(files, layout, () => layout.length).run();
    await new ReadAhead([], new Layout([], 65_536, { shortPieces: false }), () => 0).run();
  });

  it('stays within a window before the threads, and goes on as they do', async () => {
    const { files, layout } = spaceOf(Array.from({ length: 10 }, () => 20 * MIB));
    let claimed = 0;
    let asked = 0;
    const reading = new ReadAhead(files, layout, () => {
      asked++;
      // The threads take what is there step by step; were it read without regard to them, they would not be asked.
      claimed += 4 * MIB;
      return claimed;
    }).run();
    await reading;
    expect(asked).toBeGreaterThan(10);
  });

  it('stops when it is told to', async () => {
    const { files, layout } = spaceOf([200 * MIB]);
    const reader = new ReadAhead(files, layout, () => 0);
    const reading = reader.run();
    reader.stop();
    await reading;
  });

  it('leaves faults to those who need the data: no file, a folder, a pipe', async () => {
    const root = fileTree({ 'folder/': '', short: 'x' });
    namedPipe(join(root, 'pipe'));
    let offset = 0;
    const files = ['none', 'folder', 'pipe', 'short'].map(name => {
      offset += MIB;
      return { path: join(root, name), length: MIB, offset: offset - MIB };
    });
    const layout = new Layout(files, 65_536, { shortPieces: false });
    let asked = 0;
    await new ReadAhead(files, layout, () => (asked++ > 20 ? layout.length : 0)).run();
    expect(asked).toBeGreaterThan(0);
  });
});
