// The tracker by WebSocket on real sockets: the port that speaks HTTP, peers that are gone without a word, messages in pieces.

import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type StartTrackerOptions, startTracker } from '../src/tracker.ts';

const HASH = 'h'.repeat(20);

async function open(options: StartTrackerOptions = {}) {
  const tracker = await startTracker({ host: '127.0.0.1', ...options });
  onTestFinished(() => tracker.close());
  const { port } = tracker.address;
  const socket = async (path = '/') => {
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    await once(webSocket, 'open');
    return webSocket;
  };
  return { tracker, port, socket };
}

const announce = (peer: string, more = {}) =>
  JSON.stringify({ action: 'announce', info_hash: HASH, peer_id: peer.repeat(20), left: 1, ...more });
const next = async (socket: WebSocket) => JSON.parse(`${(await once(socket, 'message'))[0]}`);

test('offers and answers pass between two sockets, and HTTP counts them', async () => {
  const { port, socket } = await open();
  const [a, b] = [await socket(), await socket('/announce')];
  a.send(announce('a'));
  expect(await next(a)).toMatchObject({ complete: 0, incomplete: 1 });
  const offer = { type: 'offer', sdp: 'é'.repeat(2_000) };
  const offered = next(a);
  b.send(Buffer.from(announce('b', { numwant: 1, offers: [{ offer_id: 'o', offer }] })));
  expect(await next(b)).toMatchObject({ incomplete: 2 });
  expect(await offered).toMatchObject({ offer, offer_id: 'o' });
  a.send(announce('a', { to_peer_id: 'b'.repeat(20), offer_id: 'o', answer: { type: 'answer' } }));
  expect(await next(b)).toMatchObject({ answer: { type: 'answer' }, peer_id: 'a'.repeat(20) });
  const scrape = await fetch(`http://127.0.0.1:${port}/scrape?info_hash=${HASH}`);
  expect(await scrape.text()).toBe(`d5:filesd20:${HASH}d8:completei0e10:downloadedi0e10:incompletei2eeee`);
  a.terminate();
  await expect
    .poll(async () => (await fetch(`http://127.0.0.1:${port}/scrape?info_hash=${HASH}`)).text())
    .toContain('incompletei1e');
});

test('a message that is too long ends its connection, and no other', async () => {
  const { socket } = await open();
  const [a, b] = [await socket(), await socket()];
  a.send('x'.repeat(300_000));
  expect((await once(a, 'close'))[0]).toBe(1009);
  b.send('x'.repeat(200_000));
  expect(await next(b)).toHaveProperty('failure reason');
});

test('a WebSocket counts among the connections of its address until it is closed', async () => {
  const { port, socket } = await open({ maxConnectionsPerAddress: 1 });
  const a = await socket();
  const refused = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(refused, 'error');
  a.close();
  await once(a, 'close');
  await expect.poll(async () => await socket().catch(() => undefined)).toBeDefined();
});

test('many long messages at once come whole, one after another', async () => {
  const { socket } = await open({ wsMessageBurst: 1_000 });
  const [a, b] = [await socket(), await socket()];
  a.send(announce('a'));
  await next(a);
  const sdp = 'x€'.repeat(3_000);
  const received: string[] = [];
  a.on('message', bytes => received.push(JSON.parse(`${bytes}`).offer_id));
  const ids = Array.from({ length: 60 }, (_, i) => `offer ${i}`);
  for (const id of ids)
    b.send(announce('b', { numwant: 1, offers: [{ offer_id: id, offer: { type: 'offer', sdp } }] }));
  await expect.poll(() => received.length).toBe(60);
  expect(received).toEqual(ids);
});

test("what is sent ahead of the handshake's answer is read behind it", async () => {
  const { port } = await open();
  const client = connect(port, '127.0.0.1');
  const text = Buffer.from(announce('a', { more: 'x'.repeat(40_000) }));
  const head = Buffer.from([0x81, 0xfe, text.length >> 8, text.length & 255, 0, 0, 0, 0]);
  client.write(
    Buffer.concat([
      Buffer.from(
        'GET /scrape?info_hash=hhhhhhhhhhhhhhhhhhhh HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\n' +
          'upgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n',
      ),
      head,
      text,
    ]),
  );
  let received = '';
  client.on('data', bytes => {
    received += bytes.toString('latin1');
  });
  await expect.poll(() => received).toMatch(/^HTTP\/1.1 200 .*HTTP\/1.1 101 .*"incomplete":1}$/s);
  client.destroy();
});

test('says goodbye when it stops', async () => {
  const { tracker, socket } = await open();
  const a = await socket();
  const closed = once(a, 'close');
  await tracker.close();
  expect((await closed)[0]).toBe(1001);
});

test.each([
  ['no key', 'sec-websocket-version: 13\r\n', 400],
  ['another version', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 7\r\n', 400],
])('a handshake with %s is refused', async (_, headers, status) => {
  const { port } = await open();
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n${headers}\r\n`);
  expect(`${(await once(socket, 'data'))[0]}`).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
  socket.destroy();
});

test('answers pings, takes messages in parts, and says goodbye to who says it', async () => {
  const { socket } = await open();
  const a = await socket();
  const pong = once(a, 'pong');
  a.ping('still there?');
  expect(`${(await pong)[0]}`).toBe('still there?');
  const text = announce('a');
  a.send(text.slice(0, 20), { fin: false });
  a.send(text.slice(20, 40), { fin: false });
  a.send(text.slice(40), { fin: true });
  expect(await next(a)).toMatchObject({ incomplete: 1 });
  const closed = once(a, 'close');
  a.close(4_000, 'enough');
  expect((await closed)[0]).toBe(4_000);
});

test('what is no frame, or no UTF-8, ends its connection with a status', async () => {
  const { socket } = await open();
  const [a, b] = [await socket(), await socket()];
  const raw = (webSocket: WebSocket) => (webSocket as unknown as { _socket: NodeJS.WritableStream })._socket;
  raw(a).write(Buffer.from([0x81, 1, 65]));
  expect((await once(a, 'close'))[0]).toBe(1_002);
  raw(b).write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]));
  expect((await once(b, 'close'))[0]).toBe(1_007);
});
