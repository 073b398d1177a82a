import { expect, test } from 'vitest';
import { addressBytes, formatAddress } from '../core/bytes/compact-address.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { encodeUdpAnnounce, encodeUdpConnect, encodeUdpScrape, parseUdpAnswer } from '../core/tracker/udp.ts';
import type { DatagramPlace } from '../host/datagram.ts';
import { ConnectionIds } from './connection-ids.ts';
import { countsBlock, ERRORS, newCountsMemory, TrackerCounts, totalsOf } from './ops/counts.ts';
import type { TrackerOptions } from './options.ts';
import { MemoryStore } from './stores/memory.ts';
import type { SwarmStore } from './swarm-store.ts';
import { Tracker, type TrackerAnnounce } from './tracker.ts';
import { UdpTracker } from './udp.ts';

const MINUTE = 60_000;
const hash = (n: number) => new Uint8Array(20).fill(n);

/** A tracker, and peers that speak to it: what they say and hear are datagrams. */
function setUp(options: TrackerOptions = {}, { readsUrl = false, late = false } = {}) {
  const random = seededRandom(1);
  const memory = new MemoryStore({}, { random });
  const waiting: (() => void)[] = [];
  const store: SwarmStore = late ? lateStore(memory, waiting) : memory;
  const tracker = new Tracker(options, { store, random });
  let now = 0;
  const clock = { wallTime: () => 1e12 + now };
  const connectionIds = new ConnectionIds({ secret: hash(7).subarray(0, 16) }, { clock });
  const countsMemory = newCountsMemory(1);
  const counts = new TrackerCounts(() => now, countsBlock(countsMemory, 0)).udp;
  const counted = () => {
    const [{ errors, ...rest }] = totalsOf(countsMemory) as [ReturnType<typeof totalsOf>[0]];
    const why = Object.fromEntries(ERRORS.map((name, i) => [name, errors[i]]).filter(([, n]) => n !== 0));
    return { ...rest, errors: why };
  };
  const sent: { bytes: Uint8Array; from: string }[] = [];
  const udp = new UdpTracker(
    { readsUrl },
    {
      tracker,
      connectionIds,
      counts,
      ...(late && {
        answered: (bytes, ip, port) => sent.push({ bytes, from: `${ip.join('.')}:${port}` }),
      }),
    },
  );
  // One place, as a socket has it: what is left of the last datagram lies in it.
  const places = new Map<number, DatagramPlace>();
  const say = (host: string, datagram: Uint8Array, port = 5_000): Uint8Array => {
    const ip = addressBytes(host)!;
    const place = places.get(ip.length) ?? {
      number: 0,
      bytes: new Uint8Array(2_048).fill(0xee),
      length: 0,
      ip: ip.slice(),
      port: 0,
      answer: new Uint8Array(1_452).fill(0xee),
    };
    places.set(ip.length, place);
    place.bytes.set(datagram);
    place.ip.set(ip);
    place.length = datagram.length;
    place.port = port;
    return place.answer.slice(0, udp.handle(place, now));
  };
  const connect = (host: string): Uint8Array => {
    const answer = parseUdpAnswer(say(host, encodeUdpConnect(1)), 4);
    return answer.action === 'connect' ? answer.connectionId : new Uint8Array(0);
  };
  const announce = (host: string, more: object = {}, url = '', id = connect(host)) =>
    say(host, encodeUdpAnnounce(id, 2, { ...PLAIN, ...more }, url));
  const peersFor = (host: string, more: object = {}): string[] => {
    const bytes = announce(host, more);
    const answer = parseUdpAnswer(bytes, host.includes(':') ? 16 : 4);
    if (answer.action === 'error') return [answer.reason];
    return answer.action === 'announce' ? answer.answer.peers.map(formatAddress).sort() : [];
  };
  return {
    ...{ tracker, say, connect, announce, peersFor, sent, counted },
    wait: (ms: number) => {
      now += ms;
    },
    storeAnswers: () => {
      for (const answer of waiting.splice(0)) answer();
    },
  };
}

/** The same store, which answers when it is told to. */
function lateStore(memory: MemoryStore, waiting: (() => void)[]): SwarmStore {
  return {
    announce: (announce, now, done) => {
      const kept = { ...announce, infoHash: announce.infoHash.slice(), ip: announce.ip.slice() };
      waiting.push(() => memory.announce(kept, now, done));
    },
    scrape: (infoHashes, now, done) => {
      const kept = infoHashes.map(infoHash => infoHash.slice());
      waiting.push(() => memory.scrape(kept, now, done));
    },
  };
}

