import { expect, test } from 'vitest';
import { BoundedPiecePool } from './piece-pool.ts';

test('while whole pieces wait for the disk, a torrent begins no more than two', () => {
  const pool = new BoundedPiecePool(1_000_000, 20_000);
  const [first, second] = [0, 1].map(held => pool.lend(16_384, held)!);
  expect(pool.lend(16_384, 2)).toBeDefined();
  pool.full(first!);
  pool.full(first!);
  expect(pool.lend(16_384, 3)).toBeUndefined();
  expect(pool.lend(16_384, 1)).toBeDefined();
  pool.written(first!);
  expect(pool.lend(16_384, 3)).toBeDefined();
  pool.written(second!);
  expect(pool.lentBytes).toBe(3 * 16_384);
});

test('it knows whether pieces are lent that are not whole', () => {
  const pool = new BoundedPiecePool(1_000_000, 20_000);
  expect(pool.isFilling).toBe(false);
  const piece = pool.lend(16_384, 0)!;
  expect(pool.isFilling).toBe(true);
  pool.full(piece);
  expect(pool.isFilling).toBe(false);
  pool.written(piece);
  expect(pool.isFilling).toBe(false);
});

test('buffers start at a page, whatever their length, and do not overlap', () => {
  const pool = new BoundedPiecePool(100_000_000, 20_000);
  const lent = Array.from({ length: 100 }, () => pool.lend(100_000, 0)!);
  for (const [i, buffer] of lent.entries()) buffer.fill(i);
  for (const [i, buffer] of lent.entries()) {
    expect(buffer.byteOffset % 4096).toBe(0);
    expect(buffer.length).toBe(100_000);
    expect(buffer.every(byte => byte === i)).toBe(true);
  }
});

test('what is given back is lent again, whole', () => {
  const pool = new BoundedPiecePool(1_000_000, 20_000);
  const first = pool.lend(100_000, 0)!;
  pool.giveBack(first.subarray(0, 5));
  const again = pool.lend(100_000, 0)!;
  expect(again.buffer).toBe(first.buffer);
  expect(again).toHaveLength(100_000);
  expect(pool.lentBytes).toBe(100_000);
});

test('copies blocks to where they belong, and nothing beside them', () => {
  const pool = new BoundedPiecePool(1_000_000, 20_000);
  const buffer = pool.lend(100_000, 0)!.fill(7);
  const packet = Uint8Array.from({ length: 40_000 }, (_, i) => i);
  pool.copy(packet.subarray(13, 16_397), buffer, 32_768);
  expect(buffer.subarray(32_768, 49_152)).toEqual(packet.subarray(13, 16_397));
  expect(buffer.subarray(0, 32_768).every(byte => byte === 7)).toBe(true);
  expect(buffer.subarray(49_152).every(byte => byte === 7)).toBe(true);
});
