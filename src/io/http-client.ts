// HTTP and HTTPS by GET, for trackers and web seeds: whole answers, bounded in time and bytes. URLs come from strangers,
// so a redirect never leads from the Internet into this machine or this network, and the caller can keep the whole
// request out of there: each hop's address is looked at after
// the name is resolved and before it is dialled.

import { lookup as lookupName } from 'node:dns';
import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { createGunzip } from 'node:zlib';
import { type AddressScope, addressScope } from '../core/bytes/address-scope.ts';
import { addressBytes, formatIp } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../host/http.ts';

export interface HttpClientOptions {
  /** Keeps connections for the next request. @default false: trackers are asked twice an hour */
  readonly keepAlive?: boolean;
}

/** @throws nothing; `get` rejects with SwarmlineError `HTTP_FAILED`, its sentence naming the host and the cause */
export function nodeHttpClient(options: HttpClientOptions = {}): HttpClient {
  const agents = options.keepAlive
    ? { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) }
    : { http: new HttpAgent(), https: new HttpsAgent() };
  return { get: request => follow(request, agents) };
}

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** One answer, after the redirects that lead to it. */
async function follow(request: HttpRequest, agents: Agents): Promise<HttpResponse> {
  const deadline = performance.now() + request.timeoutMs;
  let url = urlOf(request.url, undefined);
  let publicSoFar = request.publicOnly === true;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const timeLeft = Math.max(0, deadline - performance.now());
    const response = await exchange(url, request, agents, timeLeft, publicSoFar);
    const { location } = response.headers;
    if (!REDIRECTS.has(response.status) || location === undefined) return response;
    publicSoFar ||= response.remoteHost === undefined || addressScope(response.remoteHost) === 'public';
    url = urlOf(location, url);
  }
  throw failure(url, `it redirects more than ${MAX_REDIRECTS} times`);
}

/** One request and its answer, without following it. */
function exchange(
  url: URL,
  { headers, maxBytes, signal, timeoutMs, family, publicOnly: askedPublic }: HttpRequest,
  agents: Agents,
  timeLeftMs: number,
  publicOnly: boolean,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let request: ClientRequest | undefined;
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const fail = (cause: unknown) =>
      end(() => {
        reject(cause instanceof SwarmlineError ? cause : failure(url, causeOf(cause), cause));
        request?.destroy();
      });
    const abort = () => fail(failure(url, 'the request was given up'));
    const timer = setTimeout(
      () => fail(failure(url, `there was no whole answer within ${seconds(timeoutMs)}`)),
      timeLeftMs,
    );
    if (signal?.aborted === true) return abort();
    signal?.addEventListener('abort', abort, { once: true });

    const host = hostOf(url);
    // Node looks up names only; an address in the URL is judged here.
    if (publicOnly && isIP(host) !== 0 && addressScope(host) !== 'public')
      return fail(inward(url, askedPublic));
    const secure = url.protocol === 'https:';
    try {
      request = (secure ? requestHttps : requestHttp)(url, {
        // A connection that was kept may lead where this request must not.
        agent: publicOnly ? false : secure ? agents.https : agents.http,
        headers: { 'accept-encoding': 'gzip', ...headers },
        lookup: lookupWithin(url, publicOnly, askedPublic),
        ...(family !== undefined && { family }),
      });
    } catch (error) {
      return fail(error); // a header or a path that HTTP cannot carry
    }
    let remoteHost: string | undefined;
    request.on('socket', socket => {
      if (socket.remoteAddress !== undefined) remoteHost = plainIp(socket.remoteAddress);
      else socket.once('connect', () => (remoteHost = plainIp(socket.remoteAddress)));
    });
    request.on('error', fail);
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      fail(failure(url, 'it wants to speak another protocol than HTTP'));
    });
    request.on('response', response => {
      readBody(response, maxBytes).then(
        body =>
          end(() =>
            resolve({
              status: response.statusCode ?? 0,
              headers: plainHeaders(response),
              body,
              ...(remoteHost !== undefined && { remoteHost }),
            }),
          ),
        fail,
      );
    });
    request.end();
  });
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const encoding = response.headers['content-encoding']?.toLowerCase() ?? 'identity';
  const zipped = encoding === 'gzip' || encoding === 'x-gzip';
  if (!zipped && encoding !== 'identity' && encoding !== '')
    throw new Error(`the answer is encoded as ${shown(encoding)}`);
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

