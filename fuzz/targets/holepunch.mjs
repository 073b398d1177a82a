// A holepunch message (BEP 55), read, and what is read written and read once more.

import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { decodeHolepunch, encodeHolepunch } from '../../dist/core/wire/extensions/ut-holepunch.js';

export function run(bytes) {
  const message = decodeHolepunch(bytes);
  if (message === undefined) return 'unknown';
  const { host, port } = message.address;
  assert.notEqual(isIP(host), 0);
  assert.ok(Number.isInteger(port) && port >= 0 && port < 65_536);
  assert.deepEqual(decodeHolepunch(encodeHolepunch(message)), message);
  return `${message.type} ${isIP(host)} ${message.error}`;
}

export const seeds = [
  [0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0],
  [1, 1, 32, 1, 13, 184, ...Array(11).fill(0), 1, 26, 225, 0, 0, 0, 0],
  [2, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 3],
  [0, 0, 1, 2, 3, 4, 5, 6],
].map(bytes => Uint8Array.from(bytes));

export const tokens = ['\0', '\u0001', '\u0002', '\u0003', '\0\0\0\u0004', '\u00ff\u00ff'];
export const maxLength = 64;
