// The handshake: any split of the bytes gives the same, and what is told is written back as it came.

import assert from 'node:assert/strict';
import { ProtocolError } from '../../dist/core/errors.js';
import { encodeHandshake, HandshakeReader } from '../../dist/core/wire/handshake.js';

export function run(bytes) {
  const whole = read(bytes, bytes.length);
  for (const chunkLength of [1, 7, 19, 67]) assert.deepEqual(read(bytes, chunkLength), whole);
  if (whole.error !== undefined) throw whole.error;
  if (whole.handshake === undefined) {
    assert.ok(bytes.length < 68);
    return 'incomplete';
  }
  assert.deepEqual(Buffer.from(whole.rest), Buffer.from(bytes.subarray(68)));
  const written = Buffer.from(bytes.subarray(0, 68));
  // Reserved bits that we do not know are left out.
  for (let i = 20; i < 28; i++) written[i] &= KNOWN_BITS[i - 20];
  assert.deepEqual(Buffer.from(encodeHandshake(whole.handshake)), written);
  const { extended, fast, dht, v2 } = whole.handshake;
  return [extended, fast, dht, v2].join();
}

function read(bytes, chunkLength) {
  const reader = new HandshakeReader();
  try {
    for (let at = 0; at < bytes.length; at += chunkLength) {
      const found = reader.push(bytes.slice(at, at + chunkLength));
      if (found === undefined) continue;
      const rest = Buffer.concat([found.rest, bytes.subarray(at + chunkLength)]);
      return { handshake: found.handshake, rest };
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { error };
  }
  return {};
}

const KNOWN_BITS = [0, 0, 0, 0, 0, 0x10, 0, 0x15];

const facts = { infoHash: new Uint8Array(20).fill(1), peerId: new Uint8Array(20).fill(2) };
export const seeds = [
  encodeHandshake({ ...facts, extended: true, fast: true, dht: true, v2: true }),
  encodeHandshake({ ...facts, extended: false, fast: false, dht: false, v2: false }),
  new Uint8Array([
    ...encodeHandshake({ ...facts, extended: true, fast: true, dht: false, v2: false }),
    0,
    0,
    0,
    1,
    2,
  ]),
];

export const tokens = [
  '\x13BitTorrent protocol',
  'BitTorrent',
  '\x13',
  '\x14',
  '\0\0\0\0\0\x10\0\x05',
  'GET / HTTP/1.1\r\n',
];

export const maxLength = 200;
