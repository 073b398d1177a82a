import { once } from 'node:events';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { HttpHandler, ServerRequest } from '../host/http-server.ts';
import { type HttpServer, type HttpServerOptions, serveHttp } from './http-server.ts';

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()));
});

const echo: HttpHandler = ({ method, path, query }, respond) =>
  respond({
    status: 200,
    headers: { 'content-type': 'text/plain' },
    body: bytes(`${method} ${path} ${query}`),
  });

async function serve(options: Partial<HttpServerOptions> = {}) {
  const server = await serveHttp({ host: '127.0.0.1', handle: echo, ...options });
  open.push(server);
  return server;
}

/** Everything that the server sends on one connection for these bytes, until it closes. */
async function converse(server: HttpServer, request: string): Promise<string> {
  const socket = connect(server.address.port, '127.0.0.1');
  let received = '';
  socket.on('data', chunk => {
    received += chunk.toString('latin1');
  });
  socket.on('error', () => {}); // a reset while we still write is an end like any other
  socket.write(request, 'latin1');
  // Not `once` of node:events, which an error would reject.
  await new Promise(resolve => socket.once('close', resolve));
  return received;
}

const statusOf = (received: string) => received.split('\r\n', 1)[0];
const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;

test('hands on path and query as they came, and the addresses of both ends', async () => {
  const seen: ServerRequest[] = [];
  const server = await serve({
    handle: (request, respond) => {
      seen.push(request);
      respond({ status: 204 });
    },
  });
  expect(statusOf(await converse(server, get('/a%20b/?info_hash=%ff%00&x')))).toBe('HTTP/1.1 204 No Content');
  expect(seen).toEqual([
    {
      method: 'GET',
      path: '/a%20b/',
      query: 'info_hash=%ff%00&x',
      remoteHost: '127.0.0.1',
      remoteIp: new Uint8Array([127, 0, 0, 1]),
      localHost: '127.0.0.1',
      localIp: new Uint8Array([127, 0, 0, 1]),
      isProxys: false,
      fields: new Map([
        ['host', 'x'],
        ['connection', 'close'],
      ]),
    },
  ]);
});

test('IPv4 on a socket of both families is IPv4', async () => {
  let remoteHost = '';
  const server = await serveHttp({
    handle: (request, respond) => {
      ({ remoteHost } = request);
      respond({ status: 204 });
    },
  });
  open.push(server);
  await converse(server, get('/'));
  expect(remoteHost).toBe('127.0.0.1');
});

test('routes come first, by their decoded path; the rest goes to the handler', async () => {
  const routes = new Map<string, HttpHandler>();
  const server = await serve({ routes });
  routes.set('/my films.torrent', (_, respond) => respond({ status: 200, body: bytes('torrent') }));
  expect(await converse(server, get('/my%20films.torrent'))).toMatch(/\r\n\r\ntorrent$/);
  expect(await converse(server, get('/my%20films.torrent?x'))).toMatch(/\r\n\r\ntorrent$/);
  expect(await converse(server, get('/%ff'))).toMatch(/GET \/%ff $/);
  expect(await converse(server, get('/__proto__'))).toMatch(/GET \/__proto__ $/);
});

