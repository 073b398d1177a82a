// HTTP and HTTPS by GET, for trackers and web seeds: whole answers, bounded in time and bytes, and answers that stream.
// Where a request may lead is http-hops' to keep.

import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { SwarmlineError } from '../core/errors.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../host/http.ts';
import { deviceAgents } from './device-agents.ts';
import { httpFailure, httpFault, shown } from './http-fault.ts';
import { type Answered, followHops, type HttpAgents, httpAgents, keptFor } from './http-hops.ts';
import { plainHeaders, streamBody } from './http-stream.ts';
import type { Line } from './line.ts';
import { proxyAgents } from './proxy.ts';
import type { ProxyOptions } from './proxy-url.ts';

export interface HttpClientOptions {
  /** Keeps connections for the next request: 32 to a host, for 15 s. @default false */
  readonly keepAlive?: boolean;
  /** Everything goes through it. @default none */
  readonly proxy?: ProxyOptions | undefined;
  /** By that interface alone, names too. @default any */
  readonly line?: Line | undefined;
}

/** @throws nothing; `get` rejects with SwarmlineError `HTTP_FAILED`, its sentence naming the host and the cause */
export function nodeHttpClient(options: HttpClientOptions = {}): HttpClient {
  const { proxy, keepAlive = false, line } = options;
  const agents = proxy === undefined ? agentsOn(line, keepAlive) : proxyAgents(proxy);
  return {
    get: request => getWhole(request, agents),
    stream: (request, handler) => streamBody(request, handler, agents),
  };
}

function agentsOn(line: Line | undefined, keepAlive: boolean): HttpAgents {
  return line === undefined
    ? httpAgents(keepAlive)
    : deviceAgents(line.device, line.names, keptFor(keepAlive));
}

function getWhole(request: HttpRequest, agents: HttpAgents): Promise<HttpResponse> {
  const { url, timeoutMs, maxBytes, signal } = request;
  return new Promise((resolve, reject) => {
    // For sentences only: what is no URL fails below.
    const named = URL.canParse(url) ? new URL(url) : undefined;
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const fail = (error: unknown) => end(() => reject(error));
    const giveUp = (reason: string) => {
      stop();
      fail(
        named === undefined ? new SwarmlineError('HTTP_FAILED', `${reason}.`) : httpFailure(named, reason),
      );
    };
    const abort = () => giveUp('the request was given up');
    let stop = () => {};
    const timer = setTimeout(
      () => giveUp(`there was no whole answer within ${Math.round(timeoutMs / 100) / 10} s`),
      timeoutMs,
    );
    if (signal?.aborted === true) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    const { headers, publicOnly, family, localHost } = request;
    const hops = { url, headers: { 'accept-encoding': 'gzip', ...headers }, publicOnly, family, localHost };
    stop = followHops(hops, agents, result => {
      if (result instanceof SwarmlineError) fail(result);
      else
        readBody(result.response, maxBytes).then(
          body => end(() => resolve(wholeOf(result, body))),
          error => fail(httpFault(result.url, error)),
        );
    });
  });
}

function wholeOf({ response, remoteHost }: Answered, body: Uint8Array): HttpResponse {
  return {
    status: response.statusCode ?? 0,
    headers: plainHeaders(response),
    body,
    ...(remoteHost !== undefined && { remoteHost }),
  };
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const encoding = response.headers['content-encoding']?.toLowerCase() ?? 'identity';
  const zipped = encoding === 'gzip' || encoding === 'x-gzip';
  if (!zipped && encoding !== 'identity' && encoding !== '') {
    response.destroy();
    throw new Error(`the answer is encoded as ${shown(encoding)}`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Bytes are counted as they come out: a small gzip may hold gigabytes.
  const stream = zipped ? response.pipe(createGunzip()) : response;
  if (zipped) response.once('error', error => (stream as ReturnType<typeof createGunzip>).destroy(error));
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) {
      response.destroy();
      throw new Error(`the answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 ? new Uint8Array(chunks[0]!) : new Uint8Array(Buffer.concat(chunks));
}
