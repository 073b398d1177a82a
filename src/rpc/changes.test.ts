// What is new of the torrents, on a clock that the test sets.

import { expect, it } from 'vitest';
import type { Library } from '../daemon/library.ts';
import type { Clock } from '../host/clock.ts';
import { ChangeFeed } from './changes.ts';
import type { Changes } from './methods.ts';

it('a client of an earlier run is told to ask anew, however much has been told in this one', () => {
  const first = new HandClock(1_700_000_000_000);
  const heard = listen(new ChangeFeed(NO_TORRENTS, first));
  first.pass(10);
  const last = heard.at(-1)!.sequence;
  const second = new HandClock(1_700_000_011_000);
  const feed = new ChangeFeed(NO_TORRENTS, second);
  listen(feed);
  second.pass(20);
  expect(listen(feed, last)[0]!.isReset).toBe(true);
});

it('a list that nobody followed for a while is an old one', () => {
  const clock = new HandClock(1_700_000_000_000);
  const feed = new ChangeFeed(NO_TORRENTS, clock, { maxKept: 10 });
  const sequence = feed.listed();
  expect(listen(feed, sequence)[0]).toMatchObject({ sequence, isReset: false });
  const later = new HandClock(1_700_000_000_000);
  const other = new ChangeFeed(NO_TORRENTS, later, { maxKept: 10 });
  const old = other.listed();
  later.pass(20);
  expect(listen(other, old)[0]!.isReset).toBe(true);
});

function listen(feed: ChangeFeed, after?: number): Changes[] {
  const heard: Changes[] = [];
  feed.listen(changes => heard.push(changes), after);
  return heard;
}

/** Each look finds another count of torrents: something is new. */
const NO_TORRENTS = (() => {
  let size = 0;
  return {
    on: () => () => {},
    torrents: () => [].values(),
    get size() {
      return size++;
    },
  } as unknown as Library;
})();

class HandClock implements Clock {
  #wall: number;
  #due: (() => void) | undefined;

  constructor(wall: number) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall;
  }

  wallTime(): number {
    return this.#wall;
  }

  after(_: number, callback: () => void): () => void {
    this.#due = callback;
    return () => {
      this.#due = undefined;
    };
  }

  pass(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.#wall += 1000;
      this.#due?.();
    }
  }
}
