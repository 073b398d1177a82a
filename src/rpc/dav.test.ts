// The tree of files, of torrents with nothing behind them.

import { expect, it } from 'vitest';
import type { Library, LibraryTorrent } from '../daemon/library.ts';
import { davFind, davRoot } from './dav.ts';

it('makes the files of no torrent but the one that is asked for', () => {
  const made: string[] = [];
  const torrents = ['a', 'b', 'c'].map(name => folderOf(name, made));
  const root = davRoot({ torrents: () => torrents.values() } as unknown as Library, 0);
  expect(root.children().map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(davFind(root, ['b', 'song'])).toMatchObject({ kind: 'file', name: 'song' });
  expect(made).toEqual(['b']);
});

function folderOf(name: string, made: string[]): LibraryTorrent {
  const path = [name, 'song'];
  return {
    id: name.repeat(40),
    torrent: {
      info: { name, isFolder: true, files: [{ path }] },
      totals: () => ({ addedAt: 0 }),
      pathOf: () => path,
      get files() {
        made.push(name);
        return [{ path, index: 0, length: 1 }];
      },
    },
  } as unknown as LibraryTorrent;
}
