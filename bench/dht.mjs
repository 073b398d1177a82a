// How many queries a node of the DHT answers on one core: `node bench/dht.mjs [--seconds N]`. The value alone, without
// sockets: a full table, 2,000 swarms, queries of 4,096 addresses as they come (ping, find_node, get_peers of which half
// is known, announce_peer with its token). Goal: 20,000 a second.

import './help.mjs';
import { parseArgs } from 'node:util';
import { seededRandom } from '../dist/core/bytes/prng.js';
import { encodeQuery } from '../dist/core/dht/krpc-write.js';
import { DhtNode } from '../dist/core/dht/node.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '3' } } });
const random = seededRandom(1);
const unlimited = {
  answerBytesPerSecond: 1e12,
  queriesPerSiteSecond: 1e6,
  queryBurst: 1e6,
  maxPingsPerSecond: 1e-9,
};
const node = new DhtNode(4, unlimited, { random, secrets: seededRandom(2), verify: () => true });
const id = () => random.fill(new Uint8Array(20));
const host = () =>
  `${1 + random.below(9)}.${random.below(256)}.${random.below(256)}.${1 + random.below(254)}`;
let now = 0;
for (let i = 0; i < 20_000; i++) node.table.answered({ id: id(), host: host(), port: 6881 }, now);

const hashes = Array.from({ length: 2000 }, id);
const askers = Array.from({ length: 4096 }, () => ({
  id: id(),
  host: host(),
  port: 1 + random.below(65_535),
}));
const query = (asker, method, args) =>
  encodeQuery({
    transaction: Uint8Array.of(97, 97),
    method,
    args: { id: asker.id, ...args },
    isReadOnly: false,
  });
const pick = list => list[random.below(list.length)];
const kinds = {
  ping: asker => query(asker, 'ping', {}),
  find_node: asker => query(asker, 'find_node', { target: id() }),
  get_peers: asker => query(asker, 'get_peers', { info_hash: random.below(2) === 0 ? pick(hashes) : id() }),
  announce_peer: asker => {
    const info_hash = pick(hashes);
    const [a, b, c, d] = asker.host.split('.').map(Number);
    const token = node.tokens.issue(Uint8Array.of(a, b, c, d), info_hash, now);
    return query(asker, 'announce_peer', { info_hash, port: 6881, token });
  },
};
const made = Object.fromEntries(
  Object.entries(kinds).map(([kind, make]) => [kind, askers.map(asker => ({ asker, bytes: make(asker) }))]),
);
const mixed = askers.flatMap((_, i) =>
  ['get_peers', 'find_node', 'get_peers', 'announce_peer', 'ping'].map(kind => made[kind][i]),
);

for (const { asker, bytes } of made.announce_peer) ask(asker, bytes);
console.log(`table ${node.nodeCount} nodes, ${node.peers.swarmCount} swarms`);
for (const [kind, queries] of Object.entries({ ...made, mixed })) measure(kind, queries);

function ask(asker, bytes) {
  node.received(bytes, asker.host, asker.port, now);
  let sent = 0;
  for (let output = node.poll(); output !== undefined; output = node.poll()) sent += output.bytes.length;
  return sent;
}

function measure(kind, queries) {
  const seconds = Number(values.seconds);
  let [count, bytes, unanswered] = [0, 0, 0];
  const start = process.cpuUsage();
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    for (let i = 0; i < 500; i++) {
      const { asker, bytes: question } = queries[count % queries.length];
      const sent = ask(asker, question);
      if (sent === 0) unanswered++;
      bytes += sent;
      count++;
    }
    now += 1;
  }
  const { user, system } = process.cpuUsage(start);
  const perSecond = count / ((user + system) / 1e6);
  console.log(
    `${kind.padEnd(14)} ${Math.round(perSecond).toLocaleString('en').padStart(9)} a second of a core, ${Math.round(bytes / count)} bytes each` +
      (unanswered > 0 ? `, ${unanswered} unanswered` : ''),
  );
}
