// WebSockets that we open, at the server of `ws` and at servers that are none.

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { openWebSocket } from './ws-client.ts';

/** A server of `ws`, a socket of ours at it, and what that has heard. */
async function conversation() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => new Promise(resolve => server.close(() => resolve())));
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const heard: string[] = [];
  const ends: string[] = [];
  const ours = await openWebSocket({
    url: `ws://127.0.0.1:${portOf(server)}/a?b`,
    timeoutMs: 5_000,
    maxMessageBytes: 70_000,
    onMessage: message => heard.push(Buffer.from(message).toString()),
    onClosed: reason => ends.push(reason),
  });
  onTestFinished(() => ours.close());
  const [theirs, request] = (await accepted) as [WebSocket, { url: string }];
  onTestFinished(() => theirs.terminate());
  return { ours, theirs, heard, ends, path: request.url };
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as { port: number }).port;
}

/** A server that says this to whoever asks. */
async function says(text: string): Promise<number> {
  const server: Server = createServer(socket => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(text));
  });
  onTestFinished(() => new Promise(resolve => server.close(() => resolve())));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return portOf(server);
}

const open = (port: number, timeoutMs = 5_000) =>
  openWebSocket({ url: `ws://127.0.0.1:${port}`, timeoutMs, onMessage: () => {}, onClosed: () => {} });

test.each([0, 1, 125, 126, 65_535, 65_536, 69_000])('messages of %i bytes go both ways', async length => {
  const { ours, theirs, heard, path } = await conversation();
  const text = 'x'.repeat(length);
  const received = once(theirs, 'message');
  ours.send(text);
  expect(`${(await received)[0]}`).toBe(text);
  theirs.send(text);
  await expect.poll(() => heard).toEqual([text]);
  expect(path).toBe('/a?b');
});

test('answers pings, and says goodbye', async () => {
  const { ours, theirs, ends } = await conversation();
  const pong = once(theirs, 'pong');
  theirs.ping('there?');
  expect(`${(await pong)[0]}`).toBe('there?');
  const closed = once(theirs, 'close');
  ours.close();
  expect((await closed)[0]).toBe(1_000);
  expect(ends).toEqual([]);
});

test.each([
  ['says goodbye', (theirs: WebSocket) => theirs.close(1_008), 'it said goodbye with status 1008'],
  ['is gone', (theirs: WebSocket) => theirs.terminate(), 'it closed the connection'],
  ['says too much', (theirs: WebSocket) => theirs.send('x'.repeat(80_000)), 'it said more than is read'],
])('tells once why it is over where the other end %s', async (_, act, reason) => {
  const { ours, theirs, ends } = await conversation();
  act(theirs);
  await expect.poll(() => ends).toEqual([reason]);
  ours.send('nobody hears it');
  ours.close();
  expect(ends).toHaveLength(1);
});

const ANOTHER = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n';
test.each([
  ['a page', 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n', 'answers with status 404'],
  ['no HTTP', 'nonsense\r\n\r\n', 'does not speak HTTP'],
  ['an answer to another key', `${ANOTHER}sec-websocket-accept: abc\r\n\r\n`, 'another one’s'],
])('where there is %s it says so', async (_, text, words) => {
  const port = await says(text);
  const fault = await open(port).catch((error: Error) => error);
  expect(fault).toMatchObject({ code: 'HTTP_FAILED', message: expect.stringContaining(words) });
  expect(`${fault}`).toContain(`127.0.0.1:${port}`);
});

test('who says nothing is not waited for', async () => {
  const server = createServer(socket => socket.on('error', () => {}).resume());
  onTestFinished(() => new Promise(resolve => server.close(() => resolve())));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  await expect(open(portOf(server), 50)).rejects.toThrow('there was no answer within 0.05 s');
});
