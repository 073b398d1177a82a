// A session that is bound to one address of this machine: everybody that it speaks to sees that one. Linux has all of
// 127.0.0.0/8; elsewhere there is no second address to tell apart from the first.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import type { SessionOptions } from '../src/session/settings.ts';
import { temporaryFolder } from './interop/peers.ts';
import { noise, torrentOf } from './torrents.ts';

const HERE = '127.0.0.2';
const FILM = torrentOf([{ path: [], data: noise(200_000, 1) }], { name: 'film', pieceLength: 16_384 });
const linux = process.platform === 'linux' ? it : it.skip;
const SOON = { timeout: 20_000 };
const where = process.platform === 'linux' ? '' : ' (NOT RUN: this system has one address of loopback)';

linux(`trackers and nodes of the DHT see the address that a session is bound to${where}`, async () => {
  const seen: string[] = [];
  const http = await httpWitness(host => seen.push(`http ${host}`));
  const udp = await udpWitness((kind, host) => seen.push(`${kind} ${host}`));
  const dht = { routers: [{ host: '127.0.0.1', port: udp }] };
  const { session, folder } = await start({ listen: { host: HERE, port: 0 }, dht });
  const trackers = [[`http://127.0.0.1:${http}/announce`], [`udp://127.0.0.1:${udp}`]];
  session.add({ info: FILM.metainfo, downloadDir: join(folder, 'copy'), trackers });
  await expect
    .poll(() => [...new Set(seen)].sort(), SOON)
    .toEqual([`dht ${HERE}`, `http ${HERE}`, `udp ${HERE}`]);
});

for (const transport of ['tcp', 'utp'] as const)
  linux(`a peer that is dialled by ${transport} sees the address${where}`, async () => {
    const seed = await start({ listen: { host: '127.0.0.1', port: 0 } });
    writeFileSync(join(seed.folder, 'film'), FILM.files[0]!.data);
    const given = seed.session.add({ info: FILM.metainfo, downloadDir: seed.folder });
    await expect.poll(() => given.state, SOON).toBe('seeding');
    const seen = new Set<string>();
    given.on('peer', ({ type }) => {
      if (type === 'peer-joined') for (const { address } of given.peers()) seen.add(address.host);
    });
    const get = await start({ listen: { host: HERE, port: 0 }, transports: [transport] });
    const got = get.session.add({ info: FILM.metainfo, downloadDir: join(get.folder, 'copy') });
    got.peersFound([seed.address], 'user');
    await expect.poll(() => got.state, SOON).toBe('seeding');
    expect([...seen]).toEqual([HERE]);
  });

linux(`what cannot be reached from the address is counted, and not dialled${where}`, async () => {
  const { session, folder } = await start({ listen: { host: HERE, port: 0 } });
  const torrent = session.add({ info: FILM.metainfo, downloadDir: join(folder, 'copy') });
  await expect.poll(() => torrent.state, SOON).toBe('downloading');
  const elsewhere = ['::1', '2001:db8::1', '192.0.2.1'].map(host => ({ host, port: 6881 }));
  for (let i = 0; i < 3; i++) torrent.peersFound(elsewhere, 'tracker');
  expect(torrent.stats()).toMatchObject({ knownPeerCount: 0, outOfReachCount: 3 });
});

async function start(options: SessionOptions) {
  const host = nodeHost({ disk: { threads: 1 } });
  const session = new Session(options, host);
  const address = (await session.listen())!;
  onTestFinished(async () => {
    await session.close();
    await host.disk.close();
  });
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'copy'));
  return { session, address, folder };
}

/** Its port. */
async function httpWitness(asked: (host: string | undefined) => void): Promise<number> {
  const server = createServer((request, response) => {
    asked(request.socket.remoteAddress);
    // So that the next tier is asked as well.
    response.writeHead(503).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Nobody answers there; what is asked is of the DHT or of a tracker. */
async function udpWitness(asked: (kind: string, host: string) => void): Promise<number> {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, { address }) => asked(bytes[0] === 0x64 ? 'dht' : 'udp', address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return socket.address().port;
}
