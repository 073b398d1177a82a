import { expect, test } from 'vitest';
import { Bitfield } from '../bytes/bitfield.ts';
import { seededRandom } from '../bytes/prng.ts';
import { Layout } from '../metainfo/layout.ts';
import { FileRun } from './file-run.ts';
import { Rarity } from './rarity.ts';

const LENGTH = 16_384;

/**
 * Files as pictures of their pieces, with `|` between them: `.` to be begun, `0` to be begun and had by no peer, `#` there
 * already or under way. The pieces that are taken, one after the other.
 */
function taken(files: string, times: number, { peersGive = true, last = -1 } = {}): number[] {
  let offset = 0;
  const placed = files.split('|').map(pieces => {
    const file = { offset, length: pieces.length * LENGTH };
    offset += file.length;
    return file;
  });
  const pieces = files.replaceAll('|', '');
  const layout = new Layout(placed, LENGTH, { shortPieces: false });
  const rarity = new Rarity(pieces.length, seededRandom(1));
  rarity.reset(undefined, piece => pieces[piece] !== '#');
  const peer = { canGive: () => true, pieces: Bitfield.full(pieces.length) };
  const run = new FileRun({ layout, peersGive: () => peersGive, peersHave: piece => pieces[piece] !== '0' });
  if (last >= 0) run.began(last);
  const list: number[] = [];
  for (let i = 0; i < times; i++) {
    const piece = run.pick(rarity, peer);
    list.push(piece);
    if (piece < 0) break;
    rarity.remove(piece);
    run.began(piece);
  }
  return list;
}

test('begins with the first piece that is missing of a file, and goes on to its end', () => {
  expect(taken('#.....', 6)).toEqual([1, 2, 3, 4, 5, -1]);
});

test('passes over what is there, while more is taken than passed over', () => {
  expect(taken('..##....', 7)).toEqual([0, 1, 4, 5, 6, 7, -1]);
  expect(taken('..#####..', 3)).toEqual([0, 1, -1]);
});

test('begins with the file of which most is missing', () => {
  expect(taken('####..|.#....|..', 9)).toEqual([6, 8, 9, 10, 11, 12, 13, -1]);
});

test('leaves to peers what costs more than it brings, as long as they give', () => {
  expect(taken('######..', 1)).toEqual([-1]);
  expect(taken('######..', 3, { peersGive: false })).toEqual([6, 7, -1]);
});

test('fetches at any price what no peer has', () => {
  expect(taken('######0.', 3)).toEqual([6, 7, -1]);
});

test('goes on in the next file where the last one ended', () => {
  expect(taken('...|...|......', 3, { last: 2 })).toEqual([3, 4, 5]);
});

test('finishes what was begun where it lies ahead in the stream, or peers do not give it', () => {
  const layout = new Layout([{ offset: 0, length: 10 * LENGTH }], LENGTH, { shortPieces: false });
  const run = new FileRun({ layout, peersGive: () => true, peersHave: piece => piece !== 0 });
  run.began(4);
  expect([0, 1, 4, 5, 9].map(piece => run.mayFinish(piece))).toEqual([true, false, false, true, true]);
});
