// What a node does not let others do to it, nor have it do to others.

import { describe, expect, it } from 'vitest';
import { type Sent, Stranger, Talk } from '../../../test/dht-stranger.ts';
import { encodeCompact } from '../bytes/compact-address.ts';
import { seededRandom } from '../bytes/prng.ts';
import { encodeNodes } from './compact-nodes.ts';
import { bytesOf, type KrpcQuery, listOf } from './krpc.ts';
import { encodeAnswer } from './krpc-write.ts';
import { secureId } from './secure-id.ts';

const HASH = new Uint8Array(20).fill(7);

/** A node that knows one other, which it asks for the peers of `HASH`. */
function asking() {
  const talk = new Talk();
  const stranger = new Stranger(talk);
  talk.node.table.answered(stranger, talk.now);
  const lookup = talk.node.findPeers(HASH, {}, talk.now);
  const [query] = talk.pass(0);
  return { talk, stranger, lookup, query: query! };
}

function peersOf(talk: Talk): string[] {
  return talk.outputs.flatMap(output =>
    output.type === 'peers' ? output.addresses.map(({ host, port }) => `${host}:${port}`) : [],
  );
}

describe('amplification', () => {
  it('is what BEP 5 needs: one answer a query, to where it came from, of 1,024 bytes at most', () => {
    const talk = new Talk({ maxPingsPerSecond: 1e-9 });
    for (let n = 0; n < 255; n++) {
      const id = new Uint8Array(20).map((_, i) => (n * (i + 3) * 37) & 255);
      talk.node.table.answered({ id, host: `2.${n}.3.4`, port: 6881 }, talk.now);
      const compact = encodeCompact({ host: `3.${n}.1.1`, port: 1000 })!;
      talk.node.peers.announce(HASH, { host: `3.${n}.1.1`, port: 1000, compact, isSeed: false }, talk.now);
    }
    const victim = new Stranger(talk);
    for (const method of ['ping', 'find_node', 'get_peers', 'get', 'sample_infohashes', 'x'])
      for (const more of [{}, { scrape: 1 }, { want: ['n4', 'n6'] }]) {
        victim.query(method, { target: HASH, info_hash: HASH, ...more });
        const sent = talk.sent();
        expect(sent.map(({ host, port }) => [host, port])).toEqual([[victim.host, victim.port]]);
        expect(sent[0]!.bytes.length).toBeLessThanOrEqual(1024);
      }
  });

  it('ends where one address asks too much, and nobody else has to wait', () => {
    const talk = new Talk();
    const [victim, other] = [new Stranger(talk), new Stranger(talk, '5.5.5.5')];
    const answers = (count: number) =>
      Array.from({ length: count }, () => victim.ask('ping', {})).filter(answer => answer !== undefined)
        .length;
    expect(answers(500)).toBe(50);
    expect(other.ask('ping', {})).toBeDefined();
    talk.now += 1000;
    expect(answers(500)).toBe(10);
    // The ports of one address are one, and so are the addresses of one /64.
    expect(new Stranger(talk, victim.host, 9).ask('ping', {})).toBeUndefined();
  });

  it('has a limit of bytes over all who ask', () => {
    const talk = new Talk({ answerBytesPerSecond: 1000 });
    let bytes = 0;
    for (let n = 0; n < 250; n++)
      bytes += new Stranger(talk, `5.5.${n}.5`).ask('ping', {})?.bytes.length ?? 0;
    // The last one may pass it.
    expect(bytes).toBeLessThanOrEqual(1100);
    expect(bytes).toBeGreaterThan(900);
  });

  it('costs no work where it is not answered', () => {
    const talk = new Talk({ answerBytesPerSecond: 1000 });
    let counted = 0;
    const { filtersOf } = talk.node.peers;
    talk.node.peers.filtersOf = infoHash => {
      counted++;
      return filtersOf.call(talk.node.peers, infoHash);
    };
    for (let n = 0; n < 250; n++)
      new Stranger(talk, `5.5.${n}.5`).query('get_peers', { info_hash: HASH, scrape: 1 });
    expect(counted).toBeLessThan(20);
    talk.now += 1000;
    expect(new Stranger(talk, '5.6.7.8').ask('ping', {})).toBeDefined();
  });

  it('sends strangers nowhere: who asks for another’s peers learns of no local network, nor do we go there', () => {
    const { talk, stranger, query } = asking();
    const local = [
      { id: new Uint8Array(20).fill(6), host: '192.168.0.1', port: 53 },
      { id: new Uint8Array(20).fill(8), host: '127.0.0.1', port: 22 },
      { id: new Uint8Array(20).fill(9), host: '224.0.0.1', port: 5353 },
      { id: new Uint8Array(20).fill(10), host: '255.255.255.255', port: 1 },
    ];
    const values = [
      { host: '10.0.0.1', port: 22 },
      { host: '127.0.0.1', port: 22 },
      { host: '8.8.8.8', port: 0 },
      { host: '8.8.4.4', port: 80 },
    ].map(address => encodeCompact(address)!);
    stranger.answer(query, { nodes: encodeNodes(local), values });
    expect(talk.sent()).toEqual([]);
    expect(peersOf(talk)).toEqual(['8.8.4.4:80']);
  });
});

