import { expect, test } from 'vitest';
import type { HttpClient, HttpRequest, HttpStreamRequest } from '../host/http.ts';
import { boundHttp } from './bound-http.ts';

/** From where a client that listens there asks, whole and in parts. */
function asksFrom(listen: string, url: string, family?: 4 | 6) {
  const asked: (HttpRequest | HttpStreamRequest)[] = [];
  const http: HttpClient = {
    get: async request => {
      asked.push(request);
      return { status: 200, headers: {}, body: new Uint8Array() };
    },
    stream: request => {
      asked.push(request);
      return { pause: () => {}, resume: () => {}, close: () => {} };
    },
  };
  const bound = boundHttp(http, { host: listen, port: 0 });
  const only = family === undefined ? {} : { family };
  void bound.get({ url, timeoutMs: 1, maxBytes: 1, ...only });
  bound.stream!({ url, idleTimeoutMs: 1, ...only }, { onHead() {}, onBytes() {}, onEnd() {} });
  return asked.map(({ localHost, family: over }) => [localHost, over]);
}

test.each([
  ['10.0.0.7', 'http://tracker.example.com/announce', ['10.0.0.7', 4]],
  ['2001:db8::7', 'http://tracker.example.com/announce', ['2001:db8::7', 6]],
  ['127.0.0.2', 'http://127.0.0.1:80/announce', ['127.0.0.2', 4]],
  ['127.0.0.2', 'http://localhost/announce', ['127.0.0.2', 4]],
  // Loopback leads nowhere else: the request fails, and goes no other way.
  ['127.0.0.2', 'http://tracker.example.com/announce', ['127.0.0.2', 4]],
  ['::', 'http://tracker.example.com/announce', [undefined, undefined]],
  ['0.0.0.0', 'http://tracker.example.com/announce', [undefined, undefined]],
])('who listens at %s asks %s from %j', (listen, url, from) => {
  expect(asksFrom(listen, url)).toEqual([from, from]);
});
