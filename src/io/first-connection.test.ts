import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { firstConnection } from './first-connection.ts';

const NOWHERE = new Error('there is no address');

/** Dials that the test has answered: `connects`, `fails`. What was done with each. */
function dials(hosts: readonly string[]) {
  const sockets = new Map<string, Socket>();
  const result = { error: undefined as Error | null | undefined, socket: undefined as Socket | undefined };
  const giveUp = firstConnection(
    {
      hosts,
      nowhere: NOWHERE,
      delayMs: 250,
      dial: host => {
        const socket = new Socket();
        sockets.set(host, socket);
        return socket;
      },
    },
    (error, socket) => Object.assign(result, { error, socket }),
  );
  return { sockets, result, giveUp, dialled: () => [...sockets.keys()].join(' ') };
}

it('is to the first address alone where that answers soon', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { sockets, result, dialled } = dials(['20.0.0.1', '20.0.0.2']);
  vi.advanceTimersByTime(249);
  expect(dialled()).toBe('20.0.0.1');
  sockets.get('20.0.0.1')!.emit('connect');
  vi.advanceTimersByTime(10_000);
  expect([dialled(), result.error, result.socket]).toEqual(['20.0.0.1', null, sockets.get('20.0.0.1')]);
});

it('tries the next beside one that is silent, of the other family first, and ends those that lose', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { sockets, result, dialled } = dials(['20.0.0.1', '20.0.0.2', '2001:db8::1', '2001:db8::2']);
  vi.advanceTimersByTime(250);
  expect(dialled()).toBe('20.0.0.1 2001:db8::1');
  vi.advanceTimersByTime(250);
  expect(dialled()).toBe('20.0.0.1 2001:db8::1 20.0.0.2');
  sockets.get('2001:db8::1')!.emit('connect');
  expect(result.socket).toBe(sockets.get('2001:db8::1'));
  expect([...sockets.values()].map(({ destroyed }) => destroyed)).toEqual([true, false, true]);
  vi.advanceTimersByTime(10_000);
  expect(sockets.size).toBe(3);
});

it('tries the next at once where one fails, and says of the last why there is none', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { sockets, result, dialled } = dials(['20.0.0.1', '20.0.0.2', '20.0.0.3']);
  sockets.get('20.0.0.1')!.emit('error', new Error('refused by 1'));
  expect(dialled()).toBe('20.0.0.1 20.0.0.2');
  vi.advanceTimersByTime(250);
  sockets.get('20.0.0.3')!.emit('error', new Error('refused by 3'));
  expect(result.error).toBeUndefined();
  sockets.get('20.0.0.2')!.emit('error', new Error('refused by 2'));
  expect(result.error).toEqual(new Error('refused by 2'));
});

it('is none where there is no address, or it is given up', () => {
  expect(dials([]).result.error).toBe(NOWHERE);
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { sockets, result, giveUp } = dials(['20.0.0.1', '20.0.0.2']);
  vi.advanceTimersByTime(250);
  giveUp(new Error('given up'));
  expect(result.error).toEqual(new Error('given up'));
  expect([...sockets.values()].map(({ destroyed }) => destroyed)).toEqual([true, true]);
});

it('is made with sockets as they are', async () => {
  const server = createServer(socket => void socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const socket = await new Promise<Socket>((resolve, reject) => {
    const dial = (host: string) => new Socket().connect({ host, port });
    // The first has nobody.
    firstConnection({ hosts: ['127.0.0.77', '127.0.0.1'], dial, nowhere: NOWHERE }, (error, made) =>
      error === null ? resolve(made!) : reject(error),
    );
  });
  expect(socket.remoteAddress).toBe('127.0.0.1');
  socket.destroy();
});
