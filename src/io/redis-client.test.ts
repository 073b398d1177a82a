import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { SwarmlineError } from '../core/errors.ts';
import { openRedis } from './redis-client.ts';

test('what is no Redis is refused with a sentence', async () => {
  const port = await listen(socket =>
    socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  await expect(openRedis(`redis://127.0.0.1:${port}`)).rejects.toMatchObject({
    code: 'STORE_REFUSED',
    message: `The tracker’s store at 127.0.0.1:${port} failed: what answers there is no Redis.`,
  });
});

test('where nothing answers, calls fail at once and say why', async () => {
  const port = await listen(() => {});
  await new Promise<void>(resolve => servers.get(port)!.close(() => resolve()));
  for (const url of [
    `redis://127.0.0.1:${port}`,
    `redis+cluster://127.0.0.1:${port}`,
    `redis+sentinel://127.0.0.1:${port}/swarm`,
  ]) {
    const server = await openRedis(url);
    onTestFinished(() => server.close());
    const reply = await new Promise(resolve => server.run('return 1', ['{a}'], [], resolve));
    const { code, message } = reply as SwarmlineError;
    expect([code, message]).toEqual([
      'STORE_FAILED',
      `The tracker’s store at 127.0.0.1:${port} failed: the connection was refused.`,
    ]);
  }
});

test('a file for TLS that is not there is said', async () => {
  await expect(openRedis('rediss://127.0.0.1?ca=missing.pem')).rejects.toMatchObject({
    code: 'STORE_URL_INVALID',
    message: 'The URL of the tracker’s store names a file that cannot be read: missing.pem.',
  });
});

const servers = new Map<number, Server>();

async function listen(connected: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(socket => {
    socket.on('error', () => {});
    connected?.(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  servers.set(port, server);
  return port;
}
