// One connection of the HTTP server: bytes to requests, one at a time and in order; answers back, those of one batch of
// pipelined requests in one write. It stops reading where the other end does not take what it is sent.

import type { Socket } from 'node:net';
import { formatIp } from '../core/bytes/compact-address.ts';
import { plainIpBytes } from '../core/bytes/ip-prefix.ts';
import { forwardedClient } from '../core/http/forwarded-for.ts';
import {
  hasToken,
  isHeadFault,
  type RequestFields,
  type RequestHead,
  readRequestHead,
} from '../core/http/request-head.ts';
import type { HttpHandler, ServerRequest, ServerResponse } from '../host/http-server.ts';
import { answerBytes, plainAnswer } from './http-answer-bytes.ts';
import { handOver as giveAway } from './http-handover.ts';
import type { ConnectionPeer } from './http-opening.ts';
import type { ServerState } from './http-server.ts';

type Phase = 'idle' | 'reading' | 'answering' | 'ending';

export class HttpConnection {
  readonly #socket: Socket;
  readonly #state: ServerState;
  readonly #localHost: string;
  readonly #localIp: Uint8Array;
  readonly #peer: ConnectionPeer;
  #phase: Phase = 'reading';
  #deadline: number;
  /** What has come and is no whole request yet, one unit a byte. */
  #text = '';
  #requests = 0;
  #fields: RequestFields | undefined;
  #client: Client | undefined;
  /** Answers that wait for the end of the batch. */
  #outgoing: Buffer[] = [];
  #outgoingLength = 0;
  #isDraining = false;

