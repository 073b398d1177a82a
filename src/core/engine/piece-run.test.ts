import { expect, test } from 'vitest';
import { Bitfield } from '../bytes/bitfield.ts';
import { type Random, seededRandom } from '../bytes/prng.ts';
import { PieceRun } from './piece-run.ts';
import { Rarity } from './rarity.ts';

/**
 * Pieces as a picture: `.` to be begun, `0` to be begun and had by no peer, `#` there already, `~` under way. The web seed
 * has all but `without`.
 */
function picture(pieces: string, without: readonly number[] = []) {
  const count = pieces.length;
  const rarity = new Rarity(count, seededRandom(1));
  rarity.reset(undefined, piece => '.0'.includes(pieces[piece]!));
  for (let piece = 0; piece < count; piece++) if (pieces[piece] !== '0') rarity.rose(piece);
  const has = Bitfield.full(count);
  for (const piece of without) has.delete(piece);
  const peer = { canGive: (piece: number) => has.has(piece), pieces: has };
  const isUnderWay = (piece: number) => pieces[piece] === '~';
  return { rarity, peer, isUnderWay };
}

const drawing = (...numbers: number[]): Random => ({
  below: () => numbers.shift() ?? 0,
  fill: bytes => bytes,
});

/** The pieces that it takes, one after the other. */
function taken(
  pieces: string,
  times: number,
  { draws = [0], without = [] as number[], before = -1 } = {},
): number[] {
  const { rarity, peer, isUnderWay } = picture(pieces, without);
  const run = new PieceRun(drawing(...draws));
  if (before >= 0) run.began(before);
  const list: number[] = [];
  for (let i = 0; i < times; i++) {
    const piece = run.pick(rarity, peer, isUnderWay);
    list.push(piece);
    if (piece < 0) break;
    rarity.remove(piece);
    run.began(piece);
  }
  return list;
}

test('begins anywhere, and goes on in order to the end, then with the longest run', () => {
  expect(taken('..........', 10, { draws: [6] })).toEqual([6, 7, 8, 9, 0, 1, 2, 3, 4, 5]);
});

test('goes on with the piece after the last', () => {
  expect(taken('##..##....', 3, { before: 1 })).toEqual([2, 3, 6]);
});

// BEP 19, "HTTP and FTP Optimizations": YYnnnnYnnY
test('takes the biggest gap from its beginning', () => {
  expect(taken('##....#..#', 7, { before: 9 })).toEqual([2, 3, 4, 5, 7, 8, -1]);
});

test('begins in the middle of what another is fetching into', () => {
  expect(taken('~~........', 3, { before: 9 })).toEqual([6, 7, 8]);
});

test('pieces that nobody else has come before long runs of those that others have', () => {
  expect(taken('.......#.00.#.', 2, { before: 13 })).toEqual([9, 10]);
});

test('leaves out what the web seed does not have', () => {
  expect(taken('......', 7, { draws: [2], without: [2, 3] })).toEqual([0, 1, 4, 5, -1]);
});

test('finds nothing where nothing is to be begun', () => {
  expect(taken('##~~', 1)).toEqual([-1]);
});
