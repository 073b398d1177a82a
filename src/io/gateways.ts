// The default gateway, by what the system knows of its routes, and requests by HTTP to its address alone.

import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { isIPv4 } from 'node:net';
import type { Gateways } from '../host/gateways.ts';
import { gatewayOfLinux, gatewayOfRoute, gatewayOfWindows } from './route-text.ts';

export const nodeGateways: Gateways = {
  find: async () => {
    const host = await defaultGateway().catch(() => undefined);
    const localHost = host === undefined ? undefined : await localHostTo(host);
    return host === undefined || localHost === undefined ? undefined : { host, localHost };
  },
  ask: (gateway, { method, port, path, headers, body }, done) => {
    let isOver = false;
    const end = (answer: Parameters<typeof done>[0]) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      request.destroy();
      done(answer);
    };
    const length = Buffer.byteLength(body);
    const request = requestHttp({
      host: gateway.host,
      port,
      path,
      method,
      localAddress: gateway.localHost,
      headers: { ...headers, connection: 'close', ...(method === 'POST' && { 'content-length': length }) },
      agent: false,
      // Of a header field or two, never of a page.
      maxHeaderSize: 8192,
    });
    const timer = setTimeout(() => end(undefined), TIMEOUT_MS);
    timer.unref();
    request.on('error', () => end(undefined));
    request.on('response', response => {
      const chunks: Uint8Array[] = [];
      let read = 0;
      response.on('data', (chunk: Uint8Array) => {
        chunks.push(chunk);
        read += chunk.length;
        if (read > MAX_ANSWER_LENGTH) end(undefined);
      });
      response.on('error', () => end(undefined));
      response.on('end', () =>
        end({ status: response.statusCode ?? 0, body: new Uint8Array(Buffer.concat(chunks)) }),
      );
    });
    request.on('socket', socket => socket.unref());
    request.end(body);
    return () => {
      isOver = true;
      clearTimeout(timer);
      request.destroy();
    };
  },
};

async function defaultGateway(): Promise<string | undefined> {
  switch (process.platform) {
    case 'linux':
    case 'android':
      return gatewayOfLinux(await readFile('/proc/net/route', 'latin1'));
    case 'win32':
      return gatewayOfWindows(await said('route', ['print', '-4', '0.0.0.0']));
    default:
      return gatewayOfRoute(await said('route', ['-n', 'get', 'default']));
  }
}

/** The address that this machine would speak from. Nothing is sent. */
function localHostTo(gateway: string): Promise<string | undefined> {
  return new Promise<string | undefined>(resolve => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(undefined));
    socket.connect(DISCARD_PORT, gateway, () => {
      const { address } = socket.address();
      resolve(isIPv4(address) ? address : undefined);
      socket.close();
    });
  });
}

function said(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 5000, windowsHide: true }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
}

const TIMEOUT_MS = 5000;
// A description of all that a router can do is some 20 kB.
const MAX_ANSWER_LENGTH = 256 * 1024;
const DISCARD_PORT = 9;
