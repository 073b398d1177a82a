// A tracker whose HTTP several threads answer, each with a socket of its own at the port: whoever accepts a connection, all that can be
// asked over it is answered, for what only the main thread can answer comes to it with the connection. Each test opens so many
// that the system gives some to every thread (24 to two: one in 8 million runs would miss one).

import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type RunningTracker, type StartTrackerOptions, startTracker } from '../src/tracker.ts';
import { folderWith } from './command-line.ts';

const VISITORS = 24;
const QUERY = `info_hash=${'a'.repeat(20)}&peer_id=${'p'.repeat(20)}&left=1`;
const announce = (port: number, more = '') => `/announce?${QUERY}&port=${port}${more}`;
const SCRAPE = `/scrape?info_hash=${'a'.repeat(20)}`;

async function open(options: StartTrackerOptions = {}): Promise<RunningTracker> {
  const tracker = await startTracker({
    ...{ host: '127.0.0.1', watchMs: 0, workers: 2, memoryBytes: 8 * 1024 * 1024 },
    ...{ requestsPerSecond: 0, maxPeersPerAddress: 0 },
    ...options,
  });
  onTestFinished(() => tracker.close());
  return tracker;
}

/** A connection that asks, as bytes or path by path, and what comes. */
class Visitor {
  readonly #socket: Socket;
  #text = '';
  #waiting: (() => void) | undefined;
  isClosed = false;

  constructor({ address }: RunningTracker) {
    this.#socket = connect(address.port, '127.0.0.1');
    onTestFinished(() => void this.#socket.destroy());
    this.#socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      this.#waiting?.();
    });
    this.#socket
      .on('error', () => {})
      .once('close', () => {
        this.isClosed = true;
        this.#waiting?.();
      });
  }

  send(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  ask(path: string, method = 'GET', fields = ''): Promise<string> {
    this.send(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`);
    return this.answer();
  }

  /** The body of the next answer; '' where the connection ends. */
  async answer(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf('\r\n\r\n') + 4;
      const length = Number(/content-length: (\d+)/.exec(this.#text.slice(0, end))?.[1]);
      if (end > 3 && this.#text.length >= end + length) {
        const body = this.#text.slice(end, end + length);
        this.#text = this.#text.slice(end + length);
        return body;
      }
      if (this.isClosed) return '';
      await new Promise<void>(resolve => {
        this.#waiting = resolve;
      });
    }
  }
}

const visitors = (tracker: RunningTracker) => Array.from({ length: VISITORS }, () => new Visitor(tracker));

test('whichever thread is asked, it knows the peers of all, and all is counted', async () => {
  const tracker = await open();
  const all = visitors(tracker);
  for (const [i, visitor] of all.entries())
    expect(await visitor.ask(announce(i + 1))).toContain(`10:incompletei${i + 1}e`);
  expect(tracker.peerCount).toBe(VISITORS);
  const metrics = await all[0]!.ask('/metrics');
  expect(metrics).toContain(`announces_total{protocol="http",event="none"} ${VISITORS}\n`);
  expect(metrics).toContain(`swarmline_tracker_http_connections ${VISITORS}\n`);
});

test('announces, scrapes, the page and the API go over one connection, in their order', async () => {
  const files = folderWith({ token: 'a-token-of-the-tests' });
  const tracker = await open({ apiTokenFile: files('token') });
  for (const visitor of visitors(tracker)) {
    expect(await visitor.ask(announce(1))).toContain('10:incompletei1e');
    expect(await visitor.ask(SCRAPE)).toContain('10:incompletei1e');
    expect(await visitor.ask(announce(1))).toContain('10:incompletei1e');
    expect(await visitor.ask('/ready')).toBe('The tracker is ready.\n');
    expect(await visitor.ask('/')).toContain('<!doctype html>');
    const token = 'Authorization: Bearer a-token-of-the-tests\r\n';
    expect(await visitor.ask('/api/v1/reload', 'POST', token)).toContain('"reloaded":true');
    expect(await visitor.ask('/nothing')).toBe('There is nothing here.\n');
  }
});

test('requests that come all at once are answered in their order', async () => {
  const tracker = await open();
  for (const visitor of visitors(tracker)) {
    const paths = [announce(1), announce(2), SCRAPE, announce(3), '/health', SCRAPE];
    visitor.send(paths.map(path => `GET ${path} HTTP/1.1\r\nHost: t\r\n\r\n`).join(''));
    const answers = [];
    for (const _ of paths) answers.push(await visitor.answer());
    expect(answers.map(answer => /^d8:complete|^d5:files|^The/.exec(answer)?.[0])).toEqual([
      ...['d8:complete', 'd8:complete', 'd5:files', 'd8:complete', 'The', 'd5:files'],
    ]);
  }
});

test('a request that comes in pieces is given on whole', async () => {
  const tracker = await open();
  const text = `GET ${SCRAPE} HTTP/1.1\r\nHost: t\r\n\r\nGET /health HTTP/1.1\r\nHost: t\r\n\r\n`;
  for (const visitor of visitors(tracker)) {
    expect(await visitor.ask(announce(1))).toContain('10:incomplete');
    for (let at = 0; at < text.length; at += 17) {
      visitor.send(text.slice(at, at + 17));
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(await visitor.answer()).toContain('5:files');
    expect(await visitor.answer()).toBe('The tracker runs.\n');
  }
});

test('WebSockets are one swarm, whoever accepted them', async () => {
  const tracker = await open();
  const sockets = Array.from(
    { length: VISITORS },
    () => new WebSocket(`ws://127.0.0.1:${tracker.address.port}/announce`),
  );
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate();
  });
  for (const [i, socket] of sockets.entries()) {
    if (socket.readyState !== WebSocket.OPEN) await new Promise(resolve => socket.once('open', resolve));
    const peer = { info_hash: 'a'.repeat(20), peer_id: `${i}`.padStart(20, '0'), left: 0, numwant: 0 };
    socket.send(JSON.stringify({ action: 'announce', ...peer, event: 'started', offers: [] }));
    const message = await new Promise<Buffer>(resolve =>
      socket.once('message', data => resolve(data as Buffer)),
    );
    expect(JSON.parse(message.toString())).toMatchObject({ complete: i + 1 });
  }
});

