// What anybody on a network may say to the group of local service discovery (BEP 14).

import assert from 'node:assert/strict';
import { encodeLocalAnnounce, MAX_LSD_HASHES, parseLocalAnnounce } from '../../dist/core/lsd/packet.js';

export function run(bytes) {
  const announce = parseLocalAnnounce(bytes);
  if (announce === undefined) return 'nothing';
  const { infoHashes, port, cookie } = announce;
  assert.ok(infoHashes.length > 0 && infoHashes.length <= MAX_LSD_HASHES);
  for (const hash of infoHashes) assert.equal(hash.length, 20);
  assert.ok(Number.isInteger(port) && port > 0 && port < 65_536);
  if (cookie !== undefined) assert.match(cookie, /^[\x21-\x7e]{1,100}$/);
  assert.deepEqual(parseLocalAnnounce(encodeLocalAnnounce(announce, 4)), announce);
  return `${Math.min(infoHashes.length, 4)} hashes, ${cookie === undefined}`;
}

const head = 'BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\n';
const hash = `Infohash: ${'0123456789abcdef0123456789ABCDEF01234567'}\r\n`;
export const seeds = [
  `${head}Port: 6881\r\n${hash}cookie: a1b2\r\n\r\n\r\n`,
  `${head}Port: 6881\r\n${hash}${hash}\r\n\r\n`,
  `${head}Port: 0\r\n${hash}\r\n`,
  head,
].map(text => new Uint8Array(Buffer.from(text)));

export const tokens = [
  head,
  hash,
  'Port: 65535\r\n',
  'Port: 65536\r\n',
  'cookie: x\r\n',
  '\r\n',
  ': ',
  hash.repeat(25),
];
