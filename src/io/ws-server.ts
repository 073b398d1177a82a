// WebSockets on a port that speaks HTTP: the handshake and the frames are the library `ws`'s, which is handed what the HTTP
// server has read. Messages are whole and text; sockets whose other end is gone without a word are found by pings.
//
// What is sent is framed here, and goes out once a turn of the event loop, all messages of a socket in one write: a tracker
// sends many small ones, and a system call for each was most of their cost.

import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { MessageSocket } from '../host/message-socket.ts';
import type { UpgradeRequest } from './http-server.ts';

export interface WsServerOptions {
  /** Bytes of one message; a longer one closes its socket. @default 262,144 */
  readonly maxMessageBytes?: number;
  /** How often each socket is asked whether it is still there; one that has not answered by the next time is ended. @default 30 s */
  readonly pingMs?: number;
  readonly connected: (socket: MessageSocket) => void;
}

export interface WsServer {
  /** Takes over a connection that the HTTP server was asked to upgrade. */
  upgrade(request: UpgradeRequest): void;
  /** Ends what is still open half a second later: time for goodbyes. */
  close(): void;
}

export function serveWebSockets(options: WsServerOptions): WsServer {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: options.maxMessageBytes ?? 262_144,
    // Compression of many small messages costs more memory and time than it spares.
    perMessageDeflate: false,
    clientTracking: false,
  });
  const sockets = new Set<NodeMessageSocket>();
  const waiting = new SendQueue();
  const timer = setInterval(() => {
    for (const socket of sockets) socket.lookAfter();
  }, options.pingMs ?? 30_000);
  timer.unref();
  return {
    upgrade: ({ head, socket, rest, remoteIp }) => {
      // What `ws` reads of a request.
      const request = new IncomingMessage(socket);
      request.method = head.method;
      request.url = head.target;
      for (const [name, value] of head.fields.values) request.headers[name] = value;
      socket.on('error', () => {});
      server.handleUpgrade(request, socket, rest, webSocket => {
        const opened = new NodeMessageSocket(webSocket, socket, head.target, remoteIp, waiting);
        sockets.add(opened);
        webSocket.once('close', () => {
          sockets.delete(opened);
          opened.onClosed();
        });
        options.connected(opened);
        socket.resume();
      });
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

class NodeMessageSocket implements MessageSocket {
  readonly path: string;
  readonly remoteIp: Uint8Array;
  onMessage: (text: string) => void = () => {};
  onClosed: () => void = () => {};
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #waiting: SendQueue;
  #isThere = true;
  #outgoing: Buffer[] = [];

  constructor(webSocket: WebSocket, socket: Socket, path: string, remoteIp: Uint8Array, waiting: SendQueue) {
    this.#waiting = waiting;
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.path = path;
    this.remoteIp = remoteIp;
    webSocket.on('message', (data: Buffer) => {
      this.#isThere = true;
      this.onMessage(data.toString('utf8'));
    });
    webSocket.on('pong', () => {
      this.#isThere = true;
    });
    // A fault of one connection ends that connection; `close` follows.
    webSocket.on('error', () => {});
  }

  get pending(): number {
    return this.#socket.writableLength;
  }

  send(text: string): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#outgoing.push(textFrame(text));
    if (this.#outgoing.length === 1) this.#waiting.push(this);
  }

  /** Whole frames, without a mask, as a server's are: between two of ours `ws` may write its own (pong, close). */
  flush(): void {
    const { length } = this.#outgoing;
    if (length === 0) return;
    const bytes = length === 1 ? this.#outgoing[0]! : Buffer.concat(this.#outgoing);
    this.#outgoing = [];
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#socket.write(bytes);
  }

  close(status: number, reason: string): void {
    this.flush();
    this.#webSocket.close(status, reason);
  }

  lookAfter(): void {
    if (!this.#isThere) {
      this.terminate();
      return;
    }
    this.#isThere = false;
    this.#webSocket.ping();
  }

  terminate(): void {
    this.#webSocket.terminate();
  }
}

/** RFC 6455, 5.2: a final frame of text. */
function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = 0x81;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUIntBE(0, 2, 4);
    frame.writeUInt32BE(length, 6);
  }
  frame.write(text, head);
  return frame;
}

const GOODBYE_MS = 500;
