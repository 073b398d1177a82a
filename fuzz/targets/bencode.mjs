// The decoder of bencoding, strict and lenient.

import assert from 'node:assert/strict';
import { BencodeDictionary, decode, decodePrefix, encode } from '../../dist/core/bencode/index.js';
import { ProtocolError } from '../../dist/core/errors.js';

export function run(bytes) {
  const lenient = answerOf(() => decode(bytes, { lenient: true }));
  const prefix = answerOf(() => decodePrefix(bytes));
  const strict = decodeStrictly(bytes, lenient);
  // A strict value is canonical: its bytes are the only ones that it has.
  assert.deepEqual(Buffer.from(encode(strict)), Buffer.from(bytes));
  assert.equal(prefix.end, bytes.length);
  assert.deepEqual(lenient, strict);
  return kindOf(strict);
}

/** @throws ProtocolError of the strict decoder, once what the lenient one says has been checked */
function decodeStrictly(bytes, lenient) {
  try {
    return decode(bytes);
  } catch (error) {
    if (lenient !== undefined) checkLenient(lenient, bytes);
    throw error;
  }
}

/** What leniency lets through has a canonical form, from which the same value comes. */
function checkLenient(value, bytes) {
  const canonical = encode(value);
  assert.deepEqual(Buffer.from(encode(decode(canonical))), Buffer.from(canonical));
  if (value instanceof BencodeDictionary) {
    assert.equal(value.raw.buffer, bytes.buffer);
    assert.deepEqual(Buffer.from(value.raw), Buffer.from(bytes.subarray(0, value.end)));
  }
}

function answerOf(call) {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}

function kindOf(value) {
  if (value instanceof BencodeDictionary) return `a dictionary of ${Math.min(value.entries.size, 5)}`;
  if (Array.isArray(value)) return `a list of ${Math.min(value.length, 5)}`;
  return value instanceof Uint8Array ? 'a string' : typeof value;
}

export const seeds = [
  'i0e',
  'i-42e',
  'i9007199254740993e',
  '0:',
  '4:spam',
  'le',
  'de',
  'l4:spami7eledee',
  'd3:cow3:moo4:spaml1:a1:bee',
  'd8:announce3:url4:infod6:lengthi5e4:name1:a12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee',
].map(text => new Uint8Array(Buffer.from(text, 'latin1')));

export const tokens = [
  'i',
  'e',
  'l',
  'd',
  ':',
  '-',
  'i0e',
  'i-0e',
  'i00e',
  'i-1e',
  'ie',
  'i-e',
  '0:',
  '00:',
  '1:a',
  '1:b',
  '01:a',
  'de',
  'le',
  'd1:a',
  '1:ai1e',
  '99999999999999999999:',
  '4294967296:',
  '-1:',
  'i9007199254740992e',
  'i-9007199254740993e',
  'i18446744073709551616e',
  'i100000000000000000000e',
  'l'.repeat(101),
  'e'.repeat(101),
  'd1:a'.repeat(60),
];

export const bencoded = true;
