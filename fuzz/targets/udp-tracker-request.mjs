// What arrives by UDP at a tracker: datagrams, each with its length and its sender before it, to a whole tracker with its
// store. Connection ids are put right where the sender says so, so that it gets through. Nobody who has proved nothing is
// answered with more than came; whatever is answered, our client can read; what it says of itself can be written again.

import assert from 'node:assert/strict';
import { seededRandom } from '../../dist/core/bytes/prng.js';
import { parseUdpAnswer, udpTransactionId } from '../../dist/core/tracker/udp.js';
import { udpUrlData } from '../../dist/core/tracker/udp-server.js';
import { ConnectionIds } from '../../dist/tracker/connection-ids.js';
import { MemoryStore } from '../../dist/tracker/stores/memory.js';
import { Tracker } from '../../dist/tracker/tracker.js';
import { UdpTracker } from '../../dist/tracker/udp.js';

export function run(bytes) {
  const random = seededRandom(1);
  const store = new MemoryStore({ maxSwarms: 3, memoryBytes: 65_536 }, { random });
  const tracker = new Tracker({}, { store, random });
  const clock = { wallTime: () => 1e12 };
  const connectionIds = new ConnectionIds({ secret: new Uint8Array(16) }, { clock });
  const udp = new UdpTracker({ readsUrl: true }, { tracker, connectionIds });
  const said = [];
  let now = 0;
  for (let at = 0; at + 2 <= bytes.length; ) {
    const length = bytes[at];
    const sender = bytes[at + 1];
    const width = (sender & 1) === 0 ? 4 : 16;
    const place = {
      bytes: new Uint8Array(256),
      length: Math.min(length, bytes.length - at - 2),
      ip: new Uint8Array(width).fill(sender >> 4),
      port: sender,
      number: 0,
      answer: new Uint8Array(200),
    };
    place.bytes.set(bytes.subarray(at + 2, at + 2 + place.length));
    const isProved = (sender & 2) !== 0 && place.length >= 16 && !isZero(place.bytes.subarray(8, 12));
    if (isProved) connectionIds.write(place.ip, now, place.bytes, 0);
    const before = place.bytes.slice();
    const written = udp.handle(place, now);
    assert.deepEqual(place.bytes, before, 'the request was written into');
    assert.ok(written <= place.answer.length);
    if (!isProved) assert.ok(written <= place.length, 'more was answered than came');
    if (written > 0) said.push(answered(place.bytes, place.answer.subarray(0, written), width));
    else said.push('nothing');
    assert.ok(udpUrlData(place.bytes, place.length).length <= place.length);
    assert.ok(store.swarmCount <= 3);
    at += 2 + length;
    now += (sender & 8) * 60_000;
  }
  return said.slice(0, 6).join();
}

function answered(request, answer, width) {
  assert.deepEqual(answer.subarray(4, 8), request.subarray(12, 16), 'another transaction');
  assert.notEqual(udpTransactionId(answer), undefined);
  const read = parseUdpAnswer(answer, width);
  if (read.action === 'error') return read.reason;
  if (read.action === 'announce')
    return `announce of ${Math.min(3, read.answer.peers.length)}, ${Math.min(2, read.answer.complete)}`;
  return read.action === 'scrape' ? `scrape of ${Math.min(3, read.counts.length)}` : read.action;
}

function isZero(bytes) {
  return bytes.every(byte => byte === 0);
}

const words = (...numbers) =>
  numbers.flatMap(number => [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255]);
const connect = words(0x417, 0x27101980, 0, 0x55667788);
const hash = n => Array(20).fill(n);
const announce = ({ swarm = 1, left = 1, event = 0, want = -1, port = 6881, options = [] }) => [
  ...[...words(0, 0, 1, 7), ...hash(swarm), ...hash(9), ...words(0, 0, 0, left, 0, 0)],
  ...[...words(event, 0, 5, want), port >> 8, port & 255, ...options],
];
const scrape = (...swarms) => [...words(0, 0, 2, 7), ...swarms.flatMap(hash)];
const from = (sender, datagram) => [datagram.length, sender, ...datagram];

export const seeds = [
  from(0x10, connect),
  [...from(0x12, announce({})), ...from(0x22, announce({ left: 0 })), ...from(0x32, announce({ want: 1 }))],
  [...from(0x13, announce({})), ...from(0x23, announce({ event: 3 })), ...from(0x33, scrape(1, 2))],
  [...from(0x12, announce({})), ...from(0x12, announce({ left: 0, event: 1 })), ...from(0x12, scrape(1))],
  [1, 2, 3, 4].flatMap(swarm => from(0x12, announce({ swarm }))),
  from(0x12, announce({ options: [2, 9, ...Buffer.from('/announce'), 0] })),
  from(0x10, announce({})),
  from(0x12, announce({ port: 0 })),
  from(0x12, announce({}).slice(0, 90)),
  [...from(0x1a, announce({})), ...from(0x12, announce({ want: 0x7fffffff }))],
].map(bytes => Uint8Array.from(bytes));

export const tokens = [
  connect,
  announce({}),
  scrape(1),
  words(0),
  words(1),
  words(2),
  [2, 255],
  [1, 1, 1],
].map(bytes => String.fromCharCode(...bytes.map(byte => byte & 255)));
