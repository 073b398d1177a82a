import { expect, test } from 'vitest';
import { addressBytes, decodeCompactList, encodeCompact } from '../core/bytes/compact-address.ts';
import { parseIpPrefix } from '../core/bytes/ip-prefix.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { AddressPeers } from './address-peers.ts';
import { AnnounceLoad } from './announce-load.ts';
import { NearPeers } from './near-peers.ts';
import { PartialSeeds } from './partial-seeds.ts';

const deps = () => ({ random: seededRandom(1) });
const ip = (host: string) => addressBytes(host)!;
const hash = (n: number) => new Uint8Array(20).fill(n);

function compact(hosts: readonly string[]): Uint8Array {
  const entries = hosts.map(host => encodeCompact({ host, port: 1 })!);
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}

test('near peers have their share of an answer, and far ones the rest', () => {
  const near = new NearPeers({ share: 0.5 }, deps());
  const peers = compact(Array.from({ length: 40 }, (_, i) => (i < 20 ? `192.0.2.${i}` : `198.51.${i}.1`)));
  const chosen = decodeCompactList(near.choose(peers, 4, 10, ip('192.0.2.99')), 4).map(({ host }) => host);
  expect(chosen.filter(host => host.startsWith('192.0.2.'))).toHaveLength(5);
  expect(new Set(chosen).size).toBe(10);
  // Those who have nobody near get as many.
  expect(near.choose(peers, 4, 10, ip('203.0.113.1'))).toHaveLength(60);
});

test('near peers stand in for far ones that are not there, and the other way round', () => {
  const near = new NearPeers({ share: 0.5 }, deps());
  const group = compact(Array.from({ length: 20 }, (_, i) => `192.0.2.${i}`));
  expect(near.choose(group, 4, 10, ip('192.0.2.99'))).toHaveLength(60);
  const oneNear = compact(['192.0.2.1', ...Array.from({ length: 20 }, (_, i) => `198.51.${i}.1`)]);
  const chosen = decodeCompactList(near.choose(oneNear, 4, 10, ip('192.0.2.99')), 4);
  expect(chosen).toHaveLength(10);
  expect(chosen.map(({ host }) => host)).toContain('192.0.2.1');
});

test('a group is never told of itself alone, whatever the share', () => {
  const near = new NearPeers({ share: 1 }, deps());
  const peers = compact(Array.from({ length: 40 }, (_, i) => (i < 30 ? `192.0.2.${i}` : `198.51.${i}.1`)));
  for (let round = 0; round < 20; round++) {
    const chosen = decodeCompactList(near.choose(peers, 4, 10, ip('192.0.2.99')), 4);
    expect(chosen.filter(({ host }) => host.startsWith('198.')).length).toBeGreaterThanOrEqual(1);
  }
});

test('a zone holds several networks, of both families', () => {
  const zones = [['10.0.0.0/8', '2001:db8::/32'].map(text => parseIpPrefix(text)!)];
  const near = new NearPeers({ share: 0.5, zones }, deps());
  const peers = compact(Array.from({ length: 20 }, (_, i) => (i < 10 ? `10.${i}.0.1` : `198.51.${i}.1`)));
  for (const asker of ['10.200.0.1', '2001:db8:7::1']) {
    const chosen = decodeCompactList(near.choose(peers, 4, 8, ip(asker)), 4);
    expect(chosen.filter(({ host }) => host.startsWith('10.'))).toHaveLength(4);
  }
});

test('one address has about so many peers in a swarm, and they are known again', () => {
  const peers = new AddressPeers({ maxPeers: 32 }, deps());
  const taken: number[] = [];
  for (let port = 1; port <= 2_000; port++)
    if (peers.takes(hash(1), ip('192.0.2.1'), port, 0)) taken.push(port);
  expect(taken.every(port => peers.takes(hash(1), ip('192.0.2.1'), port, 0))).toBe(true);
  // Of those that came after, the ones whose bit was set: as many out of 64 as there are bits.
  const distinct = taken.filter(port => port <= 60).length;
  expect(distinct).toBeGreaterThan(20);
  expect(taken.length).toBeLessThan(2_000 * 0.5);
  expect(peers.takes(hash(2), ip('192.0.2.1'), 7_000, 0)).toBe(true);
  expect(peers.takes(hash(1), ip('192.0.2.2'), 7_000, 0)).toBe(true);
});

test('what an address has done is forgotten after a while', () => {
  const peers = new AddressPeers({ maxPeers: 1 }, deps());
  expect(peers.takes(hash(1), ip('2001:db8::1'), 1, 0)).toBe(true);
  const others = Array.from({ length: 50 }, (_, i) => i + 2);
  const refused = others.find(port => !peers.takes(hash(1), ip('2001:db8::2'), port, 0))!;
  expect(refused).toBeDefined();
  expect(peers.takes(hash(1), ip('2001:db8::2'), refused, 46 * 60_000)).toBe(true);
});

test('partial seeds are counted while they say so, and while they are heard of', () => {
  const seeds = new PartialSeeds();
  seeds.announced(hash(1), ip('192.0.2.1'), 1, true, 0);
  seeds.announced(hash(1), ip('192.0.2.1'), 1, true, 0);
  seeds.announced(hash(1), ip('192.0.2.2'), 1, true, 0);
  seeds.announced(hash(2), ip('192.0.2.3'), 1, false, 0);
  expect([seeds.countOf(hash(1), 0), seeds.countOf(hash(2), 0)]).toEqual([2, 0]);
  seeds.announced(hash(1), ip('192.0.2.2'), 1, false, 0);
  expect(seeds.countOf(hash(1), 0)).toBe(1);
  expect(seeds.countOf(hash(1), 46 * 60_000)).toBe(0);
});

test('the load follows what comes, and falls when nothing does', () => {
  const load = new AnnounceLoad();
  for (let now = 0; now < 60_000; now += 10) load.announced(now);
  expect(load.perSecond(60_000)).toBeGreaterThan(95);
  expect(load.perSecond(60_000)).toBeLessThan(105);
  expect(load.perSecond(120_000)).toBeLessThan(5);
});
