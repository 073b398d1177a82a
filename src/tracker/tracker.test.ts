import { expect, test } from 'vitest';
import { addressBytes, decodeCompactList, formatAddress } from '../core/bytes/compact-address.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import type { AnnounceFacts, AnnounceRefusal, SwarmCounts } from '../core/tracker/announce.ts';
import type { AnnounceReply } from '../core/tracker/http-answer.ts';
import type { TrackerOptions } from './options.ts';
import { MemoryStore } from './stores/memory.ts';
import { Tracker } from './tracker.ts';

const hash = (n: number, length = 20) => new Uint8Array(length).fill(n);

function setUp(options: TrackerOptions = {}, maxSwarms = 100) {
  const random = seededRandom(1);
  const tracker = new Tracker(options, { store: new MemoryStore({ maxSwarms }, { random }), random });
  const ask = (
    host: string,
    more: Partial<AnnounceFacts> = {},
    localHost?: string,
  ): AnnounceReply | AnnounceRefusal => {
    let answer: AnnounceReply | AnnounceRefusal | undefined;
    const facts = {
      infoHash: hash(1),
      peerId: hash(9),
      port: 6881,
      uploaded: 0,
      downloaded: 0,
      left: 1,
      ...more,
    };
    const localIp = localHost === undefined ? undefined : addressBytes(localHost);
    tracker.announce({ facts, ip: addressBytes(host)!, localIp }, 0, given => {
      answer = given;
    });
    return answer!;
  };
  const peersFor = (...args: Parameters<typeof ask>): string[] => {
    const answer = ask(...args);
    if ('kind' in answer) return [answer.reason];
    const peers = [...decodeCompactList(answer.peers, 4), ...decodeCompactList(answer.peers6, 16)];
    return peers.map(formatAddress).sort();
  };
  const scrape = (...hashes: Uint8Array[]) => {
    let counts: readonly (SwarmCounts | undefined)[] = [];
    tracker.scrape(hashes, 0, given => {
      counts = given;
    });
    return counts.map(swarm => (swarm === undefined ? 'none' : `${swarm.complete}+${swarm.incomplete}`));
  };
  return { tracker, ask, peersFor, scrape };
}

test('tells each peer another interval, a tenth more or less', () => {
  const { ask } = setUp();
  const intervals = Array.from({ length: 500 }, () => (ask('192.0.2.1') as AnnounceReply).intervalSeconds);
  expect(Math.min(...intervals)).toBeGreaterThanOrEqual(1_620);
  expect(Math.max(...intervals)).toBeLessThanOrEqual(1_980);
  expect(new Set(intervals).size).toBeGreaterThan(200);
  expect(ask('192.0.2.1')).toMatchObject({
    minIntervalSeconds: 300,
    externalIp: new Uint8Array([192, 0, 2, 1]),
  });
});

test('a short interval has no longer minimum', () => {
  expect(setUp({ intervalSeconds: 60 }).ask('192.0.2.1')).toMatchObject({ minIntervalSeconds: 60 });
  expect(setUp({ intervalSeconds: 5 }).ask('192.0.2.1')).toMatchObject({
    intervalSeconds: 5,
    minIntervalSeconds: 5,
  });
});

test('gives fifty peers unless more are wanted, and never more than two hundred', () => {
  const { ask, peersFor } = setUp();
  for (let port = 1; port <= 300; port++) ask('192.0.2.1', { port });
  expect(peersFor('192.0.2.2')).toHaveLength(50);
  expect(peersFor('192.0.2.2', { numWant: 120 })).toHaveLength(120);
  expect(peersFor('192.0.2.2', { numWant: 0 })).toHaveLength(0);
  expect(peersFor('192.0.2.2', { numWant: 1e9 })).toHaveLength(200);
});

test('the two hashes of a registered hybrid are one swarm', () => {
  const { tracker, ask, peersFor, scrape } = setUp();
  const hashes = { infoHashV1: hash(1), infoHashV2: hash(2, 32) };
  tracker.register(hashes);
  ask('192.0.2.1', { infoHash: hash(1) });
  expect(peersFor('192.0.2.2', { infoHash: hash(2) })).toEqual(['192.0.2.1:6881']);
  expect(peersFor('192.0.2.2', { infoHash: hash(1) })).toEqual(['192.0.2.1:6881']);
  expect(scrape(hash(2), hash(1), hash(3))).toEqual(['0+2', '0+2', 'none']);
  tracker.unregister(hashes);
  expect(peersFor('192.0.2.3', { infoHash: hash(2) })).toEqual([]);
});

