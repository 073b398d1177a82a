// WebSockets on a port that speaks HTTP (RFC 6455), for messages of text. All sockets read into one buffer, frames are read in place
// by core/http/ws-frames; what is sent goes out once a turn of the event loop, all messages of a socket in one write. Sockets whose
// other end is gone without a word are found by pings.
//
// By hand, for the npm package `ws` alone takes more time for a message than a tracker's whole answer does. The tests speak to it
// by `ws`.

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { ProtocolError } from '../core/errors.ts';
import { FrameReader, type FrameSink } from '../core/http/ws-frames.ts';
import type { MessageSocket } from '../host/message-socket.ts';
import { answerBytes, plainAnswer } from './http-answer-bytes.ts';
import type { UpgradeRequest } from './http-server.ts';
import { withReusedBuffer } from './tcp-accept.ts';
import { FrameBuffers, putTextFrame } from './ws-outgoing.ts';

export interface WsServerOptions {
  /** Bytes of one message; a longer one closes its socket. @default 262,144 */
  readonly maxMessageBytes?: number;
  /** How often each socket is asked whether it is still there; one that has not answered by the next time is ended. @default 30 s */
  readonly pingMs?: number;
  readonly connected: (socket: MessageSocket) => void;
  /** Told of bytes that came and went. */
  readonly moved?: (received: number, sent: number) => void;
}

export interface WsServer {
  /** Takes over a connection that the HTTP server was asked to upgrade. */
  upgrade(request: UpgradeRequest): void;
  /** Ends what is still open half a second later: time for goodbyes. */
  close(): void;
}

export function serveWebSockets(options: WsServerOptions): WsServer {
  const sockets = new Set<NodeMessageSocket>();
  const waiting = new SendQueue();
  const frames = new FrameBuffers();
  const readBuffer = new Uint8Array(READ_LENGTH);
  const timer = setInterval(() => {
    for (const socket of sockets) socket.lookAfter();
  }, options.pingMs ?? 30_000);
  timer.unref();
  return {
    upgrade: ({ head, socket, rest, remoteIp }) => {
      const { values } = head.fields;
      const key = values.get('sec-websocket-key') ?? '';
      const isAsked = values.get('upgrade')?.toLowerCase() === 'websocket';
      if (!isAsked || values.get('sec-websocket-version') !== '13' || !/^[0-9A-Za-z+/]{22}==$/.test(key)) {
        const refusal = plainAnswer(400, 'This is no WebSocket handshake of version 13.', {
          'sec-websocket-version': '13',
        });
        socket.on('error', () => {});
        socket.end(answerBytes(refusal, { method: 'GET', takesGzip: false, connection: 'close' }));
        return;
      }
      const accept = createHash('sha1').update(`${key}${ACCEPT}`).digest('base64');
      // What came while the socket was paused is not to be had of the one that takes its place.
      const behind = socket.read() as Buffer | null;
      const opened = new NodeMessageSocket(socket, head.target, remoteIp, {
        ...{ waiting, readBuffer, frames },
        maxMessage: options.maxMessageBytes ?? 262_144,
        moved: options.moved,
        closed: () => sockets.delete(opened),
      });
      sockets.add(opened);
      opened.accept(accept);
      options.connected(opened);
      opened.begin(behind === null ? rest : Buffer.concat([rest, behind]));
    },
    close: () => {
      clearInterval(timer);
      // Those that do not answer the goodbye are not waited for.
      setTimeout(() => {
        for (const socket of sockets) socket.terminate();
      }, GOODBYE_MS);
    },
  };
}

/** Sockets that have something to send by the end of this turn. */
class SendQueue {
  #sockets: NodeMessageSocket[] = [];

  push(socket: NodeMessageSocket): void {
    this.#sockets.push(socket);
    if (this.#sockets.length === 1) setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    const sockets = this.#sockets;
    this.#sockets = [];
    for (const socket of sockets) socket.flush();
  };
}

interface SocketDeps {
  readonly waiting: SendQueue;
  readonly frames: FrameBuffers;
  /** Of all sockets: what was read is dealt with before anything else is. */
  readonly readBuffer: Uint8Array;
  readonly maxMessage: number;
  readonly moved: WsServerOptions['moved'];
  readonly closed: () => void;
}

class NodeMessageSocket implements MessageSocket, FrameSink {
  readonly path: string;
  readonly remoteIp: Uint8Array;
  onMessage: (message: Uint8Array) => void = () => {};
  onClosed: () => void = () => {};
  readonly #socket: Socket;
  readonly #waiting: SendQueue;
  readonly #frames: FrameBuffers;
  readonly #reader: FrameReader;
  readonly #moved: WsServerOptions['moved'];
  #isThere = true;
  /** One side has said goodbye: nothing more is sent or heard. */
  #isEnding = false;
  /** Frames that go out by the end of this turn. */
  #outgoing: Buffer | undefined;
  #outgoingLength = 0;

