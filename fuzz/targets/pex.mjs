// A peer exchange (BEP 11), read, and what is read written and read once more.

import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { decodePex, encodePex, MAX_PEX_PEERS } from '../../dist/core/wire/extensions/ut-pex.js';

export function run(bytes) {
  const message = decodePex(bytes);
  const { added, dropped } = message;
  assert.ok(added.length <= MAX_PEX_PEERS && dropped.length <= MAX_PEX_PEERS);
  for (const { host, port } of [...added.map(({ address }) => address), ...dropped]) {
    assert.notEqual(isIP(host), 0);
    assert.ok(Number.isInteger(port) && port >= 0 && port < 65_536);
  }
  for (const { flags } of added) assert.ok(flags >= 0 && flags < 256);
  const again = decodePex(encodePex(message));
  // An IPv4 address in IPv6's form is an IPv4 address from here on: only the order can change.
  assert.equal(again.added.length, added.length);
  assert.equal(again.dropped.length, dropped.length);
  return `${Math.min(added.length, 5)} came, ${Math.min(dropped.length, 5)} went`;
}

const peer = 'ABCDEF';
const wide = 'ABCDEFGHIJKLMNOPQR';
export const seeds = [
  'de',
  `d5:added6:${peer}7:added.f1:\u0012e`,
  `d5:added12:${peer}${peer}7:added.f1:\u00016:added618:${wide}8:added6.f1:\u00107:dropped6:${peer}8:dropped618:${wide}e`,
  `d7:dropped7:${peer}xe`,
  'd5:addedi1e7:droppedlee',
].map(text => new Uint8Array(Buffer.from(text, 'latin1')));

export const tokens = [
  '5:added',
  '7:added.f',
  '6:added6',
  '8:added6.f',
  '7:dropped',
  '8:dropped6',
  `6:${peer}`,
  `18:${wide}`,
  '0:',
  'le',
  'i0e',
  `600:${'a'.repeat(600)}`,
  `18:${'\0'.repeat(10)}\u00ff\u00ff${peer}`,
];
export const bencoded = true;
