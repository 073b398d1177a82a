// The small policies: pipeline, rate, request list, known peers.

import { describe, expect, it } from 'vitest';
import { KNOWN_PEERS_DEFAULTS, KnownPeers } from './known-peers.ts';
import { Pipeline } from './pipeline.ts';
import { Rate } from './rate.ts';
import { RequestList } from './request-list.ts';

describe('the pipeline', () => {
  it('doubles each round trip while the rate rises, then follows the rate', () => {
    const pipeline = new Pipeline();
    expect(pipeline.depth).toBe(4);
    for (let i = 0; i < 4; i++) pipeline.blockReceived(100);
    expect(pipeline.depth).toBe(8);
    pipeline.rateMeasured(100_000);
    for (let i = 0; i < 8; i++) pipeline.blockReceived(100);
    expect(pipeline.depth).toBe(16);
    pipeline.rateMeasured(105_000);
    // 105,000 bytes a second, kept for one second: 6.4 blocks.
    expect(pipeline.depth).toBe(7);
    pipeline.blockReceived(100);
    expect(pipeline.depth).toBe(7);
  });

  it('goes no deeper than 250, nor than the peer keeps', () => {
    const pipeline = new Pipeline();
    for (let i = 0; i < 1000; i++) pipeline.blockReceived(1);
    expect(pipeline.depth).toBe(250);
    pipeline.limitTold(50);
    expect(pipeline.depth).toBe(50);
    pipeline.blockReceived(1);
    expect(pipeline.depth).toBe(50);
  });

  it('asks a peer that sent nothing for one block, and starts anew when it comes', () => {
    const pipeline = new Pipeline();
    for (let i = 0; i < 100; i++) pipeline.blockReceived(1);
    pipeline.snubbed();
    expect(pipeline.depth).toBe(1);
    pipeline.blockReceived(30_000);
    expect(pipeline.depth).toBe(5);
  });
});

describe('a rate', () => {
  it('is what came in the last five seconds', () => {
    const rate = new Rate();
    for (let now = 0; now < 10_000; now += 100) rate.add(1000, now);
    expect(rate.perSecond(10_000)).toBeGreaterThan(8500);
    expect(rate.perSecond(10_000)).toBeLessThan(10_500);
    expect(rate.perSecond(12_500)).toBeLessThan(6000);
    expect(rate.perSecond(15_100)).toBe(0);
    expect(rate.total).toBe(100_000);
  });

  it('is measured over the time there was', () => {
    const rate = new Rate();
    rate.add(1000, 60_000);
    rate.add(1000, 61_000);
    expect(rate.perSecond(61_000)).toBe(2000);
  });
});

describe('a request list', () => {
  it('keeps its order through removals at both ends and growth', () => {
    const list = new RequestList();
    for (let i = 0; i < 100; i++) {
      list.add(i, 16_384 * i, 16_384, i);
      if (i % 3 === 0) list.remove(0);
    }
    expect(list.count).toBe(66);
    expect(list.piece(0)).toBe(34);
    expect(list.find(99, 16_384 * 99)).toBe(65);
    expect(list.find(99, 0)).toBe(-1);
    list.remove(1);
    expect([list.piece(0), list.piece(1), list.count]).toEqual([34, 36, 65]);
    expect(list.time(1)).toBe(36);
  });
});

