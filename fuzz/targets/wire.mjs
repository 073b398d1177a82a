// The peer protocol after the handshake: any split of the bytes gives the same messages, and what is understood is
// written back as it came.

import assert from 'node:assert/strict';
import { seededRandom } from '../../dist/core/bytes/prng.js';
import { ProtocolError } from '../../dist/core/errors.js';
import { Decoder } from '../../dist/core/wire/decoder.js';
import { Encoder } from '../../dist/core/wire/encoder.js';

export function run(bytes) {
  const whole = messagesIn(bytes, Number.POSITIVE_INFINITY);
  assert.deepEqual(messagesIn(bytes, 1), whole);
  assert.deepEqual(messagesIn(bytes, 7), whole);
  assert.deepEqual(messagesIn(bytes, undefined), whole);
  if (!whole.messages.some(({ type }) => type === 'unknown')) {
    const written = rewritten(whole.messages);
    assert.deepEqual(Buffer.from(bytes.subarray(0, written.length)), written);
    // What is left over is part of one message.
    if (whole.error === undefined && bytes.length - written.length >= 4) {
      assert.ok(Buffer.from(bytes).readUInt32BE(written.length) > bytes.length - written.length - 4);
    }
  }
  if (whole.error !== undefined) throw whole.error;
  return [...new Set(whole.messages.map(({ type }) => type))].sort().join();
}

/** `chunkLength` undefined stands for lengths that vary. Messages are lent, so that each is copied at once. */
function messagesIn(bytes, chunkLength) {
  const decoder = new Decoder();
  const random = seededRandom(bytes.length);
  const messages = [];
  try {
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + (chunkLength ?? 1 + random.below(40)));
      // The chunk is wiped as soon as it is used up, as a socket's buffer is.
      const chunk = bytes.slice(at, end);
      decoder.push(chunk);
      for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
        messages.push(structuredClone(message));
      }
      chunk.fill(0xee);
      at = end;
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { messages, error };
  }
  return { messages, error: undefined };
}

function rewritten(messages) {
  const encoder = new Encoder();
  for (const message of messages) write(encoder, message);
  const length = encoder.length;
  const written = Buffer.concat(encoder.take());
  assert.equal(written.length, length);
  return written;
}

function write(encoder, message) {
  const { type, piece, begin, length, bytes, block, port, id, payload, hashes, ...rest } = message;
  const range = { ...rest, length };
  if (type === 'bitfield') encoder.bitfield(bytes);
  else if (type === 'piece') encoder.piece(piece, begin, block);
  else if (type === 'port') encoder.port(port);
  else if (type === 'extended') encoder.extended(id, payload);
  else if (type === 'hashes') encoder.hashes(range, hashes);
  else if (type === 'hash-request') encoder.hashRequest(range);
  else if (type === 'hash-reject') encoder.hashReject(range);
  else encoder[type.replace(/-(.)/g, (_, letter) => letter.toUpperCase())](piece, begin, length);
}

function bytesOf(fill) {
  const encoder = new Encoder();
  fill(encoder);
  return new Uint8Array(Buffer.concat(encoder.take()));
}

export const seeds = [
  bytesOf(encoder => {
    encoder.keepAlive();
    encoder.bitfield(new Uint8Array([0xff, 0x80]));
    encoder.unchoke();
    encoder.interested();
  }),
  bytesOf(encoder => {
    encoder.haveAll();
    encoder.allowedFast(7);
    encoder.suggest(9);
    encoder.request(1, 16_384, 16_384);
    encoder.cancel(1, 16_384, 16_384);
    encoder.reject(1, 16_384, 16_384);
  }),
  bytesOf(encoder => {
    encoder.haveNone();
    encoder.piece(3, 0, new Uint8Array(50).fill(7));
    encoder.have(3);
    encoder.choke();
    encoder.notInterested();
  }),
  bytesOf(encoder => {
    const range = {
      piecesRoot: new Uint8Array(32).fill(1),
      baseLayer: 2,
      index: 512,
      length: 4,
      proofLayers: 3,
    };
    encoder.hashRequest(range);
    encoder.hashes(range, new Uint8Array(6 * 32).fill(5));
    encoder.hashReject(range);
  }),
  bytesOf(encoder => {
    encoder.extended(0, new Uint8Array(Buffer.from('d1:md11:ut_metadatai1eee')));
    encoder.port(6881);
    encoder.keepAlive();
    encoder.keepAlive();
  }),
];

export const tokens = [
  ...[
    0, 1, 2, 3, 5, 9, 10, 13, 49, 81, 113, 1024, 18_513, 18_514, 1025, 131_081, 131_082, 131_072, 131_073,
    262_145, 262_146, 0xffff_ffff,
  ].map(length => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(length);
    return prefix;
  }),
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 20, 21, 22, 23, 24, 255].map(id => [0, 0, 0, 1, id]),
];
