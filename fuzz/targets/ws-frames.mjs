// What a WebSocket client sends: frames. Cut anywhere they give the same messages, and no message is longer than the limit.

import assert from 'node:assert/strict';
import { ProtocolError } from '../../dist/core/errors.js';
import { FrameReader } from '../../dist/core/http/ws-frames.js';

const MAX = 300;

export function run(bytes) {
  const whole = read([bytes]);
  const middle = bytes.length >> 1;
  assert.deepEqual(read([bytes.subarray(0, middle), bytes.subarray(middle)]), whole);
  if (bytes.length < 200) assert.deepEqual(read([...bytes].map(byte => new Uint8Array([byte]))), whole);
  return whole
    .map(said => said.slice(0, 8))
    .slice(0, 6)
    .join();
}

function read(pieces) {
  const reader = new FrameReader(MAX);
  const said = [];
  const hex = bytes => Buffer.from(bytes).toString('hex');
  const sink = {
    message: (bytes, isText) => {
      assert.ok(bytes.length <= MAX);
      said.push(`${isText ? 'text' : 'bytes'} ${hex(bytes)}`);
    },
    ping: bytes => {
      assert.ok(bytes.length <= 125);
      said.push(`ping ${hex(bytes)}`);
    },
    pong: () => said.push('pong'),
    closed: status => said.push(`closed ${status}`),
  };
  try {
    // The reader writes over what it is given.
    for (const piece of pieces) reader.read(piece.slice(), sink);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    said.push(error.code);
  }
  return said;
}

const frame = (first, text) => [
  first,
  0x80 | text.length,
  1,
  2,
  3,
  4,
  ...Buffer.from(text).map((byte, i) => byte ^ [1, 2, 3, 4][i & 3]),
];
export const seeds = [
  [...frame(0x81, 'hello'), ...frame(0x89, ''), ...frame(0x88, '\x03\xe8')],
  [...frame(0x01, 'in '), ...frame(0x8a, ''), ...frame(0x00, 'three '), ...frame(0x80, 'parts')],
  [0x82, 0xfe, 0, 126, 0, 0, 0, 0, ...new Uint8Array(126)],
].map(bytes => new Uint8Array(bytes));
export const tokens = [
  '\x81\x80',
  '\x01\x80',
  '\x00\x80',
  '\x80\x80',
  '\x88\x82',
  '\x89\x80',
  '\xfe\x00\x7e',
  '\xff\0\0\0\0\0\x01\0\0',
  '\0\0\0\0',
];