/** Resolves a name as Node would, and leaves out what is not public where only that may be dialled. */
function lookupWithin(url: URL, publicOnly: boolean, askedPublic: boolean | undefined): LookupFunction {
  return (name, options, done) => {
    lookupName(name, { ...options, all: true }, (error, addresses) => {
      const allowed = publicOnly
        ? addresses?.filter(({ address }) => scopeOf(address) === 'public')
        : addresses;
      const first = allowed?.[0];
      if (error !== null) done(error, '', 0);
      else if (first === undefined) done(inward(url, askedPublic) as NodeJS.ErrnoException, '', 0);
      else if (options.all === true) done(null, allowed!);
      else done(null, first.address, first.family);
    });
  };
}

function scopeOf(address: string): AddressScope {
  return addressScope(address.split('%', 1)[0]!);
}

/** @throws SwarmlineError `HTTP_FAILED` where it is no URL, or one of another scheme */
function urlOf(text: string, base: URL | undefined): URL {
  if (!URL.canParse(text, base?.href))
    throw new SwarmlineError('HTTP_FAILED', `${shown(text)} is not a URL.`);
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw failure(
      base ?? url,
      `${base === undefined ? 'its URL' : 'it redirects to a URL that'} is not http or https`,
    );
  }
  return url;
}

/** A name, or an address without brackets. */
function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

function plainIp(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const bytes = addressBytes(address.split('%', 1)[0]!);
  return bytes === undefined ? undefined : formatIp(bytes);
}

function plainHeaders({ headers }: IncomingMessage): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

/** `askedPublic`: the request was to stay on the Internet from its start. */
function inward(url: URL, askedPublic: boolean | undefined): SwarmlineError {
  const why = askedPublic
    ? 'it is on this machine or network, and only a server on the Internet may be asked at such a path'
    : 'a server on the Internet redirects to it, and it is on this machine or network';
  return failure(url, why);
}

function failure(url: URL, reason: string, cause?: unknown): SwarmlineError {
  return new SwarmlineError('HTTP_FAILED', `${url.host}: ${reason}.`, { where: url.host, cause });
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the request failed';
  // With several addresses Node reports all their errors in one; the first speaks for them.
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  const code = (first as NodeJS.ErrnoException).code ?? '';
  return (
    CAUSES[code] ??
    (code.startsWith('HPE_') ? 'what answers there does not speak HTTP' : sentence(first.message))
  );
}

function sentence(message: string): string {
  return message === '' ? 'the request failed' : shown(message).replace(/\.$/, '');
}

/** Fit for one line of a message. */
function shown(text: string): string {
  return text.slice(0, 200).replaceAll(/[\p{C}\s]+/gu, ' ');
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was broken off',
  EPIPE: 'the connection was broken off',
  ETIMEDOUT: 'it could not be reached in time',
  EHOSTUNREACH: 'there is no way to it from here',
  ENETUNREACH: 'there is no way to it from here',
  EADDRNOTAVAIL: 'there is no way to it from here',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name could not be resolved at the moment',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody but itself',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  EPROTO: 'no secure connection could be made',
  ECONNABORTED: 'the connection was broken off',
  Z_DATA_ERROR: 'the answer is not the gzip that it claims to be',
  Z_BUF_ERROR: 'the answer is cut off',
  HPE_HEADER_OVERFLOW: 'its answer has headers without end',
};
