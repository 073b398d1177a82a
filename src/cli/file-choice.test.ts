import { describe, expect, it } from 'vitest';
import { noise, torrentOf } from '../../test/torrents.ts';
import { filePriorities } from './file-choice.ts';

const ALBUM = torrentOf(
  ['cover.jpg', 'disc 1/a.flac', 'disc 1/b.flac', 'disc 2/c.flac', 'disc 2/notes.txt'].map((path, i) => ({
    path: path.split('/'),
    data: noise(100, i),
  })),
).metainfo.files;
const FILM = torrentOf([{ path: [], data: noise(100, 1) }], { name: 'film.mkv' }).metainfo.files;

describe('files are chosen', () => {
  it('by number, by pattern, or both; all where nothing is said', () => {
    expect(filePriorities({}, ALBUM)).toBeUndefined();
    expect(filePriorities({ files: ['0, 2-3'] }, ALBUM)).toEqual([
      'normal',
      'skip',
      'normal',
      'normal',
      'skip',
    ]);
    expect(filePriorities({ files: ['*.flac'] }, ALBUM)).toEqual([
      'skip',
      'normal',
      'normal',
      'normal',
      'skip',
    ]);
    expect(filePriorities({ files: ['disc 2', '0'] }, ALBUM)).toEqual([
      'normal',
      'skip',
      'skip',
      'normal',
      'normal',
    ]);
    expect(filePriorities({ files: ['/disc 1/a.flac'] }, ALBUM)).toEqual([
      'skip',
      'normal',
      'skip',
      'skip',
      'skip',
    ]);
    expect(filePriorities({ files: ['*.mkv'] }, FILM)).toEqual(['normal']);
  });

  it('and some are left out, come first or come last', () => {
    const flags = { files: ['*.flac'], skip: ['disc 2'], high: ['1'], low: ['b.*'] };
    expect(filePriorities(flags, ALBUM)).toEqual(['skip', 'high', 'low', 'skip', 'skip']);
    expect(filePriorities({ skip: ['*.txt'] }, ALBUM)).toEqual([
      'normal',
      'normal',
      'normal',
      'normal',
      'skip',
    ]);
  });

  it('that are there; a choice of nothing is no choice', () => {
    expect(() => filePriorities({ files: ['5'] }, ALBUM)).toThrow(
      '--files names file 5, but the last of the torrent is 4.',
    );
    expect(() => filePriorities({ high: ['3-1'] }, ALBUM)).toThrow('"--high 3-1" is wrong');
    expect(() => filePriorities({ files: ['*.iso'] }, ALBUM)).toThrow('None of the files fits');
    expect(() => filePriorities({ files: ['/'] }, ALBUM)).toThrow('"/" is no pattern');
  });
});
