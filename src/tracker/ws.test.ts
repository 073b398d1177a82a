import { expect, test } from 'vitest';
import { addressBytes } from '../core/bytes/compact-address.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import type { TrackerOptions } from './options.ts';
import { MemoryStore } from './stores/memory.ts';
import type { SwarmStore } from './swarm-store.ts';
import { Tracker } from './tracker.ts';
import { WsTracker, type WsTrackerOptions } from './ws.ts';

const id = (n: number) => String.fromCharCode(200 + n).repeat(20);
const HASH = id(0);

function setUp(options: WsTrackerOptions & TrackerOptions = {}) {
  const random = seededRandom(1);
  const world = { now: 0 };
  const tracker = new Tracker(options, { store: new MemoryStore({}, { random }), random });
  const ws = new WsTracker(options, { tracker, random, now: () => world.now });
  const open = (host = '192.0.2.1', path = '/') => new FakeSocket(ws, host, path);
  return { tracker, ws, open, world };
}

/** The other end of a socket: what it was sent, as values. */
class FakeSocket {
  readonly path: string;
  readonly remoteIp: Uint8Array;
  onMessage: (message: Uint8Array) => void = () => {};
  onClosed: () => void = () => {};
  pending = 0;
  closed: string | undefined;
  #received: Record<string, unknown>[] = [];

  constructor(ws: WsTracker, host: string, path: string) {
    this.remoteIp = addressBytes(host)!;
    this.path = path;
    ws.connected(this);
  }

  send(message: Uint8Array): void {
    this.#received.push(JSON.parse(new TextDecoder().decode(message)));
  }

  close(status: number, reason: string): void {
    if (this.closed !== undefined) return;
    this.closed = `${status} ${reason}`;
    this.onClosed();
  }

  say(message: object | string): Record<string, unknown>[] {
    const bytes = new TextEncoder().encode(typeof message === 'string' ? message : JSON.stringify(message));
    this.onMessage(bytes);
    bytes.fill(0); // it is lent for the call
    return this.read();
  }

  read(): Record<string, unknown>[] {
    const received = this.#received;
    this.#received = [];
    return received;
  }

  announce(peer: number, more: object = {}): Record<string, unknown>[] {
    return this.say({
      ...{ action: 'announce', info_hash: HASH, peer_id: id(peer), left: 1, uploaded: 0, downloaded: 0 },
      ...more,
    });
  }
}

const offers = (...names: string[]) => ({
  numwant: names.length,
  offers: names.map(name => ({ offer_id: name, offer: { type: 'offer', sdp: `of ${name}` } })),
});
const answerTo = (offerId: string, from: number, to: number) => ({
  ...{ action: 'announce', info_hash: HASH, peer_id: id(from), to_peer_id: id(to), offer_id: offerId },
  answer: { type: 'answer', sdp: `to ${offerId}` },
});

test('an offer goes to a peer of the swarm, and its answer comes back, once', () => {
  const { open } = setUp();
  const [a, b] = [open(), open()];
  expect(a.announce(1, { event: 'started', ...offers('x') })).toEqual([
    { action: 'announce', interval: expect.any(Number), info_hash: HASH, complete: 0, incomplete: 1 },
  ]);
  b.announce(2, offers('y', 'z'));
  expect(a.read()).toEqual([
    {
      action: 'announce',
      offer: { type: 'offer', sdp: 'of y' },
      offer_id: 'y',
      peer_id: id(2),
      info_hash: HASH,
    },
  ]);
  expect(a.say(answerTo('y', 1, 2))).toEqual([]);
  expect(b.read().slice(1)).toEqual([]);
  a.say(answerTo('y', 1, 2));
  expect(b.read()).toEqual([]);
});

test('the answer is the one that was given, and reaches the one who offered', () => {
  const { open } = setUp();
  const [a, b] = [open(), open()];
  a.announce(1);
  b.announce(2, offers('y'));
  a.say(answerTo('y', 1, 2));
  expect(b.read()).toEqual([
    {
      action: 'announce',
      answer: { type: 'answer', sdp: 'to y' },
      offer_id: 'y',
      peer_id: id(1),
      info_hash: HASH,
    },
  ]);
});

test('nothing is passed on to one who made no such offer to the one that answers', () => {
  const { open, world } = setUp();
  const [a, b, c] = [open(), open(), open()];
  a.announce(1);
  b.announce(2, offers('y'));
  c.announce(3);
  c.say(answerTo('y', 3, 2)); // it was offered to a
  a.say(answerTo('x', 1, 2)); // there is no such offer
  a.say(answerTo('y', 4, 2)); // a is not peer 4
  a.say(answerTo('y', 1, 3)); // c made none
  expect([b.read(), c.read()]).toEqual([[], []]);
  world.now = 121_000;
  a.say(answerTo('y', 1, 2)); // too late
  expect(b.read()).toEqual([]);
});

