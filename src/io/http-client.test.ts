import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import type { HttpRequest } from '../host/http.ts';
import { nodeHttpClient } from './http-client.ts';
import { httpFault } from './http-fault.ts';

// Names and addresses that stand for servers on the Internet, though all run here: what the client sees of the net.
vi.mock('node:dns', async original => ({
  ...(await original<typeof import('node:dns')>()),
  lookup: (
    name: string,
    options: { family?: number },
    done: (error: Error | null, addresses?: object[]) => void,
  ) => {
    const found = options.family === 6 ? undefined : NAMES[name];
    if (found === undefined) return done(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }));
    done(
      null,
      found.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  },
}));
vi.mock('../core/bytes/address-scope.ts', async original => {
  const actual = await original<typeof import('../core/bytes/address-scope.ts')>();
  return { addressScope: (host: string) => (host === PUBLIC_HOST ? 'public' : actual.addressScope(host)) };
});

/** Of loopback, but it counts as public here. */
const PUBLIC_HOST = '127.0.0.99';
const NAMES: Record<string, string[]> = {
  localhost: ['127.0.0.1'],
  'tracker.lan': ['127.0.0.1'],
  'inward.example.com': ['127.0.0.1', '10.0.0.1'],
  'public.example.com': [PUBLIC_HOST],
  'mixed.example.com': ['127.0.0.1', PUBLIC_HOST],
};

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await new Promise(resolve => server.close(resolve));
});

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(handle);
  open.push(server);
  await new Promise<void>(resolve => server.listen(0, '0.0.0.0', resolve));
  return (server.address() as AddressInfo).port;
}

/** A server that says these bytes to whoever connects, and hangs up, or waits where `hold` is set. */
async function serveRaw(said: string, hold = false): Promise<number> {
  const server = createTcpServer(socket => {
    socket.on('error', () => {});
    socket.once('data', () => (hold ? socket.write(said) : socket.end(said)));
  });
  open.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const get = (url: string, more: Partial<HttpRequest> = {}) =>
  nodeHttpClient().get({ url, timeoutMs: 5_000, maxBytes: 1_000, ...more });
const text = (body: Uint8Array) => new TextDecoder().decode(body);

test('gives status, headers, body and the address that answered', async () => {
  const seen: IncomingMessage[] = [];
  const port = await serve((request, response) => {
    seen.push(request);
    response.writeHead(404, { 'X-Thing': 'a', 'set-cookie': ['b', 'c'] }).end('nothing');
  });
  const url = `http://tracker.lan:${port}/announce?info_hash=%ff%00'x'&a=b+c`;
  const response = await get(url, { headers: { 'user-agent': 'swarmline' } });
  expect(response).toMatchObject({
    status: 404,
    headers: { 'x-thing': 'a', 'set-cookie': 'b, c' },
    remoteHost: '127.0.0.1',
  });
  expect(text(response.body)).toBe('nothing');
  expect(response.body.constructor).toBe(Uint8Array);
  expect(seen[0]!.url).toBe('/announce?info_hash=%ff%00%27x%27&a=b+c');
  expect(seen[0]!.headers).toMatchObject({
    'user-agent': 'swarmline',
    connection: 'close',
    host: `tracker.lan:${port}`,
  });
});

test('unpacks gzip, and counts what comes out', async () => {
  const port = await serve((request, response) => {
    expect(request.headers['accept-encoding']).toBe('gzip');
    const body = gzipSync('z'.repeat(request.url === '/bomb' ? 1_000_000 : 1_000));
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(body);
  });
  expect((await get(`http://127.0.0.1:${port}/`)).body).toHaveLength(1_000);
  await expect(get(`http://127.0.0.1:${port}/bomb`)).rejects.toMatchObject({
    code: 'HTTP_FAILED',
    where: `127.0.0.1:${port}`,
    message: `127.0.0.1:${port}: the answer is longer than 1000 bytes.`,
  });
});

test('a body that is too long is an error, told or not', async () => {
  const port = await serve((request, response) => {
    if (request.url === '/told') response.end('x'.repeat(1_001));
    else for (let i = 0; i < 11; i++) response.write('x'.repeat(100), () => {});
    response.end();
  });
  for (const path of ['/told', '/chunked']) {
    await expect(get(`http://127.0.0.1:${port}${path}`)).rejects.toThrow(
      'the answer is longer than 1000 bytes.',
    );
  }
});

test.each([
  ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', 'the connection was broken off'],
  ['HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nabc', 'the answer is not the gzip that it claims to be'],
  [`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n${'\x1f'}`, 'the answer is cut off'],
  ['HTTP/1.1 200 OK\r\ncontent-encoding: br\r\n\r\nabc', 'the answer is encoded as br'],
  ['SSH-2.0-OpenSSH_9.2\r\n', 'what answers there does not speak HTTP'],
  ['', 'the connection was broken off'],
  [`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}\r\n`, 'its answer has headers without end'],
  [
    'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    'it wants to speak another protocol than HTTP',
  ],
])('%.50j: %s', async (said, cause) => {
  const port = await serveRaw(said);
  await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
    code: 'HTTP_FAILED',
    message: `127.0.0.1:${port}: ${cause}.`,
  });
});

