import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StoreGathering } from './store-gathering.ts';

const MIB = 1_048_576;
let gone: string[][];
let gathering: StoreGathering<string>;

beforeEach(() => {
  vi.useFakeTimers();
  gone = [];
  gathering = new StoreGathering({ count: 4, bytes: 8 * MIB }, stores => gone.push([...stores]));
});
afterEach(() => {
  vi.useRealTimers();
});

/** So many pieces of that length, one a millisecond: what has come by then comes fast. */
function comeFast(count: number, length = MIB): void {
  for (let i = 0; i < count; i++) {
    vi.advanceTimersByTime(1);
    gathering.add(`early ${i}`, length);
  }
  gathering.release();
  gone = [];
}

it('pieces that come slowly do not wait', () => {
  for (const piece of ['a', 'b', 'c']) {
    vi.advanceTimersByTime(50);
    gathering.add(piece, MIB);
  }
  expect(gone).toEqual([['a'], ['b'], ['c']]);
});

it('pieces that come fast go together, as many as are hashed side by side', () => {
  comeFast(40);
  for (const piece of ['a', 'b', 'c', 'd', 'e']) gathering.add(piece, MIB);
  expect(gone).toEqual([['a', 'b', 'c', 'd']]);
});

it('those of many bytes go before they are many', () => {
  comeFast(40, 4 * MIB);
  for (const piece of ['a', 'b', 'c']) gathering.add(piece, 4 * MIB);
  expect(gone).toEqual([['a', 'b']]);
});

it('none waits for longer than a tenth of a second', () => {
  comeFast(40);
  gathering.add('a', MIB);
  vi.advanceTimersByTime(50);
  gathering.add('b', MIB);
  expect(gone).toEqual([]);
  vi.advanceTimersByTime(50);
  expect(gone).toEqual([['a', 'b']]);
});

it('they go at once when they are told to, and only once', () => {
  comeFast(40);
  gathering.add('a', MIB);
  gathering.release();
  gathering.release();
  vi.advanceTimersByTime(1000);
  expect(gone).toEqual([['a']]);
});