test('answers HEAD with the length and without the body', async () => {
  const received = await converse(await serve(), 'HEAD /x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(received).toMatch(/\r\ncontent-length: 8\r\n/);
  expect(received).toMatch(/\r\n\r\n$/);
});

test('keeps a connection for many requests, though not for ever', async () => {
  const keep = 'GET /a HTTP/1.1\r\nhost: x\r\n\r\n';
  const received = await converse(await serve({ maxRequestsPerConnection: 3 }), keep.repeat(4));
  expect(received.match(/GET \/a/g)).toHaveLength(3);
});

test('lets a connection go that asks nothing more', async () => {
  const server = await serve({ keepAliveMs: 10 });
  expect(await converse(server, 'GET /a HTTP/1.1\r\nhost: x\r\n\r\n')).toMatch(/GET \/a $/);
});

test.each([
  ['a garbled request', 'garbage\r\n\r\n', '400 Bad Request'],
  ['bytes of another protocol', '\x13BitTorrent protocol', '400 Bad Request'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', '400 Bad Request'],
  ['a URL of another server', get('http://example.com/'), '400 Bad Request'],
  ['a POST', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n', '405 Method Not Allowed'],
  ['a body', 'GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello', '413 Payload Too Large'],
  [
    'chunks',
    'GET / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    '413 Payload Too Large',
  ],
  [
    'a body to come',
    'PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n',
    '413 Payload Too Large',
  ],
  ['a long URL', get(`/${'a'.repeat(8_200)}`), '414 URI Too Long'],
  ['a URL of a megabyte', get(`/${'a'.repeat(1_000_000)}`), '431 Request Header Fields Too Large'],
  [
    'headers without end',
    `GET / HTTP/1.1\r\n${'x: yyyyyyyyyyyy\r\n'.repeat(4_000)}`,
    '431 Request Header Fields Too Large',
  ],
  [
    'an upgrade',
    'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    '400 Bad Request',
  ],
])('refuses %s and ends the connection', async (_, request, status) => {
  const received = await converse(await serve(), request);
  // Where much is still being written, the reset can come before the answer is read, and takes it away.
  const wasCutOff = request.length > 65_536 && received === '';
  if (!wasCutOff) expect(statusOf(received)).toBe(`HTTP/1.1 ${status}`);
  expect(received).not.toContain('GET /');
});

test('a tunnel is closed', async () => {
  expect(
    await converse(await serve(), 'CONNECT example.com:25 HTTP/1.1\r\nhost: example.com:25\r\n\r\n'),
  ).toBe('');
});

test('a request that does not come whole in time is ended', async () => {
  const received = await converse(await serve({ requestTimeoutMs: 50 }), 'GET / HTTP/1.1\r\nhost:');
  expect(statusOf(received)).toBe('HTTP/1.1 408 Request Timeout');
});

test('a handler that is silent is answered for, and a second answer goes nowhere', async () => {
  let late: Parameters<HttpHandler>[1] | undefined;
  const server = await serve({ handle: (_, respond) => (late = respond), responseTimeoutMs: 20 });
  expect(await converse(server, get('/'))).toMatch(/^HTTP\/1\.1 503 /);
  late!({ status: 200 });
  const twice = await serve({
    handle: (_, respond) => {
      respond({ status: 201 });
      respond({ status: 202 });
    },
  });
  expect(statusOf(await converse(twice, get('/')))).toBe('HTTP/1.1 201 Created');
});

test('a handler that throws is answered for, and reported', async () => {
  const faults: unknown[] = [];
  const server = await serve({
    handle: () => {
      throw new TypeError('a fault of ours');
    },
    handlerFailed: error => faults.push(error),
  });
  expect(await converse(server, get('/'))).toMatch(/^HTTP\/1\.1 500 /);
  expect(faults).toEqual([new TypeError('a fault of ours')]);
});

test('more connections than allowed are closed', async () => {
  const server = await serve({ maxConnections: 1 });
  const first = connect(server.address.port, '127.0.0.1');
  first.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(first, 'data');
  expect(await converse(server, get('/b'))).toBe('');
  first.destroy();
});

test('says why it cannot listen', async () => {
  const { address } = await serve();
  await expect(serve({ port: address.port })).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    message: `The HTTP server cannot listen on port ${address.port} of 127.0.0.1: another program is listening there.`,
  });
  await expect(serve({ host: '192.0.2.77' })).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
});

test('closes although a client holds its connection', async () => {
  const server = await serveHttp({ host: '127.0.0.1', handle: echo });
  const idle = connect(server.address.port, '127.0.0.1');
  idle.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(idle, 'data');
  const closed = once(idle, 'close');
  await server.close();
  await closed;
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

test('pipelined requests are answered in their order, though a handler takes its time', async () => {
  const waiting: (() => void)[] = [];
  const server = await serve({
    handle: (request, respond) => {
      const answer = () => echo(request, respond);
      if (request.path === '/slow') waiting.push(answer);
      else answer();
    },
  });
  const requests = ['/a', '/slow', '/b', '/c'].map(path => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  const received = converse(server, requests.join('') + get('/last'));
  await expect.poll(() => waiting.length).toBe(1);
  waiting[0]!();
  expect((await received).match(/GET \/\w+/g)).toEqual([
    'GET /a',
    'GET /slow',
    'GET /b',
    'GET /c',
    'GET /last',
  ]);
});

test('a request may come byte by byte', async () => {
  const server = await serve();
  const socket = connect(server.address.port, '127.0.0.1');
  socket.setNoDelay(true);
  for (const byte of get('/slowly')) {
    socket.write(byte);
    await new Promise(setImmediate);
  }
  expect(`${(await once(socket, 'data'))[0]}`).toMatch(/GET \/slowly $/);
});

test('HTTP/1.0 is answered and let go, and kept where it asks for it', async () => {
  const received = await converse(await serve(), 'GET /a HTTP/1.0\r\n\r\nGET /b HTTP/1.0\r\n\r\n');
  expect(received).toMatch(/connection: close\r\n\r\nGET \/a $/);
  const kept = 'GET /a HTTP/1.0\r\nconnection: keep-alive\r\n\r\nGET /b HTTP/1.0\r\n\r\n';
  expect((await converse(await serve(), kept)).match(/GET \/./g)).toHaveLength(2);
});

test('the address before a trusted proxy is believed, another is not', async () => {
  const remote: string[] = [];
  const handle: HttpHandler = ({ remoteHost, isProxys }, respond) => {
    remote.push(`${remoteHost}${isProxys ? ' (a proxy)' : ''}`);
    respond({ status: 204 });
  };
  const forwarded =
    'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-forwarded-for: 198.51.100.1, 192.0.2.7\r\n\r\n';
  await converse(await serve({ handle }), forwarded);
  const behind = await serve({ handle, isTrustedProxy: ip => ip[0] === 127 });
  await converse(behind, forwarded);
  await converse(behind, get('/'));
  const senseless = forwarded.replace('192.0.2.7', 'nobody');
  expect(statusOf(await converse(behind, senseless))).toBe('HTTP/1.1 400 Bad Request');
  expect(remote).toEqual(['127.0.0.1', '192.0.2.7', '127.0.0.1 (a proxy)']);
});

test('a connection of a trusted proxy begins with whose it is', async () => {
  const remote: string[] = [];
  const handle: HttpHandler = ({ remoteHost }, respond) => {
    remote.push(remoteHost);
    respond({ status: 204 });
  };
  const server = await serve({ handle, proxyProtocol: true, isTrustedProxy: ip => ip[0] === 127 });
  const header = '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x09\x7f\0\0\x01\x10\0\0\x50';
  expect(statusOf(await converse(server, header + get('/')))).toBe('HTTP/1.1 204 No Content');
  expect(await converse(server, get('/'))).toBe('');
  expect(remote).toEqual(['192.0.2.9']);
});

test('one address has no more connections than it may', async () => {
  const server = await serve({ maxConnectionsPerHost: 1 });
  const first = connect(server.address.port, '127.0.0.1');
  first.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(first, 'data');
  expect(await converse(server, get('/b'))).toBe('');
  const gone = once(first, 'close');
  first.destroy();
  await gone;
  await expect.poll(() => server.connectionCount).toBe(0);
  expect(await converse(server, get('/c'))).toMatch(/GET \/c $/);
});

test('compresses what is worth it, for those who take it', async () => {
  const body = bytes('peer '.repeat(1_000));
  const server = await serve({ handle: (_, respond) => respond({ status: 200, body, compressible: true }) });
  const asked = get('/').replace('host', 'accept-encoding: gzip\r\nhost');
  const received = await converse(server, asked);
  expect(received).toContain('content-encoding: gzip\r\n');
  expect(`${gunzipSync(Buffer.from(received.split('\r\n\r\n').slice(1).join('\r\n\r\n'), 'latin1'))}`).toBe(
    `${Buffer.from(body)}`,
  );
  expect(await converse(server, get('/'))).not.toContain('content-encoding');
});

test('does not read on for one that does not read', async () => {
  let asked = 0;
  const server = await serve({
    handle: (_, respond) => {
      asked++;
      respond({ status: 200, body: new Uint8Array(100_000) });
    },
  });
  const socket = connect(server.address.port, '127.0.0.1').pause();
  socket.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(900));
  await expect.poll(() => asked).toBeGreaterThan(2);
  let before = 0;
  // It has stopped when a look at it twice shows the same.
  await expect
    .poll(
      () => {
        const same = asked === before;
        before = asked;
        return same;
      },
      { interval: 100 },
    )
    .toBe(true);
  expect(asked).toBeLessThan(450);
  socket.destroy();
});