test('a peer may answer the last 64 offers that it was passed, each once though it came twice', () => {
  const { open } = setUp();
  const [a, b] = [open(), open()];
  a.announce(1);
  for (let i = 0; i < 66; i++) b.announce(2, offers(`offer ${i}`));
  b.announce(2, offers('offer 65'));
  b.read();
  const answered = Array.from({ length: 66 }, (_, i) => {
    a.say(answerTo(`offer ${i}`, 1, 2));
    a.say(answerTo(`offer ${i}`, 1, 2));
    return b.read().length;
  });
  expect(answered).toEqual([0, 0, 0, ...Array(63).fill(1)]);
});

test('offers wait for a store that answers later, though their bytes are lent', () => {
  const random = seededRandom(1);
  const memory = new MemoryStore({}, { random });
  const later: (() => void)[] = [];
  const store: SwarmStore = {
    announce: (...asked) => memory.announce(...asked),
    scrape: (...asked) => later.push(() => memory.scrape(...asked)),
  };
  const ws = new WsTracker({}, { tracker: new Tracker({}, { store, random }), random, now: () => 0 });
  const answer = () => {
    for (const call of later.splice(0)) call();
  };
  const [a, b] = [new FakeSocket(ws, '192.0.2.1', '/'), new FakeSocket(ws, '192.0.2.2', '/')];
  a.announce(1);
  answer();
  expect(a.read()).toMatchObject([{ incomplete: 1 }]);
  expect(b.announce(2, offers('y'))).toEqual([]);
  answer();
  expect(b.read()).toMatchObject([{ incomplete: 2 }]);
  expect(a.read()).toMatchObject([{ offer: { type: 'offer', sdp: 'of y' }, offer_id: 'y' }]);
});

test('seeds are offered to leechers alone', () => {
  const { open } = setUp();
  const [seed, other, leecher] = [open(), open(), open()];
  seed.announce(1, { left: 0 });
  leecher.announce(3);
  expect(other.announce(2, { left: 0, ...offers('x', 'y') })).toMatchObject([{ complete: 2, incomplete: 1 }]);
  expect(seed.read()).toEqual([]);
  expect(leecher.read()).toMatchObject([{ offer_id: 'x' }]);
  leecher.announce(3, offers('p', 'q', 'r'));
  expect(seed.read().concat(other.read())).toHaveLength(2);
});

test('each offer goes to another peer, and to no more than there are offers', () => {
  const { open } = setUp({ maxOffers: 3 });
  const others = Array.from({ length: 20 }, (_, i) => open(`192.0.2.${i}`));
  for (const [i, other] of others.entries()) other.announce(i + 2);
  open().announce(1, offers('a', 'b', 'c', 'd', 'e'));
  const received = others
    .map(other => other.read())
    .filter(messages => messages.some(({ offer }) => offer !== undefined));
  expect(received).toHaveLength(3);
});

test('peers by WebSocket are counted with all others', () => {
  const { tracker, open } = setUp();
  const facts = {
    infoHash: new Uint8Array(20).fill(200),
    peerId: new Uint8Array(20),
    port: 1,
    uploaded: 0,
    downloaded: 0,
  };
  const http = (left: number) => {
    let counts = {};
    tracker.announce(
      { facts: { ...facts, left }, ip: addressBytes('192.0.2.9')! },
      0,
      answer => (counts = answer),
    );
    return counts;
  };
  const socket = open();
  socket.announce(1);
  socket.announce(1, { left: 0, event: 'completed' });
  expect(http(1)).toMatchObject({ complete: 1, incomplete: 1, downloaded: 1, peers: new Uint8Array(0) });
  expect(open().announce(2)).toMatchObject([{ complete: 1, incomplete: 2 }]);
  expect(socket.say({ action: 'scrape', info_hash: [HASH, id(9)] })).toEqual([
    {
      action: 'scrape',
      files: { [HASH]: { complete: 1, incomplete: 2, downloaded: 1 } },
      flags: { min_request_interval: 120 },
    },
  ]);
  expect(socket.announce(1, { event: 'stopped' })).toMatchObject([{ complete: 0, incomplete: 2 }]);
});

test('a socket that closes leaves its swarms, and a new one may take its place', () => {
  const { ws, open } = setUp();
  const a = open();
  a.announce(1);
  a.close(1000, '');
  expect(ws.socketCount).toBe(0);
  const b = open();
  expect(b.announce(1)).toMatchObject([{ incomplete: 1 }]);
  b.announce(5);
  expect(b.announce(5)).toMatchObject([{ incomplete: 1 }]);
});

test('the two hashes of a hybrid are one swarm: each hears by the hash that it knows', () => {
  const { tracker, open } = setUp();
  tracker.register({ infoHashV1: new Uint8Array(20).fill(200), infoHashV2: new Uint8Array(32).fill(209) });
  const [a, b] = [open(), open()];
  a.announce(1, { info_hash: id(9) });
  b.announce(2, offers('y'));
  expect(a.read()).toMatchObject([{ info_hash: id(9), offer_id: 'y' }]);
  a.say({ ...answerTo('y', 1, 2), info_hash: id(9) });
  expect(b.read()).toMatchObject([{ info_hash: HASH, offer_id: 'y' }]);
});