describe('known peers', () => {
  it('forget the first ban where there would be too many, and who claimed to be us', () => {
    const known = new KnownPeers({ ...KNOWN_PEERS_DEFAULTS, maxBanned: 3 });
    for (let i = 1; i <= 4; i++) known.ban({ host: `10.0.0.${i}`, port: 1 });
    expect([1, 2, 3, 4].map(i => known.isBanned({ host: `10.0.0.${i}`, port: 1 }))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    for (let i = 1; i <= 101; i++) known.isSelf({ host: '10.1.0.1', port: i });
    expect(known.found({ host: '10.1.0.1', port: 101 }, 'tracker')).toBe(false);
    expect(known.found({ host: '10.1.0.1', port: 1 }, 'tracker')).toBe(true);
  });

  it('of many torrents are no more than their budget, but each has a few', () => {
    const budget = { max: 50, count: 0 };
    const [first, second] = [1, 2].map(() => new KnownPeers(KNOWN_PEERS_DEFAULTS, budget));
    for (let i = 1; i <= 100; i++) first!.found({ host: `10.0.0.${i}`, port: 1 }, 'tracker');
    for (let i = 1; i <= 100; i++) second!.found({ host: `10.0.0.${i}`, port: 1 }, 'tracker');
    expect([first!.count, second!.count]).toEqual([50, 20]);
    first!.forgetAll();
    expect(budget.count).toBe(20);
    expect(second!.found({ host: '10.0.0.200', port: 1 }, 'tracker')).toBe(true);
  });

  it('know one host by one form of its address', () => {
    const known = new KnownPeers();
    expect(known.found({ host: '::ffff:10.0.0.1', port: 6881 }, 'tracker')).toBe(true);
    expect(known.found({ host: '10.0.0.1', port: 6881 }, 'tracker')).toBe(false);
    expect(known.next(0, false)).toEqual({ host: '10.0.0.1', port: 6881 });
    expect(known.found({ host: '2001:DB8:0:0::1', port: 6881 }, 'tracker')).toBe(true);
    expect(known.found({ host: '2001:db8::1', port: 6881 }, 'tracker')).toBe(false);
    known.ban({ host: '10.0.0.2', port: 1 });
    expect(known.found({ host: '0:0:0:0:0:FFFF:10.0.0.2', port: 6881 }, 'tracker')).toBe(false);
  });

  const A = { host: '10.0.0.1', port: 6881 };
  const B = { host: '10.0.0.2', port: 6881 };

  it('takes an address once, and none that can be nobody’s', () => {
    const known = new KnownPeers();
    expect(known.found(A, 'tracker')).toBe(true);
    expect(known.found(A, 'user')).toBe(false);
    for (const host of ['0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff02::1', 'name.example']) {
      expect(known.found({ host, port: 6881 }, 'tracker'), host).toBe(false);
    }
    expect(known.found({ host: '10.0.0.9', port: 0 }, 'tracker')).toBe(false);
  });

  it('pass over what cannot be reached from the address that dials leave from, and count it once', () => {
    const from = (localHost: string, ...hosts: string[]) => {
      const known = new KnownPeers({ ...KNOWN_PEERS_DEFAULTS, localHost });
      for (const host of [...hosts, ...hosts]) known.found({ host, port: 6881 }, 'tracker');
      return [known.count, known.outOfReachCount];
    };
    const hosts = ['192.0.2.1', '10.0.0.1', '127.0.0.1', '2001:db8::1', '::1', '::ffff:192.0.2.2'];
    expect(from('10.0.0.7', ...hosts)).toEqual([4, 2]);
    expect(from('2001:db8::7', ...hosts)).toEqual([2, 4]);
    expect(from('127.0.0.2', ...hosts)).toEqual([1, 5]);
    const many = Array.from({ length: 300 }, (_, i) => `2001:db8::${(i + 1).toString(16)}`);
    expect(from('10.0.0.7', ...many)).toEqual([0, 100]);
  });

  it('hands out an address once until it has ended, and later each time that it fails', () => {
    const known = new KnownPeers();
    known.found(A, 'tracker');
    expect(known.next(0, false)).toEqual(A);
    expect(known.next(0, false)).toBeUndefined();
    known.ended(A, 1000, { isFailure: true });
    expect(known.next(15_999, false)).toBeUndefined();
    expect(known.nextDialAt(false)).toBe(16_000);
    expect(known.next(16_000, false)).toEqual(A);
    known.ended(A, 20_000, { isFailure: true });
    expect(known.nextDialAt(false)).toBe(50_000);
  });

  it('knows who was found by the hash of v2, until that fails', () => {
    const known = new KnownPeers();
    known.found(A, 'tracker');
    expect(known.isV2(A)).toBe(false);
    known.found(A, 'tracker', true);
    expect(known.isV2(A)).toBe(true);
    known.next(0, false);
    known.ended(A, 0, { isFailure: true });
    expect(known.isV2(A)).toBe(false);
    known.connected(A, true);
    expect(known.isV2(A)).toBe(true);
  });

  it('prefers those that have not failed, and forgets those that always do', () => {
    const known = new KnownPeers({ ...KNOWN_PEERS_DEFAULTS, maxFailures: 2 });
    known.found(A, 'tracker');
    known.next(0, false);
    known.ended(A, 0, { isFailure: true });
    known.found(B, 'tracker');
    expect(known.next(100_000, false)).toEqual(B);
    expect(known.next(100_000, false)).toEqual(A);
    known.ended(A, 100_000, { isFailure: true });
    expect(known.count).toBe(1);
  });

  it('leaves seeds alone when we have everything', () => {
    const known = new KnownPeers();
    known.found(A, 'tracker');
    known.next(0, false);
    known.ended(A, 0, { isFailure: false, isSeed: true });
    expect(known.next(20_000, true)).toBeUndefined();
    expect(known.next(20_000, false)).toEqual(A);
  });

  it('bans a host with all its ports', () => {
    const known = new KnownPeers();
    known.ban(A);
    expect(known.found({ ...A, port: 7000 }, 'tracker')).toBe(false);
    expect(known.isBanned(B)).toBe(false);
  });

  it('keeps one port of a host that dials us, the newest, and as many on this machine as there are', () => {
    const known = new KnownPeers();
    for (let port = 1; port <= 3000; port++) known.found({ ...A, port }, 'incoming');
    expect(known.count).toBe(1);
    expect(known.next(0, false)).toEqual({ ...A, port: 3000 });
    expect(known.found({ ...A, port: 3001 }, 'incoming')).toBe(false);
    expect(known.found({ ...A, port: 3001 }, 'tracker')).toBe(true);
    for (const host of ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1']) {
      known.found({ host, port: 6881 }, 'incoming');
    }
    expect(known.count).toBe(4);
    for (const port of [7000, 7001]) known.found({ host: '127.0.0.1', port }, 'incoming');
    expect(known.count).toBe(6);
  });

  it('gives the place of the address that failed most to a new one when it is full', () => {
    const known = new KnownPeers({ ...KNOWN_PEERS_DEFAULTS, maxKnown: 3 });
    const named = (host: number) => ({ host: `10.0.0.${host}`, port: 6881 });
    known.found(named(1), 'user');
    known.found(named(2), 'tracker');
    known.found(named(3), 'tracker');
    expect(known.found(named(4), 'tracker')).toBe(false);
    for (let now = 0; now < 3e6; now += 1e6) {
      for (let dialled = known.next(now, false); dialled !== undefined; dialled = known.next(now, false)) {
        known.ended(dialled, now, { isFailure: dialled.host !== '10.0.0.3' });
      }
    }
    expect(known.found(named(5), 'incoming')).toBe(true);
    expect(known.found(named(2), 'tracker')).toBe(false);
    const left = [known.next(1e9, false), known.next(1e9, false), known.next(1e9, false)];
    expect(left.map(address => address?.host)).toEqual(['10.0.0.3', '10.0.0.5', '10.0.0.1']);
  });
});