test('a closed tracker serves what is registered, and says when to ask again', () => {
  const { tracker, ask, scrape } = setUp({ open: false });
  tracker.register({ infoHashV2: hash(2, 32) });
  expect(ask('192.0.2.1', { infoHash: hash(2) })).toMatchObject({ incomplete: 1 });
  expect(ask('192.0.2.1', { infoHash: hash(1) })).toEqual({
    kind: 'refusal',
    code: 'not_served',
    reason: 'This tracker does not serve this torrent.',
    retryInMinutes: 30,
    intervalSeconds: 1_800,
  });
  expect(scrape(hash(1), hash(2))).toEqual(['none', '0+1']);
});

test('a torrent without a hash cannot be registered', () => {
  const { tracker } = setUp();
  expect(() => tracker.register({})).toThrow(TypeError);
  expect(() => tracker.register({ infoHashV1: hash(1, 19) })).toThrow(TypeError);
});

test('a store that is full makes a refusal', () => {
  const { ask } = setUp({}, 1);
  ask('192.0.2.1');
  expect(ask('192.0.2.1', { infoHash: hash(2) })).toMatchObject({
    reason: 'This tracker is full at the moment.',
  });
});

test('what a peer is, its facts say', () => {
  const { ask, scrape } = setUp();
  ask('192.0.2.1', { left: 0 });
  ask('192.0.2.2', { event: 'started' });
  ask('192.0.2.3', { event: 'paused' });
  expect(scrape(hash(1))).toEqual(['1+2']);
  ask('192.0.2.1', { left: 0, event: 'stopped' });
  expect(scrape(hash(1))).toEqual(['0+2']);
  expect(ask('192.0.2.2', { left: 0, event: 'completed' })).toMatchObject({ complete: 1, downloaded: 1 });
});

test('a peer on the tracker’s machine is reached at the tracker’s address', () => {
  const { ask, peersFor } = setUp();
  ask('127.0.0.1', { port: 1 });
  ask('192.168.1.9', { port: 2 });
  expect(peersFor('127.0.0.1', { port: 3 }, '127.0.0.1')).toEqual(['127.0.0.1:1', '192.168.1.9:2']);
  expect(peersFor('192.168.1.8', { event: 'stopped' }, '192.168.1.5')).toEqual([]);
  expect(peersFor('192.168.1.8', {}, '192.168.1.5')).toEqual([
    '192.168.1.5:1',
    '192.168.1.5:3',
    '192.168.1.9:2',
  ]);
});

test.each([
  ['198.51.100.1', '203.0.113.1', ['203.0.113.1:1']],
  ['198.51.100.1', '192.168.1.5', []],
  ['198.51.100.1', undefined, []],
  ['192.168.1.8', undefined, []],
  ['192.168.1.8', '127.0.0.1', []],
  ['fd00::8', 'fd00::5', ['[fd00::5]:1']],
  ['fd00::8', '::1', []],
])('asked by %s at %s, loopback peers are %j', (asker, localHost, expected) => {
  const { ask, peersFor } = setUp();
  ask('127.0.0.1', { port: 1 });
  ask('::1', { port: 1 });
  expect(peersFor(asker, {}, localHost)).toEqual(expected);
});

test('an address that nobody can have joins no swarm', () => {
  const { ask, scrape } = setUp();
  expect(ask('255.255.255.255')).toMatchObject({ kind: 'refusal' });
  expect(scrape(hash(1))).toEqual(['none']);
});

test('where more announce than it can bear, they are asked to come less often, up to a limit', () => {
  const random = seededRandom(1);
  const options = { busyAnnouncesPerSecond: 100, intervalSeconds: 1_000, maxIntervalSeconds: 3_000 };
  const tracker = new Tracker(options, { store: new MemoryStore({}, { random }), random });
  const facts = { infoHash: hash(1), peerId: hash(9), port: 1, uploaded: 0, downloaded: 0, left: 1 };
  const intervalAt = (perSecond: number, from: number) => {
    let interval = 0;
    for (let now = from; now < from + 60_000; now += 1_000 / perSecond) {
      tracker.announce({ facts, ip: addressBytes('192.0.2.1')! }, now, answer => {
        interval = 'kind' in answer ? 0 : answer.intervalSeconds;
      });
    }
    return interval;
  };
  expect(intervalAt(50, 0)).toBeLessThanOrEqual(1_100);
  const doubled = intervalAt(200, 60_000);
  expect(doubled).toBeGreaterThan(1_750);
  expect(doubled).toBeLessThan(2_250);
  expect(intervalAt(2_000, 120_000)).toBeLessThanOrEqual(3_300);
  expect(intervalAt(50, 180_000)).toBeLessThan(1_200);
});