test('places for connections are those of all threads together', async () => {
  const tracker = await open({ maxConnectionsPerAddress: 10 });
  const all = visitors(tracker);
  const answers = await Promise.all(all.map(visitor => visitor.ask(announce(1))));
  expect(answers.filter(answer => answer !== '')).toHaveLength(10);
  // A place that is left is taken again.
  for (const visitor of all) visitor.send('nonsense\r\n\r\n');
  await vi.waitFor(() => expect(all.every(({ isClosed }) => isClosed)).toBe(true));
  await vi.waitFor(async () => expect(await new Visitor(tracker).ask(announce(1))).not.toBe(''));
});

test('partial seeds are counted once, whoever is told of them', async () => {
  const tracker = await open();
  const all = visitors(tracker);
  for (const [i, visitor] of all.entries()) await visitor.ask(announce((i % 6) + 1, '&event=paused'));
  const scrape = () => new Visitor(tracker).ask(SCRAPE);
  await vi.waitFor(async () => expect(await scrape()).toContain('11:downloadersi0e10:incompletei6e'));
  for (const [i, visitor] of all.entries()) if (i % 6 < 2) await visitor.ask(announce((i % 6) + 1));
  await vi.waitFor(async () => expect(await scrape()).toContain('11:downloadersi2e10:incompletei6e'));
});

test('a proxy says for whom it asks, and what is given on keeps that', async () => {
  const tracker = await open({ trustedProxies: ['127.0.0.1'], proxyProtocol: true, fullScrape: true });
  // PROXY v2, TCP over IPv4, from 192.0.2.7:1000 to 127.0.0.1:443.
  const header = Buffer.from('0d0a0d0a000d0a515549540a2111000cc00002077f00000103e801bb', 'hex');
  for (const visitor of visitors(tracker)) {
    visitor.send(header);
    const told = `11:external ip4:${String.fromCharCode(192, 0, 2, 7)}`;
    expect(await visitor.ask(announce(1))).toContain(told);
    expect(await visitor.ask(SCRAPE)).toContain('10:incompletei1e');
    expect(await visitor.ask(announce(1))).toContain(told);
  }
});

test('when it is closed, answers under way are given and the port is free', async () => {
  const tracker = await open();
  const all = visitors(tracker);
  for (const visitor of all) await visitor.ask(announce(1));
  for (const visitor of all.slice(0, 12)) await visitor.ask('/health');
  await tracker.close();
  await vi.waitFor(() => expect(all.every(({ isClosed }) => isClosed)).toBe(true));
  const next = await open({ port: tracker.address.port });
  expect(await new Visitor(next).ask('/ready')).toBe('The tracker is ready.\n');
});

test('says where the port is another program’s', async () => {
  const { address } = await open({ udp: false });
  for (const workers of [1, 2])
    await expect(
      startTracker({ host: '127.0.0.1', port: address.port, workers, udp: false }),
    ).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
});
