import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { serveHttp } from './http-server.ts';
import { serveWebSockets } from './ws-server.ts';

test('a WebSocket whose other end is gone without a word is ended, and one that answers is not', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const closed: string[] = [];
  const heard: string[] = [];
  const sockets = serveWebSockets({
    pingMs: 30_000,
    connected: socket => {
      socket.onClosed = () => closed.push(socket.path);
      socket.onMessage = message => heard.push(new TextDecoder().decode(message));
    },
  });
  const server = await serveHttp({
    host: '127.0.0.1',
    handle: () => {},
    upgrade: request => sockets.upgrade(request),
  });
  onTestFinished(async () => {
    sockets.close();
    await server.close();
  });
  const open = async (path: string, autoPong: boolean) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.address.port}${path}`, { autoPong });
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    return socket;
  };
  const alive = await open('/alive', true);
  const gone = await open('/gone', false);
  const ended = once(gone, 'close');
  // What was sent to open them counts as a sign of life.
  for (const round of ['first', 'second', 'third']) {
    const asked = once(alive, 'ping');
    vi.advanceTimersByTime(30_000);
    await asked;
    // Behind the answer to the ping.
    alive.send(round);
    await expect.poll(() => heard.at(-1), { timeout: 10_000 }).toBe(round);
    if (round === 'second') await ended;
  }
  expect(closed).toEqual(['/gone']);
});
