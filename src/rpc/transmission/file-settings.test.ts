import { describe, expect, it } from 'vitest';
import { Arguments } from './arguments.ts';
import { changedFiles } from './file-settings.ts';

const NONE = new Map();

describe('the files of a torrent', () => {
  it('stay as they are where nothing is said of them', () => {
    expect(changedFiles(new Arguments({ labels: [] }), ['normal'], NONE)).toBeUndefined();
  });

  it('are wanted or not, and as much as is said', () => {
    const given = new Arguments({ 'files-unwanted': [0, 1], 'files-wanted': [1], 'priority-high': [1, 2] });
    expect(changedFiles(given, ['normal', 'low', 'normal'], NONE)!.priorities).toEqual([
      'skip',
      'high',
      'high',
    ]);
  });

  it('are all of them where the list is empty', () => {
    expect(changedFiles(new Arguments({ files_unwanted: [] }), ['low', 'normal'], NONE)!.priorities).toEqual([
      'skip',
      'skip',
    ]);
  });

  it('keep how much they were wanted while they are not', () => {
    const skipped = changedFiles(
      new Arguments({ files_unwanted: [0], priority_low: [1] }),
      ['high', 'skip'],
      NONE,
    )!;
    expect(skipped.priorities).toEqual(['skip', 'skip']);
    const again = changedFiles(new Arguments({ files_wanted: [] }), skipped.priorities, skipped.kept)!;
    expect(again.priorities).toEqual(['high', 'low']);
  });

  it.each([[[2]], [[-1]], [['0']], [[0.5]], [[null]]])('has none that is numbered %j', list => {
    expect(() => changedFiles(new Arguments({ files_wanted: list }), ['normal'], NONE)).toThrow(
      'file index out of range',
    );
  });
});
