import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PackedTable } from './packed-table.ts';

const key = (n: number) => new Uint8Array([n >>> 16, n >>> 8, n]);
const keysOf = (table: PackedTable) =>
  Array.from({ length: table.count }, (_, i) => {
    const [a, b, c] = table.bytes.subarray(i * table.width);
    return (a! << 16) | (b! << 8) | c!;
  });

test('finds what was added, and nothing else', () => {
  const table = new PackedTable(5, 3, 1);
  for (let n = 0; n < 1_000; n++) expect(table.add(key(n * 7))).toBe(n);
  for (let n = 0; n < 7_000; n++) expect(table.find(key(n))).toBe(n % 7 === 0 ? n / 7 : -1);
});

test('a new record starts with zeros where an old one was', () => {
  const table = new PackedTable(5, 3, 1);
  table.bytes[table.add(key(1)) + 4] = 9;
  table.removeLast();
  table.add(key(2));
  expect([...table.bytes.subarray(0, 5)]).toEqual([0, 0, 2, 0, 0]);
});

test('gives memory back when it has emptied', () => {
  const table = new PackedTable(10, 3, 1);
  for (let n = 0; n < 10_000; n++) table.add(key(n));
  const grown = table.bytes.length;
  while (table.count > 10) table.removeLast();
  expect(table.bytes.length).toBeLessThan(grown / 50);
  for (let n = 0; n < 20; n++) expect(table.find(key(n))).toBe(n < 10 ? n : -1);
});

test('behaves like a list of keys, whatever is done to it', () => {
  const doings = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('add' as const), n: fc.nat(200) }),
      fc.record({ kind: fc.constant('remove' as const), n: fc.nat(200) }),
      fc.record({ kind: fc.constant('swap' as const), n: fc.nat(200), m: fc.nat(200) }),
    ),
    { maxLength: 400 },
  );
  fc.assert(
    fc.property(doings, fc.nat(), (steps, seed) => {
      const table = new PackedTable(4, 3, seed);
      const model: number[] = [];
      for (const step of steps) {
        const at = model.indexOf(step.n);
        expect(table.find(key(step.n))).toBe(at);
        if (step.kind === 'add' && at < 0) table.add(key(model[model.push(step.n) - 1]!));
        if (step.kind === 'remove' && at >= 0) {
          table.swap(at, table.count - 1);
          table.removeLast();
          [model[at], model[model.length - 1]] = [model.at(-1)!, model[at]!];
          model.pop();
        }
        if (step.kind === 'swap' && model.length > 0) {
          const [a, b] = [step.n % model.length, step.m % model.length];
          table.swap(a, b);
          [model[a], model[b]] = [model[b]!, model[a]!];
        }
        expect(keysOf(table)).toEqual(model);
      }
      for (let n = 0; n <= 200; n++) expect(table.find(key(n))).toBe(model.indexOf(n));
    }),
    { numRuns: 60 },
  );
});
