// What a proxy answers, SOCKS 5 and HTTP CONNECT: the same however the bytes are cut.

import assert from 'node:assert/strict';
import { HttpConnectHandshake, Socks5Handshake } from '../../dist/core/proxy/handshake.js';
import { outcomeOf } from '../outcome.mjs';

const TARGET = { host: 'a.example', port: 80 };
const LOGIN = { user: 'u', password: 'p' };

export function run(bytes) {
  return [
    () => new Socks5Handshake(TARGET, LOGIN),
    () => new Socks5Handshake(TARGET),
    () => new Socks5Handshake({ host: '0.0.0.0', port: 0 }, LOGIN, 'relay'),
    () => new HttpConnectHandshake(TARGET),
  ]
    .map(make => {
      const whole = outcomeOf(() => talk(make(), bytes, bytes.length));
      assert.equal(
        outcomeOf(() => talk(make(), bytes, 1)),
        whole,
      );
      return whole;
    })
    .join('; ');
}

function talk(handshake, bytes, step) {
  for (let at = 0; at < bytes.length; at += Math.max(1, step)) {
    handshake.take();
    if (handshake.received(bytes.slice(at, at + Math.max(1, step)))) {
      const { bound } = handshake;
      return bound === undefined
        ? 'stands'
        : `stands at ${bound.isName ? 'a name' : bound.host.includes(':')}`;
    }
  }
  return 'waits';
}

export const seeds = [
  [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0],
  [5, 2, 1, 0, 5, 0, 0, 3, 1, 65, 0, 0],
  [5, 0, 5, 5, 0, 1, 0],
  [5, 0, 5, 0, 0, 4, ...Array(18).fill(0), 9, 9],
  [...Buffer.from('HTTP/1.1 200 Connected\r\nX: y\r\n\r\nrest')],
  [...Buffer.from('HTTP/1.0 407 No\r\n\r\n')],
].map(bytes => Uint8Array.from(bytes));

export const tokens = [
  '\u0005\0',
  '\u0005\u0002',
  '\u0001\0',
  'HTTP/1.1 200 ',
  '\r\n',
  '\r\n\r\n',
  '\u0005\0\0\u0001',
  '\u0005\u00ff',
];
