// Trackers' URLs: what is accepted has the same host for the URL parser of the platform, which is the one that connects.
// Where the two differ, a torrent could name a machine that the check never saw.

import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { addressScope } from '../../dist/core/bytes/address-scope.js';
import { addressBytes } from '../../dist/core/bytes/compact-address.js';
import { parseTrackerUrl, refusalOf } from '../../dist/core/tracker/tracker-url.js';

export function run(bytes) {
  const text = Buffer.from(bytes).toString();
  const url = parseTrackerUrl(text);
  if (url === undefined) return 'no URL';
  const { scheme, host, port, scope } = url;
  const refusal = refusalOf(url);
  if (scheme !== 'http' && scheme !== 'https')
    return `${scheme === 'udp' ? scheme : 'other'} ${scope} ${refusal === undefined}`;
  // Stricter about punycode than we are: such a URL is never asked.
  if (!URL.canParse(text)) return 'not for the platform';
  const seen = new URL(text);
  assert.equal(seen.protocol, `${scheme}:`);
  assert.equal(seen.port, port === undefined || port === DEFAULT_PORTS[scheme] ? '' : String(port));
  const seenHost = seen.hostname.replace(/^\[|\]$/g, '');
  if (isIP(seenHost) === 0) assert.equal(host, seenHost);
  else {
    assert.deepEqual(addressBytes(host), addressBytes(seenHost));
    assert.equal(scope, addressScope(seenHost));
  }
  return `${scope} ${refusal ?? 'allowed'} ${Object.keys(url).filter(key => url[key] !== undefined)}`;
}

const DEFAULT_PORTS = { http: 80, https: 443 };

export const seeds = [
  'http://tracker.example/announce',
  'https://tracker.example:8443/a/announce?passkey=abc&x=1',
  'udp://tracker.example:6969/announce',
  'http://127.0.0.1:8080/announce',
  'http://[::1]:8080/announce',
  'http://192.168.1.1/announce#fragment',
  'http://[::ffff:10.0.0.1]/',
  'HTTP://LOCALHOST.:80',
  'wss://tracker.example',
].map(text => new Uint8Array(Buffer.from(text)));

export const tokens = [
  'http:',
  '//',
  '/',
  '\\',
  '@',
  'a@',
  'a:b@',
  ':',
  ':80',
  ':443',
  ':0',
  ':65536',
  ':00080',
  '#',
  '?',
  '%31',
  '%2e',
  '%40',
  '.',
  '..',
  '0x7f.1',
  '0177.0.0.1',
  '127.1',
  '2130706433',
  '127.0.0.1',
  '1.2.3.4.',
  '08.8.8.8',
  '[::]',
  '[::1',
  '::1]',
  '[fe80::1%25eth0]',
  '\t',
  '\n',
  ' ',
  '\0',
  'localhost',
  '１２７',
  'ⅰ',
  '。',
  '\u00ad',
  'ß',
  'xn--',
  'xn--a.example',
  '-',
  '_',
  '~',
  '*',
  '0x',
  '0',
  '1e3',
  'ftp',
  'ws',
  'udp',
  'file',
  'javascript:',
];
