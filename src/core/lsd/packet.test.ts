import { expect, test } from 'vitest';
import { encodeUtf8, toBinaryString } from '../bytes/utf8.ts';
import { encodeLocalAnnounce, MAX_LSD_HASHES, parseLocalAnnounce } from './packet.ts';

const HASH = new Uint8Array(20).fill(0xab);
const HEAD = 'BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\n';

test('an announce is as BEP 14 shows it, and is read back', () => {
  const announce = { infoHashes: [HASH, new Uint8Array(20).fill(1)], port: 6881, cookie: 'c0ffee' };
  const bytes = encodeLocalAnnounce(announce, 4);
  expect(toBinaryString(bytes)).toBe(
    `${HEAD}Port: 6881\r\nInfohash: ${'ab'.repeat(20)}\r\nInfohash: ${'01'.repeat(20)}\r\ncookie: c0ffee\r\n\r\n\r\n`,
  );
  expect(parseLocalAnnounce(bytes)).toEqual(announce);
  expect(toBinaryString(encodeLocalAnnounce(announce, 6))).toContain('Host: [ff15::efc0:988f]:6771\r\n');
});

test('as many hashes as there may be fit into one datagram', () => {
  const infoHashes = Array.from({ length: MAX_LSD_HASHES }, (_, i) => new Uint8Array(20).fill(i));
  const bytes = encodeLocalAnnounce({ infoHashes, port: 65_535, cookie: 'f'.repeat(16) }, 4);
  expect(bytes.length).toBeLessThanOrEqual(1400);
  expect(parseLocalAnnounce(bytes)!.infoHashes).toEqual(infoHashes);
});

test('names are in any case, and a cookie may be missing', () => {
  const text = `${HEAD}PORT:6882\r\nINFOHASH:  ${'AB'.repeat(20)} \r\n\r\n`;
  expect(parseLocalAnnounce(encodeUtf8(text))).toEqual({ infoHashes: [HASH], port: 6882, cookie: undefined });
});

test.each([
  ['another request', `M-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: ${'ab'.repeat(20)}\r\n\r\n`],
  ['no port', `${HEAD}Infohash: ${'ab'.repeat(20)}\r\n\r\n`],
  ['port 0', `${HEAD}Port: 0\r\nInfohash: ${'ab'.repeat(20)}\r\n\r\n`],
  ['a port that is none', `${HEAD}Port: 65536\r\nInfohash: ${'ab'.repeat(20)}\r\n\r\n`],
  ['no hash', `${HEAD}Port: 1\r\n\r\n`],
  ['half a hash', `${HEAD}Port: 1\r\nInfohash: ${'ab'.repeat(10)}\r\n\r\n`],
  ['much', `${HEAD}Port: 1\r\n${`Infohash: ${'ab'.repeat(20)}\r\n`.repeat(40)}\r\n`],
  ['nothing', ''],
])('%s is no announce', (_, text) => {
  expect(parseLocalAnnounce(encodeUtf8(text))).toBeUndefined();
});
