// Nodes among themselves, in virtual time: joining, peers, items; and that a run is the same by its seed.

import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../core/bytes/utf8.ts';
import { immutableTarget } from '../../core/dht/items.ts';
import { type DhtMachine, DhtWorld, type DhtWorldOptions } from './dht-world.ts';

function network(
  count: number,
  options: Partial<DhtWorldOptions> = {},
): { world: DhtWorld; nodes: DhtMachine[] } {
  const world = new DhtWorld({ seed: 1, verify: (_, __, signature) => signature[0] === 1, ...options });
  const nodes = [world.addNode()];
  for (let i = 1; i < count; i++) {
    world.pass(100);
    nodes.push(world.addNode([nodes[world.random.below(i)]!.address]));
  }
  world.pass(60_000);
  return { world, nodes };
}

describe('a network of nodes', () => {
  it('of two is one: each knows the other', () => {
    const { nodes } = network(2);
    expect(nodes.map(({ node }) => node.nodeCount)).toEqual([1, 1]);
  });

  it('finds a peer that another has announced, and counts it', () => {
    const { world, nodes } = network(30);
    const hash = world.random.fill(new Uint8Array(20));
    const announced = world.find(nodes[3]!, node =>
      node.findPeers(hash, { announce: { port: 1234, isSeed: true } }, world.now),
    );
    expect(announced.storedAt).toBe(8);
    const found = world.find(nodes[25]!, node => node.findPeers(hash, { scrape: true }, world.now));
    expect(found.addresses).toEqual([{ host: nodes[3]!.address.host, port: 1234 }]);
    expect(Math.round(found.counts!.seeds)).toBe(1);
    expect(found.counts!.others).toBe(0);
    // Nobody has announced this one.
    const none = world.find(nodes[7]!, node => node.findPeers(new Uint8Array(20), {}, world.now));
    expect(none.addresses).toEqual([]);
  });

  it('keeps what was stored where the sender’s port is the one that counts', () => {
    const { world, nodes } = network(20);
    const hash = new Uint8Array(20).fill(3);
    world.find(nodes[3]!, node =>
      node.findPeers(hash, { announce: { port: undefined, isSeed: false } }, world.now),
    );
    const found = world.find(nodes[9]!, node => node.findPeers(hash, {}, world.now));
    expect(found.addresses).toEqual([nodes[3]!.address]);
  });

  it('keeps items, and gives the newest', () => {
    const { world, nodes } = network(30);
    const value = encodeUtf8('5:hello');
    expect(world.find(nodes[2]!, node => node.putItem({ value })).storedAt).toBe(8);
    const got = world.find(nodes[25]!, node => node.findItem(immutableTarget(value)));
    expect(got.item).toEqual({ value });

    const key = new Uint8Array(32).fill(5);
    const salt = encodeUtf8('news');
    const signature = new Uint8Array(64).fill(1);
    const item = (seq: number) => ({ value: encodeUtf8(`i${seq}e`), key, salt, seq, signature });
    world.find(nodes[2]!, node => node.putItem(item(1)));
    expect(world.find(nodes[4]!, node => node.putItem(item(2), 1)).storedAt).toBe(8);
    expect(world.find(nodes[25]!, node => node.findMutable(key, salt)).item).toEqual(item(2));
    // Over another than the writer thinks, and older ones, nothing is stored.
    expect(world.find(nodes[4]!, node => node.putItem(item(3), 1)).storedAt).toBe(0);
    expect(world.find(nodes[4]!, node => node.putItem(item(1))).storedAt).toBe(0);
    // Whose signature is not right nobody keeps.
    const forged = { ...item(9), signature: new Uint8Array(64) };
    expect(world.find(nodes[4]!, node => node.putItem(forged)).storedAt).toBe(0);
  });

  it('finds what is there when a tenth of all datagrams is lost', () => {
    const { world, nodes } = network(30, { lossPerMille: 100 });
    const hash = world.random.fill(new Uint8Array(20));
    world.find(nodes[3]!, node => node.findPeers(hash, { announce: { port: 1, isSeed: false } }, world.now));
    for (const searcher of nodes.slice(10, 15))
      expect(world.find(searcher, node => node.findPeers(hash, {}, world.now)).addresses).toHaveLength(1);
  });

  it('is quiet while nobody looks for anything', () => {
    const { world, nodes } = network(30);
    world.pass(600_000);
    const before = world.datagramCount;
    world.pass(1_200_000);
    const perNodeMinute = (world.datagramCount - before) / nodes.length / 20;
    expect(perNodeMinute).toBeLessThan(10);
    for (const { node } of nodes) expect(node.nodeCount).toBeGreaterThan(15);
  });

  it('knows those that it knew when it was cut off for an hour', () => {
    const { world, nodes } = network(30);
    const cut = nodes[5]!;
    world.remove(cut);
    // Its own clock goes on while nothing comes.
    for (let minute = 0; minute < 60; minute++) {
      cut.node.timePassed(world.now + 60_000 * minute);
      while (cut.node.poll() !== undefined);
    }
    expect(cut.node.table.size).toBeGreaterThan(10);
  });

  it('runs the same by its seed', () => {
    const run = (seed: number) => network(12, { seed }).world.datagramCount;
    expect(run(7)).toBe(run(7));
    expect(run(7)).not.toBe(run(8));
  });
});