describe('a lie', () => {
  it('in a transaction id is not heard', () => {
    const { talk, stranger, query } = asking();
    const { transaction } = query.message as KrpcQuery;
    const values = [encodeCompact({ host: '8.8.4.4', port: 80 })!];
    for (let bit = 0; bit < 32; bit++) {
      const wrong = transaction.slice();
      wrong[bit >> 3]! ^= 1 << (bit & 7);
      stranger.send(encodeAnswer(wrong, { id: stranger.id, values }, new Uint8Array(6)));
    }
    stranger.send(encodeAnswer(transaction.subarray(1), { id: stranger.id, values }, new Uint8Array(6)));
    expect(peersOf(talk)).toEqual([]);
    stranger.answer(query, { values });
    talk.sent();
    expect(peersOf(talk)).toEqual(['8.8.4.4:80']);
  });

  it('from another address or port is not heard, and who was asked still may answer', () => {
    const { talk, stranger, query } = asking();
    const values = [encodeCompact({ host: '8.8.4.4', port: 80 })!];
    new Stranger(talk, '6.6.6.6').answer(query, { values });
    new Stranger(talk, stranger.host, 7).answer(query, { values });
    talk.sent();
    expect(peersOf(talk)).toEqual([]);
    stranger.answer(query, { values });
    talk.sent();
    expect(peersOf(talk)).toEqual(['8.8.4.4:80']);
  });

  it('of another id than it is known by costs its place, and nothing of it is believed', () => {
    const { talk, stranger, query } = asking();
    const values = [encodeCompact({ host: '8.8.4.4', port: 80 })!];
    const { transaction } = query.message as KrpcQuery;
    stranger.send(encodeAnswer(transaction, { id: HASH, values }, new Uint8Array(6)));
    talk.sent();
    expect(peersOf(talk)).toEqual([]);
    expect(talk.node.nodeCount).toBe(0);
  });

  it('that nobody asked for is not heard', () => {
    const talk = new Talk();
    const stranger = new Stranger(talk);
    for (let n = 0; n < 100; n++)
      stranger.send(encodeAnswer(Uint8Array.of(0, 0, 0, n), { id: stranger.id }, new Uint8Array(6)));
    expect(talk.node.nodeCount).toBe(0);
    expect(talk.sent()).toEqual([]);
  });

  it('of ever closer nodes that are not there ends', () => {
    const talk = new Talk();
    const stranger = new Stranger(talk);
    talk.node.table.answered(stranger, talk.now);
    talk.node.findPeers(HASH, {}, talk.now);
    const random = seededRandom(9);
    let asked = 0;
    // Each that is asked names sixteen more, nearer each time, all in networks of their own.
    let open: Sent[] = talk.pass(0);
    for (let round = 0; round < 500 && open.length > 0; round++) {
      asked += open.length;
      for (const query of open) {
        const nodes = Array.from({ length: 16 }, () => {
          const id = HASH.slice();
          random.fill(id.subarray(Math.min(18, 3 + (round >> 2))));
          const [a, b, c] = random.fill(new Uint8Array(3));
          return { id, host: `${1 + (a! % 9)}.${b}.${c}.1`, port: 1 };
        });
        talk.node.received(
          encodeAnswer(
            (query.message as KrpcQuery).transaction,
            { id: talk.idTold(query) ?? stranger.id, nodes: encodeNodes(nodes) },
            new Uint8Array(6),
          ),
          query.host,
          query.port,
          talk.now,
        );
        talk.learn(nodes);
      }
      open = talk.pass(100);
    }
    for (let i = 0; i < 100; i++) talk.pass(1000);
    expect(asked).toBeLessThanOrEqual(100);
    expect(talk.outputs.some(({ type }) => type === 'done')).toBe(true);
    expect(talk.node.searchCount).toBe(0);
  });
});