  constructor(socket: Socket, state: ServerState, peer: ConnectionPeer) {
    this.#socket = socket;
    this.#state = state;
    this.#localHost = plainHost(socket.localAddress ?? '');
    this.#localIp = plainIpBytes(this.#localHost) ?? new Uint8Array(4);
    this.#peer = peer;
    this.#deadline = performance.now() + state.limits.requestTimeoutMs;
    state.connections.add(this);
    socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  /** What has come of it already. */
  begin(bytes: Buffer): void {
    this.#onData(bytes);
  }

  timePassed(now: number): void {
    if (now < this.#deadline) return;
    if (this.#phase === 'reading' && (this.#text !== '' || this.#requests === 0))
      this.#refuse(plainAnswer(408, 'The request did not come whole in time.'));
    else if (this.#phase === 'answering' && !this.#isDraining)
      this.#refuse(plainAnswer(503, 'There was no answer in time.'));
    else this.#socket.destroy();
  }

  /** The server takes no more: what is under way is finished. */
  closeWhenIdle(): void {
    if (this.#phase === 'idle' || (this.#phase === 'reading' && this.#text === '')) this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#phase === 'ending') return;
    this.#state.options.moved?.(bytes.length, 0);
    const text = bytes.toString('latin1');
    this.#text = this.#text === '' ? text : this.#text + text;
    if (this.#phase === 'answering') {
      // It sends ahead: no more is taken than one request may have.
      if (this.#text.length > this.#state.limits.maxHeaderBytes) this.#socket.pause();
      return;
    }
    this.#takeRequests();
  };

  readonly #onDrain = (): void => {
    if (!this.#isDraining) return;
    this.#isDraining = false;
    if (this.#phase === 'ending') return;
    this.#answered(performance.now());
    this.#socket.resume();
    this.#takeRequests();
  };

  readonly #onEnd = (): void => {
    if (this.#phase !== 'answering') this.#phase = 'ending';
  };

  /** A reset is an end like any other. */
  readonly #onError = (): void => {
    this.#phase = 'ending';
  };

  readonly #onClose = (): void => {
    this.#phase = 'ending';
    this.#state.connections.delete(this);
  };

  /** Requests that are there, until one waits for its answer. */
  #takeRequests(): void {
    let at = 0;
    const { handOver } = this.#state.options;
    while (this.#phase !== 'answering' && this.#phase !== 'ending' && at < this.#text.length) {
      if (this.#phase === 'idle') {
        this.#phase = 'reading';
        this.#deadline = performance.now() + this.#state.limits.requestTimeoutMs;
      }
      const head = readRequestHead(this.#text, at, this.#state.limits.maxHeaderBytes, this.#fields);
      if (head === undefined) break;
      if (isHeadFault(head)) {
        this.#refuse(plainAnswer(head.status, SENTENCES[head.status]));
        return;
      }
      if (handOver?.wants(head) === true) {
        this.#leave();
        const rest = Buffer.from(this.#text.slice(at), 'latin1');
        this.#text = '';
        // Whoever takes it counts it.
        this.#state.options.moved?.(-rest.length, 0);
        giveAway(this.#socket, rest, this.#peer, handOver, this.#state.places);
        return;
      }
      this.#fields = head.fields;
      at = head.end;
      if (this.#takesOver(head, at)) return;
      this.#take(head);
      // Small requests can ask for large answers: a batch of them is no reason to hold all of those.
      if (this.#outgoingLength > MAX_UNSENT) this.#flush();
    }
    this.#text = at === this.#text.length ? '' : this.#text.slice(at);
    this.#flush();
  }

  #take(head: RequestHead): void {
    const { options, limits } = this.#state;
    this.#requests++;
    this.#phase = 'answering';
    const fault = faultIn(head, limits.maxUrlLength, options.takesChanges);
    const client = fault === undefined ? this.#clientOf(head) : undefined;
    if (client === undefined) {
      // A body, if one follows, is not read: the connection ends with the answer.
      if (head.method === 'CONNECT') this.#socket.destroy();
      else
        this.#refuse(fault ?? plainAnswer(400, 'The proxy does not say whose request this is.'), head.method);
      return;
    }
    const { method, target, isVersion11, fields } = head;
    const isLast =
      this.#requests >= limits.maxRequests ||
      this.#state.isClosing ||
      (isVersion11 ? fields.closes : !fields.keepsAlive);
    const mark = target.indexOf('?');
    const request: ServerRequest = {
      method: method as ServerRequest['method'],
      path: mark < 0 ? target : target.slice(0, mark),
      query: mark < 0 ? '' : target.slice(mark + 1),
      remoteHost: client.host,
      remoteIp: client.ip,
      localHost: this.#localHost,
      localIp: this.#localIp,
      isProxys: client.isProxys,
      fields: fields.values,
    };
    const number = this.#requests;
    this.#deadline = performance.now() + limits.responseTimeoutMs;
    const respond = (response: ServerResponse): void => {
      // Later answers, and those to somebody who has left, go nowhere.
      if (this.#phase !== 'answering' || this.#isDraining || this.#requests !== number) return;
      const form = {
        method,
        takesGzip: response.compressible === true && hasToken(fields.values.get('accept-encoding'), 'gzip'),
        connection: isLast ? 'close' : isVersion11 ? undefined : 'keep-alive',
      } as const;
      this.#send(answerBytes(response, form));
      if (isLast) this.#end();
      else if (isInCall) this.#answered(this.#deadline - limits.responseTimeoutMs);
      else {
        this.#answered(performance.now());
        this.#flush();
        this.#socket.resume();
        if (this.#text !== '') this.#takeRequests();
      }
    };
    let isInCall = true;
    try {
      handlerFor(request.path, options)(request, respond);
    } catch (error) {
      this.#refuse(plainAnswer(500, 'The request could not be answered.'), method);
      if (options.handlerFailed === undefined) throw error;
      options.handlerFailed(error);
    } finally {
      isInCall = false;
    }
  }

  #answered(now: number): void {
    this.#phase = 'idle';
    this.#deadline = now + this.#state.limits.keepAliveMs;
  }

  #send(bytes: Buffer): void {
    this.#outgoing.push(bytes);
    this.#outgoingLength += bytes.length;
  }

  #flush(): void {
    const { length } = this.#outgoing;
    if (length === 0) return;
    const bytes = length === 1 ? this.#outgoing[0]! : Buffer.concat(this.#outgoing);
    this.#outgoing = [];
    this.#outgoingLength = 0;
    this.#state.options.moved?.(0, bytes.length);
    if (this.#socket.write(bytes) || this.#socket.writableLength <= MAX_UNSENT || this.#phase === 'ending')
      return;
    this.#isDraining = true;
    this.#phase = 'answering';
    this.#deadline = performance.now() + this.#state.limits.responseTimeoutMs;
    this.#socket.pause();
  }

  /** The last answer of the connection. */
  #refuse(response: ServerResponse, method = 'GET'): void {
    if (this.#phase === 'ending') return;
    this.#send(answerBytes(response, { method, takesGzip: false, connection: 'close' }));
    this.#end();
  }

  #end(): void {
    this.#phase = 'ending';
    this.#text = '';
    this.#deadline = performance.now() + this.#state.limits.responseTimeoutMs;
    this.#flush();
    this.#socket.destroySoon();
  }

  /** Hands the connection on where it asks for another protocol, and somebody here speaks one. */
  #takesOver(head: RequestHead, at: number): boolean {
    if (!head.fields.upgrades || head.fields.hasBody || head.method !== 'GET') return false;
    const client = this.#clientOf(head);
    const { upgrade } = this.#state.options;
    if (upgrade === undefined || client === undefined || client.isProxys || this.#state.isClosing) {
      this.#refuse(plainAnswer(400, 'Nothing else than HTTP is spoken here.'));
      return true;
    }
    this.#leave();
    const socket = this.#socket;
    const rest = Buffer.from(this.#text.slice(at), 'latin1');
    this.#text = '';
    upgrade({ head, socket, rest, remoteIp: client.ip, localHost: this.#localHost });
    return true;
  }

  /** What was answered is sent; what comes now is somebody else's. */
  #leave(): void {
    this.#flush();
    const socket = this.#socket;
    socket.pause();
    socket.off('data', this.#onData);
    socket.off('drain', this.#onDrain);
    socket.off('end', this.#onEnd);
    socket.off('error', this.#onError);
    socket.off('close', this.#onClose);
    this.#state.connections.delete(this);
    this.#phase = 'ending';
  }

  /** Whose request it is; undefined where a trusted proxy tells nonsense. Worked out once for headers that stay the same. */
  #clientOf({ fields }: RequestHead): Client | undefined {
    if (this.#client !== undefined && this.#client.fields === fields) return this.#client;
    const header = this.#peer.isTrusted ? fields.values.get('x-forwarded-for') : undefined;
    const ip =
      header === undefined
        ? this.#peer.ip
        : forwardedClient(header, hop => this.#state.options.isTrustedProxy!(hop));
    if (ip === undefined) return undefined;
    const isSame = this.#client !== undefined && this.#client.ip === ip;
    const host = isSame ? this.#client!.host : formatIp(ip);
    this.#client = { fields, ip, host, isProxys: this.#peer.isTrusted && header === undefined };
    return this.#client;
  }
}

interface Client {
  readonly fields: RequestFields;
  readonly ip: Uint8Array;
  readonly host: string;
  readonly isProxys: boolean;
}

/** What is wrong with a request before anybody looks at what it asks. */
function faultIn(
  { method, target, fields }: RequestHead,
  maxUrlLength: number,
  takesChanges: ((path: string) => boolean) | undefined,
): ServerResponse | undefined {
  if (fields.hasBody) return plainAnswer(413, 'A request here has no body.');
  const isChange = method === 'POST' || method === 'PUT' || method === 'DELETE';
  const mayBe = isChange && takesChanges?.(target.split('?', 1)[0]!) === true;
  if (method !== 'GET' && method !== 'HEAD' && !mayBe) {
    return plainAnswer(405, 'Only GET and HEAD are answered here.', { allow: 'GET, HEAD' });
  }
  if (target.length > maxUrlLength) return plainAnswer(414, 'The URL is too long.');
  if (!target.startsWith('/')) return plainAnswer(400, 'The URL must start with a slash.');
  // Nobody answers `Upgrade` here; a request that only mentions it is answered as it is.
  return undefined;
}

function handlerFor(
  path: string,
  { routes, handle }: { routes?: ReadonlyMap<string, HttpHandler>; handle: HttpHandler },
): HttpHandler {
  if (routes === undefined || routes.size === 0) return handle;
  const plain = routes.get(path);
  if (plain !== undefined && !path.includes('%')) return plain;
  if (!path.includes('%')) return handle;
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return handle; // no route has a path that is not UTF-8
  }
  return routes.get(decoded) ?? handle;
}

/** IPv4 in its own form where an IPv6 socket shows it as `::ffff:1.2.3.4`. */
function plainHost(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}

const SENTENCES = {
  400: 'This is no request that can be read.',
  431: 'The request is too long.',
  505: 'HTTP/1.0 and HTTP/1.1 are spoken here.',
} as const;
// What waits for the other end to read: with more, no further request is taken.
const MAX_UNSENT = 262_144;
