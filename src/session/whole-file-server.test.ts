import { expect, test } from 'vitest';
import type { HttpStreamHandler, HttpStreamRequest } from '../host/http.ts';
import { WholeFileServer } from './whole-file-server.ts';

/** A server of files whose byte `i` is `i & 255`; what waits for the clock is run by `settle`. */
function setUp() {
  const asked: {
    request: HttpStreamRequest;
    handler: HttpStreamHandler;
    isPaused: boolean;
    isClosed: boolean;
  }[] = [];
  let later: (() => void)[] = [];
  let passed = 0;
  const clock = {
    now: () => 0,
    wallTime: () => 0,
    after: (_: number, call: () => void) => {
      later.push(call);
      return () => {
        later = later.filter(other => other !== call);
      };
    },
  };
  const server = new WholeFileServer(
    (request, handler) => {
      const stream = { request, handler, isPaused: false, isClosed: false };
      asked.push(stream);
      return {
        pause: () => {
          stream.isPaused = true;
        },
        resume: () => {
          stream.isPaused = false;
        },
        close: () => {
          stream.isClosed = true;
        },
      };
    },
    clock,
    () => passed++,
  );
  const settle = () => {
    const calls = later;
    later = [];
    for (const call of calls) call();
  };
  const range = (from: number, to: number, url = 'http://seed/a') => {
    const got = { heads: [] as string[], bytes: [] as number[], ends: 0, body: { close: () => {} } };
    got.body = server.stream(
      { url, headers: { range: `bytes=${from}-${to}`, 'user-agent': 'x' }, idleTimeoutMs: 1 },
      {
        onHead: (status, headers) => got.heads.push(`${status} ${headers['content-range'] ?? ''}`),
        onBytes: bytes => got.bytes.push(...bytes),
        onEnd: () => got.ends++,
      },
    );
    return got;
  };
  const send = (from: number, to: number) =>
    asked.at(-1)!.handler.onBytes(Uint8Array.from({ length: to - from }, (_, i) => (from + i) & 255));
  return { range, send, settle, server, asked, passed: () => passed };
}

test('cuts ranges out of one stream, and passes over what lies between them', () => {
  const { range, send, settle, asked } = setUp();
  const first = range(10, 19);
  expect(asked[0]!.request.headers).toEqual({ 'user-agent': 'x' });
  asked[0]!.handler.onHead(200, { 'content-length': '100' }, '');
  send(0, 5);
  send(5, 40);
  expect(first).toMatchObject({ heads: ['206 bytes 10-19/100'], ends: 1 });
  expect(first.bytes).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  expect(asked[0]!.isPaused).toBe(true);

  const second = range(38, 41);
  expect(second.bytes).toEqual([]);
  settle();
  expect(second.bytes).toEqual([38, 39]);
  expect(asked[0]!.isPaused).toBe(false);
  send(40, 50);
  expect(second).toMatchObject({ heads: ['206 bytes 38-41/100'], bytes: [38, 39, 40, 41], ends: 1 });
  expect(asked).toHaveLength(1);
});

test('begins anew for what lies behind, and for another file', () => {
  const { range, send, asked } = setUp();
  range(10, 19);
  asked[0]!.handler.onHead(200, {}, '');
  send(0, 30);
  range(9, 12);
  expect(asked).toHaveLength(2);
  expect(asked[0]!.isClosed).toBe(true);
  asked[1]!.handler.onHead(200, {}, '');
  send(0, 30);
  range(0, 3, 'http://seed/b');
  expect(asked.map(({ request }) => request.url)).toEqual([
    'http://seed/a',
    'http://seed/a',
    'http://seed/b',
  ]);
});

test('what other answer a server gives is passed on', () => {
  const { range, asked } = setUp();
  const got = range(0, 9);
  asked[0]!.handler.onHead(404, {}, '');
  expect(got.heads).toEqual(['404 ']);
});

test('a stream that ends between two ranges is begun anew for the next', () => {
  const { range, send, asked } = setUp();
  const first = range(0, 9);
  asked[0]!.handler.onHead(200, {}, '');
  send(0, 20);
  asked[0]!.handler.onEnd();
  expect(first.ends).toBe(1);
  range(10, 19);
  expect(asked).toHaveLength(2);
});

test('tells once a MiB that something comes', () => {
  const { range, send, asked, passed } = setUp();
  range(5_000_000, 5_000_009);
  asked[0]!.handler.onHead(200, {}, '');
  for (let at = 0; at < 4_194_304; at += 65_536) send(at, at + 65_536);
  expect(passed()).toBe(4);
});

test('a range that is no longer wanted leaves the stream where it is', () => {
  const { range, send, asked } = setUp();
  const first = range(0, 99);
  asked[0]!.handler.onHead(200, {}, '');
  send(0, 10);
  first.body.close();
  expect(asked[0]).toMatchObject({ isPaused: true, isClosed: false });
  expect(first).toMatchObject({ ends: 0 });
});
