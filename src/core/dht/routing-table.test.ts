// The table as a picture: ids are one letter for the bucket that they belong to and a number.

import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../bytes/prng.ts';
import { compareDistance, randomIdSharing } from './node-id.ts';
import { RoutingTable } from './routing-table.ts';
import { secureId } from './secure-id.ts';

const OPTIONS = { bucketSize: 8, maxFailures: 3, nodesPerSubnet: 1 };
const OWN = new Uint8Array(20);

function table() {
  return { nodes: new RoutingTable(OWN, OPTIONS), random: seededRandom(1) };
}

/** A node in that bucket, each in a network of its own. */
function node(bucket: number, n: number, random: Random, host = `1.${bucket}.${n}.1`) {
  return { id: randomIdSharing(OWN, bucket, random), host, port: 6881 };
}

describe('a routing table', () => {
  it('takes eight to a bucket, and those that have been there longest stay', () => {
    const { nodes, random } = table();
    const made = Array.from({ length: 20 }, (_, n) => node(0, n, random));
    for (const [i, each] of made.entries()) nodes.answered(each, i);
    expect(nodes.size).toBe(8);
    expect([...nodes.nodes].map(({ host }) => host)).toEqual(made.slice(0, 8).map(({ host }) => host));
    nodes.answered(node(1, 0, random), 30);
    expect(nodes.size).toBe(9);
    expect(nodes.depth).toBe(2);
  });

  it('has one that waits take the place of one that has failed', () => {
    const { nodes, random } = table();
    for (let n = 0; n < 9; n++) nodes.answered(node(0, n, random), n);
    nodes.failed('1.0.3.1:6881');
    const hosts = [...nodes.nodes].map(({ host }) => host);
    expect(hosts).toHaveLength(8);
    expect(hosts).not.toContain('1.0.3.1');
    expect(hosts).toContain('1.0.8.1');
  });

  it('has one of a subnet wait, so that a network does not push out the others', () => {
    const { nodes, random } = table();
    for (let n = 0; n < 9; n++) nodes.answered(node(0, n, random), n);
    for (let n = 0; n < 20; n++) nodes.answered(node(0, n, random, `6.6.6.${n}`), 9 + n);
    for (const n of [1, 2]) nodes.failed(`1.0.${n}.1:6881`);
    const hosts = [...nodes.nodes].map(({ host }) => host);
    expect(hosts).toContain('1.0.8.1');
    expect(hosts.filter(host => host.startsWith('6.'))).toHaveLength(1);
  });

  it('keeps one that has failed while nobody waits, tells nobody of it, and parts with it after three', () => {
    const { nodes, random } = table();
    nodes.answered(node(0, 1, random), 0);
    nodes.failed('1.0.1.1:6881');
    expect([nodes.size, nodes.goodCount, nodes.closest(OWN, 8).length]).toEqual([1, 0, 0]);
    nodes.failed('1.0.1.1:6881');
    nodes.failed('1.0.1.1:6881');
    expect(nodes.size).toBe(0);
  });

  it('gives a full bucket’s place to one whose id follows from its address', () => {
    const { nodes, random } = table();
    for (let n = 0; n < 8; n++) nodes.answered(node(0, n, random), n);
    const ip = Uint8Array.of(9, 9, 9, 9);
    let id = secureId(ip, random);
    while (id[0]! < 0x80) id = secureId(Uint8Array.of(9, 9, 9, 9), random);
    nodes.answered({ id, host: '9.9.9.9', port: 1 }, 9);
    expect([...nodes.nodes].map(({ host }) => host)).toContain('9.9.9.9');
    expect(nodes.size).toBe(8);
    // Of those without such an id no more than before get in.
    nodes.answered(node(0, 9, random), 10);
    expect([...nodes.nodes].map(({ host }) => host)).not.toContain('1.0.9.1');
  });

  it('has one place for an address, and for a /24 one in each bucket', () => {
    const { nodes, random } = table();
    nodes.answered(node(0, 1, random, '5.5.5.1'), 0);
    nodes.answered({ ...node(0, 2, random, '5.5.5.1'), port: 7000 }, 0);
    nodes.answered(node(0, 3, random, '5.5.5.2'), 0);
    expect(nodes.size).toBe(1);
    nodes.answered(node(1, 4, random, '5.5.5.2'), 0);
    expect(nodes.size).toBe(2);
    // On a local network everybody is a neighbour.
    for (let port = 1; port <= 8; port++) nodes.answered({ ...node(2, port, random, '127.0.0.1'), port }, 0);
    expect(nodes.size).toBe(10);
  });

  it('parts with a node that answers under another id', () => {
    const { nodes, random } = table();
    nodes.answered(node(0, 1, random), 0);
    const liar = { ...node(3, 1, random), host: '1.0.1.1' };
    nodes.answered(liar, 1);
    expect([...nodes.nodes].map(({ id }) => id)).toEqual([liar.id]);
  });

  it('does not let an id be taken over from another address while its owner answers', () => {
    const { nodes, random } = table();
    const owner = node(0, 1, random);
    nodes.answered(owner, 0);
    const thief = { ...owner, host: '7.7.7.7' };
    expect(nodes.wants(thief)).toBe(false);
    nodes.answered(thief, 1);
    expect([...nodes.nodes].map(({ host }) => host)).toEqual(['1.0.1.1']);
    nodes.failed('1.0.1.1:6881');
    nodes.answered(thief, 2);
    expect([...nodes.nodes].map(({ host }) => host)).toContain('7.7.7.7');
  });

  it('gives the closest of all, whatever is asked for', () => {
    const { nodes, random } = table();
    const all = Array.from({ length: 400 }, (_, n) => ({
      id: random.fill(new Uint8Array(20)),
      host: `${1 + (n >> 8)}.2.${n & 255}.1`,
      port: 1,
    }));
    for (const each of all) nodes.answered(each, 0);
    const kept = [...nodes.nodes];
    for (let i = 0; i < 200; i++) {
      const target = i === 0 ? OWN : random.fill(new Uint8Array(20));
      const expected = [...kept].sort((a, b) => compareDistance(a.id, b.id, target)).slice(0, 8);
      expect(nodes.closest(target, 8)).toEqual(expected);
    }
  });
});
