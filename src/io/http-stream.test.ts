import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { SwarmlineError } from '../core/errors.ts';
import type { HttpBody, HttpStreamRequest } from '../host/http.ts';
import { nodeHttpClient } from './http-client.ts';

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    (server as ReturnType<typeof createServer>).closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
});

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle);
  open.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Streamed {
  readonly body: HttpBody;
  readonly said: string[];
  /** Bytes that have come. */
  length: number;
  readonly ended: Promise<SwarmlineError | undefined>;
}

function stream(url: string, more: Partial<HttpStreamRequest> = {}): Streamed {
  let end: (fault: SwarmlineError | undefined) => void = () => {};
  const ended = new Promise<SwarmlineError | undefined>(resolve => {
    end = resolve;
  });
  const said: string[] = [];
  const streamed: Streamed = {
    said,
    length: 0,
    ended,
    body: nodeHttpClient().stream!(
      { url, idleTimeoutMs: 5_000, ...more },
      {
        onHead: (status, headers, from) =>
          said.push(`${status} ${headers['content-range'] ?? ''} ${new URL(from).pathname}`),
        onBytes: bytes => {
          streamed.length += bytes.length;
        },
        onEnd: fault => {
          said.push(fault?.message.replace(/^\S+ /, '') ?? 'end');
          end(fault);
        },
      },
    ),
  };
  return streamed;
}

test('gives the head, the bytes as they come, and the end', async () => {
  const base = await serve((request, response) => {
    expect(request.headers).toMatchObject({ range: 'bytes=5-9', 'accept-encoding': 'identity' });
    response.writeHead(206, { 'content-range': 'bytes 5-9/20' }).end('abcde');
  });
  const streamed = stream(`${base}/film`, { headers: { range: 'bytes=5-9' } });
  expect(await streamed.ended).toBeUndefined();
  expect(streamed.said).toEqual(['206 bytes 5-9/20 /film', 'end']);
  expect(streamed.length).toBe(5);
});

test('follows redirects, and says where it came from', async () => {
  const base = await serve((request, response) => {
    if (request.url === '/a') response.writeHead(302, { location: '/b' }).end('moved');
    else response.writeHead(404).end('no');
  });
  const streamed = stream(`${base}/a`);
  await streamed.ended;
  expect(streamed.said).toEqual(['404  /b', 'end']);
});

test('what is paused does not come: the server is held back', async () => {
  const chunk = Buffer.alloc(65_536);
  let written = 0;
  const base = await serve((_, response) => {
    response.writeHead(200);
    const more = () => {
      while (written < 100_000_000) {
        written += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', more);
          return;
        }
      }
      response.end();
    };
    more();
  });
  const streamed = stream(base);
  streamed.body.pause();
  await expect.poll(() => streamed.said.length).toBe(1);
  let before = -1;
  await expect
    .poll(() => {
      const isStill = written === before;
      before = written;
      return isStill;
    })
    .toBe(true);
  expect(written).toBeLessThan(50_000_000);
  expect(streamed.length).toBeLessThan(200_000);
  streamed.body.resume();
  expect(await streamed.ended).toBeUndefined();
  expect(streamed.length).toBe(written);
});

test('a server that falls silent has so much time, not counted while it is paused', async () => {
  const base = await serve((_, response) => {
    response.writeHead(200);
    response.write('abc');
  });
  const silent = stream(base, { idleTimeoutMs: 50 });
  expect(await silent.ended).toMatchObject({ code: 'HTTP_FAILED' });
  expect(silent.said).toEqual(['200  /', 'nothing has come for 0.1 s.']);
  const paused = stream(base, { idleTimeoutMs: 50 });
  paused.body.pause();
  // Two others begin after it and run out of time.
  for (let i = 0; i < 2; i++) await stream(base, { idleTimeoutMs: 50 }).ended;
  expect(paused.said).toEqual(['200  /']);
  paused.body.close();
});

test('an answer that is broken off is a failure, one that is closed says nothing more', async () => {
  const base = await serve((request, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('abc', () => {
      if (request.url === '/broken') response.destroy();
    });
  });
  const broken = stream(`${base}/broken`);
  await broken.ended;
  expect(broken.said.at(-1)).toBe('the connection was broken off.');
  const closed = stream(`${base}/closed`);
  await expect.poll(() => closed.length).toBe(3);
  closed.body.close();
  closed.body.close();
  closed.body.resume();
  expect(closed.said).toEqual(['200  /closed']);
});

test('what cannot be reached fails after the call', async () => {
  const base = await serve((_, response) => response.end());
  await new Promise(resolve => open.pop()!.close(resolve));
  const streamed = stream(base);
  expect(streamed.said).toEqual([]);
  expect(await streamed.ended).toMatchObject({
    message: expect.stringContaining('the connection was refused'),
  });
  expect(await stream('nothing').ended).toMatchObject({ message: 'nothing is not a URL.' });
});
