// `swarmline tracker probe` over WebSocket: at our tracker, and at trackers that do it wrong.

import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { swarmline } from '../../test/command-line.ts';
import { startTracker } from '../tracker.ts';

const HASH = 'h'.repeat(20);
const HEX = Buffer.from(HASH).toString('hex');

async function ours(): Promise<string> {
  const tracker = await startTracker({ host: '127.0.0.1', watchMs: 0 });
  onTestFinished(() => tracker.close());
  return tracker.urls('127.0.0.1').find(url => url.startsWith('ws:'))!;
}

interface Said extends Record<string, unknown> {
  readonly action: string;
  readonly peer_id: string;
  readonly info_hash: string;
  readonly event?: string;
  readonly answer?: unknown;
  readonly offers?: readonly Record<string, unknown>[];
}

/** A tracker that does whatever is told of it with what it is told; `all` are the sockets in the order they came. */
async function tracker(heard: (say: (value: unknown) => void, said: Said, all: WebSocket[]) => void) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => new Promise(resolve => server.close(() => resolve())));
  const all: WebSocket[] = [];
  server.on('connection', socket => {
    all.push(socket);
    onTestFinished(() => socket.terminate());
    const say = (value: unknown) => socket.send(typeof value === 'string' ? value : JSON.stringify(value));
    socket.on('message', message => heard(say, JSON.parse(`${message}`) as Said, all));
  });
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const reply = ({ info_hash }: Said) => ({
  action: 'announce',
  info_hash,
  interval: 120,
  complete: 0,
  incomplete: 1,
});

test('finds nothing to blame in our own tracker, and leaves no trace in it', async () => {
  const url = await ours();
  for (let run = 0; run < 2; run++) {
    const { status, out } = await swarmline(['tracker', 'probe', url, '--info-hash', HEX]);
    expect(out).not.toContain('✗');
    expect(out).toContain('It answers, with 0 seeds, 1 leecher.');
    expect(out).toMatch(/^✓ peers +[\d.]+ ms {2}An offer of a second peer reaches the first\.$/m);
    expect(out).toContain('1 seed, 1 leecher, 0 downloads.');
    expect(status).toBe(0);
  }
});

test('tells a program the same, a finding a line', async () => {
  const { out } = await swarmline(['tracker', 'probe', await ours(), '--json']);
  const findings = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(findings.map(({ what, state }) => `${what} ${state}`)).toEqual([
    ...['connect good', 'announce good', 'interval good', 'peers good', 'self good', 'answer good'],
    ...['forgery good', 'scrape good', 'nonsense good', 'leaving good'],
  ]);
  expect(findings[5]).toEqual({
    state: 'good',
    what: 'answer',
    sentence: 'The answer reaches the peer that made the offer.',
    ms: expect.any(Number),
  });
});

test('spares peers that are there already', async () => {
  const url = await ours();
  const guest = await swarmline(['tracker', 'probe', url, '--info-hash', HEX, '--json']);
  expect(guest.out).toContain('reaches the first');
  const { WebSocket: Client } = await import('ws');
  const client = new Client(url);
  onTestFinished(() => client.terminate());
  await once(client, 'open');
  const heard: string[] = [];
  client.on('message', message => heard.push(`${message}`));
  client.send(
    JSON.stringify({
      action: 'announce',
      info_hash: HASH,
      peer_id: 'g'.repeat(20),
      left: 1,
      event: 'started',
    }),
  );
  await expect.poll(() => heard).toHaveLength(1);
  const { out, status } = await swarmline(['tracker', 'probe', url, '--info-hash', HEX]);
  expect(out).toContain('Others are in this swarm, and are spared offers that lead nowhere: none was made.');
  expect(out).toContain('1 seed, 2 leechers, 0 downloads.');
  expect(status).toBe(0);
  expect(heard).toHaveLength(1);
});

test('a tracker that passes on what nobody asked for, and gives a peer its own offers, is told of', async () => {
  const peers = new Map<string, (value: unknown) => void>();
  const url = await tracker((say, said) => {
    const { action, peer_id, info_hash, offers = [], answer } = said;
    if (action === 'scrape') say({ action, files: {} });
    else if (peer_id === undefined) say({ 'failure reason': 'no' });
    else if (answer !== undefined)
      peers.get(`${said['to_peer_id']}`)?.({
        ...{ action, answer, peer_id, info_hash },
        offer_id: said['offer_id'],
      });
    else {
      peers.set(peer_id, say);
      say(reply(said));
      for (const tell of peers.values())
        for (const offer of offers) tell({ action, info_hash, peer_id, ...offer });
    }
  });
  const { out, status } = await swarmline(['tracker', 'probe', url]);
  expect(out).toContain('· self');
  expect(out).toContain('· forgery');
  expect(out).toContain('It tells no counts.');
  expect(status).toBe(0);
});

test('offers and answers that come otherwise than they were sent are blamed', async () => {
  const peers: ((value: unknown) => void)[] = [];
  const url = await tracker((say, said) => {
    const { action, peer_id, info_hash, offers = [], answer } = said;
    if (action === 'scrape')
      say({ action, files: { [info_hash]: { complete: 5, incomplete: 0, downloaded: 0 } } });
    else if (peer_id === undefined) say({ 'failure reason': 'no' });
    else if (answer !== undefined)
      peers[1]?.({ action, info_hash, peer_id, offer_id: 'another', answer: { type: 'answer', sdp: '' } });
    else {
      say(reply(said));
      peers.push(say);
      if (peers.length === 2)
        peers[0]?.({ action, info_hash, peer_id, ...offers[0], offer: { type: 'offer', sdp: '?' } });
    }
  });
  const { out, status } = await swarmline(['tracker', 'probe', url]);
  expect(out).toContain('✗ peers');
  expect(out).toContain('✗ answer');
  expect(out).toContain('There are one seed and one leecher, and it says 5 seeds, 0 leechers, 0 downloads.');
  expect(out).toContain('Both have stopped, and 5 are still counted.');
  expect(status).toBe(1);
});

test('a refusal is told, and whether it says when to come again', async () => {
  const url = await tracker(say => say({ 'failure reason': 'Not today.', 'retry in': 5 }));
  const { out, status } = await swarmline(['tracker', 'probe', url]);
  expect(out).toContain('It refuses: Not today.\n');
  expect(out).toContain('It says when to come again: after 5 minutes.');
  expect(status).toBe(0);
});

test.each([
  ['a page', (say: (value: unknown) => void) => say('<html>'), 'it is no tracker that answers there'],
  [
    'its end',
    (_: unknown, __: Said, [socket]: WebSocket[]) => socket!.close(1_008),
    'it said goodbye with status 1008.',
  ],
])('a tracker that answers with %s is blamed for it', async (_, heard, sentence) => {
  const { out, status } = await swarmline(['tracker', 'probe', await tracker(heard)]);
  expect(out).toContain(sentence);
  expect(status).toBe(1);
});

test('where nobody opens a WebSocket it says so', async () => {
  const url = (await ours()).replace(/\/announce$/, '/');
  const closed = await startTracker({ host: '127.0.0.1', watchMs: 0 });
  const gone = closed.urls('127.0.0.1').find(one => one.startsWith('ws:'))!;
  await closed.close();
  const { out, status } = await swarmline(['tracker', 'probe', gone]);
  expect(out).toContain('the connection was refused');
  expect(status).toBe(1);
  expect((await swarmline(['tracker', 'probe', url])).status).toBe(0);
});
