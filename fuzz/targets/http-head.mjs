// What a client, or a proxy before it, sends to our HTTP server: heads of requests one after another. Cut anywhere, they
// are the same requests.

import assert from 'node:assert/strict';
import { ProtocolError } from '../../dist/core/errors.js';
import { forwardedClient } from '../../dist/core/http/forwarded-for.js';
import { readProxyHeader } from '../../dist/core/http/proxy-header.js';
import { isHeadFault, readRequestHead } from '../../dist/core/http/request-head.js';

export function run(bytes) {
  const text = Buffer.from(bytes).latin1Slice();
  const heads = [];
  let at = 0;
  let outcome = 'more';
  let fields;
  while (at < text.length) {
    const head = readRequestHead(text, at, 1_024, fields);
    const before = readRequestHead(text.slice(at, at + (text.length - at) / 2), 0, 1_024);
    if (head === undefined) break;
    if (isHeadFault(head)) {
      outcome = `fault ${head.status}`;
      break;
    }
    // Half of it gives the same head or none, and never another.
    if (before !== undefined && !isHeadFault(before)) assert.equal(before.end, head.end - at);
    if (before !== undefined && isHeadFault(before)) assert.fail('half of a good request was refused');
    assert.ok([...head.target].every(character => character > ' '));
    for (const [name, value] of head.fields.values) {
      assert.ok(/^[!-~]+$/.test(name) && name === name.toLowerCase());
      assert.ok([...'\r\n\0'].every(character => !value.includes(character)));
    }
    fields = head.fields;
    heads.push(
      `${head.method} ${[...fields.values.keys()].sort().join()} ${fields.hasBody} ${fields.upgrades}`,
    );
    const forwarded = fields.values.get('x-forwarded-for');
    if (forwarded !== undefined) {
      const client = forwardedClient(forwarded, ip => ip[0] === 10);
      assert.ok(client === undefined || client.length === 4 || client.length === 16);
    }
    at = head.end;
  }
  return `${heads.slice(0, 1).join('; ')}; ${outcome}; ${proxied(bytes)}`;
}

function proxied(bytes) {
  try {
    const header = readProxyHeader(bytes);
    if (header === undefined) return 'more';
    assert.ok(header.length >= 16 && header.length <= bytes.length);
    return `from ${header.source?.ip.length}`;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.code;
  }
}

const signature = '\r\n\r\n\0\r\nQUIT\n';
export const seeds = [
  'GET /announce?info_hash=%12&port=1 HTTP/1.1\r\nHost: t:6969\r\nUser-Agent: x\r\nAccept-Encoding: gzip\r\n\r\n',
  'GET /a HTTP/1.0\r\n\r\nHEAD /b HTTP/1.1\r\nhost: x\r\nconnection: close, upgrade\r\nupgrade: websocket\r\n\r\n',
  'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello',
  'GET / HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 1.2.3.4, [::1]:80, 10.0.0.1\r\n\r\n',
  `${signature}\x21\x11\0\x0c\xc0\0\x02\x09\x7f\0\0\x01\x10\0\0\x50GET / HTTP/1.1\r\nhost: x\r\n\r\n`,
].map(text => new Uint8Array(Buffer.from(text, 'latin1')));

export const tokens = [
  ...['\r\n', '\n', '\r', '\r\n\r\n', ' ', ':', ': ', '\t', '\0', ', ', '\xff'],
  ...['GET ', ' HTTP/1.1', ' HTTP/1.0', 'host: x', 'content-length: 0', 'transfer-encoding: chunked'],
  ...['connection: keep-alive', 'x-forwarded-for: ', '1.2.3.4', '\x21\x11', '\x21\x21', '\x20\0', signature],
];
