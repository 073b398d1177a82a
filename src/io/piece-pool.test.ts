import { expect, test } from 'vitest';
import { BoundedPiecePool } from './piece-pool.ts';

test('while whole pieces wait for the disk, a torrent begins no more than two', () => {
  const pool = new BoundedPiecePool(1_000_000, 20_000);
  const [first, second] = [0, 1].map(held => pool.lend(16_384, held)!);
  expect(pool.lend(16_384, 2)).toBeDefined();
  pool.full(16_384);
  pool.full(16_384);
  expect(pool.lend(16_384, 3)).toBeUndefined();
  expect(pool.lend(16_384, 1)).toBeDefined();
  pool.written(first!);
  expect(pool.lend(16_384, 3)).toBeDefined();
  pool.written(second!);
  expect(pool.lentBytes).toBe(3 * 16_384);
});

test('what died with its thread waits no longer', () => {
  const pool = new BoundedPiecePool(1_000_000, 10_000);
  pool.lend(16_384, 0);
  pool.full(16_384);
  expect(pool.lend(16_384, 2)).toBeUndefined();
  pool.lost(16_384);
  expect(pool.lentBytes).toBe(0);
  expect(pool.lend(16_384, 2)).toBeDefined();
});