const PLAIN = { infoHash: hash(1), peerId: hash(2), port: 6881, uploaded: 0, downloaded: 0, left: 1, key: 3 };
const errorIn = (bytes: Uint8Array) => {
  const answer = parseUdpAnswer(bytes, 4);
  return answer.action === 'error' ? answer.reason : `no error: ${answer.action}`;
};

test('peers of one family find each other, and hear nothing of the other', () => {
  const { peersFor } = setUp();
  expect(peersFor('192.0.2.1')).toEqual([]);
  expect(peersFor('2001:db8::1', { port: 1 })).toEqual([]);
  expect(peersFor('192.0.2.2')).toEqual(['192.0.2.1:6881']);
  expect(peersFor('2001:db8::2')).toEqual(['[2001:db8::1]:1']);
  expect(peersFor('192.0.2.2', { event: 'stopped' })).toEqual([]);
  expect(peersFor('192.0.2.3')).toEqual(['192.0.2.1:6881']);
});

test('counts are of both families', () => {
  const { announce } = setUp();
  announce('2001:db8::1', { left: 0 });
  announce('2001:db8::2', { left: 0 });
  expect(parseUdpAnswer(announce('192.0.2.1'), 4)).toMatchObject({ answer: { complete: 2, incomplete: 1 } });
});

test('a scrape has counts in order, zeros for what is unknown', () => {
  const { announce, say, connect } = setUp();
  announce('192.0.2.1');
  announce('192.0.2.1', { left: 0, event: 'completed' });
  const bytes = say('192.0.2.9', encodeUdpScrape(connect('192.0.2.9'), 3, [hash(5), hash(1)]));
  expect(parseUdpAnswer(bytes, 4)).toEqual({
    action: 'scrape',
    counts: [
      { complete: 0, incomplete: 0, downloaded: 0 },
      { complete: 1, incomplete: 0, downloaded: 1 },
    ],
  });
});

test('nothing is answered with more than it had, before an address is proved', () => {
  const { say } = setUp();
  const forged = new Uint8Array(8).fill(5);
  expect(say('192.0.2.1', encodeUdpConnect(1))).toHaveLength(16);
  for (const request of [
    encodeUdpAnnounce(forged, 2, PLAIN, '/announce'),
    encodeUdpScrape(forged, 2, [hash(1)]),
    encodeUdpConnect(1).fill(9, 8, 12),
    encodeUdpConnect(1).subarray(0, 15),
    new Uint8Array(0),
    new Uint8Array(16),
    new Uint8Array(2_047).fill(255),
  ]) {
    expect(say('192.0.2.1', request)).toHaveLength(0);
  }
});

test('a connection id is of no use at another address', () => {
  const { announce, connect, peersFor } = setUp();
  expect(announce('192.0.2.2', {}, '', connect('192.0.2.1'))).toHaveLength(0);
  expect(peersFor('192.0.2.3')).toEqual([]);
});

test('an id that has expired is answered with that, in no more bytes than came', () => {
  const { announce, connect, say, wait } = setUp();
  const id = connect('192.0.2.1');
  wait(2 * MINUTE);
  expect(parseUdpAnswer(announce('192.0.2.1', {}, '', id), 4).action).toBe('announce');
  wait(3 * MINUTE);
  expect(errorIn(announce('192.0.2.1', {}, '', id))).toBe('The connection id has expired.');
  expect(say('192.0.2.1', encodeUdpAnnounce(id, 2, PLAIN, '').subarray(0, 20))).toHaveLength(0);
});

test('what is cut off or has no port is refused where its address is proved', () => {
  const { say, connect, peersFor } = setUp();
  const whole = encodeUdpAnnounce(connect('192.0.2.1'), 2, PLAIN, '');
  expect(errorIn(say('192.0.2.1', whole.subarray(0, 97)))).toBe('The announce is cut off.');
  expect(errorIn(say('192.0.2.1', encodeUdpScrape(connect('192.0.2.1'), 2, [])))).toBe(
    'The scrape names no torrent.',
  );
  expect(peersFor('192.0.2.1', { port: 0 })).toEqual(['port must be 1 to 65535.']);
  expect(peersFor('192.0.2.2')).toEqual([]);
});

test('a datagram from port 0, or one too long for its place, is passed over', () => {
  const { say } = setUp();
  expect(say('192.0.2.1', encodeUdpConnect(1), 0)).toHaveLength(0);
  expect(say('192.0.2.1', encodeUdpConnect(1), 1)).toHaveLength(16);
});

