// What arrives at a node of the DHT: datagrams, each with its length and its sender before it, to a whole node with a table, peers,
// items and a lookup under way. Nobody is sent anything but an answer to what he asked, or a query; no datagram that leaves
// is longer than 1,472 bytes, no answer without an item longer than 1,024; all of it can be read; nothing grows beyond its limit.

import assert from 'node:assert/strict';
import { seededRandom } from '../../dist/core/bytes/prng.js';
import { decodeKrpc } from '../../dist/core/dht/krpc.js';
import { encodeAnswer, encodeQuery } from '../../dist/core/dht/krpc-write.js';
import { DhtNode } from '../../dist/core/dht/node.js';

const LIMITS = { maxSwarms: 3, maxPeersPerSwarm: 3, maxItems: 3 };

export function run(bytes) {
  const node = new DhtNode(4, LIMITS, {
    random: seededRandom(1),
    secrets: seededRandom(2),
    verify: () => true,
  });
  for (let n = 0; n < 12; n++)
    node.table.answered({ id: new Uint8Array(20).fill(n * 20), host: `9.9.${n}.9`, port: 6881 }, 0);
  node.findPeers(new Uint8Array(20).fill(104), {}, 0);
  node.start(0);
  node.timePassed(0);
  const said = [];
  // Whom it has asked, and under which transaction: an answer to one is put right where the sender says so.
  const asked = [];
  let now = 0;
  drain();
  for (let at = 0; at + 2 <= bytes.length; ) {
    const length = bytes[at] + ((bytes[at + 1] & 3) << 8);
    const sender = bytes[at + 1] >> 2;
    const datagram = bytes.slice(at + 2, at + 2 + length);
    const query = (sender & 1) === 1 ? asked.pop() : undefined;
    const from = query ?? { host: `8.8.${sender}.8`, port: 1 + sender };
    if (query !== undefined) putTransaction(datagram, query.transaction);
    const before = datagram.slice();
    node.received(datagram, from.host, from.port, now);
    assert.deepEqual(datagram, before, 'the datagram was written into');
    drain(from);
    now += (sender & 16) * 1000;
    node.timePassed(now);
    drain();
    at += 2 + length;
  }
  assert.ok(node.peers.swarmCount <= LIMITS.maxSwarms);
  assert.ok(node.items.count <= LIMITS.maxItems);
  assert.ok(node.table.size <= 160);
  const next = node.nextTimeout();
  assert.ok(next === undefined || Number.isFinite(next));
  return said.slice(0, 8).join();

  function drain(from) {
    let answers = 0;
    for (let output = node.poll(); output !== undefined; output = node.poll()) {
      if (output.type !== 'send') {
        said.push(output.type);
        continue;
      }
      const message = decodeKrpc(output.bytes);
      assert.ok(output.bytes.length <= 1472);
      if (message.kind === 'query') {
        asked.push({ host: output.host, port: output.port, transaction: message.transaction });
        continue;
      }
      assert.deepEqual([output.host, output.port], [from?.host, from?.port], 'somebody else was answered');
      if (message.kind === 'answer' && !message.values.keys.includes('v'))
        assert.ok(output.bytes.length <= 1024);
      assert.ok(++answers <= 1);
      said.push(message.kind === 'error' ? message.code : message.values.keys.join('+'));
    }
  }
}

/** In the place of "tttt". */
function putTransaction(datagram, transaction) {
  const at = Buffer.from(datagram).indexOf('4:tttt');
  if (at >= 0) datagram.set(transaction, at + 2);
}

const bytesOf = text => Uint8Array.from(text, letter => letter.charCodeAt(0));
const ID = new Uint8Array(20).fill(77);
const HASH = new Uint8Array(20).fill(104);
const query = (method, args) =>
  encodeQuery({ transaction: bytesOf('aa'), method, args: { id: ID, ...args }, isReadOnly: false });
const answer = values =>
  encodeAnswer(bytesOf('tttt'), { id: ID, ...values }, Uint8Array.of(1, 2, 3, 4, 5, 6));
const from = (sender, datagram) => [
  datagram.length & 255,
  (datagram.length >> 8) | (sender << 2),
  ...datagram,
];

export const seeds = [
  from(2, query('ping', {})),
  from(4, query('find_node', { target: HASH, want: ['n4', 'n6'] })),
  [
    ...from(2, query('get_peers', { info_hash: HASH, scrape: 1 })),
    ...from(4, query('get_peers', { info_hash: HASH, noseed: 1 })),
  ],
  from(
    2,
    query('announce_peer', {
      info_hash: HASH,
      port: 6881,
      token: bytesOf('12345678'),
      implied_port: 1,
      seed: 1,
    }),
  ),
  [
    ...from(2, query('get', { target: HASH, seq: 1 })),
    ...from(2, query('put', { token: bytesOf('12345678'), v: ['a', 1] })),
  ],
  from(
    2,
    query('put', {
      k: new Uint8Array(32),
      salt: bytesOf('s'),
      seq: 1,
      sig: new Uint8Array(64),
      cas: 0,
      token: bytesOf('12345678'),
      v: { a: 1 },
    }),
  ),
  from(2, query('sample_infohashes', { target: HASH })),
  from(
    1,
    answer({
      nodes: new Uint8Array(52).fill(9),
      token: bytesOf('t'),
      values: [Uint8Array.of(8, 8, 8, 8, 1, 1)],
    }),
  ),
  from(1, answer({ nodes6: new Uint8Array(38), BFsd: new Uint8Array(256), BFpe: new Uint8Array(256) })),
  from(3, bytesOf('d1:eli203e5:wronge1:t4:tttt1:y1:ee')),
].map(seed => Uint8Array.from(seed));

export const tokens = [
  'd',
  'e',
  'l',
  '1:a',
  '1:q',
  '1:r',
  '1:y',
  '2:id20:',
  '6:target20:',
  '9:info_hash20:',
  '5:token',
  '6:values',
  '5:nodes26:',
  '6:nodes6',
  '4:want',
  '2:n4',
  '2:roi1e',
  '4:porti1e',
  '12:implied_porti1e',
  '1:v',
  '1:k32:',
  '3:sig64:',
  '3:seqi1e',
  '3:casi0e',
  '4:salt',
  '4:ping',
  '9:find_node',
  '9:get_peers',
  '13:announce_peer',
  '3:get',
  '3:put',
  '17:sample_infohashes',
  '4:tttt',
];
