import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from './bitfield.ts';

fc.configureGlobal({ seed: 2026 });

describe('a bitfield', () => {
  it('is written with piece 0 as the highest bit of the first byte', () => {
    const field = new Bitfield(10);
    for (const index of [0, 3, 9]) field.add(index);
    expect([...field.bytes]).toEqual([0b1001_0000, 0b0100_0000]);
  });

  it('holds what a set would hold', () => {
    const step = fc.record({ add: fc.boolean(), index: fc.nat({ max: 1_000_000 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.array(step, { maxLength: 200 }), (length, steps) => {
        const field = new Bitfield(length);
        const model = new Set<number>();
        for (const { add, index: drawn } of steps) {
          const index = drawn % length;
          if (add) {
            expect(field.add(index)).toBe(!model.has(index));
            model.add(index);
          } else {
            expect(field.delete(index)).toBe(model.delete(index));
          }
        }
        expectSame(field, model);
        expectSame(Bitfield.fromBytes(field.bytes, length)!, model);
      }),
    );
  });

  it('is full when every index is in, and its spare bits stay zero', () => {
    for (let length = 0; length <= 40; length++) {
      const field = Bitfield.full(length);
      expectSame(field, new Set(Array.from({ length }, (_, i) => i)));
      expect(field.isFull).toBe(true);
      expect(Bitfield.fromBytes(field.bytes, length)?.isFull).toBe(true);
      if (length > 0) {
        field.delete(length - 1);
        expect(field.isFull).toBe(false);
      }
    }
  });

  it('copies the bytes that it is made from, which are only lent', () => {
    const lent = new Uint8Array([0x80]);
    const field = Bitfield.fromBytes(lent, 8)!;
    lent.fill(0);
    expect(field.has(0)).toBe(true);
  });

  it('has nothing outside of its range', () => {
    const field = Bitfield.full(9);
    for (const index of [9, 15, 16, 1000, -1, 2 ** 31]) expect(field.has(index)).toBe(false);
  });

  it('cannot be read from bytes of the wrong length', () => {
    expect(Bitfield.fromBytes(new Uint8Array(1), 9)).toBeUndefined();
    expect(Bitfield.fromBytes(new Uint8Array(3), 9)).toBeUndefined();
    expect(Bitfield.fromBytes(new Uint8Array(1), 0)).toBeUndefined();
    expect(Bitfield.fromBytes(new Uint8Array(0), 0)?.count).toBe(0);
  });

  it('cannot be read where a spare bit is set', () => {
    for (let length = 1; length <= 16; length++) {
      const byteCount = Math.ceil(length / 8);
      for (let bit = length; bit < byteCount * 8; bit++) {
        const bytes = new Uint8Array(byteCount);
        bytes[bit >>> 3] = 0x80 >>> (bit & 7);
        expect(Bitfield.fromBytes(bytes, length)).toBeUndefined();
      }
    }
  });

  it('gives the indices in the set in order', () => {
    const field = new Bitfield(40);
    for (const index of [39, 0, 7, 8, 31]) field.add(index);
    const seen: number[] = [];
    field.each(index => seen.push(index));
    expect(seen).toEqual([0, 7, 8, 31, 39]);
  });
});

function expectSame(field: Bitfield, model: ReadonlySet<number>): void {
  expect(field.count).toBe(model.size);
  expect(field.isFull).toBe(model.size === field.length);
  const indices = Array.from({ length: field.length }, (_, i) => i);
  expect(indices.filter(index => field.has(index))).toEqual(indices.filter(index => model.has(index)));
}
