import { expect, it } from 'vitest';
import { allowedFastSet } from './allowed-fast.ts';

const IP = Uint8Array.of(80, 4, 4, 200);
const HASH = new Uint8Array(20).fill(0xaa);

it('gives the sets that BEP 6 shows', () => {
  const set = [1059, 431, 808, 1217, 287, 376, 1188, 353, 508];
  expect(allowedFastSet(IP, HASH, 1313, 7)).toEqual(set.slice(0, 7));
  expect(allowedFastSet(IP, HASH, 1313, 9)).toEqual(set);
  // Another address of the same network.
  expect(allowedFastSet(Uint8Array.of(80, 4, 4, 1), HASH, 1313, 9)).toEqual(set);
});

it('gives no more than there are', () => {
  expect(allowedFastSet(IP, HASH, 3, 10).toSorted()).toEqual([0, 1, 2]);
  expect(allowedFastSet(IP, HASH, 0, 10)).toEqual([]);
});
