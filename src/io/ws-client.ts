// A WebSocket that we open (RFC 6455, 4.1): for short conversations, a message a frame. No redirect is followed, no extension spoken. What
// comes is read by core/http/ws-frames; ws-server is the other side.

import { createHash, randomBytes } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { ProtocolError } from '../core/errors.ts';
import { FrameReader, type FrameSink } from '../core/http/ws-frames.ts';
import { causeOf, httpFailure, httpFault } from './http-fault.ts';

export interface WsClientOptions {
  /** `ws://…` or `wss://…` */
  readonly url: string;
  /** Within which it must be open. */
  readonly timeoutMs: number;
  /** Of one message; a longer one ends the connection. @default 1 MiB */
  readonly maxMessageBytes?: number;
  /** Lent for the call. */
  readonly onMessage: (message: Uint8Array) => void;
  /** Called once where the other end, or a fault, ends it after it was open: why, in a few words. */
  readonly onClosed: (reason: string) => void;
}

export interface ClientWebSocket {
  send(text: string): void;
  close(): void;
}

/** @throws SwarmlineError `HTTP_FAILED`, its sentence naming the host and the cause */
export function openWebSocket(options: WsClientOptions): Promise<ClientWebSocket> {
  const url = new URL(options.url);
  const isTls = url.protocol === 'wss:';
  // Of the same form, but one that Node's client takes.
  const target = new URL(options.url.replace(/^ws/i, 'http'));
  const key = randomBytes(16).toString('base64');
  const headers = {
    ...{ connection: 'Upgrade', upgrade: 'websocket' },
    ...{ 'sec-websocket-key': key, 'sec-websocket-version': '13' },
  };
  return new Promise((resolve, reject) => {
    const request = (isTls ? requestHttps : requestHttp)(target, { headers, agent: false });
    const fail = (error: unknown) => {
      clearTimeout(timer);
      reject(httpFault(url, error));
      request.destroy();
    };
    const timer = setTimeout(
      () => fail(httpFailure(url, `there was no answer within ${options.timeoutMs / 1_000} s`)),
      options.timeoutMs,
    );
    request.on('error', fail);
    request.once('response', ({ statusCode }) =>
      fail(httpFailure(url, `it opens no WebSocket, and answers with status ${statusCode}`)),
    );
    request.once('upgrade', (response, socket, head) => {
      const accept = createHash('sha1').update(`${key}${ACCEPT}`).digest('base64');
      if (response.headers['sec-websocket-accept'] !== accept) {
        socket.destroy();
        fail(httpFailure(url, 'its answer to the handshake of a WebSocket is another one’s'));
        return;
      }
      clearTimeout(timer);
      resolve(new OpenedWebSocket(socket, head, options));
    });
    request.end();
  });
}

class OpenedWebSocket implements ClientWebSocket, FrameSink {
  readonly #options: WsClientOptions;
  readonly #socket: Duplex;
  readonly #reader: FrameReader;
  #isOver = false;

  /** `head` is what has come behind the handshake. */
  constructor(socket: Duplex, head: Uint8Array, options: WsClientOptions) {
    this.#options = options;
    this.#socket = socket;
    this.#reader = new FrameReader(options.maxMessageBytes ?? 1_048_576, 'server');
    socket.on('error', error => this.#end(causeOf(error)));
    socket.once('close', () => this.#end('it closed the connection'));
    if (head.length > 0) this.#received(head);
    socket.on('data', bytes => this.#received(bytes));
  }

  send(text: string): void {
    this.#write(TEXT, Buffer.from(text));
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sayGoodbye(NORMAL);
  }

  message(bytes: Uint8Array): void {
    if (!this.#isOver) this.#options.onMessage(bytes);
  }

  ping(bytes: Uint8Array): void {
    this.#write(PONG, bytes);
  }

  pong(): void {}

  closed(status: number | undefined): void {
    this.#end(`it said goodbye${status === undefined ? '' : ` with status ${status}`}`);
  }

  #received(bytes: Uint8Array): void {
    if (this.#isOver) return;
    try {
      this.#reader.read(bytes, this);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (error.code === 'WS_MESSAGE_TOO_LONG') this.#end('it said more than is read', TOO_LONG);
      else this.#end('it sent what is no frame of a WebSocket', PROTOCOL_ERROR);
    }
  }

  #end(reason: string, status = NORMAL): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.#socket.destroyed) this.#sayGoodbye(status);
    this.#options.onClosed(reason);
  }

  /** The other end need not answer it. */
  #sayGoodbye(status: number): void {
    this.#socket.end(maskedFrame(CLOSE, Buffer.from([status >> 8, status & 0xff])));
    const timer = setTimeout(() => this.#socket.destroy(), GOODBYE_MS);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #write(opcode: number, payload: Uint8Array): void {
    if (!this.#isOver) this.#socket.write(maskedFrame(opcode, payload));
  }
}

/** RFC 6455, 5.2: a final frame of a client. */
function maskedFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const head =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 0xff]
        : [127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
  head[0]! |= MASKED;
  const key = randomBytes(4);
  return Buffer.concat([
    Buffer.from([FINAL | opcode, ...head]),
    key,
    payload.map((byte, i) => byte ^ key[i & 3]!),
  ]);
}

const ACCEPT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const FINAL = 0x80;
const MASKED = 0x80;
const TEXT = 1;
const CLOSE = 8;
const PONG = 10;
/** RFC 6455, 7.4.1. */
const NORMAL = 1_000;
const PROTOCOL_ERROR = 1_002;
const TOO_LONG = 1_009;
const GOODBYE_MS = 500;
