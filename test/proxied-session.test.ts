// A session behind a SOCKS 5 proxy on loopback: names of UDP trackers and of the DHT's routers are the proxy's to look up, others do
// not take it for a node that can be asked, and nobody is told of a port.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { toHex } from '../src/core/bytes/hex.ts';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import type { SessionOptions } from '../src/session/settings.ts';
import { SocksProxy } from './interop/socks-proxy.mjs';
import { noise, torrentOf } from './torrents.ts';
import { TestUdpTracker } from './udp-tracker.ts';

const TORRENT = torrentOf([{ path: [], data: noise(300_000, 1) }]);

it('announces to a UDP tracker by its name, and again after a new relay', async () => {
  const proxy = await runningProxy();
  const tracker = await TestUdpTracker.start();
  const { session, folder } = await behind(proxy);
  const url = `udp://localhost:${tracker.port}/announce`;
  const torrent = session.add({ info: TORRENT.metainfo, downloadDir: folder, trackers: [[url]] });
  await expect.poll(() => torrent.trackers()[0]?.state).toBe('working');
  expect(tracker.announces).toMatchObject([
    { infoHash: toHex(TORRENT.metainfo.infoHashV1!), port: 1, event: 'started', host: '127.0.0.1' },
  ]);
  proxy.dropRelays();
  await expect.poll(() => proxy.asked, { timeout: 10_000 }).toBe(2);
  await expect.poll(() => session.proxy?.udp.state).toBe('on');
  torrent.pause();
  await expect.poll(() => tracker.announces.at(-1)?.event).toBe('stopped');
});

it('finds a router of the DHT by its name, and through it a peer, by uTP', async () => {
  const proxy = await runningProxy();
  const router = await open({ listen: { host: '127.0.0.1', port: 0 }, dht: {} });
  const routers = [{ host: '127.0.0.1', port: router.session.address!.port }];
  const seed = await open({ listen: { host: '127.0.0.1', port: 0 }, dht: { routers }, transports: ['utp'] });
  const source = await sourceOf(seed.folder);
  const sent = seed.session.add({ info: TORRENT.metainfo, downloadDir: seed.folder, sources: [source] });
  await expect.poll(() => sent.state).toBe('seeding');
  await expect.poll(() => router.session.dht?.status.nodes, { timeout: 10_000 }).toBe(1);
  const { session, folder } = await behind(proxy, {
    dht: { routers: [{ host: 'localhost', port: routers[0]!.port }] },
    transports: ['utp'],
  });
  const magnet = { infoHashV1: TORRENT.metainfo.infoHashV1! };
  const torrent = session.add({ magnet, downloadDir: folder });
  const transports = new Set<string | undefined>();
  torrent.on('peer', () => {
    for (const peer of torrent.peers()) transports.add(peer.transport);
  });
  await expect.poll(() => torrent.stats().isComplete, { timeout: 20_000 }).toBe(true);
  expect([...transports]).toEqual(['utp']);
  expect(session.dht!.port(4)).toBeUndefined();
  // BEP 43: who asked is no node for the router's table.
  expect(router.session.dht!.status.nodes).toBe(1);
});

it('has TCP alone where the proxy relays no UDP', async () => {
  const proxy = await runningProxy();
  proxy.udpAnswer = 7;
  const seed = await open({ listen: { host: '127.0.0.1', port: 0 } });
  const source = await sourceOf(seed.folder);
  const sent = seed.session.add({ info: TORRENT.metainfo, downloadDir: seed.folder, sources: [source] });
  // While its data is checked it turns peers away, and they come again seconds later.
  await expect.poll(() => sent.state).toBe('seeding');
  const { session, folder } = await behind(proxy, { dht: {} });
  expect(session.proxy!.udp.state).toBe('off');
  const tracker = await TestUdpTracker.start();
  const url = `udp://localhost:${tracker.port}/announce`;
  const torrent = session.add({ info: TORRENT.metainfo, downloadDir: folder, trackers: [[url]] });
  torrent.peersFound([seed.session.address!], 'user');
  await expect.poll(() => torrent.stats().isComplete, { timeout: 20_000 }).toBe(true);
  expect(tracker.connects).toBe(0);
  expect(proxy.asked).toBe(1);
});

async function runningProxy(): Promise<SocksProxy> {
  const proxy = await SocksProxy.listen('127.0.0.1', 0, { user: 'u', password: 'p' });
  onTestFinished(() => proxy.close());
  return proxy;
}

function behind({ port }: SocksProxy, options: SessionOptions = {}) {
  const proxy = { kind: 'socks5', host: '127.0.0.1', port, login: { user: 'u', password: 'p' } } as const;
  return open({ ...options, listen: false }, nodeHost({ proxy }));
}

async function open(options: SessionOptions, host = nodeHost()) {
  const folder = await mkdtemp(join(tmpdir(), 'swarmline-proxied-'));
  const session = new Session(options, host);
  onTestFinished(async () => {
    await session.close();
    await host.disk.close();
    await rm(folder, { recursive: true });
  });
  await session.listen();
  return { session, folder };
}

async function sourceOf(folder: string): Promise<string> {
  const path = join(folder, 'source');
  await writeFile(path, TORRENT.files[0]!.data);
  return path;
}