test('a server that is silent, or never ends, has only so much time', async () => {
  for (const said of ['', 'HTTP/1.1 200 OK\r\n\r\nabc', 'HTTP/1.1 100 Continue\r\n\r\n']) {
    const port = await serveRaw(said, true);
    await expect(get(`http://127.0.0.1:${port}/`, { timeoutMs: 100 })).rejects.toThrow(
      `127.0.0.1:${port}: there was no whole answer within 0.1 s.`,
    );
  }
});

test('the time is for all redirects together', async () => {
  const port = await serve((_, response) => {
    setTimeout(() => response.writeHead(302, { location: '/' }).end(), 40);
  });
  await expect(get(`http://127.0.0.1:${port}/`, { timeoutMs: 100 })).rejects.toThrow(
    'there was no whole answer within 0.1 s',
  );
});

test('can be given up before and while it is under way', async () => {
  const port = await serveRaw('', true);
  const given = { message: `127.0.0.1:${port}: the request was given up.` };
  await expect(get(`http://127.0.0.1:${port}/`, { signal: AbortSignal.abort() })).rejects.toMatchObject(
    given,
  );
  const controller = new AbortController();
  const response = get(`http://127.0.0.1:${port}/`, { signal: controller.signal });
  controller.abort();
  await expect(response).rejects.toMatchObject(given);
});

test('follows five redirects and no sixth', async () => {
  const port = await serve((request, response) => {
    const left = Number(request.url!.slice(1));
    if (left === 0) response.end('there');
    else response.writeHead([301, 302, 303, 307, 308][left % 5]!, { location: `${left - 1}` }).end();
  });
  expect(text((await get(`http://127.0.0.1:${port}/5`)).body)).toBe('there');
  await expect(get(`http://127.0.0.1:${port}/6`)).rejects.toThrow('it redirects more than 5 times');
});

test.each([
  ['http://public.example.com', 'http://127.0.0.1', 'refused'],
  ['http://public.example.com', 'http://localhost', 'refused'],
  ['http://public.example.com', 'http://inward.example.com', 'refused'],
  ['http://public.example.com', 'http://[::1]', 'refused'],
  ['http://public.example.com', 'http://0x7f.1', 'refused'],
  ['http://public.example.com', 'http://2130706433', 'refused'],
  ['http://public.example.com', 'http://mixed.example.com', 'followed'],
  ['http://public.example.com', `http://${PUBLIC_HOST}`, 'followed'],
  ['http://127.0.0.1', 'http://localhost', 'followed'],
  ['http://tracker.lan', `http://${PUBLIC_HOST}`, 'followed'],
  ['http://tracker.lan', `http://tracker.lan`, 'followed'],
])('a redirect from %s to %s is %s', async (from, to, outcome) => {
  const asked: string[] = [];
  const port = await serve((request, response) => {
    asked.push(request.url!);
    if (request.url === '/from') response.writeHead(302, { location: `${to}:${port}/to` }).end();
    else response.end('there');
  });
  const answer = get(`${from}:${port}/from`);
  if (outcome === 'followed') expect(text((await answer).body)).toBe('there');
  else
    await expect(answer).rejects.toThrow(
      'a server on the Internet redirects to it, and it is on this machine or network.',
    );
  expect(asked).toEqual(outcome === 'followed' ? ['/from', '/to'] : ['/from']);
});

test('a detour over this network does not lose sight of where it began', async () => {
  const port = await serve((request, response) => {
    const next: Record<string, string> = {
      '/1': `http://${PUBLIC_HOST}:${port}/2`,
      '/2': `http://127.0.0.1:${port}/3`,
    };
    response.writeHead(302, { location: next[request.url!] ?? '/' }).end();
  });
  await expect(get(`http://127.0.0.1:${port}/1`)).rejects.toThrow('a server on the Internet redirects to it');
});

test.each([
  ['ftp://tracker.lan/x', 'tracker.lan: its URL is not http or https.'],
  ['no URL', 'no URL is not a URL.'],
  ['http://nowhere.example.com/', 'nowhere.example.com: there is no host of that name.'],
])('%s fails with a sentence', async (url, message) => {
  await expect(get(url)).rejects.toMatchObject({ code: 'HTTP_FAILED', message });
});

test('a redirect to another scheme is not followed', async () => {
  const port = await serve((_, response) =>
    response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  );
  await expect(get(`http://127.0.0.1:${port}/`)).rejects.toThrow(
    `127.0.0.1:${port}: it redirects to a URL that is not http or https.`,
  );
});

test('a refused connection names the host', async () => {
  const port = await serveRaw('');
  await new Promise(resolve => open.pop()!.close(resolve));
  await expect(get(`http://localhost:${port}/`)).rejects.toThrow(
    `localhost:${port}: the connection was refused.`,
  );
});

