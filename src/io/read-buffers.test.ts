import { expect, test } from 'vitest';
import { ReadBuffers } from './read-buffers.ts';

test('buffers that nobody looks at any more are lent again, each for reads of its size', () => {
  const buffers = new ReadBuffers();
  const small = buffers.lend(16_384);
  const large = buffers.lend(1_000_000);
  expect([small.length, large.length]).toEqual([16_384, 1_000_000]);
  buffers.release(small.subarray(10));
  buffers.release(large);
  expect(buffers.lend(300_000).buffer).toBe(large.buffer);
  expect(buffers.lend(65_536).buffer).toBe(small.buffer);
  expect(buffers.lend(65_536).buffer).not.toBe(small.buffer);
});

test('what is longer than any that is kept is made and forgotten', () => {
  const buffers = new ReadBuffers();
  const long = buffers.lend(1_048_577);
  expect(long.length).toBe(1_048_577);
  buffers.release(long);
  expect(buffers.lend(1_048_577).buffer).not.toBe(long.buffer);
});

test('so many are kept, and no more', () => {
  const buffers = new ReadBuffers();
  const lent = Array.from({ length: 20 }, () => buffers.lend(1_048_576));
  for (const each of lent) buffers.release(each);
  const again = Array.from({ length: 20 }, () => buffers.lend(1_048_576).buffer);
  expect(again.filter(buffer => lent.some(each => each.buffer === buffer))).toHaveLength(16);
});