test('however many peers are wanted, the answer fits into a datagram', () => {
  const { announce } = setUp({ maxPeers: 1e6, maxPeers6: 1e6 });
  for (let port = 1; port <= 300; port++) {
    announce('192.0.2.1', { port, numWant: 0 });
    announce('2001:db8::1', { port, numWant: 0 });
  }
  expect(announce('192.0.2.2', { numWant: 2 ** 31 - 1 })).toHaveLength(20 + 238 * 6);
  expect(announce('2001:db8::2', { numWant: 2 ** 31 - 1 })).toHaveLength(20 + 79 * 18);
  expect(announce('192.0.2.2', { numWant: undefined })).toHaveLength(20 + 50 * 6);
});

test('a torrent that is not served is refused with the reason', () => {
  expect(setUp({ open: false }).peersFor('192.0.2.1')).toEqual(['This tracker does not serve this torrent.']);
});

test('the URL is handed on where it is read, and not made where it is not', () => {
  for (const [readsUrl, expected] of [
    [true, '/announce?key=abc'],
    [false, undefined],
  ] as const) {
    const { tracker, announce } = setUp({}, { readsUrl });
    const seen: TrackerAnnounce[] = [];
    const real = tracker.announceNow.bind(tracker);
    tracker.announceNow = (facts, now) => {
      seen.push(facts);
      return real(facts, now);
    };
    announce('192.0.2.1', {}, '/announce?key=abc');
    expect(seen.map(({ url }) => url)).toEqual([expected]);
  }
});

test('a store that takes its time: each answer goes to who asked, with what he asked', () => {
  const { announce, say, connect, sent, storeAnswers } = setUp({}, { late: true });
  expect(announce('192.0.2.1', { port: 1 })).toHaveLength(0);
  expect(announce('192.0.2.2', { port: 2 })).toHaveLength(0);
  expect(say('192.0.2.3', encodeUdpScrape(connect('192.0.2.3'), 9, [hash(1)]), 7)).toHaveLength(0);
  storeAnswers();
  expect(sent.map(({ from }) => from)).toEqual(['192.0.2.1:5000', '192.0.2.2:5000', '192.0.2.3:7']);
  expect(sent.map(({ bytes }) => parseUdpAnswer(bytes, 4))).toMatchObject([
    { answer: { peers: [] } },
    { answer: { peers: [{ host: '192.0.2.1', port: 1 }] } },
    { counts: [{ incomplete: 2 }] },
  ]);
});

test.each([
  ['at once', false],
  ['later', true],
])('counts what is asked, answered, refused and not answered, where the store answers %s', (_, late) => {
  const { announce, connect, say, counted, storeAnswers, sent } = setUp({ open: true }, { late });
  const id = connect('192.0.2.1');
  const answers = [announce('192.0.2.1', {}, '', id), announce('192.0.2.1', { event: 'stopped' }, '', id)];
  answers.push(say('192.0.2.1', encodeUdpScrape(id, 3, [hash(1)])));
  storeAnswers();
  say('192.0.2.1', encodeUdpAnnounce(hash(9).subarray(0, 8), 2, PLAIN, ''));
  say('192.0.2.1', new Uint8Array(3));
  const answered = late ? sent.map(({ bytes }) => bytes) : answers;
  expect(counted()).toMatchObject({
    connects: 1,
    announces: [1, 0, 0, 1, 0],
    scrapes: 1,
    bytesOut: 16 + answered.reduce((sum, { length }) => sum + length, 0),
    errors: { connection_id_forged: 1, malformed: 1 },
  });
  expect(counted().bytesIn).toBe(16 + 3 * 98 + 36 + 3);
});

test('does not answer who is banned, whatever he sends, and counts him', () => {
  const { tracker, connect, announce, say, counted } = setUp();
  const id = connect('192.0.2.1');
  tracker.bans.add({ network: '192.0.2.0/24', note: '', since: 0 });
  expect(announce('192.0.2.1', {}, '', id)).toHaveLength(0);
  expect(say('192.0.2.2', encodeUdpConnect(1))).toHaveLength(0);
  expect(connect('198.51.100.1')).toHaveLength(8);
  expect(counted()).toMatchObject({ connects: 2, announces: [0, 0, 0, 0, 0], errors: { banned: 2 } });
});

test.each([false, true])(
  'where keys are asked for there is no scrape, for it has no room for one (later: %s)',
  late => {
    const { tracker, say, connect, sent, counted } = setUp({}, { late });
    tracker.configure({}, { keys: { refusalOf: () => undefined, knows: () => false } });
    const answer = say('192.0.2.1', encodeUdpScrape(connect('192.0.2.1'), 5, [hash(1)]));
    expect(errorIn(late ? sent[0]!.bytes : answer)).toBe('The tracker does not know the key in this URL.');
    expect(counted().errors).toEqual({ key_unknown: 1 });
  },
);
