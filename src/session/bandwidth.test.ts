// One direction of a session with torrents that take whole blocks, on a clock that the test moves.

import { expect, test } from 'vitest';
import { HandClock } from '../../test/hand-clock.ts';
import { Bandwidth, type TorrentBandwidth } from './bandwidth.ts';

test('torrents that wait get as much each', () => {
  const { clock, torrent } = setUp(100 * BLOCK);
  const torrents = [torrent(), torrent(), torrent()];
  for (const { wants } of torrents) wants(1000);
  clock.pass(10_000);
  const taken = torrents.map(({ taken }) => taken());
  expect(sum(taken)).toBeGreaterThanOrEqual(990);
  expect(sum(taken)).toBeLessThanOrEqual(1001);
  expect(Math.max(...taken) - Math.min(...taken)).toBeLessThanOrEqual(2);
});

test('what one of them leaves is for the others', () => {
  const { clock, bandwidth, torrent } = setUp(100 * BLOCK);
  const [slow, few, many] = [torrent(), torrent(), torrent()];
  slow.share.setLimit(10 * BLOCK);
  slow.wants(1000);
  few.wants(50);
  many.wants(1000);
  clock.pass(10_000);
  expect(slow.taken()).toBeGreaterThanOrEqual(99);
  expect(slow.taken()).toBeLessThanOrEqual(101);
  expect(few.taken()).toBe(50);
  expect(sum([slow, few, many].map(({ taken }) => taken()))).toBeGreaterThanOrEqual(990);
  expect(bandwidth.limit).toBe(100 * BLOCK);
});

test('who comes later does not go before those that wait', () => {
  const { clock, torrent } = setUp(BLOCK);
  const [first, second, third] = [torrent(), torrent(), torrent()];
  for (const { wants } of [first, second, third]) wants(1);
  expect([first, second, third].map(({ taken }) => taken())).toEqual([0, 0, 0]);
  clock.pass(100);
  expect([first, second, third].map(({ taken }) => taken())).toEqual([1, 0, 0]);
  const late = torrent();
  late.wants(1);
  clock.pass(2000);
  expect([second, third, late].map(({ taken }) => taken())).toEqual([1, 1, 0]);
});

test('no timer runs while nobody waits', () => {
  const { clock, torrent } = setUp(BLOCK);
  const one = torrent();
  expect(clock.timers.length).toBe(0);
  one.wants(2);
  expect(clock.timers.length).toBe(1);
  clock.pass(5000);
  expect(one.taken()).toBe(2);
  expect(clock.timers.length).toBe(0);
});

test('with a rate of 0 nobody waits for a timer; a new rate lets them go on', () => {
  const { clock, bandwidth, torrent } = setUp(0);
  const one = torrent();
  one.wants(1);
  expect(clock.timers.length).toBe(0);
  bandwidth.setLimit(BLOCK);
  one.tryAgain();
  clock.pass(1000);
  expect(one.taken()).toBe(1);
});

test('all that took something are held when more has come than may, until it is paid', () => {
  const { clock, torrent } = setUp(BLOCK);
  const [one, two, idle] = [torrent(), torrent(), torrent()];
  one.share.use(BLOCK);
  two.share.use(4 * BLOCK);
  expect([one, two, idle].map(({ isHeld }) => isHeld())).toEqual([true, true, false]);
  // It takes part while the others are held: held too.
  idle.share.use(1);
  expect(idle.isHeld()).toBe(true);
  clock.pass(4900);
  expect(one.isHeld()).toBe(true);
  clock.pass(200);
  expect([one, two, idle].map(({ isHeld }) => isHeld())).toEqual([false, false, false]);
  expect(clock.timers.length).toBe(0);
});

test('a torrent that is over its own limit is held alone', () => {
  const { clock, torrent } = setUp(1000 * BLOCK);
  const [one, two] = [torrent(), torrent()];
  one.share.setLimit(BLOCK);
  clock.pass(50);
  one.share.use(5 * BLOCK);
  two.share.use(BLOCK);
  expect([one.isHeld(), two.isHeld()]).toEqual([true, false]);
  clock.pass(5100);
  expect(one.isHeld()).toBe(false);
});

test('what is asked for counts until it comes or is given up', () => {
  const { clock, torrent } = setUp(2 * BLOCK);
  const one = torrent();
  clock.pass(1000);
  expect(one.share.available(clock.now())).toBeGreaterThan(0);
  one.share.reserve(BLOCK);
  expect(one.share.available(clock.now())).toBe(0);
  one.share.release(BLOCK);
  clock.pass(100);
  expect(one.share.available(clock.now())).toBeGreaterThan(0);
});

const BLOCK = 16_384;

function setUp(limit: number) {
  const clock = new HandClock();
  const bandwidth = new Bandwidth(clock);
  bandwidth.setLimit(limit);
  const torrent = () => {
    let wanted = 0;
    let taken = 0;
    let isHeld = false;
    const take = () => {
      while (wanted > 0 && share.available(clock.now()) > 0) {
        share.use(BLOCK);
        wanted--;
        taken++;
      }
    };
    const share: TorrentBandwidth = bandwidth.join({
      rateAllows: take,
      holdReading: value => {
        isHeld = value;
      },
    });
    const wants = (blocks: number) => {
      wanted += blocks;
      take();
    };
    return { share, wants, tryAgain: take, taken: () => taken, isHeld: () => isHeld };
  };
  return { clock, bandwidth, torrent };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
