import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('what comes in is what the rate says, however often it is looked at', () => {
  const bucket = new TokenBucket(1000, 0);
  bucket.use(10_000);
  for (let now = 0; now <= 10_000; now += 7) bucket.fill(now, false);
  bucket.fill(10_000, false);
  expect(bucket.balance).toBeCloseTo(0);
});

test('what nobody takes is kept for a tenth of a second; for a quarter where somebody waits', () => {
  const bucket = new TokenBucket(1000, 0);
  bucket.fill(60_000, false);
  expect(bucket.balance).toBe(100);
  bucket.fill(60_100, true);
  expect(bucket.balance).toBe(200);
  bucket.fill(120_000, true);
  expect(bucket.balance).toBe(250);
  // More than is kept now is not taken away: it was there for somebody.
  bucket.fill(120_001, false);
  expect(bucket.balance).toBe(250);
});

test('no ten seconds carry 3 % too much, however long the program stalls and whoever waits', () => {
  const bucket = new TokenBucket(1_000_000, 0);
  const taken: { readonly at: number; readonly bytes: number }[] = [];
  let now = 0;
  for (let turn = 0; now < 120_000; turn++) {
    now += turn % 50 === 0 ? 5_000 : 50 + ((turn * 7) % 40);
    bucket.fill(now, true);
    taken.push({ at: now, bytes: bucket.balance });
    bucket.use(bucket.balance);
  }
  for (const { at: from } of taken) {
    let bytes = 0;
    for (const { at, bytes: each } of taken) if (at >= from && at < from + 10_000) bytes += each;
    expect(bytes).toBeLessThanOrEqual(10_300_000);
  }
});

test('what is on its way is out of the balance and not gone', () => {
  const bucket = new TokenBucket(1000, 0);
  bucket.fill(100, false);
  bucket.reserve(300);
  expect(bucket).toMatchObject({ balance: -200, reserved: 300, overdraft: -100 });
  // It comes, with a header.
  bucket.use(310);
  bucket.release(300);
  expect(bucket).toMatchObject({ balance: -210, reserved: 0, overdraft: 210 });
});

test('what is released without having been reserved is nothing', () => {
  const bucket = new TokenBucket(1000, 0);
  bucket.reserve(50);
  bucket.changeRate(2000, 0);
  bucket.release(50);
  expect(bucket).toMatchObject({ balance: 0, reserved: 0 });
});

test('another rate begins anew', () => {
  const bucket = new TokenBucket(1000, 0);
  bucket.use(1_000_000);
  bucket.changeRate(10, 5000);
  bucket.fill(5100, false);
  expect(bucket.balance).toBe(1);
});
