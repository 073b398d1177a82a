// A web server for tests of web seeds: files in memory, ranges, and the manners that a test asks for. It notes what it was
// asked.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface WebServerOptions {
  /** By decoded path, such as `/album/cover.jpg`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** False: the whole file, whatever was asked for. @default true */
  readonly ranges?: boolean;
  /** In place of an answer, as long as it gives one. */
  readonly instead?: (path: string, response: ServerResponse, request: IncomingMessage) => boolean;
}

export class WebServer {
  readonly url: string;
  /** As `/path 0-99`. */
  readonly asked: string[] = [];
  /** Bytes of bodies that were sent. */
  sent = 0;
  connections = 0;
  underWay = 0;
  mostUnderWay = 0;
  readonly #options: WebServerOptions;
  readonly #server: Server;

  private constructor(options: WebServerOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', () => this.connections++);
    server.on('request', (request, response) => this.#answer(request, response));
  }

  /** Runs until the test is over. */
  static async start(options: WebServerOptions): Promise<WebServer> {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    });
    return new WebServer(options, server);
  }

  /** Ends all connections and takes no new ones. */
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(request.url!);
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    this.asked.push(`${path} ${range === null ? 'all' : `${range[1]}-${range[2]}`}`);
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    response.on('close', () => this.underWay--);
    const { files, ranges = true, instead } = this.#options;
    if (instead?.(path, response, request) === true) return;
    const bytes = files.get(path);
    if (bytes === undefined) {
      response.writeHead(404).end('nothing here');
    } else if (range === null || !ranges) {
      this.#send(response, 200, {}, bytes);
    } else if (Number(range[1]) >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    } else {
      const part = bytes.subarray(Number(range[1]), Number(range[2]) + 1);
      const end = Number(range[1]) + part.length - 1;
      this.#send(response, 206, { 'content-range': `bytes ${range[1]}-${end}/${bytes.length}` }, part);
    }
  }

  #send(response: ServerResponse, status: number, headers: Record<string, string>, body: Uint8Array): void {
    this.sent += body.length;
    response.writeHead(status, { ...headers, 'content-length': String(body.length) }).end(body);
  }
}
