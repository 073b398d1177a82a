import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap } from './heap.ts';

test('gives the first of what is in it, whatever was added and taken away', () => {
  const step = fc.record({ isAdded: fc.boolean(), number: fc.nat({ max: 40 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const heap = new Heap<number>((a, b) => a < b);
      const model = new Set<number>();
      for (const { isAdded, number } of steps) {
        if (isAdded) {
          heap.add(number);
          model.add(number);
        } else expect(heap.delete(number)).toBe(model.delete(number));
        expect(heap.size).toBe(model.size);
        expect(heap.first).toBe(model.size === 0 ? undefined : Math.min(...model));
        expect(heap.has(number)).toBe(model.has(number));
      }
    }),
  );
});
