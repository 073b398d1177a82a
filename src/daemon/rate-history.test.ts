// Rates of the last minutes, on a clock that the test sets.

import { expect, it } from 'vitest';
import type { Clock } from '../host/clock.ts';
import type { LibraryEvents } from './library.ts';
import { RateHistory } from './rate-history.ts';

it('keeps what the session and each torrent moved, the oldest first, and no more than there is room for', () => {
  const { history, pass } = watched({ points: 3 });
  for (const down of [10, 20, 30, 40]) pass([['a', down, 1]]);
  expect(history.session()).toEqual({ everyMs: 1000, until: 4000, down: [20, 30, 40], up: [1, 1, 1] });
  expect(history.of('a').down).toEqual([20, 30, 40]);
  expect(history.of('b').down).toEqual([]);
});

it('a torrent that pauses has had nothing meanwhile, and is forgotten when all of it is nothing', () => {
  const { history, pass } = watched({ points: 3 });
  pass([['a', 10, 0]]);
  pass([]);
  expect(history.of('a').down).toEqual([10, 0]);
  pass([['b', 5, 0]]);
  expect(history.of('a').down).toEqual([10, 0, 0]);
  pass([['b', 5, 0]]);
  expect(history.of('a').down).toEqual([]);
  expect(history.of('b').down).toEqual([5, 5]);
});

it('of more torrents than it keeps those go that had no rate for longest', () => {
  const { history, pass } = watched({ maxTorrents: 2 });
  pass([['a', 1, 0]]);
  pass([['b', 1, 0]]);
  pass([['a', 1, 0]]);
  pass([['c', 1, 0]]);
  expect(['a', 'b', 'c'].map(id => history.of(id).down.length)).toEqual([4, 0, 1]);
});

it('what was removed is forgotten', () => {
  const { history, pass, remove } = watched({});
  pass([['a', 1, 0]]);
  remove('a');
  expect(history.of('a').down).toEqual([]);
});

it('keeps the mean of each minute', () => {
  const { history, pass } = watched({ minutes: 2 });
  for (let second = 0; second < 180; second++) pass([['a', second < 60 ? 7 : second < 120 ? 30 : 60, 0]]);
  expect(history.sessionByMinutes()).toEqual({ everyMs: 60_000, until: 180_000, down: [30, 60], up: [0, 0] });
});

type Rates = readonly (readonly [id: string, down: number, up: number])[];

function watched(options: ConstructorParameters<typeof RateHistory>[2]) {
  let rates: Rates = [];
  let now = 0;
  let due = () => {};
  let removed: (event: LibraryEvents['removed']) => void = () => {};
  const clock: Clock = {
    now: () => now,
    wallTime: () => now,
    after: (_, call) => {
      due = call;
      return () => {};
    },
  };
  const library = {
    torrents: () =>
      rates
        .map(([id, downloadBytesPerSecond, uploadBytesPerSecond]) => ({
          id,
          torrent: { connectionCount: 1, stats: () => ({ downloadBytesPerSecond, uploadBytesPerSecond }) },
        }))
        .values(),
    on: (_: string, listener: typeof removed) => {
      removed = listener;
      return () => {};
    },
  };
  const history = new RateHistory(library as never, clock, { intervalMs: 1000, ...options });
  const pass = (next: Rates) => {
    rates = next;
    now += 1000;
    due();
  };
  return { history, pass, remove: (id: string) => removed({ id } as never) };
}
