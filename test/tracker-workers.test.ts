// A tracker whose UDP several threads answer: whoever is asked, the answer is that of all. Each test asks from so many ports
// that the system sends some of them to every thread (24 to two: one in 8 million runs would miss one).

import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { toHex } from '../src/core/bytes/hex.ts';
import { type RunningTracker, type StartTrackerOptions, startTracker } from '../src/tracker.ts';
import { folderWith } from './command-line.ts';
import { UdpVisitor } from './compliance/udp-front.ts';
import { temporaryFolder } from './interop/peers.ts';

const TOKEN = 'a-token-of-the-tests';
const VISITORS = 24;
/** All of them come from one address. */
const UNLIMITED = { requestsPerSecond: 0, maxPeersPerAddress: 0 };

async function open(options: StartTrackerOptions = {}): Promise<RunningTracker> {
  const tracker = await startTracker({
    ...{ host: '127.0.0.1', watchMs: 0, workers: 2, memoryBytes: 8 * 1024 * 1024 },
    ...UNLIMITED,
    ...options,
  });
  onTestFinished(() => tracker.close());
  return tracker;
}

function visit({ address }: RunningTracker, count = VISITORS): Promise<UdpVisitor[]> {
  return Promise.all(Array.from({ length: count }, () => UdpVisitor.at('127.0.0.1', address.port)));
}

/** What each of them is told: how many are in the swarm, or why not. */
async function all(visitors: readonly UdpVisitor[], more: object, url?: string): Promise<unknown[]> {
  const told = new Set<unknown>();
  for (const visitor of visitors)
    told.add(
      await visitor.asked(more, url).then(
        ({ complete = 0, incomplete = 0 }) => complete + incomplete,
        (error: Error) => (JSON.parse(error.message) as { reason: string }).reason,
      ),
    );
  return [...told];
}

/** Asked for from another address, whose share is its own. */
function metrics({ address: { port } }: RunningTracker): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/metrics', localAddress: '127.0.0.2' };
    get(options, response => {
      let text = '';
      response.setEncoding('utf8').on('data', data => {
        text += data;
      });
      response.once('end', () => resolve(text));
    }).once('error', reject);
  });
}

test('every thread answers, and their counts are added up', async () => {
  const tracker = await open();
  const visitors = await visit(tracker);
  for (const [i, visitor] of visitors.entries()) await visitor.announce({ infoHash: hash(1), port: i + 1 });
  expect([tracker.swarmCount, tracker.peerCount]).toEqual([1, VISITORS]);
  expect(await all(visitors, { infoHash: hash(1), port: 1 })).toEqual([VISITORS]);
  const text = await metrics(tracker);
  // Some had to ask again if a datagram was lost.
  const count = Number(/announces_total\{protocol="udp",event="none"\} (\d+)/.exec(text)![1]);
  expect(count).toBeGreaterThanOrEqual(2 * VISITORS);
  expect(text).toContain('swarmline_tracker_threads 2\n');
});

test('by HTTP one is told of those who came by any thread', async () => {
  const tracker = await open();
  for (const [i, visitor] of (await visit(tracker)).entries())
    await visitor.announce({ infoHash: hash(97), port: i + 1 });
  const { port } = tracker.address;
  const query = `info_hash=${'a'.repeat(20)}&peer_id=${'p'.repeat(20)}&port=99&left=1&compact=1`;
  const answer = await (await fetch(`http://127.0.0.1:${port}/announce?${query}`)).text();
  expect(answer).toContain(`10:incompletei${VISITORS + 1}e`);
});

