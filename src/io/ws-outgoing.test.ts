import { expect, test } from 'vitest';
import { FrameBuffers, putTextFrame } from './ws-outgoing.ts';

const message = (length: number) => new Uint8Array(length).fill(length & 0x7f);

test.each([
  [0, '8100'],
  [125, '817d'],
  [126, '817e007e'],
  [65_535, '817effff'],
  [65_536, '817f0000000000010000'],
])('a message of %i bytes has the head of its length', (length, head) => {
  const buffer = new FrameBuffers().withRoom(undefined, 0, length);
  const end = putTextFrame(buffer, 0, message(length));
  expect(end).toBe(head.length / 2 + length);
  expect(buffer.toString('hex', 0, head.length / 2)).toBe(head);
  expect(buffer.subarray(head.length / 2, end)).toEqual(Buffer.from(message(length)));
});

test('more frames than have room go on in a larger buffer, behind those that are there', () => {
  const buffers = new FrameBuffers();
  let buffer: Buffer | undefined;
  let end = 0;
  const whole: Buffer[] = [];
  for (let length = 0; length < 20_000; length = 2 * length + 7) {
    buffer = buffers.withRoom(buffer, end, length);
    const start = end;
    end = putTextFrame(buffer, start, message(length));
    whole.push(Buffer.from(buffer.subarray(start, end)));
  }
  expect(buffer!.subarray(0, end)).toEqual(Buffer.concat(whole));
});

test('lends again what was given back, and keeps nothing that is large', () => {
  const buffers = new FrameBuffers();
  const first = buffers.withRoom(undefined, 0, 10);
  expect(buffers.withRoom(first, 12, 10)).toBe(first);
  buffers.giveBack(first);
  expect(buffers.withRoom(undefined, 0, 100)).toBe(first);
  const large = buffers.withRoom(undefined, 0, 50_000);
  buffers.giveBack(large);
  expect(buffers.withRoom(undefined, 0, 50_000)).not.toBe(large);
});