  constructor(accepted: Socket, path: string, remoteIp: Uint8Array, deps: SocketDeps) {
    this.path = path;
    this.remoteIp = remoteIp;
    this.#waiting = deps.waiting;
    this.#frames = deps.frames;
    this.#moved = deps.moved;
    this.#reader = new FrameReader(deps.maxMessage);
    const socket = withReusedBuffer(accepted, deps.readBuffer, bytes => this.#received(bytes), {
      staysCounted: true,
    });
    this.#socket = socket;
    // A reset is an end like any other; `close` follows.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#isEnding = true;
      deps.closed();
      this.onClosed();
    });
  }

  accept(key: string): void {
    this.#socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${key}\r\n\r\n`,
    );
  }

  begin(rest: Uint8Array): void {
    if (rest.length > 0) this.#received(rest);
    this.#socket.resume();
  }

  get pending(): number {
    return this.#socket.writableLength + this.#outgoingLength;
  }

  send(message: Uint8Array): void {
    if (this.#isEnding) return;
    if (this.#outgoing === undefined) this.#waiting.push(this);
    this.#outgoing = this.#frames.withRoom(this.#outgoing, this.#outgoingLength, message.length);
    this.#outgoingLength = putTextFrame(this.#outgoing, this.#outgoingLength, message);
  }

  flush(): void {
    const outgoing = this.#outgoing;
    if (outgoing === undefined) return;
    const length = this.#outgoingLength;
    this.#outgoing = undefined;
    this.#outgoingLength = 0;
    this.#moved?.(0, length);
    const socket = this.#socket;
    if (socket.writable) socket.write(outgoing.subarray(0, length));
    // What the system has not taken at once still lies there.
    if (socket.writableLength === 0) this.#frames.giveBack(outgoing);
  }

  close(status: number, reason: string): void {
    if (this.#isEnding) return;
    this.flush();
    this.#isEnding = true;
    const payload = Buffer.from(`\0\0${reason}`);
    payload.writeUInt16BE(status, 0);
    this.#socket.end(controlFrame(CLOSE, payload));
    // The other end may have more on its way, and need not read.
    const timer = setTimeout(() => this.#socket.destroy(), CLOSE_MS);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  lookAfter(): void {
    if (!this.#isThere) {
      this.terminate();
      return;
    }
    this.#isThere = false;
    if (!this.#isEnding) this.#socket.write(controlFrame(PING, NOTHING));
  }

  terminate(): void {
    this.#socket.destroy();
  }

  message(bytes: Uint8Array): void {
    if (this.#isEnding) return;
    if (isUtf8(bytes)) this.onMessage(bytes);
    else this.close(1007, 'The message is not UTF-8.');
  }

  ping(bytes: Uint8Array): void {
    // Who only pings and does not read fills nothing.
    if (!this.#isEnding && this.pending < MAX_PONGS) this.#socket.write(controlFrame(PONG, bytes));
  }

  pong(): void {
    this.#isThere = true;
  }

  closed(status: number | undefined): void {
    const isSayable =
      status !== undefined && status >= 1_000 && status < 5_000 && status !== 1_005 && status !== 1_006;
    this.close(isSayable ? status : 1_000, '');
  }

  #received(bytes: Uint8Array): void {
    this.#isThere = true;
    this.#moved?.(bytes.length, 0);
    if (this.#isEnding) return;
    try {
      this.#reader.read(bytes, this);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(error.code === 'WS_MESSAGE_TOO_LONG' ? 1_009 : 1_002, error.message);
    }
  }
}

/** 125 bytes at most. */
function controlFrame(opcode: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload]);
}

const ACCEPT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const NOTHING = new Uint8Array(0);
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const GOODBYE_MS = 500;
const CLOSE_MS = 2_000;
// As much as Node reads at once.
const READ_LENGTH = 65_536;
const MAX_PONGS = 65_536;
