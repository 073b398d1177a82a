import { expect, test } from 'vitest';
import { addressBytes } from '../core/bytes/compact-address.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { newRateLimitsMemory, type RateLimitOptions, RateLimits } from './rate-limits.ts';

const limits = (options: RateLimitOptions = {}) =>
  new RateLimits({ requestsPerSecond: 10, burst: 20, ...options }, { random: seededRandom(1) });
const taken = (of: RateLimits, host: string, times: number, now: number) => {
  let count = 0;
  for (let i = 0; i < times; i++) if (of.take(addressBytes(host)!, now)) count++;
  return count;
};

test('an address may ask so much at once, and so much a second', () => {
  const of = limits();
  expect(taken(of, '192.0.2.1', 100, 0)).toBe(20);
  expect(taken(of, '192.0.2.1', 100, 1_000)).toBe(10);
  expect(taken(of, '192.0.2.1', 100, 60_000)).toBe(20);
});

test('one flood takes nothing from its neighbours, though many neighbours share a limit too', () => {
  const of = limits({ networkFactor: 4 });
  expect(taken(of, '192.0.2.1', 1_000, 0)).toBe(20);
  expect(taken(of, '192.0.2.2', 1_000, 0)).toBe(20);
  expect(taken(of, '198.51.100.1', 1_000, 0)).toBe(20);
  let network = 0;
  for (let i = 3; i < 250; i++) network += taken(of, `192.0.2.${i}`, 20, 0);
  expect(network).toBe(40);
});

test('a household with IPv6 is one address, whatever it calls itself', () => {
  const of = limits();
  let all = 0;
  for (let i = 0; i < 100; i++) all += taken(of, `2001:db8:0:${i.toString(16)}::${i}`, 1, 0);
  expect(all).toBe(20);
  expect(taken(of, '2001:db8:0:100::1', 100, 0)).toBe(20);
});

test('what costs more takes more', () => {
  const of = limits();
  const ip = addressBytes('192.0.2.1')!;
  expect([of.take(ip, 0, 15), of.take(ip, 0, 15), of.take(ip, 0, 5)]).toEqual([true, false, true]);
});

test('keeps a flood in mind though as many addresses come as it has places', () => {
  const of = limits({ maxBuckets: 1_024 });
  taken(of, '192.0.2.1', 1_000, 0);
  for (let i = 0; i < 20_000; i++) of.take(new Uint8Array([10, i >> 16, i >> 8, i]), 0);
  expect(taken(of, '192.0.2.1', 1_000, 0)).toBe(0);
});

test('0 is no limit', () => {
  expect(taken(limits({ requestsPerSecond: 0 }), '192.0.2.1', 10_000, 0)).toBe(10_000);
});

test('other limits leave what is owed as it was, and tables over one memory are one', () => {
  const random = seededRandom(1);
  const memory = newRateLimitsMemory();
  const [here, there] = [1, 2].map(
    () => new RateLimits({ requestsPerSecond: 10, burst: 20 }, { random, memory }),
  ) as [RateLimits, RateLimits];
  expect(taken(here, '192.0.2.1', 15, 0) + taken(there, '192.0.2.1', 15, 0)).toBe(20);
  here.configure({ requestsPerSecond: 10, burst: 30 });
  expect(taken(here, '192.0.2.1', 100, 0)).toBe(10);
  expect(taken(there, '192.0.2.1', 100, 0)).toBe(0);
});
