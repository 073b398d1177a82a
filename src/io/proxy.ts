// The world through a proxy (SOCKS 5 or HTTP CONNECT), for peers and for requests by HTTP: each connection is one to the proxy,
// which is told whom to reach. Nothing here knows another way, so that nothing can leave by one; names go to the proxy.

import { type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Address } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import { HttpConnectHandshake, type ProxyHandshake, Socks5Handshake } from '../core/proxy/handshake.ts';
import type { ProxyTarget } from '../core/proxy/socks-address.ts';
import type { Stream, StreamNetwork } from '../host/stream.ts';
import type { AgentWish, HttpAgents } from './http-hops.ts';
import { ProxiedStream } from './proxied-stream.ts';
import type { ProxyOptions } from './proxy-url.ts';

/** Dials through the proxy, and listens nowhere: who dialled us would be answered past it. */
export function proxyStreams(proxy: ProxyOptions, streams: StreamNetwork): StreamNetwork {
  return {
    listen: () =>
      Promise.reject(new SwarmlineError('LISTEN_FAILED', 'Behind a proxy nobody can be listened to.')),
    dial: (address, timeoutMs, done) => {
      let stop = () => {};
      let isOver = false;
      const end = (result: Stream | Error) => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        if (result instanceof Error) stop();
        done(result);
      };
      const timer = setTimeout(
        () => end(new SwarmlineError('DIAL_TIMEOUT', 'The proxy does not connect in time.')),
        timeoutMs,
      );
      timer.unref();
      const reached = (stream: Stream | Error) => {
        if (stream instanceof Error) {
          end(stream);
          return;
        }
        stop = () => stream.close();
        greetProxy(stream, address, proxy, end);
      };
      stop = streams.dial({ host: proxy.host, port: proxy.port }, timeoutMs, reached, proxy.localHost);
      return () => {
        isOver = true;
        clearTimeout(timer);
        stop();
      };
    },
  };
}

function greetProxy(
  stream: Stream,
  address: Address,
  proxy: ProxyOptions,
  done: (result: Stream | Error) => void,
): void {
  const handshake = handshakeWith(proxy, address);
  const say = () => {
    const bytes = handshake.take();
    if (bytes !== undefined) stream.write([bytes]);
  };
  stream.onClosed = fault =>
    done(fault ?? new SwarmlineError('PROXY_REFUSED', 'The proxy ended the connection.'));
  stream.onBytes = bytes => {
    try {
      const stands = handshake.received(bytes.slice());
      say();
      if (!stands) return;
    } catch (error) {
      done(error as Error);
      return;
    }
    const through = new ProxiedStream(stream, address);
    done(through);
    if (handshake.rest.length > 0) through.onBytes(handshake.rest.slice());
  };
  say();
}

/** Each request has a connection of its own: one that was kept would be asked again past the proxy where it fails. */
export function proxyAgents(proxy: ProxyOptions): HttpAgents {
  const pair = { http: new HttpThroughProxy(proxy), https: new HttpsThroughProxy(proxy) };
  return { anywhere: pair, publicOnly: pair, isProxied: true };
}

type Made = (error: Error | null, socket: Duplex) => void;
type Wish = ClientRequestArgs & AgentWish;

class HttpThroughProxy extends HttpAgent {
  readonly #proxy: ProxyOptions;

  constructor(proxy: ProxyOptions) {
    super();
    this.#proxy = proxy;
  }

  override createConnection(options: Wish, done?: Made): undefined {
    const stop = socketThrough(this.#proxy, targetOf(options), (error, socket) => done?.(error, socket!));
    options.whenGone?.(stop);
  }
}

class HttpsThroughProxy extends HttpsAgent {
  readonly #proxy: ProxyOptions;

  constructor(proxy: ProxyOptions) {
    super();
    this.#proxy = proxy;
  }

  override createConnection(options: Wish, done?: Made): undefined {
    const stop = socketThrough(this.#proxy, targetOf(options), (error, socket) => {
      if (socket === undefined) done?.(error, socket!);
      else done?.(null, connectTls({ ...(options as ConnectionOptions), socket }));
    });
    options.whenGone?.(stop);
  }
}

function targetOf({ host, hostname, port }: ClientRequestArgs): ProxyTarget {
  return { host: (host ?? hostname ?? '').replace(/^\[|\]$/g, ''), port: Number(port) };
}

function socketThrough(
  proxy: ProxyOptions,
  target: ProxyTarget,
  done: (error: Error | null, socket?: Socket) => void,
): () => void {
  let handshake: ProxyHandshake;
  try {
    handshake = handshakeWith(proxy, target);
  } catch (error) {
    queueMicrotask(() => done(error as Error));
    return () => {};
  }
  return greetProxyBySocket(proxy, handshake, done);
}

/** A connection to the proxy over which `handshake` has ended well. What it gives ends it, and `done` is not called. */
export function greetProxyBySocket(
  { host, port, localHost }: ProxyOptions,
  handshake: ProxyHandshake,
  done: (error: Error | null, socket?: Socket) => void,
): () => void {
  const socket = connect({
    host,
    port,
    noDelay: true,
    ...(localHost !== undefined && { localAddress: localHost, family: localHost.includes(':') ? 6 : 4 }),
  });
  const say = () => {
    const bytes = handshake.take();
    if (bytes !== undefined) socket.write(bytes);
  };
  let isOver = false;
  const fail = (error: Error) => {
    socket.destroy();
    if (!isOver) done(error);
    isOver = true;
  };
  const onEnd = () => fail(new SwarmlineError('PROXY_REFUSED', 'The proxy ended the connection.'));
  const onData = (bytes: Uint8Array) => {
    try {
      const stands = handshake.received(bytes);
      say();
      if (!stands) return;
    } catch (error) {
      fail(error as Error);
      return;
    }
    socket.setTimeout(0);
    socket.off('data', onData).off('error', fail).off('end', onEnd).off('timeout', onEnd);
    if (handshake.rest.length > 0) socket.unshift(handshake.rest);
    isOver = true;
    done(null, socket);
  };
  socket.setTimeout(GREETING_MS);
  socket.on('error', fail).on('data', onData).on('end', onEnd).on('timeout', onEnd).once('connect', say);
  return () => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
  };
}

function handshakeWith({ kind, login }: ProxyOptions, target: ProxyTarget): ProxyHandshake {
  return kind === 'socks5' ? new Socks5Handshake(target, login) : new HttpConnectHandshake(target, login);
}

const GREETING_MS = 30_000;
