// What a node answers to others.

import { describe, expect, it } from 'vitest';
import { Stranger, Talk } from '../../../test/dht-stranger.ts';
import { encodeCompact } from '../bytes/compact-address.ts';
import { seededRandom } from '../bytes/prng.ts';
import { encodeUtf8 } from '../bytes/utf8.ts';
import { decodeNodes } from './compact-nodes.ts';
import { bytesOf, integerOf, listOf } from './krpc.ts';
import { DhtNode } from './node.ts';

const HASH = new Uint8Array(20).fill(7);

function fill(talk: Talk, count = 200): void {
  for (let n = 0; n < count; n++) {
    const id = new Uint8Array(20).map((_, i) => (n * (i + 3) * 37) & 255);
    talk.node.table.answered({ id, host: `2.${n}.3.4`, port: 6881 }, talk.now);
  }
}

describe('a node that is asked', () => {
  it('answers a ping with its id, and says where it sees us', () => {
    const talk = new Talk();
    const stranger = new Stranger(talk);
    const { message, host, port } = stranger.ask('ping', {})!;
    expect([host, port]).toEqual([stranger.host, stranger.port]);
    expect(message).toMatchObject({ kind: 'answer', id: talk.node.id, ip: encodeCompact(stranger) });
  });

  it('names the eight closest nodes', () => {
    const talk = new Talk();
    fill(talk);
    const nodes = bytesOf(new Stranger(talk).answerTo('find_node', { target: HASH }), 'nodes')!;
    expect(decodeNodes(nodes, 4, 20).map(({ id }) => id)).toEqual(
      talk.node.table.closest(HASH, 8).map(({ id }) => id),
    );
  });

  it('gives peers to who asks, once they have announced with the token that they were given', () => {
    const talk = new Talk();
    const [seed, leecher] = [new Stranger(talk, '4.4.4.4', 1000), new Stranger(talk, '5.5.5.5', 2000)];
    const token = bytesOf(seed.answerTo('get_peers', { info_hash: HASH }), 'token')!;
    seed.answerTo('announce_peer', { info_hash: HASH, port: 51_413, token, seed: 1 });
    const found = leecher.answerTo('get_peers', { info_hash: HASH });
    expect(listOf(found, 'values')).toEqual([encodeCompact({ host: '4.4.4.4', port: 51_413 })]);
    // BEP 5, "implied_port".
    const theirs = bytesOf(found, 'token')!;
    leecher.answerTo('announce_peer', { info_hash: HASH, implied_port: 1, port: 9, token: theirs });
    const leechers = seed.answerTo('get_peers', { info_hash: HASH, noseed: 1 });
    expect(listOf(leechers, 'values')).toEqual([encodeCompact({ host: '5.5.5.5', port: 2000 })]);
  });

  it('says no more than 1,024 bytes where both families are wanted too', () => {
    const other = new DhtNode(
      6,
      {},
      { random: seededRandom(1), secrets: seededRandom(2), verify: () => true },
    );
    const talk = new Talk({}, undefined, other);
    fill(talk);
    for (let n = 0; n < 200; n++) {
      const id = new Uint8Array(20).map((_, i) => (n * (i + 3) * 37) & 255);
      other.table.answered({ id, host: `2001:${n}::1`, port: 6881 }, talk.now);
      const peer = { host: `3.3.1.${n}`, port: 1000 };
      const infoHash = n < 100 ? HASH : id;
      talk.node.peers.announce(
        infoHash,
        { ...peer, compact: encodeCompact(peer)!, isSeed: n % 2 === 0 },
        talk.now,
      );
    }
    const stranger = new Stranger(talk);
    for (const method of ['find_node', 'get_peers', 'get', 'sample_infohashes'])
      for (const scrape of [0, 1]) {
        const args = { target: HASH, info_hash: HASH, scrape, want: ['n4', 'n6'] };
        const { bytes, message } = stranger.ask(method, args)!;
        expect(bytes.length).toBeLessThanOrEqual(1024);
        if (message.kind !== 'answer') throw new Error(method);
        expect(bytesOf(message.values, 'nodes')).toHaveLength(8 * 26);
        if (method !== 'get_peers' || scrape === 0)
          expect(bytesOf(message.values, 'nodes6')).toHaveLength(8 * 38);
      }
    const samples = bytesOf(stranger.answerTo('sample_infohashes', { target: HASH }), 'samples');
    expect(samples).toHaveLength(20 * 20);
  });

  it('names nodes and peers of its own network to those who are in it, and to nobody else', () => {
    const talk = new Talk();
    const [local, outside] = [new Stranger(talk, '192.168.1.5'), new Stranger(talk, '5.5.5.5')];
    talk.node.table.answered({ ...local, id: local.id }, talk.now);
    const token = bytesOf(local.answerTo('get_peers', { info_hash: HASH }), 'token')!;
    local.answerTo('announce_peer', { info_hash: HASH, port: 80, token });
    const toldTo = (asker: Stranger) => {
      const values = asker.answerTo('get_peers', { info_hash: HASH });
      return [listOf(values, 'values').length, bytesOf(values, 'nodes')!.length];
    };
    expect(toldTo(new Stranger(talk, '192.168.1.6'))).toEqual([1, 26]);
    expect(toldTo(outside)).toEqual([0, 0]);
  });

  it('tells by filters how many there are, and never says more than 1,024 bytes', () => {
    const talk = new Talk();
    fill(talk);
    for (let n = 0; n < 300; n++) {
      const peer = { host: `3.3.${n >> 8}.${n & 255}`, port: 1000 };
      const compact = encodeCompact(peer)!;
      talk.node.peers.announce(HASH, { ...peer, compact, isSeed: n % 2 === 0 }, talk.now);
    }
    const stranger = new Stranger(talk);
    const plain = stranger.ask('get_peers', { info_hash: HASH })!;
    const scrape = stranger.ask('get_peers', { info_hash: HASH, scrape: 1 })!;
    for (const { bytes } of [plain, scrape]) expect(bytes.length).toBeLessThanOrEqual(1024);
    const { values } = scrape.message as { values: Parameters<typeof bytesOf>[0] };
    expect(bytesOf(values, 'BFsd')).toHaveLength(256);
    expect(bytesOf(values, 'BFpe')).toHaveLength(256);
    expect(listOf(values, 'values').length).toBeGreaterThan(5);
  });

  it('gives both families where both are wanted', () => {
    const talk = new Talk();
    fill(talk);
    const stranger = new Stranger(talk);
    const both = stranger.answerTo('find_node', { target: HASH, want: ['n4', 'n6'] });
    expect(bytesOf(both, 'nodes')).toBeDefined();
    // There is no node of IPv6 here.
    expect(bytesOf(both, 'nodes6')).toBeUndefined();
    expect(bytesOf(stranger.answerTo('find_node', { target: HASH, want: ['n6'] }), 'nodes')).toBeUndefined();
    // Words that are not known are passed over.
    const odd = stranger.answerTo('find_node', { target: HASH, want: ['xx', 7] });
    expect(bytesOf(odd, 'nodes')).toBeDefined();
  });

  it('gives samples of what it holds', () => {
    const talk = new Talk();
    for (let n = 0; n < 30; n++) {
      const compact = encodeCompact({ host: '3.3.3.3', port: n + 1 })!;
      const infoHash = new Uint8Array(20).fill(n);
      talk.node.peers.announce(infoHash, { host: '3.3.3.3', port: n + 1, compact, isSeed: false }, talk.now);
    }
    const samples = new Stranger(talk).answerTo('sample_infohashes', { target: HASH });
    expect(bytesOf(samples, 'samples')).toHaveLength(20 * 20);
    expect(integerOf(samples, 'num')).toBe(30);
    expect(integerOf(samples, 'interval')).toBe(21_600);
  });

  it('answers what it does not know with nodes where there is a target, else with error 204', () => {
    const talk = new Talk();
    fill(talk);
    const stranger = new Stranger(talk);
    expect(bytesOf(stranger.answerTo('future', { target: HASH }), 'nodes')).toBeDefined();
    expect(stranger.refusalOf('future', {})).toBe(204);
  });

  it.each([
    ['find_node', {}],
    ['find_node', { target: encodeUtf8('short') }],
    ['get_peers', {}],
    ['announce_peer', { port: 1 }],
    ['get', {}],
    ['put', {}],
    ['sample_infohashes', {}],
  ])('refuses %s of %j with error 203', (method, args) => {
    expect(new Stranger(new Talk()).refusalOf(method, args)).toBe(203);
  });

  it('is silent where it is read-only, and says so where it asks', () => {
    const talk = new Talk({ isReadOnly: true });
    expect(new Stranger(talk).ask('ping', {})).toBeUndefined();
    talk.node.start(talk.now);
    talk.node.nodeFound({ host: '8.8.8.8', port: 1 }, talk.now);
    const [asked] = [...talk.pass(100), ...talk.pass(1)];
    expect(asked?.message).toMatchObject({ kind: 'query', isReadOnly: true });
  });

  it('serves who is read-only, and does not take him into its table', () => {
    const talk = new Talk();
    const shy = new Stranger(talk);
    expect(shy.ask('ping', {}, { isReadOnly: true })?.message.kind).toBe('answer');
    talk.node.timePassed(talk.now);
    expect(talk.sent()).toEqual([]);
  });

  it('takes somebody into its table when he has answered, and not before', () => {
    const talk = new Talk();
    const stranger = new Stranger(talk);
    stranger.query('ping', {});
    const ping = talk.sent().find(({ message }) => message.kind === 'query')!;
    expect(ping).toMatchObject({ host: stranger.host, message: { method: 'ping' } });
    expect(talk.node.nodeCount).toBe(0);
    // Nobody else can answer in his place.
    new Stranger(talk, '6.6.6.6').answer(ping);
    expect(talk.node.nodeCount).toBe(0);
    stranger.answer(ping);
    expect(talk.node.nodeCount).toBe(1);
  });
});
