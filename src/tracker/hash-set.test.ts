import { expect, test } from 'vitest';
import { seededRandom } from '../core/bytes/prng.ts';
import { HashSet } from './hash-set.ts';

test('has what was added, once, and nothing else', () => {
  const random = seededRandom(1);
  const set = new HashSet(7);
  const hashes = Array.from({ length: 5_000 }, () => random.fill(new Uint8Array(20)));
  for (const hash of [...hashes, ...hashes]) set.add(hash);
  expect(set.count).toBe(5_000);
  expect(hashes.every(hash => set.has(hash))).toBe(true);
  for (let i = 0; i < 1_000; i++) expect(set.has(random.fill(new Uint8Array(20)))).toBe(false);
});