describe('a flood', () => {
  it('of ids from one network has one place in a bucket, and of pings no more than five a second', () => {
    const talk = new Talk();
    let pings = 0;
    const random = seededRandom(3);
    for (let n = 0; n < 3000; n++) {
      const host = `7.7.7.${1 + (n % 250)}`;
      const stranger = new Stranger(talk, host, 1 + n);
      stranger.id.set(random.fill(new Uint8Array(20)));
      stranger.query('find_node', { target: HASH });
      for (const query of talk.sent()) {
        if (query.message.kind !== 'query') continue;
        pings++;
        stranger.answer(query);
      }
      talk.now += 10;
    }
    expect(pings).toBeLessThan(30 * 5 + 21);
    // One address has one node, one bucket one of a /24.
    const perBucket = Array.from({ length: 20 }, (_, bucket) => talk.node.table.countIn(bucket));
    expect(Math.max(...perBucket)).toBe(1);
  });

  it('of info hashes does not push out those that are ours to keep', () => {
    const talk = new Talk({
      maxSwarms: 100,
      queriesPerSiteSecond: 1e6,
      queryBurst: 1e6,
      answerBytesPerSecond: 1e9,
    });
    const near = talk.node.id.slice();
    near[19]! ^= 1;
    const honest = new Stranger(talk, '4.4.4.4');
    const token = bytesOf(honest.answerTo('get_peers', { info_hash: near }), 'token')!;
    honest.answerTo('announce_peer', { info_hash: near, port: 1, token });
    const liar = new Stranger(talk, '6.6.6.6');
    const random = seededRandom(4);
    for (let n = 0; n < 1000; n++) {
      const info_hash = random.fill(new Uint8Array(20));
      const theirs = bytesOf(liar.answerTo('get_peers', { info_hash }), 'token')!;
      liar.ask('announce_peer', { info_hash, port: 1, token: theirs });
    }
    expect(talk.node.peers.swarmCount).toBe(100);
    expect(talk.node.peers.peerCount(near)).toBe(1);
  });

  it('of peers from one address has four places, and of all addresses as many as there are', () => {
    const talk = new Talk({ maxPeersPerSwarm: 20, queriesPerSiteSecond: 1e6, queryBurst: 1e6 });
    const announce = (host: string, port: number) => {
      const peer = new Stranger(talk, host);
      const token = bytesOf(peer.answerTo('get_peers', { info_hash: HASH }), 'token')!;
      peer.answerTo('announce_peer', { info_hash: HASH, port, token });
    };
    for (let port = 1; port <= 50; port++) announce('6.6.6.6', port);
    expect(talk.node.peers.peerCount(HASH)).toBe(4);
    for (let n = 0; n < 50; n++) announce(`5.5.${n}.5`, 1);
    expect(talk.node.peers.peerCount(HASH)).toBe(20);
  });

  it('of peers in answers is cut: so many of an answer, and of a lookup', () => {
    const { talk, stranger, query } = asking();
    const values = Array.from({ length: 150 }, (_, n) => encodeCompact({ host: `8.${n}.1.1`, port: 80 })!);
    stranger.answer(query, { values });
    talk.sent();
    expect(peersOf(talk)).toHaveLength(100);
  });

  it('of lookups sends no more than so many queries a second', () => {
    const talk = new Talk();
    const random = seededRandom(5);
    for (let n = 0; n < 200; n++) {
      const ip = Uint8Array.of(3, n, 1, 1);
      talk.node.table.answered({ id: secureId(ip, random), host: ip.join('.'), port: 1 }, talk.now);
    }
    for (let n = 0; n < 100; n++) talk.node.findPeers(random.fill(new Uint8Array(20)), {}, talk.now);
    let count = talk.pass(0).length;
    expect(count).toBe(100);
    for (let i = 0; i < 10; i++) count += talk.pass(100).length;
    expect(count).toBeLessThanOrEqual(300);
    expect(count).toBeGreaterThan(250);
  });
});

