// What a SOCKS 5 relay hands over: read whole or not at all; what is read is written again as it came, but for what is reserved
// and for IPv4 in the form of IPv6.

import assert from 'node:assert/strict';
import { MAX_RELAY_HEADER, readRelayed, writeRelayed } from '../../dist/core/proxy/socks-datagram.js';

export function run(bytes) {
  const from = readRelayed(bytes);
  if (from === undefined) return `dropped ${bytes[2] === 0} ${Math.min(bytes[3] ?? 9, 5)}`;
  const data = bytes.subarray(from.at);
  assert.equal(bytes[2], 0);
  const room = new Uint8Array(data.length + MAX_RELAY_HEADER);
  const again = room.subarray(0, writeRelayed(room, from, data));
  const isMapped = from.at === 22 && !from.host.includes(':');
  if (!isMapped) assert.deepEqual(again.subarray(2), bytes.subarray(2));
  assert.deepEqual(readRelayed(again), { ...from, at: isMapped ? 10 : from.at });
  return `${from.at}${isMapped ? ' mapped' : ''} ${Math.min(data.length, 4)}`;
}

export const seeds = [
  [0, 0, 0, 1, 20, 0, 0, 1, 0x1a, 0xe1, 7, 8],
  [0, 0, 0, 4, ...Array(15).fill(0), 1, 0, 80, 7],
  [0, 0, 0, 4, ...Array(10).fill(0), 255, 255, 1, 2, 3, 4, 0, 80, 7],
  [0, 0, 1, 1, 20, 0, 0, 1, 0, 80, 7],
  [0, 0, 0, 3, 1, 65, 0, 80, 7],
  [0, 0, 0, 1, 20],
].map(bytes => Uint8Array.from(bytes));

export const tokens = ['\0\0\0', '\0\0\u0001', '\u0001', '\u0003', '\u0004', '\u00ff\u00ff'];
