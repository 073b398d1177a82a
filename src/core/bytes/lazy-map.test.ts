import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LazyMap, LazySet } from './lazy-map.ts';

const steps = fc.array(
  fc.record({ what: fc.constantFrom('put', 'delete', 'clear'), key: fc.nat({ max: 5 }), value: fc.nat() }),
);

test('a lazy map is what a map is', () => {
  fc.assert(
    fc.property(steps, all => {
      const lazy = new LazyMap<number, number>();
      const map = new Map<number, number>();
      for (const { what, key, value } of all) {
        if (what === 'put') {
          lazy.set(key, value);
          map.set(key, value);
        } else if (what === 'delete') expect(lazy.delete(key)).toBe(map.delete(key));
        else {
          lazy.clear();
          map.clear();
        }
        expect([...lazy]).toEqual([...map]);
        expect([...lazy.keys()]).toEqual([...map.keys()]);
        expect([...lazy.values()]).toEqual([...map.values()]);
        expect([lazy.size, lazy.has(key), lazy.get(key)]).toEqual([map.size, map.has(key), map.get(key)]);
      }
    }),
  );
});

test('a lazy set is what a set is', () => {
  fc.assert(
    fc.property(steps, all => {
      const lazy = new LazySet<number>();
      const set = new Set<number>();
      for (const { what, key } of all) {
        if (what === 'put') {
          lazy.add(key);
          set.add(key);
        } else if (what === 'delete') expect(lazy.delete(key)).toBe(set.delete(key));
        else {
          lazy.clear();
          set.clear();
        }
        expect([...lazy]).toEqual([...set]);
        expect([lazy.size, lazy.has(key)]).toEqual([set.size, set.has(key)]);
      }
    }),
  );
});