describe('a token', () => {
  it('is good for its address and its torrent, for five to ten minutes', () => {
    const talk = new Talk();
    const peer = new Stranger(talk, '4.4.4.4');
    const token = bytesOf(peer.answerTo('get_peers', { info_hash: HASH }), 'token')!;
    const announce = (who: Stranger, info_hash = HASH) =>
      who.ask('announce_peer', { info_hash, port: 1, token })?.message.kind;
    expect(announce(peer)).toBe('answer');
    // Another port of the address is the same machine.
    expect(announce(new Stranger(talk, '4.4.4.4', 9))).toBe('answer');
    // Who has heard of the token cannot announce with it, or announce others.
    expect(announce(new Stranger(talk, '4.4.4.5'))).toBe('error');
    expect(announce(peer, new Uint8Array(20))).toBe('error');
    talk.now += 299_000;
    expect(announce(peer)).toBe('answer');
    talk.now += 301_000;
    expect(announce(peer)).toBe('error');
  });

  it('that was played again after its time is worth nothing', () => {
    const talk = new Talk();
    const peer = new Stranger(talk, '4.4.4.4');
    const token = bytesOf(peer.answerTo('get_peers', { info_hash: HASH }), 'token')!;
    talk.now += 600_000;
    expect(peer.refusalOf('announce_peer', { info_hash: HASH, port: 1, token })).toBe(203);
    expect(listOf(peer.answerTo('get_peers', { info_hash: HASH }), 'values')).toEqual([]);
  });
});

describe('a clock that jumps', () => {
  it('back changes nothing: what is due comes when it would have', () => {
    const talk = new Talk();
    const stranger = new Stranger(talk);
    const token = bytesOf(stranger.answerTo('get_peers', { info_hash: HASH }), 'token')!;
    stranger.answerTo('announce_peer', { info_hash: HASH, port: 1, token });
    talk.now -= 900;
    expect(stranger.ask('ping', {})).toBeDefined();
    expect(listOf(stranger.answerTo('get_peers', { info_hash: HASH }), 'values')).toHaveLength(1);
    expect(stranger.ask('announce_peer', { info_hash: HASH, port: 1, token })?.message.kind).toBe('answer');
  });

  it('forward by an hour, or a line that was down, costs no node its place', () => {
    const talk = new Talk();
    const random = seededRandom(5);
    for (let n = 0; n < 50; n++) {
      const ip = Uint8Array.of(3, n, 1, 1);
      talk.node.table.answered({ id: secureId(ip, random), host: ip.join('.'), port: 1 }, talk.now);
    }
    const before = talk.node.nodeCount;
    talk.node.start(talk.now);
    for (let n = 0; n < 20; n++) talk.node.findPeers(random.fill(new Uint8Array(20)), {}, talk.now);
    talk.pass(0);
    for (let i = 0; i < 60; i++) talk.pass(60_000);
    expect(talk.node.nodeCount).toBe(before);
  });
});

