// One request by GET and the redirects that lead to its answer. URLs come from strangers, so a redirect never leads from the
// Internet into this machine or this network, and the caller can keep the whole request out of there: each hop's address
// is looked at after the name is resolved and before it is dialled. What is done with the answer's body is others'.

import { type LookupAddress, lookup as lookupName } from 'node:dns';
import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { addressScope } from '../core/bytes/address-scope.ts';
import { SwarmlineError } from '../core/errors.ts';
import { httpFailure, httpFault, shown } from './http-fault.ts';
import { plainIp } from './names.ts';

export interface HopsRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** @default false */
  readonly publicOnly?: boolean | undefined;
  readonly family?: 4 | 6 | undefined;
  readonly localHost?: string | undefined;
}

export interface Answered {
  readonly response: IncomingMessage;
  /** Where it came from in the end. */
  readonly url: URL;
  readonly remoteHost: string | undefined;
}

/** What an agent finds in its options beside Node's own, for Node tells it of no request that ends while its connection is being made. */
export interface AgentWish {
  /** Calls where nobody waits for the connection any more. */
  readonly whenGone?: (call: () => void) => void;
}

/** A connection that was kept may lead where another request must not: each kind keeps its own. */
export interface HttpAgents {
  readonly anywhere: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly publicOnly: { readonly http: HttpAgent; readonly https: HttpsAgent };
  /** They lead through a proxy: whom it reaches is not known, and no connection is made past it. @default false */
  readonly isProxied?: boolean;
  /** For a request whose kept connection was closed just now. @default a connection as the system makes it */
  readonly unkept?: { readonly http: HttpAgent; readonly https: HttpsAgent };
  /** Names to addresses, of which all are asked for. @default as the system does */
  readonly lookup?: LookupFunction;
}

export function httpAgents(keepAlive: boolean): HttpAgents {
  const options = keptFor(keepAlive);
  const pair = () => ({ http: new HttpAgent(options), https: new HttpsAgent(options) });
  return { anywhere: pair(), publicOnly: pair() };
}

/** An agent's options: how connections are kept. */
export function keptFor(keepAlive: boolean): object {
  return keepAlive ? { keepAlive, maxFreeSockets: MAX_KEPT, timeout: KEPT_MS } : {};
}

/**
 * `done` is called once, with the answer whose body has not begun to flow, or SwarmlineError `HTTP_FAILED`. Returns a
 * function that ends it at any time, the body too.
 */
export function followHops(
  request: HopsRequest,
  agents: HttpAgents,
  done: (result: Answered | SwarmlineError) => void,
): () => void {
  let stop = () => {};
  let isOver = false;
  const end = (result: Answered | SwarmlineError) => {
    if (isOver) return;
    isOver = true;
    done(result);
  };
  const go = (url: URL, isPublic: boolean, hopsLeft: number) => {
    stop = oneHop(url, request, isPublic, agents, result => {
      if (isOver) return;
      if (result instanceof SwarmlineError) {
        end(result);
        return;
      }
      const { response, remoteHost } = result;
      const { location } = response.headers;
      if (!REDIRECTS.has(response.statusCode ?? 0) || location === undefined) {
        end(result);
        return;
      }
      // What it says beside is of no interest; a short text is read so that the connection can be kept.
      if (Number(response.headers['content-length'] ?? Number.POSITIVE_INFINITY) <= SHORT) response.resume();
      else response.destroy();
      response.on('error', () => {});
      try {
        const next = urlOf(location, url);
        if (hopsLeft === 0) throw httpFailure(url, `it redirects more than ${MAX_REDIRECTS} times`);
        go(next, isPublic || remoteHost === undefined || addressScope(remoteHost) === 'public', hopsLeft - 1);
      } catch (error) {
        end(httpFault(url, error));
      }
    });
  };
  try {
    go(urlOf(request.url, undefined), request.publicOnly === true, MAX_REDIRECTS);
  } catch (error) {
    if (!(error instanceof SwarmlineError)) throw error;
    queueMicrotask(() => end(error));
  }
  return () => {
    isOver = true;
    stop();
  };
}

