// A list of addresses not to be spoken to, in all of its forms.

import assert from 'node:assert/strict';
import { parseIpFilter } from '../../dist/core/ip-filter/parse.js';

export function run(bytes) {
  const { filter, unread } = parseIpFilter(bytes);
  assert.ok(unread >= 0 && filter.count >= 0);
  assert.ok(unread + filter.count <= bytes.length + 1);
  for (const host of ['0.0.0.0', '1.2.3.4', '255.255.255.255', '::', '2001:db8::1']) {
    const blocks = filter.blocks(host);
    assert.equal(typeof blocks, 'boolean');
    if (filter.count === 0) assert.equal(blocks, false);
  }
  return `${Math.min(unread, 3)} ${Math.min(filter.ipv4.count, 3)} ${Math.min(filter.ipv6.count, 3)}`;
}

export const seeds = [
  '001.002.003.004 - 001.002.003.255 , 000 , words\n',
  'words:1.2.3.4-1.2.3.5\nothers:0.0.0.0-255.255.255.255\n',
  '1.2.3.0/24\n2001:db8::/32\n# x\n',
  '9.9.9.9\n::1 - ::2\n',
].map(text => new Uint8Array(Buffer.from(text)));

export const tokens = [
  '\n',
  ' - ',
  ' , 000 , ',
  ' , 200 , ',
  '/0',
  '/32',
  '/128',
  ':',
  '0.0.0.0',
  '255.255.255.255',
  '::',
  '#',
  '//',
  '9'.repeat(300),
];