describe('a time with fractions', () => {
  it('is due when it was said to be: nothing waits for a moment that has come', () => {
    const talk = new Talk({ maxQueriesPerSecond: 7 });
    talk.now = 524_821.666_666_666_7;
    const random = seededRandom(5);
    for (let n = 0; n < 60; n++) {
      const ip = Uint8Array.of(3, n, 1, 1);
      talk.node.table.answered({ id: secureId(ip, random), host: ip.join('.'), port: 1 }, talk.now);
    }
    talk.node.start(talk.now);
    talk.node.findPeers(HASH, {}, talk.now);
    let turns = 0;
    for (; talk.node.searchCount > 0 && turns < 1000; turns++) {
      talk.now = Math.max(talk.now, talk.node.nextTimeout()!);
      talk.pass(0);
    }
    expect(turns).toBeLessThan(500);
  });
});

describe('our own address', () => {
  it('is believed when five networks agree, and the id follows it', () => {
    const talk = new Talk();
    const random = seededRandom(6);
    const voters = Array.from({ length: 12 }, (_, n) => new Stranger(talk, `3.${n}.1.1`));
    for (const voter of voters) talk.node.table.answered(voter, talk.now);
    const told = encodeCompact({ host: '11.22.33.44', port: 5 })!;
    const lie = encodeCompact({ host: '66.66.66.66', port: 5 })!;
    talk.node.findPeers(random.fill(new Uint8Array(20)), {}, talk.now);
    const before = talk.node.id;
    let votes = 0;
    for (let open = talk.pass(0); open.length > 0; open = talk.pass(10))
      for (const query of open) {
        const voter = voters.find(({ host }) => host === query.host)!;
        // Two lie, four times each.
        for (let i = 0; i < (votes < 2 ? 4 : 1); i++) voter.answer(query, {}, votes < 2 ? lie : told);
        votes++;
      }
    expect(talk.node.externalIp).toBe('11.22.33.44');
    expect(talk.node.id).not.toEqual(before);
    expect(talk.outputs).toContainEqual({ type: 'external-ip', host: '11.22.33.44' });
    // Those that are known are known still.
    expect(talk.node.nodeCount).toBeGreaterThan(5);
  });

  it('is nothing that nodes with ids of their own choice have a say in', () => {
    const talk = new Talk();
    const voters = Array.from({ length: 12 }, (_, n) => new Stranger(talk, `3.${n}.1.1`));
    for (const voter of voters) {
      voter.id[0]! ^= 0xff;
      talk.node.table.answered(voter, talk.now);
    }
    talk.node.findPeers(HASH, {}, talk.now);
    const lie = encodeCompact({ host: '66.66.66.66', port: 5 })!;
    for (let open = talk.pass(0); open.length > 0; open = talk.pass(10))
      for (const query of open) voters.find(({ host }) => host === query.host)!.answer(query, {}, lie);
    expect(talk.node.externalIp).toBeUndefined();
  });

  it('is not what five addresses of one network say, and never one that no host has', () => {
    const believed = (hosts: (n: number) => string, told: Uint8Array) => {
      const talk = new Talk();
      const voters = Array.from({ length: 12 }, (_, n) => new Stranger(talk, hosts(n), 1 + n));
      for (const voter of voters) {
        talk.node.nodeFound(voter, talk.now);
        for (const query of talk.pass(100)) voter.answer(query, {}, told);
      }
      talk.node.start(talk.now);
      for (let i = 0; i < 100; i++)
        for (const query of talk.pass(100))
          voters
            .find(({ host, port }) => host === query.host && port === query.port)!
            .answer(query, {}, told);
      return talk.node.externalIp;
    };
    const told = encodeCompact({ host: '66.66.66.66', port: 5 })!;
    const none = encodeCompact({ host: '224.0.0.1', port: 5 })!;
    expect(believed(n => `3.${n}.1.1`, told)).toBe('66.66.66.66');
    expect(believed(n => `3.3.1.${n}`, told)).toBeUndefined();
    expect(believed(n => `3.${n}.1.1`, none)).toBeUndefined();
  });
});