test('a secure connection to what is none fails with a sentence', async () => {
  const port = await serve((_, response) => response.end());
  await expect(get(`https://127.0.0.1:${port}/`)).rejects.toThrow(
    `127.0.0.1:${port}: no secure connection could be made.`,
  );
});

test('a header that HTTP cannot carry fails like the rest', async () => {
  await expect(get('http://127.0.0.1:9/', { headers: { 'x-bad': 'a\nb' } })).rejects.toMatchObject({
    code: 'HTTP_FAILED',
  });
});

test('keeps a connection only where it is told to', async () => {
  const ports = new Set<number | undefined>();
  const port = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end();
  });
  const request = { url: `http://127.0.0.1:${port}/`, timeoutMs: 5_000, maxBytes: 10 };
  const keeping = nodeHttpClient({ keepAlive: true });
  await keeping.get(request);
  expect(await keeping.get(request)).toMatchObject({ remoteHost: '127.0.0.1' });
  expect(ports.size).toBe(1);
  await get(request.url);
  await get(request.url);
  expect(ports.size).toBe(3);
});

test.each(['http://127.0.0.1', 'http://[::1]', 'http://tracker.lan', 'http://inward.example.com'])(
  '%s is not asked where only the Internet may be',
  async host => {
    const asked: string[] = [];
    const port = await serve((request, response) => {
      asked.push(request.url!);
      response.end();
    });
    await expect(get(`${host}:${port}/admin`, { publicOnly: true })).rejects.toMatchObject({
      code: 'HTTP_FAILED',
      message: expect.stringContaining('it is on this machine or network, and only a server on the Internet'),
    });
    expect(asked).toEqual([]);
  },
);

test('what is on the Internet is asked where only that may be, and cannot redirect elsewhere', async () => {
  const port = await serve((request, response) => {
    if (request.url === '/out') response.writeHead(302, { location: `http://tracker.lan:${port}/` }).end();
    else response.end('there');
  });
  const inTheOpen = `http://mixed.example.com:${port}`;
  expect(text((await get(`${inTheOpen}/track`, { publicOnly: true })).body)).toBe('there');
  await expect(get(`${inTheOpen}/out`, { publicOnly: true })).rejects.toThrow(
    'is on this machine or network',
  );
});

test('a connection that was kept to this network is not used where only the Internet may be asked', async () => {
  const port = await serve((_, response) => response.end());
  const keeping = nodeHttpClient({ keepAlive: true });
  const request = { url: `http://tracker.lan:${port}/`, timeoutMs: 5_000, maxBytes: 10 };
  await keeping.get(request);
  await expect(keeping.get({ ...request, publicOnly: true })).rejects.toMatchObject({ code: 'HTTP_FAILED' });
});

test('a connection that was kept and that the other end has closed is no failure', async () => {
  const sockets: Socket[] = [];
  let asked = 0;
  const server = createTcpServer(socket => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', () => {
      asked++;
      // The second request on a connection meets a closed door, without an answer.
      if (asked === 2) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok');
    });
  });
  open.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const keeping = nodeHttpClient({ keepAlive: true });
  const request = { url: `http://127.0.0.1:${port}/`, timeoutMs: 5_000, maxBytes: 10 };
  for (let i = 0; i < 2; i++) expect(text((await keeping.get(request)).body)).toBe('ok');
  expect([sockets.length, asked]).toEqual([2, 3]);
  for (const socket of sockets) socket.destroy();
});

test('keeps connections where only the Internet may be asked, apart from the others', async () => {
  const ports = new Set<number | undefined>();
  const port = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end();
  });
  const keeping = nodeHttpClient({ keepAlive: true });
  const request = { url: `http://public.example.com:${port}/`, timeoutMs: 5_000, maxBytes: 10 };
  await keeping.get({ ...request, publicOnly: true });
  await keeping.get({ ...request, publicOnly: true });
  expect(ports.size).toBe(1);
  await keeping.get(request);
  expect(ports.size).toBe(2);
});

test.each([
  [4, 'there'],
  [6, undefined],
] as const)('asks over IPv%i alone where it is told so', async (family, body) => {
  const port = await serve((_, response) => response.end('there'));
  const answer = get(`http://tracker.lan:${port}/`, { family });
  if (body === undefined) await expect(answer).rejects.toMatchObject({ code: 'HTTP_FAILED' });
  else expect(text((await answer).body)).toBe(body);
});

test.each([
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate is signed by somebody who is not known here'],
])('what is wrong with a certificate is said: %s', (code, cause) => {
  const fault = httpFault(
    new URL('https://tracker.example.com/announce'),
    Object.assign(new Error('x'), { code }),
  );
  expect(fault.message).toBe(`tracker.example.com: ${cause}.`);
});

test('asks from the address that it is told to', async () => {
  const port = await serve((request, response) => response.end(request.socket.remoteAddress));
  expect(text((await get(`http://127.0.0.1:${port}/`, { localHost: '127.0.0.3' })).body)).toBe('127.0.0.3');
});
