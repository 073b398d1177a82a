import { expect, test } from 'vitest';
import { seededRandom } from '../bytes/prng.ts';
import { isShareOf, shareNumber, stretchPieces } from './piece-shares.ts';

const random = seededRandom(1);
const numbers = Array.from({ length: 8 }, () => shareNumber(random.fill(new Uint8Array(20))));
const othersThan = (own: number, all = numbers) => all.filter(number => number !== own);
const ownerOf = (stretch: number, all = numbers) =>
  all.filter(own => isShareOf(own, othersThan(own, all), stretch));

test('each stretch is fetched by one, and all by about as many', () => {
  const counts = new Map<number, number>();
  for (let stretch = 0; stretch < 800; stretch++) {
    const owners = ownerOf(stretch);
    expect(owners).toHaveLength(1);
    counts.set(owners[0]!, (counts.get(owners[0]!) ?? 0) + 1);
  }
  expect(counts.size).toBe(8);
  // A hundred on average; 40 is four times the deviation.
  for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(40);
});

test('where one leaves, only its stretches become others', () => {
  const left = numbers[3]!;
  const rest = othersThan(left);
  for (let stretch = 0; stretch < 200; stretch++) {
    const [before] = ownerOf(stretch);
    const [after] = ownerOf(stretch, rest);
    if (before !== left) expect(after).toBe(before);
  }
});

test.each([
  ['small pieces are put together', 65_536, 1024, 4],
  ['a large piece is a stretch', 4_194_304, 1024, 1],
  ['a stretch of a large torrent is longer', 262_144, 4096, 16],
])('%s', (_, pieceLength, pieceCount, expected) => {
  expect(stretchPieces(pieceLength, pieceCount)).toBe(expected);
});
