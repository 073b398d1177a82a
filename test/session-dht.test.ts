// Sessions that find each other by the DHT alone, on virtual machines.

import { describe, expect, it } from 'vitest';
import type { Address } from '../src/core/bytes/compact-address.ts';
import type { StateFiles } from '../src/host/state-files.ts';
import { SimContent } from '../src/lab/sim/sim-content.ts';
import { SimPeer, type SimPeerOptions } from '../src/lab/sim/sim-peer.ts';
import { World } from '../src/lab/sim/world.ts';
import { Session } from '../src/session/session.ts';

const CONTENT = new SimContent({ length: 300_000, pieceLength: 32_768 });

/** A world with a node that everybody may begin at. */
async function town() {
  const world = new World({ seed: 1 });
  world.addContent(CONTENT);
  const host = world.addHost();
  const router = new Session({ listen: { host: host.address, port: 6881 }, dht: {} }, host);
  const routers: Address[] = [(await world.settle(router.listen()))!];
  const add = (options: Partial<SimPeerOptions> = {}) => {
    const peer = new SimPeer(world, { content: CONTENT, session: { dht: { routers } }, ...options });
    peer.start();
    return peer;
  };
  return { world, router, routers, add };
}

describe('a magnet without a tracker', () => {
  const magnet = { infoHashV1: CONTENT.metainfo.infoHashV1! };

  it('is fetched from who has announced it in the DHT', async () => {
    const { world, router, add } = await town();
    add({ isSeed: true });
    await world.pass(10_000);
    const leecher = add({ add: { magnet } });
    const sources = new Set<string>();
    await world.run(() => {
      for (const { source } of leecher.hasStarted ? leecher.torrent.peers() : []) sources.add(source);
      return leecher.isComplete;
    }, 120_000);
    expect([...sources]).toEqual(['dht']);
    expect(router.dht!.status.nodes).toBe(2);
  });

  it('is fetched where the seed comes later than who looks for it', async () => {
    const { world, add } = await town();
    const leecher = add({ add: { magnet } });
    await world.pass(200_000);
    add({ isSeed: true });
    await world.run(() => leecher.isComplete, 120_000);
  });

  it('is not found where one of both is kept out of the DHT', async () => {
    const { world, add } = await town();
    add({ isSeed: true, session: { dht: false } });
    const leecher = add({ add: { magnet } });
    await world.pass(300_000);
    expect(leecher.torrent.stats().knownPeerCount).toBe(0);
  });
});

describe('a private torrent', () => {
  const info = { ...CONTENT.metainfo, private: true };

  it('is never looked for in the DHT or announced there, its nodes are asked nothing, and peers hear of no node', async () => {
    const { world, router, routers, add } = await town();
    const session = { dht: {} };
    const seed = add({ isSeed: true, session, add: { info: { ...info, nodes: routers } } });
    const leecher = add({ session, add: { info: { ...info, nodes: routers } } });
    await world.pass(120_000);
    expect([router, seed.session, leecher.session].map(({ dht }) => dht!.status.nodes)).toEqual([0, 0, 0]);
    leecher.torrent.peersFound([seed.address], 'user');
    await world.run(() => leecher.isComplete, 60_000);
    await world.pass(60_000);
    expect([router, seed.session, leecher.session].map(({ dht }) => dht!.status.nodes)).toEqual([0, 0, 0]);
  });

  it('would have been found if it were not private', async () => {
    const { world, routers, add } = await town();
    const own = { ...CONTENT.metainfo, nodes: routers };
    add({ isSeed: true, session: { dht: {} }, add: { info: own } });
    const leecher = add({ session: { dht: {} }, add: { info: own } });
    await world.run(() => leecher.isComplete, 120_000);
  });
});

describe('a node of a session', () => {
  it('is told to peers by the PORT message', async () => {
    const { world, add } = await town();
    const session = { dht: {} };
    const [seed, leecher] = [add({ isSeed: true, session }), add({ session })];
    await world.pass(5000);
    expect(leecher.session.dht!.status.nodes).toBe(0);
    leecher.torrent.peersFound([seed.address], 'user');
    await world.pass(10_000);
    expect([seed, leecher].map(peer => peer.session.dht!.status.nodes)).toEqual([1, 1]);
  });

  it('remembers nodes and its id, and begins with them when it comes again', async () => {
    const { world, router, routers } = await town();
    const files = new Map<string, Uint8Array>();
    const stateFiles: StateFiles = {
      list: async () => [...files.keys()],
      read: async (_, name) => files.get(name),
      write: async (_, name, bytes) => void files.set(name, bytes),
      remove: async (_, names) => {
        for (const name of names) files.delete(name);
      },
    };
    const host = Object.assign(world.addHost(), { stateFiles });
    /** Names are resolved by promise, of which the world does not know: once more after it has come so far. */
    const settled = async () => {
      await world.pass(10);
      await world.pass(10_000);
    };
    const session = (dht: object, port = 6881) =>
      new Session({ listen: { host: host.address, port }, stateFolder: '/state', dht }, host);
    const first = session({ routers });
    await world.settle(first.listen());
    await settled();
    expect(first.dht!.status.nodes).toBe(1);
    const id = first.dht!.id(4);
    await world.settle(first.close());
    expect([...files.keys()]).toEqual(['dht.nodes']);

    const again = session({});
    await world.settle(again.listen());
    await settled();
    expect(again.dht!.status.nodes).toBe(1);
    expect(again.dht!.id(4)).toEqual(id);
    await world.settle(again.close());
    // At another port it is somebody else.
    const other = session({}, 7000);
    await world.settle(other.listen());
    expect(other.dht!.id(4)).not.toEqual(id);
    await world.settle(other.close());
    // What is no record is none.
    files.set('dht.nodes', Uint8Array.of(1, 2, 3));
    const fresh = session({ routers });
    await world.settle(fresh.listen());
    await settled();
    expect(fresh.dht!.status.nodes).toBe(1);
    await world.settle(router.close());
  });
});