test('a ban, by the API or by its file, is kept by every thread from its answer on', async () => {
  const files = folderWith({ token: TOKEN, bans: '' });
  const options = { apiTokenFile: files('token'), bans: files('bans') };
  const tracker = await open(options);
  const visitors = await visit(tracker);
  const { port } = tracker.address;
  const change = async (method: string) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const url = `http://127.0.0.1:${port}/api/v1/bans/127.0.0.1`;
    expect((await fetch(url, { method, headers })).status).toBe(200);
  };
  await change('PUT');
  for (const visitor of visitors) visitor.send(visitor.announceBytes({ infoHash: hash(1), port: 7 }));
  // Nobody is answered; all of it is counted.
  await vi.waitFor(async () => {
    const banned = /errors_total\{protocol="udp",code="banned"\} (\d+)/.exec(await metrics(tracker));
    expect(Number(banned![1])).toBe(VISITORS);
  });
  expect([tracker.swarmCount, ...visitors.map(({ strays }) => strays)].every(count => count === 0)).toBe(
    true,
  );
  await change('DELETE');
  expect(await all(visitors, { infoHash: hash(1), port: 1 })).toEqual([1]);
  writeFileSync(files('bans'), '127.0.0.0/8\n');
  await tracker.reload({ ...UNLIMITED, ...options });
  for (const visitor of visitors) visitor.send(visitor.announceBytes({ infoHash: hash(2), port: 7 }));
  await vi.waitFor(async () => expect(await metrics(tracker)).toContain(`code="banned"} ${2 * VISITORS}\n`));
  expect(tracker.swarmCount).toBe(1);
});

test('lists and torrents are those of all threads, from the start and after a reload', async () => {
  const files = folderWith({ allow: toHex(hash(1)), deny: '' });
  const options = { allow: [files('allow')], deny: [files('deny')] };
  const tracker = await open(options);
  const visitors = await visit(tracker);
  expect(await all(visitors, { infoHash: hash(1) })).toEqual([1]);
  expect(await all(visitors, { infoHash: hash(2) })).toEqual(['This tracker does not serve this torrent.']);
  writeFileSync(files('allow'), toHex(hash(2)));
  await tracker.reload({ ...UNLIMITED, ...options });
  expect(await all(visitors, { infoHash: hash(1) })).toEqual(['This tracker does not serve this torrent.']);
  expect(await all(visitors, { infoHash: hash(2) })).toEqual([1]);
  writeFileSync(files('deny'), toHex(hash(2)));
  await tracker.reload({ ...UNLIMITED, ...options });
  expect(await all(visitors, { infoHash: hash(2) })).toEqual(['This tracker does not serve this torrent.']);
  const hybrid = { infoHashV1: hash(3), infoHashV2: new Uint8Array(32).fill(4) };
  await tracker.register(hybrid);
  expect(await all(visitors, { infoHash: hash(3), port: 1 })).toEqual([1]);
  expect(await all(visitors, { infoHash: hash(4), port: 2 })).toEqual([2]);
  await tracker.unregister(hybrid);
  expect(await all(visitors, { infoHash: hash(3) })).toEqual(['This tracker does not serve this torrent.']);
});

test('a reload that is refused leaves every thread as it was', async () => {
  const files = folderWith({ allow: toHex(hash(1)) });
  const tracker = await open({ allow: [files('allow')] });
  const visitors = await visit(tracker);
  writeFileSync(files('allow'), 'nonsense');
  await expect(tracker.reload({ allow: [files('allow')] })).rejects.toMatchObject({ code: 'LIST_INVALID' });
  expect(await all(visitors, { infoHash: hash(1) })).toEqual([1]);
});

test('a key has its limits and its totals over all threads', async () => {
  const files = folderWith({ keys: '[alice]\nkey = "aaaaaaaa"\nmax-peers = 30\n' });
  const options: StartTrackerOptions = { mode: 'private', keys: files('keys') };
  const tracker = await open(options);
  const visitors = await visit(tracker);
  const url = '/aaaaaaaa/announce';
  expect(await all(visitors, { peerId: hash(1) }, '/bbbbbbbb/announce')).toEqual([
    'The tracker does not know the key in this URL.',
  ]);
  // One peer, whose figures grow from thread to thread.
  for (const [i, visitor] of visitors.entries())
    await visitor.announce({ peerId: hash(1), uploaded: 100 * i, port: 1 }, url);
  expect(tracker.keyTotals().get('alice')).toMatchObject({ uploaded: 100 * (VISITORS - 1), downloaded: 0 });
  for (let i = 2; i <= 30; i++) await visitors[i % VISITORS]!.announce({ peerId: hash(i), port: i }, url);
  expect(await all(visitors, { peerId: hash(99) }, url)).toEqual(['Too many peers announce by this key.']);
  writeFileSync(files('keys'), '[alice]\nkey = "cccccccc"\n');
  await tracker.reload({ ...UNLIMITED, ...options });
  expect(await all(visitors, { peerId: hash(1) }, url)).toEqual([
    'The tracker does not know the key in this URL.',
  ]);
  await visitors[0]!.announce({ peerId: hash(1), uploaded: 100 * VISITORS, port: 1 }, '/cccccccc/announce');
  expect(tracker.keyTotals().get('alice')).toMatchObject({ uploaded: 100 * VISITORS });
});

