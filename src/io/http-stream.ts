// Answers over HTTP that come in parts, with back-pressure down to the socket: what web seeds give. Not packed: a range of
// what is packed would be of no use.

import type { IncomingMessage } from 'node:http';
import { SwarmlineError } from '../core/errors.ts';
import type { HttpBody, HttpStreamHandler, HttpStreamRequest } from '../host/http.ts';
import { httpFailure, httpFault } from './http-fault.ts';
import { followHops, type HttpAgents } from './http-hops.ts';

export function streamBody(
  request: HttpStreamRequest,
  handler: HttpStreamHandler,
  agents: HttpAgents,
): HttpBody {
  const { headers, publicOnly, family, localHost, idleTimeoutMs } = request;
  let response: IncomingMessage | undefined;
  let url: URL | undefined = URL.canParse(request.url) ? new URL(request.url) : undefined;
  let isPaused = false;
  let isOver = false;
  const end = (fault?: SwarmlineError) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    if (fault !== undefined) stop();
    handler.onEnd(fault);
  };
  const timer = setTimeout(() => {
    if (isPaused || isOver) return;
    const reason = `nothing has come for ${Math.round(idleTimeoutMs / 100) / 10} s`;
    end(url === undefined ? new SwarmlineError('HTTP_FAILED', `${reason}.`) : httpFailure(url, reason));
  }, idleTimeoutMs);
  const hops = {
    url: request.url,
    headers: { ...headers, 'accept-encoding': 'identity' },
    publicOnly,
    family,
    localHost,
  };
  const stop = followHops(hops, agents, result => {
    if (isOver) return;
    if (result instanceof SwarmlineError) {
      end(result);
      return;
    }
    const from = result.url;
    url = from;
    response = result.response;
    timer.refresh();
    response.on('data', (bytes: Uint8Array) => {
      if (isOver) return;
      timer.refresh();
      handler.onBytes(bytes);
    });
    // Not before its connection is free: whoever asks for more then is to have it.
    response.on('end', () => process.nextTick(end));
    response.on('error', error => end(httpFault(from, error)));
    // Some ends have neither.
    response.on('close', () => end(httpFailure(from, 'the connection was broken off')));
    handler.onHead(response.statusCode ?? 0, plainHeaders(response), from.href);
    if (isPaused) response.pause();
  });
  return {
    pause: () => {
      isPaused = true;
      response?.pause();
    },
    resume: () => {
      isPaused = false;
      if (isOver) return;
      timer.refresh();
      response?.resume();
    },
    close: () => {
      isOver = true;
      clearTimeout(timer);
      stop();
      response?.destroy();
    },
  };
}

/** Names in lower case; several of one name in one line. */
export function plainHeaders({ headers }: IncomingMessage): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}