test('peers near the asker come first, though never alone', () => {
  const { ask, peersFor } = setUp({ near: { share: 0.5 } });
  for (let i = 0; i < 20; i++) ask(`192.0.2.${i}`);
  for (let i = 0; i < 100; i++) ask(`198.51.${i}.1`);
  const peers = peersFor('192.0.2.99', { numWant: 40 });
  expect(peers).toHaveLength(40);
  expect(peers.filter(peer => peer.startsWith('192.0.2.')).length).toBe(20);
});

test('partial seeds are among the incomplete, and are no downloaders', () => {
  const { tracker, ask } = setUp();
  ask('192.0.2.1', { event: 'paused' });
  ask('192.0.2.2');
  const counts = () => {
    let seen: unknown;
    tracker.scrape([hash(1)], 0, given => (seen = given[0]));
    return seen;
  };
  expect(counts()).toEqual({ complete: 0, incomplete: 2, downloaded: 0, downloaders: 1 });
  ask('192.0.2.1', { event: 'started' });
  expect(counts()).toEqual({ complete: 0, incomplete: 2, downloaded: 0 });
});

test('one address cannot fill a swarm with itself', () => {
  const { ask, scrape } = setUp({ maxPeersPerAddress: 8 });
  const answers = Array.from({ length: 100 }, (_, i) => ask('192.0.2.1', { port: i + 1 }));
  expect(answers.filter(answer => 'kind' in answer)[0]).toMatchObject({
    reason: 'Too many peers of this torrent announce from your address.',
  });
  const [, incomplete] = scrape(hash(1))[0]!.split('+').map(Number);
  expect(incomplete).toBeGreaterThan(5);
  expect(incomplete).toBeLessThan(30);
  expect(ask('192.0.2.1', { port: 99, event: 'stopped' })).not.toHaveProperty('kind');
});

test('rules change at once, and those who are in a swarm stay', () => {
  const { tracker, ask, scrape } = setUp();
  ask('192.0.2.1');
  const denied = { verdict: (infoHash: Uint8Array) => (infoHash[0] === 2 ? 'denied' : undefined) } as const;
  tracker.configure(
    { open: false },
    { torrents: [{ infoHashV1: hash(1), infoHashV2: hash(2, 32) }], list: denied },
  );
  expect(ask('192.0.2.2')).toMatchObject({ incomplete: 2 });
  expect(ask('192.0.2.2', { infoHash: hash(2) })).toMatchObject({ kind: 'refusal' });
  expect(ask('192.0.2.2', { infoHash: hash(3) })).toMatchObject({ kind: 'refusal' });
  tracker.configure({}, {});
  expect(scrape(hash(1))).toEqual(['0+2']);
});

test('a front is told what it has room for, and of one family where it has but one', () => {
  const random = seededRandom(1);
  const tracker = new Tracker({}, { store: new MemoryStore({}, { random }), random });
  const facts = { infoHash: hash(1), peerId: hash(9), port: 1, uploaded: 0, downloaded: 0, left: 1 };
  const ask = (host: string, more: object = {}) => {
    let lengths: number[] = [];
    tracker.announce({ facts, ip: addressBytes(host)!, ...more }, 0, answer => {
      if (!('kind' in answer)) lengths = [answer.peers.length / 6, answer.peers6.length / 18];
    });
    return lengths;
  };
  for (let i = 0; i < 9; i++) {
    ask(`192.0.2.${i}`);
    ask(`2001:db8::${i}`);
  }
  expect(ask('192.0.2.99')).toEqual([9, 9]);
  expect(ask('192.0.2.99', { ownFamilyOnly: true, maxPeers: 4 })).toEqual([4, 0]);
  expect(ask('2001:db8::99', { ownFamilyOnly: true, maxPeers: 4 })).toEqual([0, 4]);
});
