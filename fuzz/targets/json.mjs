// What a tracker reads over WebSocket before it knows what it says: JSON, by its bytes. It takes what JSON.parse takes, down to
// its depth, and gives the same strings and numbers; and no byte behind the end is looked at, whatever stood there before.

import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { ProtocolError } from '../../dist/core/errors.js';
import { JsonReader, KnownTexts } from '../../dist/core/tracker/json-reader.js';

const MAX_DEPTH = 8;
const json = new JsonReader(MAX_DEPTH);
const known = new KnownTexts(['left', 'offer', 'info_hash']);

export function run(bytes) {
  if (!isUtf8(bytes)) {
    // Whoever asks has made sure that it is; it ends all the same.
    readAll(bytes);
    return 'no text';
  }
  const text = Buffer.from(bytes).toString();
  const value = parsed(text);
  // What was read before must not matter: once behind what would go on with anything, once behind nothing.
  const read = readAll(bytes);
  json.begin(new Uint8Array(bytes.length + 16).fill(0x22));
  assert.deepEqual(readAll(bytes), read);
  const isDeep = value !== undefined && depthOf(text) > MAX_DEPTH;
  assert.equal(read !== undefined, value !== undefined && !isDeep, text);
  if (read === undefined || value === undefined) return isDeep ? 'deep' : 'no JSON';
  if (typeof value.value === 'string' || typeof value.value === 'number')
    assert.equal(read.value, value.value);
  return `${Array.isArray(value.value) ? 'array' : typeof value.value} ${read.known} ${[...new Set(text.replace(/[a-z0-9 ]+/gi, ''))].slice(0, 6).join('')}`;
}

function readAll(bytes) {
  try {
    json.begin(bytes);
    const kind = json.peek();
    const start = json.skip();
    const end = json.at;
    json.end();
    assert.ok(start < end && end <= bytes.length);
    json.begin(bytes);
    const value = kind === 'string' ? json.string() : kind === 'number' ? json.number() : undefined;
    json.begin(bytes);
    const index = kind === 'string' ? json.oneOf(known) : -1;
    if (index >= 0) assert.equal(value, ['left', 'offer', 'info_hash'][index]);
    return { value, known: index };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}

function parsed(text) {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Of what is JSON: what of it lies outside of strings opens and closes. A value that another of its name replaces is read too. */
function depthOf(text) {
  let depth = 0;
  let deepest = 0;
  for (const letter of text.replace(/"(?:[^"\\]|\\.)*"/g, '')) {
    if (letter === '[' || letter === '{') deepest = Math.max(deepest, ++depth);
    else if (letter === ']' || letter === '}') depth--;
  }
  return deepest;
}

export const seeds = [
  '{"info_hash":"\\u00ff\\"\\\\/é€😀","left":-1.5e+7,"offers":[{},[],null,true,false]}',
  '"left"',
  ' 123456789012345 ',
  '"\\u006ceft, and more than the words of four bytes can tell at once\\r\\n"',
  '[[[[[[[[]]]]]]]]',
].map(text => new Uint8Array(Buffer.from(text)));

export const tokens = [
  ...[
    '"',
    '\\',
    '\\u',
    '\\u00',
    '\\ud83d',
    '\\n',
    '\0',
    '\x1f',
    '\xc3\xa9',
    '\xe2\x82\xac',
    '\xf0\x9f\x98\x80',
    '\xef\xbb\xbf',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    ' ',
    '\t',
    '-',
    '+',
    '.',
    'e',
    'E',
    '0',
    '01',
    '1e9',
    'true',
    'false',
    'null',
    '"a":',
    '"left"',
  ],
];