/** One request and its answer, without following it. */
function oneHop(
  url: URL,
  { headers, family, localHost, publicOnly: askedPublic }: HopsRequest,
  isPublic: boolean,
  agents: HttpAgents,
  done: (result: Answered | SwarmlineError) => void,
): () => void {
  let request: ClientRequest | undefined;
  let isStopped = false;
  const ends: (() => void)[] = [];
  const wish: AgentWish = { whenGone: call => void ends.push(call) };
  const fail = (cause: unknown) => {
    done(httpFault(url, cause));
    request?.destroy();
  };
  const isTls = url.protocol === 'https:';
  const ask = (agent: HttpAgent | HttpsAgent | false) => {
    const asked = (isTls ? requestHttps : requestHttp)(url, {
      ...wish,
      agent,
      headers,
      lookup: lookupWithin(url, isPublic, askedPublic, agents.lookup ?? lookupName),
      ...(family !== undefined && { family }),
      ...(localHost !== undefined && { localAddress: localHost }),
    });
    request = asked;
    let remoteHost: string | undefined;
    let hasAnswered = false;
    asked.on('socket', socket => {
      if (agents.isProxied) return;
      if (socket.remoteAddress !== undefined) remoteHost = plainIp(socket.remoteAddress);
      else socket.once('connect', () => (remoteHost = plainIp(socket.remoteAddress ?? '')));
    });
    asked.on('error', error => {
      // Once there is an answer, its body tells.
      if (hasAnswered || isStopped) return;
      // The other end may have closed a connection that was kept, just now.
      if (asked.reusedSocket && !agents.isProxied)
        ask(agents.unkept === undefined ? false : isTls ? agents.unkept.https : agents.unkept.http);
      else fail(error);
    });
    asked.on('upgrade', (_, socket) => {
      socket.destroy();
      fail(httpFailure(url, 'it wants to speak another protocol than HTTP'));
    });
    asked.on('response', response => {
      hasAnswered = true;
      done({ response, url, remoteHost });
    });
    asked.end();
  };
  const host = hostOf(url);
  const { http, https } = isPublic ? agents.publicOnly : agents.anywhere;
  try {
    // Node looks up names only; an address in the URL is judged here.
    if (isPublic && isIP(host) !== 0 && addressScope(host) !== 'public') throw inward(url, askedPublic);
    ask(isTls ? https : http);
  } catch (error) {
    queueMicrotask(() => fail(error)); // or a header or a path that HTTP cannot carry
  }
  return () => {
    isStopped = true;
    request?.destroy();
    for (const end of ends) end();
  };
}

/** Resolves a name as Node would, and leaves out what is not public where only that may be dialled. */
function lookupWithin(
  url: URL,
  isPublic: boolean,
  askedPublic: boolean | undefined,
  lookUp: LookupFunction,
): LookupFunction {
  return (name, options, done) => {
    lookUp(name, { ...options, all: true }, (error, found) => {
      const addresses = found as LookupAddress[] | undefined;
      const allowed = isPublic ? addresses?.filter(({ address }) => isPublicHost(address)) : addresses;
      const first = allowed?.[0];
      if (error !== null) done(error, '', 0);
      else if (first === undefined) done(inward(url, askedPublic) as NodeJS.ErrnoException, '', 0);
      else if (options.all === true) done(null, allowed!);
      else done(null, first.address, first.family);
    });
  };
}

function isPublicHost(address: string): boolean {
  return addressScope(address.split('%', 1)[0]!) === 'public';
}

/** @throws SwarmlineError `HTTP_FAILED` where it is no URL, or one of another scheme */
function urlOf(text: string, base: URL | undefined): URL {
  if (!URL.canParse(text, base?.href))
    throw new SwarmlineError('HTTP_FAILED', `${shown(text)} is not a URL.`);
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw httpFailure(
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

/** `askedPublic`: the request was to stay on the Internet from its start. */
function inward(url: URL, askedPublic: boolean | undefined): SwarmlineError {
  const why = askedPublic
    ? 'it is on this machine or network, and only a server on the Internet may be asked at such a path'
    : 'a server on the Internet redirects to it, and it is on this machine or network';
  return httpFailure(url, why);
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Of a redirect's own body. */
const SHORT = 16_384;
// Connections to one host that wait for the next request, and for how long: trackers close them after some seconds too.
const MAX_KEPT = 32;
const KEPT_MS = 15_000;
