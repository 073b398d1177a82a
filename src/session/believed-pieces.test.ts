// Files are drawn: "aaabbc", a letter for each byte, pieces of two bytes. What is remembered: "xx." is a piece for each
// letter, "x" there. A file's state is "length@time".

import { describe, expect, it } from 'vitest';
import { Bitfield } from '../core/bytes/bitfield.ts';
import { Layout } from '../core/metainfo/layout.ts';
import type { FileStates } from '../host/disk.ts';
import { believe, cutShort, withFlushed } from './believed-pieces.ts';

describe('what is believed', () => {
  it.each([
    [
      'nothing has changed: what was there, and no more is looked at',
      'aaabbc',
      'xx.',
      '3@1 2@1 1@1',
      '3@1 2@1 1@1',
      'xx.',
      '...',
    ],
    [
      'a file is newer: nothing of it, and of what its pieces share',
      'aaabbc',
      'xxx',
      '3@1 2@1 1@1',
      '3@1 2@2 1@1',
      'x..',
      '.xx',
    ],
    ['a file is longer', 'aaaabb', 'xxx', '4@1 2@1', '5@1 2@1', '..x', 'xx.'],
    ['a file is older', 'aaaabb', 'xxx', '4@5 2@1', '4@4 2@1', '..x', 'xx.'],
    ['a file is gone', 'aaaabb', 'xxx', '4@1 2@1', '-1@0 2@1', '..x', 'xx.'],
    ['a file has come', 'aaaabb', '..x', '-1@0 2@1', '4@3 2@1', '..x', 'xx.'],
    ['nothing was there', 'aaaabb', '...', '-1@0 -1@0', '-1@0 -1@0', '...', '...'],
    ['times differ by a fraction', 'aaaa', 'xx', '4@1.25', '4@1.5', '..', 'xx'],
  ])('where %s', (_, picture, have, before, now, believed, doubtful) => {
    const result = believe(
      layoutOf(picture),
      { have: piecesOf(have), files: statesOf(before) },
      statesOf(now),
    );
    expect(drawn(result.believed)).toBe(believed);
    expect(drawn(result.doubtful)).toBe(doubtful);
  });

  it.each([
    ['is as it was', '9@1', '9@1', 'xxx.', '....'],
    ['is newer: nothing of what lies there in part', '9@1', '9@2', 'xx..', '..x.'],
    ['is gone', '9@1', undefined, 'xx..', '..x.'],
    ['has come', undefined, '9@1', 'xx..', '..x.'],
  ])('where the part file %s', (_, before, now, believed, doubtful) => {
    const states = statesOf('4@1 -1@0');
    const parts = (text: string | undefined) => {
      if (text === undefined) return undefined;
      const [length, modifiedMs] = text.split('@').map(Number);
      return { length: length!, modifiedMs: modifiedMs!, pieces: [2] };
    };
    const known = { have: piecesOf('xxx.'), files: { ...states, parts: parts(before) } };
    const result = believe(layoutOf('aaaaabbb'), known, { ...states, parts: parts(now) });
    expect([drawn(result.believed), drawn(result.doubtful)]).toEqual([believed, doubtful]);
  });

  it('is nothing where nothing is remembered, or another torrent', () => {
    const layout = layoutOf('aaaabb');
    const states = statesOf('4@1 2@1');
    const shorter = { have: piecesOf('xx'), files: states };
    const fewer = { have: piecesOf('xxx'), files: statesOf('4@1') };
    for (const known of [undefined, shorter, fewer]) {
      const { believed, doubtful } = believe(layout, known, states);
      expect([drawn(believed), drawn(doubtful)]).toEqual(['...', 'xxx']);
    }
  });
});

describe('after a flush', () => {
  it('the files that were written to are known as they look now', () => {
    const known = withFlushed(statesOf('4@1 2@1 -1@0'), { files: [2, 0], ...statesOf('7@9 4@8') });
    expect(known).toEqual(statesOf('4@8 2@1 7@9'));
  });

  it('one that has become shorter was cut by somebody', () => {
    const known = statesOf('4@1 2@1 -1@0');
    expect(cutShort(known, { files: [2, 0], ...statesOf('7@9 4@8') })).toBe(-1);
    expect(cutShort(known, { files: [2, 0], ...statesOf('7@9 3@8') })).toBe(0);
  });
});

function layoutOf(picture: string): Layout {
  const files = [...new Set(picture)].map(letter => ({
    offset: picture.indexOf(letter),
    length: picture.lastIndexOf(letter) + 1 - picture.indexOf(letter),
  }));
  return new Layout(files, 2, { shortPieces: false });
}

function piecesOf(picture: string): Bitfield {
  const pieces = new Bitfield(picture.length);
  for (let i = 0; i < picture.length; i++) if (picture[i] === 'x') pieces.add(i);
  return pieces;
}

function drawn(pieces: Bitfield): string {
  return Array.from({ length: pieces.length }, (_, i) => (pieces.has(i) ? 'x' : '.')).join('');
}

function statesOf(text: string): FileStates {
  const states = text.split(' ').map(state => state.split('@').map(Number));
  return {
    lengths: Float64Array.from(states, ([length]) => length!),
    modifiedMs: Float64Array.from(states, ([, time]) => time!),
  };
}