test('refusals have a reason and when to come again', () => {
  const { open } = setUp({ open: false });
  expect(open().announce(1)).toEqual([
    {
      ...{ action: 'announce', info_hash: HASH, 'retry in': 30, interval: 1_800 },
      'failure reason': 'This tracker does not serve this torrent.',
    },
  ]);
  expect(open().say('{"action":"announce"}')).toMatchObject([
    { 'failure reason': 'The message has no info_hash.', interval: 1_800, 'retry in': 30 },
  ]);
});

test('one that speaks nonsense is let go', () => {
  const { open } = setUp();
  const socket = open();
  for (let i = 0; i < 20; i++) socket.say('[]');
  expect(socket.closed).toBe('1008 These are no messages to a tracker.');
});

test('one that sends too much is told so once, and let go where it does not hear', () => {
  const { open, world } = setUp({ wsMessagesPerSecond: 1, wsMessageBurst: 5 });
  const socket = open();
  const answers = Array.from({ length: 50 }, () => socket.announce(1)).flat();
  expect(answers.filter(answer => 'failure reason' in answer)).toMatchObject([
    { 'failure reason': 'Your address asks too often.', interval: 300 },
  ]);
  expect(answers).toHaveLength(6);
  world.now += 1_000;
  expect(socket.announce(1)).toMatchObject([{ incomplete: 1 }]);
  for (let i = 0; i < 1_001; i++) socket.announce(1);
  expect(socket.closed).toBe('1008 You send too much.');
});

test('many offers cost as messages do', () => {
  const { open } = setUp({ wsMessagesPerSecond: 1, wsMessageBurst: 3 });
  const target = open('192.0.2.2');
  for (let peer = 100; peer < 120; peer++) open(`192.0.2.${peer}`).announce(peer);
  const socket = open();
  const ten = offers(...'abcdefghij');
  socket.announce(1, ten);
  socket.announce(1, ten);
  expect(socket.read()).toEqual([]);
  expect(target.closed).toBe(undefined);
});

test('one address has so many sockets, and all together so many', () => {
  const { open } = setUp({ maxSocketsPerAddress: 2, maxSockets: 3 });
  const first = open();
  open();
  expect(open().closed).toBe('1013 There are too many connections.');
  first.close(1000, '');
  expect(open().closed).toBe(undefined);
  expect(open('192.0.2.2').closed).toBe(undefined);
  expect(open('192.0.2.3').closed).toBe('1013 There are too many connections.');
});

test('a socket has so many torrents', () => {
  const { open } = setUp({ maxTorrentsPerSocket: 1 });
  const socket = open();
  socket.announce(1);
  expect(socket.announce(1, { info_hash: id(8) })).toMatchObject([
    { 'failure reason': 'Too many torrents are announced by one connection.' },
  ]);
});

test('all together have so many peers; from seven eighths on there are no new swarms', () => {
  const { open } = setUp({ maxWebSocketPeers: 8, maxSocketsPerAddress: 9 });
  const sockets = Array.from({ length: 9 }, () => open());
  const full = [{ 'failure reason': 'This tracker is full at the moment.', interval: 600 }];
  for (const [n, socket] of sockets.slice(0, 7).entries()) socket.announce(n);
  expect(sockets[7]!.announce(7, { info_hash: id(8) })).toMatchObject(full);
  expect(sockets[7]!.announce(7)).toMatchObject([{ incomplete: 8 }]);
  expect(sockets[8]!.announce(8)).toMatchObject(full);
  sockets[0]!.close(1000, '');
  expect(sockets[1]!.announce(1, { event: 'stopped' })).toMatchObject([{ incomplete: 6 }]);
  expect(sockets[8]!.announce(8, { info_hash: id(8) })).toMatchObject([{ incomplete: 1 }]);
});

test('where keys are asked for nobody scrapes without one', () => {
  const { tracker, open } = setUp();
  tracker.configure({}, { keys: { refusalOf: () => undefined, knows: url => url === '/key/announce' } });
  const scrape = { action: 'scrape', info_hash: HASH };
  expect(open('192.0.2.1', '/announce').say(scrape)).toMatchObject([
    { action: 'scrape', 'failure reason': 'The tracker does not know the key in this URL.' },
  ]);
  expect(open('192.0.2.1', '/key/announce').say(scrape)).toMatchObject([{ files: expect.anything() }]);
});

test('one that does not read gets no offers, and is let go when it asks', () => {
  const { open } = setUp();
  const slow = open();
  slow.announce(1);
  slow.pending = 2_000_000;
  open().announce(2, offers('x'));
  expect(slow.read()).toEqual([]);
  slow.announce(1);
  expect(slow.closed).toBe('1008 You do not read what you are sent.');
});

test('shuts out who is banned: at the door, and with the next announce', () => {
  const { tracker, open } = setUp();
  const early = open('192.0.2.1');
  early.announce(1);
  tracker.bans.add({ network: '192.0.2.0/24', note: '', since: 0 });
  expect(open('192.0.2.2').closed).toBe('1008 This tracker does not answer your network.');
  early.announce(1);
  expect(early.closed).toBe('1008 This tracker does not answer your network.');
  expect(open('198.51.100.1').closed).toBeUndefined();
});
