// Message Stream Encryption, both ends: the first byte says which, the rest is what the other end sends. Our secrets are
// the same each time, so that recorded conversations stay good until the edits. Any split of the bytes gives the same.

import assert from 'node:assert/strict';
import { seededRandom } from '../../dist/core/bytes/prng.js';
import { ProtocolError } from '../../dist/core/errors.js';
import { MseHandshake } from '../../dist/core/wire/mse.js';
import { torrentMark } from '../../dist/core/wire/mse-keys.js';

export function run(bytes) {
  const isDialled = bytes[0] === 1;
  const heard = bytes.subarray(1);
  const whole = read(isDialled, heard, heard.length || 1);
  // A key exchange takes a millisecond: not each time twice.
  if (bytes.length % 4 === 0)
    assert.deepEqual(read(isDialled, heard, bytes.length % 3 === 0 ? 1 : 61), whole);
  if (whole.error !== undefined) throw whole.error;
  assert.ok(whole.sent.length <= 96 + 512 + 20 + 20 + 14 + 512 + 2 + INITIAL.length);
  const { result } = whole;
  if (result === undefined) return `incomplete, ${whole.sent.length > 0 ? 'said something' : 'said nothing'}`;
  assert.equal(result.outgoing === undefined, result.method === 'plaintext');
  return `${result.method}, ${result.incoming.isOver}, ${whole.rest.length > 0}`;
}

function read(isDialled, bytes, chunkLength) {
  const end = isDialled ? dialled() : answering();
  const sent = [end.take()];
  try {
    for (let at = 0; at < bytes.length; at += chunkLength) {
      const result = end.push(bytes.slice(at, at + chunkLength));
      sent.push(end.take());
      if (result === undefined) continue;
      const rest = Buffer.concat([result.rest, bytes.subarray(at + chunkLength)]);
      result.incoming.decipher(rest);
      return { sent: Buffer.concat(sent), result: { ...result, rest: undefined }, rest };
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { error };
  }
  return { sent: Buffer.concat(sent) };
}

const INFO_HASH = new Uint8Array(20).fill(7);
const MARK = Buffer.from(torrentMark(INFO_HASH));
const INITIAL = new Uint8Array(68).fill(0x42);

function dialled(methods = ['rc4', 'plaintext']) {
  const random = seededRandom(1);
  return MseHandshake.dial({ infoHash: INFO_HASH, methods, initialPayload: INITIAL, random });
}

function answering(methods = ['rc4', 'plaintext']) {
  const infoHashOf = mark => (MARK.equals(mark) ? INFO_HASH : undefined);
  return MseHandshake.answer({ methods, infoHashOf, random: seededRandom(2) });
}

/** What each end hears, as far as its turns go. */
function conversation(offered, taken, turns) {
  const [a, b] = [dialled(offered), answering(taken)];
  const toB = [a.take()];
  b.push(toB[0]);
  const toA = [b.take()];
  a.push(toA[0]);
  if (turns > 1) {
    toB.push(a.take());
    b.push(toB[1]);
    toA.push(b.take());
  }
  return [Buffer.concat([Buffer.of(0), ...toB]), Buffer.concat([Buffer.of(1), ...toA])];
}

const both = ['rc4', 'plaintext'];
export const seeds = [
  ...conversation(both, ['rc4'], 2),
  ...conversation(both, ['plaintext'], 2),
  ...conversation(both, both, 1),
].map(bytes => new Uint8Array(bytes));

export const tokens = [
  new Uint8Array(96),
  new Uint8Array(96).fill(0xff),
  new Uint8Array(512),
  [0, 0, 0, 1],
  [0, 0, 0, 2],
  [2, 0],
  [2, 1],
];

export const maxLength = 2500;
