// The session's part in the DHT, beside a node that a test plays by hand.

import { describe, expect, it } from 'vitest';
import { encodeCompact } from '../core/bytes/compact-address.ts';
import { decodeKrpc, type KrpcQuery } from '../core/dht/krpc.ts';
import { encodeAnswer } from '../core/dht/krpc-write.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { StateFiles } from '../host/state-files.ts';
import { World } from '../lab/sim/world.ts';
import { Dht } from './dht.ts';
import { DHT_DEFAULTS } from './dht-settings.ts';
import { Schedule } from './schedule.ts';
import { TorrentDht } from './torrent-dht.ts';
import { UdpDemux } from './udp-demux.ts';

const HASH = new Uint8Array(20).fill(7);
const PEER = { host: '10.0.0.9', port: 80 };

/** A session's DHT that knows one node; `before` is told of each query of it, and then it is answered. */
async function dhtBesideOne(
  before: (method: string) => void = () => {},
  more: { names?: (name: string) => void; stateFiles?: StateFiles } = {},
) {
  const world = new World({ seed: 1 });
  const [ours, theirs] = [world.addHost(), world.addHost()];
  const socket = await world.settle(theirs.datagrams.bind({ host: theirs.address, port: 6881 }));
  const asked: string[] = [];
  socket.onDatagram = (bytes, from, port) => {
    const { kind, transaction, method } = decodeKrpc(bytes) as KrpcQuery;
    if (kind !== 'query') return;
    asked.push(method);
    before(method);
    const values = [encodeCompact(PEER)!];
    const more = method === 'get_peers' ? { token: new Uint8Array(4), values } : {};
    const answer = { id: new Uint8Array(20).fill(3), ...more };
    socket.send(encodeAnswer(transaction, answer, encodeCompact({ host: from, port })!), from, port);
  };
  const host = Object.assign(ours, more.stateFiles && { stateFiles: more.stateFiles }, {
    names: {
      resolve: async (name: string) => {
        more.names?.(name);
        throw new SwarmlineError('NAME_NOT_FOUND', `${name}: there is no host of that name.`, {
          where: name,
        });
      },
    },
  });
  const demux = new UdpDemux(host.datagrams);
  const settings = { ...DHT_DEFAULTS, maxLookups: 1, routers: [{ host: 'router', port: 1 }] };
  const dht = new Dht(settings, {
    host,
    demux,
    schedule: new Schedule(host.clock),
    stateFolder: more.stateFiles && '/state',
    listenPort: () => 6881,
    externalIpFound: () => {},
  });
  await world.settle(demux.open([{ host: ours.address, port: 6881 }]));
  await world.settle(dht.open());
  dht.nodeFound(socket.address);
  await world.pass(5000);
  expect(dht.status.nodes).toBe(1);
  asked.length = 0;
  return { world, dht, asked };
}

function torrentIn(dht: Dht) {
  const peers: string[] = [];
  const torrent = {
    wireInfoHashes: [HASH],
    isSeed: () => false,
    hasPeers: () => false,
    dhtPeersFound: (addresses: readonly { host: string }[]) =>
      peers.push(...addresses.map(({ host }) => host)),
  };
  return { torrent: new TorrentDht(torrent, false, dht), peers };
}

describe('a torrent', () => {
  it('is announced at the end of its lookup', async () => {
    const { world, dht, asked } = await dhtBesideOne();
    const { torrent, peers } = torrentIn(dht);
    torrent.follow('metadata');
    await world.pass(5000);
    expect(asked).toEqual(['get_peers', 'announce_peer']);
    expect(peers).toEqual([PEER.host]);
  });

  for (const [what, end] of [
    ['turns out to be private', (torrent: TorrentDht) => torrent.infoKnown(true)],
    ['is stopped', (torrent: TorrentDht) => torrent.follow('paused')],
    ['is removed', (torrent: TorrentDht) => torrent.close()],
  ] as const)
    it(`that ${what} while it is looked for is not announced, and others have their turn`, async () => {
      let ending: (() => void) | undefined;
      const { world, dht, asked } = await dhtBesideOne(method => {
        if (method === 'get_peers') ending?.();
        ending = undefined;
      });
      const { torrent, peers } = torrentIn(dht);
      ending = () => end(torrent);
      torrent.follow('metadata');
      await world.pass(60_000);
      expect(asked).toEqual(['get_peers']);
      expect(peers).toEqual([]);
      for (let n = 0; n < 3; n++) torrentIn(dht).torrent.follow('downloading');
      await world.pass(14_000);
      expect(asked.filter(method => method === 'announce_peer')).toHaveLength(3);
    });
});

describe('at its end', () => {
  it('whoever waits for an item is told that there is none', async () => {
    const { world, dht } = await dhtBesideOne();
    const waiting = Promise.all([dht.findItem(HASH), dht.putItem({ value: new Uint8Array(1) })]);
    await world.settle(dht.close());
    expect(await waiting).toEqual([undefined, 0]);
    expect(dht.close()).toBe(dht.close());
  });

  it('one write at a time goes to the record', async () => {
    let writing = 0;
    let most = 0;
    const stateFiles: StateFiles = {
      list: async () => [],
      read: async () => undefined,
      write: async () => {
        most = Math.max(most, ++writing);
        for (let i = 0; i < 20; i++) await undefined;
        writing--;
      },
      remove: async () => {},
    };
    const { world, dht } = await dhtBesideOne(undefined, { stateFiles });
    await world.pass(54_990);
    world.after(10, () => void dht.close());
    await world.pass(1000);
    expect(most).toBe(1);
  });
});

describe('names of nodes', () => {
  it('that torrents have are resolved once, and no more than twenty of one', async () => {
    const names: string[] = [];
    const { world, dht } = await dhtBesideOne(undefined, { names: name => names.push(name) });
    names.length = 0;
    const nodes = Array.from({ length: 500 }, (_, n) => ({ host: `node${n}`, port: 1 }));
    for (let n = 0; n < 100; n++) dht.torrentNodes(nodes);
    await world.pass(10);
    expect(names).toEqual(nodes.slice(0, 20).map(({ host }) => host));
  });

  it('of routers are asked for again where nodes have become few after there were enough', async () => {
    let names = 0;
    const { world, dht } = await dhtBesideOne(undefined, { names: () => names++ });
    const status = { nodes: 8, nodesIpv4: 8, nodesIpv6: 0 };
    Object.defineProperty(dht, 'status', { get: () => status });
    await world.pass(7_200_000);
    const before = names;
    status.nodes = 1;
    await world.pass(1_800_000);
    expect(names).toBeGreaterThan(before);
  });
});
