import { expect, test } from 'vitest';
import { Bitfield } from '../bytes/bitfield.ts';
import { type Random, seededRandom } from '../bytes/prng.ts';
import { PieceRun, type Sharing } from './piece-run.ts';
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
  const run = new PieceRun({ random: drawing(...draws), sharing: () => undefined });
  if (before >= 0) run.began(before);
  const list: number[] = [];
  for (let i = 0; i < times; i++) {
    const piece = run.pick(rarity, peer, isUnderWay, 0);
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

/** `O`: to be begun, had by nobody, and ours to fetch; `0`: the same, another's; `.`: to be begun, a peer has it. */
function sharedRun(pieces: string, doPeersGiveMore = true) {
  const { rarity, peer, isUnderWay } = picture(pieces.replaceAll('O', '0'));
  const sharing: Sharing = { isOurs: piece => pieces[piece] === 'O', doPeersGiveMore };
  const run = new PieceRun({ random: drawing(), sharing: () => sharing });
  const pick = (now: number) => {
    const piece = run.pick(rarity, peer, isUnderWay, now);
    if (piece >= 0) {
      rarity.remove(piece);
      run.began(piece);
    }
    return piece;
  };
  /** Somebody else has it now. */
  const came = (piece: number) => rarity.rose(piece);
  return { run, pick, came };
}

test('where others fetch from the same server, what is ours and nobody has comes first, in order', () => {
  const { pick } = sharedRun('..00OO00.OO', false);
  expect([pick(0), pick(0), pick(0), pick(0)]).toEqual([4, 5, 9, 10]);
});

test('what is others is left to them as long as they bring it, and then taken', () => {
  const { run, pick, came } = sharedRun('.O0000');
  expect(pick(0)).toBe(1);
  expect(pick(0)).toBe(-1);
  expect(run.isHoldingBack).toBe(true);
  came(2);
  expect(pick(2500)).toBe(-1);
  // Since 2500 nothing came.
  expect(pick(5000)).toBe(-1);
  expect(pick(5500)).toBe(3);
  expect(run.isHoldingBack).toBe(false);
  expect(pick(5600)).toBe(4);
});

test('where the server gives more than peers do, what is others is not waited for', () => {
  const { pick } = sharedRun('.O00', false);
  expect([pick(0), pick(0), pick(0)]).toEqual([1, 2, 3]);
});

test('when somebody has each piece, any is taken', () => {
  const { pick } = sharedRun('...');
  expect(pick(0)).toBe(0);
});
