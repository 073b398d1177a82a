// Sessions that find each other by trackers, on real sockets over loopback: what the trackers hear is what the BEPs say.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { toHex } from '../src/core/bytes/hex.ts';
import { wireInfoHashes } from '../src/core/metainfo/metainfo.ts';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import type { AddOptions, SessionTorrent } from '../src/session/session-torrent.ts';
import type { SessionOptions } from '../src/session/settings.ts';
import { type DataTorrent, noise, torrentOf } from './torrents.ts';
import { TestUdpTracker } from './udp-tracker.ts';

const film = torrentOf([{ path: [], data: noise(300_000, 1) }], { name: 'film', version: 'hybrid' });
const [v1, v2] = wireInfoHashes(film.metainfo).map(toHex) as [string, string];

test('a seed and a leecher find each other by UDP, under both hashes of a hybrid, and say goodbye', async () => {
  const tracker = await TestUdpTracker.start();
  const trackers = [[`udp://127.0.0.1:${tracker.port}/announce?key=1`]];
  const seed = await sharing(film, { trackers });
  await announced(seed.torrent);
  expect(tracker.connects).toBe(1);
  expect(tracker.announces.map(({ infoHash }) => infoHash).sort()).toEqual([v1, v2].sort());
  expect(tracker.announces[0]).toMatchObject({
    event: 'started',
    left: 0n,
    port: seed.session.address!.port,
    numWant: 200,
    urlData: '/announce?key=1',
    family: 'IPv4',
  });
  expect(seed.torrent.trackers()).toMatchObject([{ state: 'working', seeds: 1, leechers: 0, peers: 2 }]);

  const leech = await fetching(film, { trackers });
  await completed(leech.torrent);
  await expect
    .poll(() => events(tracker, leech.session))
    .toEqual(['started', 'started', 'completed', 'completed']);
  await Promise.all([seed.session.close(), leech.session.close()]);
  expect([tracker.peerCount(v1), tracker.peerCount(v2)]).toEqual([0, 0]);
});

test('over IPv6 they find each other too, and a name is asked over both families', async () => {
  const tracker = await TestUdpTracker.start();
  const ipv6 = [[`udp://[::1]:${tracker.port}`]];
  const seed = await sharing(film, { trackers: ipv6 });
  const leech = await fetching(film, { trackers: ipv6 });
  await completed(leech.torrent);
  await expect.poll(() => leech.torrent.trackers()).toMatchObject([{ state: 'working' }]);
  expect(new Set(tracker.announces.map(({ family }) => family))).toEqual(new Set(['IPv6']));
  expect(new Set(tracker.announces.map(({ urlData }) => urlData))).toEqual(new Set(['']));

  // What "localhost" is depends on the machine; whatever it is, one family is enough.
  const named = await sharing(film, { trackers: [[`udp://localhost:${tracker.port}`]] });
  await announced(named.torrent);
  expect(named.torrent.trackers()).toMatchObject([{ state: 'working', error: undefined }]);
  expect(seed.torrent.state).toBe('seeding');
});

test('whoever listens at one address asks trackers and web seeds from there', async () => {
  const udp = await TestUdpTracker.start();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url!.split('?')[0]} from ${request.socket.remoteAddress}`);
    if (request.url!.startsWith('/announce')) response.end('d8:intervali1800e5:peers0:e');
    else response.writeHead(404).end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const trackers = [[`${site}/announce`], [`udp://127.0.0.1:${udp.port}`]];
  const bound = { listen: { host: '127.0.0.2', port: 0 }, trackers: { announceTo: 'tiers' as const } };
  await fetching(film, { trackers, webSeeds: [`${site}/film`] }, bound);
  await expect.poll(() => asked, { timeout: 10_000 }).toContain('/film from 127.0.0.2');
  await expect.poll(() => asked, { timeout: 10_000 }).toContain('/announce from 127.0.0.2');
  expect(asked.filter(each => !each.endsWith(' from 127.0.0.2'))).toEqual([]);
  await expect
    .poll(() => new Set(udp.announces.map(({ host }) => host)), { timeout: 10_000 })
    .toEqual(new Set(['127.0.0.2']));
});

test('a magnet of one hash learns the other, and announces it', async () => {
  const tracker = await TestUdpTracker.start();
  const trackers = [[`udp://127.0.0.1:${tracker.port}/announce`]];
  await sharing(film, { trackers });
  const { infoHashV2 } = film.metainfo;
  const leech = await peer();
  const torrent = leech.session.add({
    magnet: { infoHashV2: infoHashV2!, trackers: [trackers[0]![0]!] },
    downloadDir: await folder(),
  });
  await completed(torrent);
  const { port } = leech.session.address!;
  const mine = () => tracker.announces.filter(announce => announce.port === port);
  await expect.poll(() => new Set(mine().map(({ infoHash }) => infoHash))).toEqual(new Set([v1, v2]));
  expect(mine()[0]!.left).toBeGreaterThan(0n);
});

