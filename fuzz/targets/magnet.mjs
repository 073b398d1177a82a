// Magnet links: what is read can be written and read again.

import assert from 'node:assert/strict';
import { formatMagnet, isMagnet, parseMagnet } from '../../dist/core/metainfo/magnet.js';

export function run(bytes) {
  const text = Buffer.from(bytes).toString();
  const magnet = parseMagnet(text);
  assert.ok(isMagnet(text));
  const { infoHashV1, infoHashV2, length, peers, selectOnly } = magnet;
  assert.ok(infoHashV1 !== undefined || infoHashV2 !== undefined);
  if (infoHashV1 !== undefined) assert.equal(infoHashV1.length, 20);
  if (infoHashV2 !== undefined) assert.equal(infoHashV2.length, 32);
  if (length !== undefined) assert.ok(Number.isSafeInteger(length) && length >= 0);
  for (const { host, port } of peers)
    assert.ok(host !== '' && Number.isInteger(port) && port > 0 && port < 65_536);
  for (const { first, last } of selectOnly ?? [])
    assert.ok(first >= 0 && first <= last && Number.isInteger(last));
  // A name that was taken as it stood is written so that it is right.
  const { isNameBroken: _, ...written } = magnet;
  assert.deepEqual(parseMagnet(formatMagnet(magnet)), written);
  return Object.keys(magnet)
    .filter(key => magnet[key]?.length !== 0)
    .join();
}

const v1 = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a';
const v2 = `1220${'caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e'}`;
export const seeds = [
  `magnet:?xt=urn:btih:${v1}`,
  `magnet:?xt=urn:btih:${v1.toUpperCase()}&dn=a+name%20here`,
  'magnet:?xt=urn:btih:YNCKHTQCWBTRNJIV4WNAE52SJUQCZO5C&xl=1024',
  `magnet:?xt=urn:btmh:${v2}&tr=http%3A%2F%2Ftracker.example%2Fannounce`,
  `magnet:?xt=urn:btih:${v1}&xt=urn:btmh:${v2}&dn=caf%C3%A9&tr.1=udp://a.example:80&tr.2=wss://b.example`,
  `magnet:?xt=urn:btih:${v1}&x.pe=1.2.3.4:6881&x.pe=[::1]:6881&x.pe=peer.example:80&so=0,2,4-7`,
  `magnet:?xt=urn:btih:${v1}&ws=http://seed.example/&xs=http://x.example/a.torrent&as=http://y.example/b.torrent`,
].map(text => new Uint8Array(Buffer.from(text)));

export const tokens = [
  'magnet:',
  'magnet:?',
  'MAGNET:?',
  '&',
  '=',
  '&&',
  '?',
  '+',
  '%',
  '%20',
  '%2',
  '%zz',
  '%00',
  '%1b',
  '%C3%A9',
  '%C3',
  '%ED%A0%80',
  '%E2%80%AE',
  '&amp;',
  '#',
  'xt=',
  'xt.1=',
  'urn:btih:',
  'urn:btmh:',
  'urn:sha1:',
  '1220',
  '&dn=',
  '&xl=',
  '&xl=-1',
  '&xl=1e3',
  '&tr=',
  '&tr.1=',
  '&ws=',
  '&xs=',
  '&as=',
  '&kt=',
  '&x.pe=',
  '&so=',
  '0-5',
  '5-0',
  '0,1',
  '-',
  '[::1]:1',
  '[::',
  '1.2.3.4:0',
  ':80',
  '__proto__=',
  '&constructor=a',
  `&xt=urn:btih:${v1}`,
  `&xt=urn:btmh:${v2}`,
];