test('what one address may ask, it may ask of all threads together', async () => {
  const tracker = await open({ requestsPerSecond: 1, requestBurst: 100 });
  const visitors = await visit(tracker);
  for (let round = 0; round < 10; round++)
    for (const visitor of visitors) visitor.send(visitor.announceBytes({ infoHash: hash(1), port: 1 }));
  const counted = (text: string, pattern: RegExp) => Number(pattern.exec(text)![1]);
  await vi.waitFor(async () => {
    const text = await metrics(tracker);
    const answered = counted(text, /announces_total\{protocol="udp",event="none"\} (\d+)/);
    const refused = counted(text, /errors_total\{protocol="udp",code="too_many_requests"\} (\d+)/);
    expect(answered + refused).toBe(10 * VISITORS);
    // Some seconds may have passed.
    expect(answered).toBeGreaterThan(60);
    expect(answered).toBeLessThanOrEqual(115);
  });
});

test('peers of one address in one swarm are counted over all threads', async () => {
  const tracker = await open({ maxPeersPerAddress: 8 });
  const visitors = await visit(tracker);
  const tooMany = 'Too many peers of this torrent announce from your address.';
  // By one thread, until there are too many.
  let port = 1;
  while ((await all(visitors.slice(0, 1), { port }))[0] !== tooMany) port++;
  expect(port).toBeGreaterThan(8);
  expect(await all(visitors, { port })).toEqual([tooMany]);
});

test('the interval grows with the announces of all threads', async () => {
  const tracker = await open({
    intervalSeconds: 1_000,
    maxIntervalSeconds: 4_000,
    busyAnnouncesPerSecond: 1,
  });
  const visitors = await visit(tracker);
  await vi.waitFor(
    async () => {
      const told = await Promise.all(visitors.map(visitor => visitor.asked({ port: 1 })));
      for (const { intervalSeconds } of told) expect(intervalSeconds).toBeGreaterThan(2_000);
    },
    { timeout: 15_000, interval: 100 },
  );
});

test('peers by WebSocket count in what every thread says', async () => {
  const tracker = await open();
  const visitors = await visit(tracker);
  const socket = new WebSocket(`ws://127.0.0.1:${tracker.address.port}/announce`);
  onTestFinished(() => socket.terminate());
  await new Promise(resolve => socket.once('open', resolve));
  const announce = {
    action: 'announce',
    info_hash: 'a'.repeat(20),
    peer_id: 'p'.repeat(20),
    left: 0,
    numwant: 0,
  };
  socket.send(JSON.stringify({ ...announce, event: 'started', offers: [] }));
  await new Promise(resolve => socket.once('message', resolve));
  await vi.waitFor(
    async () => expect(await all(visitors, { infoHash: hash(97), port: 1 })).toEqual([2]),
    10_000,
  );
  socket.close();
  await vi.waitFor(
    async () => expect(await all(visitors, { infoHash: hash(97), port: 1 })).toEqual([1]),
    10_000,
  );
});

test('a snapshot has what was announced to any thread, and a shutdown leaves the port', async () => {
  const stateFolder = temporaryFolder();
  const before = await open({ stateFolder });
  for (const [i, visitor] of (await visit(before)).entries()) await visitor.announce({ port: i + 1 });
  await before.close();
  const after = await open({ stateFolder, port: before.address.port });
  expect(after.peerCount).toBe(VISITORS);
  expect(await all(await visit(after), { port: 1 })).toEqual([VISITORS]);
});

test('where threads bring nothing there is one, and it says why if more were asked for', async () => {
  const warnings: string[] = [];
  const warned = (sentence: string) => void warnings.push(sentence);
  const tracker = await open({ store: 'redis://127.0.0.1:1', warned });
  expect(await metrics(tracker)).toContain('swarmline_tracker_threads 1\n');
  expect(warnings).toEqual([
    'With a store elsewhere one thread answers, for the store is full before the thread is.',
  ]);
});

function hash(n: number): Uint8Array {
  return new Uint8Array(20).fill(n);
}