test('a tracker that forgot its connection ids is asked anew', async () => {
  const tracker = await TestUdpTracker.start();
  const seed = await sharing(film, { trackers: [[`udp://127.0.0.1:${tracker.port}/announce`]] });
  await announced(seed.torrent);
  tracker.forgetIds();
  const counts = await seed.torrent.scrape();
  expect(counts).toEqual({ complete: 1, incomplete: 0, downloaded: 7 });
  expect(tracker.connects).toBe(2);
  expect(seed.torrent.trackers()).toMatchObject([{ seeds: 1, leechers: 0, downloads: 7 }]);
});

test('a refusal is shown in the tracker’s words, and the next tracker is asked', async () => {
  const [strict, open] = [await TestUdpTracker.start(), await TestUdpTracker.start()];
  strict.refusal = 'not registered here';
  const seed = await sharing(film, {
    trackers: [[`udp://127.0.0.1:${strict.port}`], [`udp://127.0.0.1:${open.port}`]],
  });
  await announced(seed.torrent);
  expect(seed.torrent.trackers()).toMatchObject([
    { state: 'failed', error: 'The tracker refuses: not registered here' },
    { state: 'working', error: undefined },
  ]);
});

test('trackers come and go while the torrent runs', async () => {
  const [first, second] = [await TestUdpTracker.start(), await TestUdpTracker.start()];
  const [firstUrl, secondUrl] = [`udp://127.0.0.1:${first.port}`, `udp://127.0.0.1:${second.port}`];
  const seed = await sharing(film, { trackers: [] });
  expect(seed.torrent.trackers()).toEqual([]);
  const isAnnounced = announced(seed.torrent);
  expect(seed.torrent.addTracker(firstUrl)).toBe(true);
  expect(seed.torrent.addTracker(firstUrl)).toBe(false);
  await isAnnounced;
  const isBack = announced(seed.torrent);
  seed.torrent.addTracker(secondUrl, 1);
  expect(seed.torrent.removeTracker(firstUrl)).toBe(true);
  await isBack;
  expect(seed.torrent.trackers()).toMatchObject([{ url: secondUrl, state: 'working' }]);
  await expect.poll(() => first.peerCount(v1)).toBe(0);
  seed.torrent.pause();
  await expect.poll(() => second.peerCount(v1)).toBe(0);
  seed.torrent.resume();
  await expect.poll(() => second.peerCount(v1)).toBe(1);
});

test('a session that does not listen asks trackers nonetheless', async () => {
  const tracker = await TestUdpTracker.start();
  const trackers = [[`udp://127.0.0.1:${tracker.port}/announce`]];
  const seed = await sharing(film, { trackers });
  await announced(seed.torrent);
  const leech = await fetching(film, { trackers }, { listen: false });
  await completed(leech.torrent);
  expect(tracker.announces.at(-1)!.port).toBe(1);
});

test('nothing is said before the session listens', async () => {
  const tracker = await TestUdpTracker.start();
  const { session, host } = peerOf({ listen: { host: '127.0.0.1', port: 0 } });
  onTestFinished(async () => {
    await session.close();
    await host.disk.close();
  });
  const torrent = session.add({
    info: film.metainfo,
    downloadDir: await folder(),
    trackers: [[`udp://127.0.0.1:${tracker.port}`]],
  });
  await new Promise<void>(resolve => torrent.on('ready', () => resolve()));
  expect(torrent.trackers()).toMatchObject([{ state: 'announcing' }]);
  expect(tracker.connects).toBe(0);
  const isAnnounced = announced(torrent);
  await session.listen();
  await isAnnounced;
  expect(tracker.announces[0]!.port).toBe(session.address!.port);
});

function events(tracker: TestUdpTracker, session: Session): string[] {
  const { port } = session.address!;
  return tracker.announces.filter(announce => announce.port === port).map(({ event }) => event);
}

function peerOf(options: SessionOptions = {}) {
  const host = nodeHost();
  return { host, session: new Session({ listen: { host: '::', port: 0 }, ...options }, host) };
}

async function peer(options?: SessionOptions) {
  const { host, session } = peerOf(options);
  onTestFinished(async () => {
    await session.close();
    await host.disk.close();
  });
  await session.listen();
  return { session };
}

async function sharing(torrent: DataTorrent, add: Partial<AddOptions>) {
  const { session } = await peer();
  const folderOfSeed = await folder();
  await writeFile(join(folderOfSeed, 'film'), torrent.files[0]!.data);
  return { session, torrent: session.add({ info: torrent.metainfo, downloadDir: folderOfSeed, ...add }) };
}

async function fetching(torrent: DataTorrent, add: Partial<AddOptions>, options?: SessionOptions) {
  const { session } = await peer(options);
  return { session, torrent: session.add({ info: torrent.metainfo, downloadDir: await folder(), ...add }) };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'swarmline-trackers-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** When a tracker works and none is being asked. */
function announced(torrent: SessionTorrent): Promise<void> {
  return new Promise(resolve => {
    const stopListening = torrent.on('tracker', () => {
      const states = torrent.trackers().map(({ state }) => state);
      if (!states.includes('working') || states.includes('announcing')) return;
      stopListening();
      resolve();
    });
  });
}

function completed(torrent: SessionTorrent): Promise<void> {
  return new Promise((resolve, reject) => {
    torrent.on('complete', () => resolve());
    torrent.on('error', reject);
  });
}
