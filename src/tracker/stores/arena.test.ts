import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Arena, HALVES_A_UNIT, MIN_ORDER, orderFor } from './arena.ts';

const arenaOf = (bytes: number) => new Arena(new ArrayBuffer(bytes), 64);

test.each([
  [1, 6],
  [64, 6],
  [65, 7],
  [2048, 11],
  [2049, 12],
])('a block for %i bytes has order %i', (bytes, order) => {
  expect(orderFor(bytes)).toBe(order);
});

test('gives all of its memory out in the smallest blocks, and takes it back as the largest', () => {
  const arena = arenaOf(100_000);
  const whole = arena.totalBytes;
  expect(whole).toBeGreaterThan(97_000);
  const blocks: number[] = [];
  for (let block = arena.take(MIN_ORDER); block !== 0; block = arena.take(MIN_ORDER)) blocks.push(block);
  expect(new Set(blocks).size).toBe(whole / 64);
  expect(arena.usedBytes).toBe(whole);
  for (const block of blocks) arena.give(block, MIN_ORDER);
  expect(arena.usedBytes).toBe(0);
  expect(arena.take(15)).toBeGreaterThan(0);
});

test('says where there is no block so large', () => {
  const arena = arenaOf(10_000);
  expect(arena.take(14)).toBe(0);
  expect(arena.take(40)).toBe(0);
  expect(arena.take(12)).toBeGreaterThan(0);
});

test('another arena over the same memory goes on with what the first has begun', () => {
  const memory = new SharedArrayBuffer(10_000);
  const [one, two] = [new Arena(memory, 64), new Arena(memory, 64)];
  const blocks = [one.take(6), two.take(6), one.take(6), two.take(6)];
  expect(new Set(blocks).size).toBe(4);
  for (const block of blocks) two.give(block, 6);
  expect(one.usedBytes).toBe(0);
});

test('blocks never overlap, and what is written in them stays', () => {
  const step = fc.record({ order: fc.integer({ min: 6, max: 13 }), which: fc.nat(1_000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const arena = arenaOf(60_000);
      const held: { block: number; order: number; mark: number }[] = [];
      for (const [mark, { order, which }] of steps.entries()) {
        if (which % 3 === 0 && held.length > 0) {
          const [gone] = held.splice(which % held.length, 1);
          arena.give(gone!.block, gone!.order);
          continue;
        }
        const block = arena.take(order);
        if (block === 0) continue;
        const at = block * HALVES_A_UNIT;
        arena.halves.fill(mark, at, at + 2 ** (order - 1));
        held.push({ block, order, mark });
      }
      for (const { block, order, mark } of held) {
        const at = block * HALVES_A_UNIT;
        expect(arena.halves.subarray(at, at + 2 ** (order - 1)).every(half => half === mark)).toBe(true);
      }
      for (const { block, order } of held) arena.give(block, order);
      expect(arena.usedBytes).toBe(0);
      expect(arena.take(14)).toBeGreaterThan(0);
    }),
    { numRuns: 100 },
  );
});

test('too little memory is the caller’s fault', () => {
  expect(() => arenaOf(256)).toThrow(TypeError);
});
