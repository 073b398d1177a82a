// What arrives by uTP: read as one packet, and as datagrams given to a mux that has connections, ids and numbers put right where
// a mark says so, that they get through. Bounds hold, what is delivered is delivered once, and everything ends.

import assert from 'node:assert/strict';
import { seededRandom } from '../../dist/core/bytes/prng.js';
import { Mux } from '../../dist/core/utp/mux.js';
import { MUX_DEFAULTS } from '../../dist/core/utp/options.js';
import { HEADER, Packet, readPacket } from '../../dist/core/utp/packet.js';

export function run(bytes) {
  return `${read(bytes)}; ${exchanged(bytes)}`;
}

function read(bytes) {
  const packet = new Packet();
  if (!readPacket(bytes, packet)) return 'no packet';
  const { type, sackAt, sackLength, payloadAt, maxDatagram } = packet;
  assert.ok(type <= 4 && payloadAt >= HEADER && payloadAt <= bytes.length);
  assert.ok(sackLength % 4 === 0 && (sackLength === 0 || sackAt + sackLength <= payloadAt));
  return `type ${type}${sackLength > 0 ? ' sack' : ''}${maxDatagram > 0 ? ' long' : ''}${payloadAt < bytes.length ? ' payload' : ''}`;
}

/** Each datagram has before it its length, and a mark: whose it is, what of it is put right, what its user does then. */
function exchanged(bytes) {
  const random = seededRandom(1);
  const mux = new Mux(OPTIONS, { random, pathLimits: () => LIMITS, accepts: () => true });
  let now = 1000;
  const all = [mux.dial(HOST, 1, now), mux.dial(HOST, 2, now)];
  all[1].write([new Uint8Array(20_000)]);
  const said = new Set();
  /** The last that was sent for each: its number. */
  const sent = new Map();
  const drain = connection => {
    for (let event = connection.poll(); event !== undefined; event = connection.poll()) {
      said.add(event.type === 'closed' ? `closed ${event.fault?.code ?? ''}` : event.type);
      if (event.type === 'connected') connection.write([new Uint8Array(3000)]);
    }
    let count = 0;
    for (let out = connection.nextDatagram(now); out !== undefined; out = connection.nextDatagram(now)) {
      assert.ok(out.length <= 1472 && ++count < 10_000);
      if (out[0] >> 4 !== 2) sent.set(connection, (out[16] << 8) | out[17]);
    }
    const { inFlightBytes, windowBytes } = connection.path;
    assert.ok(inFlightBytes >= 0 && windowBytes > 0);
    if (connection.isOver) mux.forget(connection);
  };
  for (const connection of all) drain(connection);
  for (let at = 0; at + 2 <= bytes.length; ) {
    const mark = bytes[at + 1];
    const datagram = bytes.slice(at + 2, at + 2 + bytes[at]);
    at += 2 + bytes[at];
    const connection = all[mark & 3];
    if ((mark & 4) !== 0 && connection !== undefined && datagram.length >= HEADER) {
      datagram[2] = connection.receiveId >> 8;
      datagram[3] = connection.receiveId;
      const ack = sent.get(connection) ?? 0;
      if ((mark & 8) !== 0) datagram.set([ack >> 8, ack & 255], 18);
    }
    const whose = mux.received(datagram, HOST, connection?.port ?? mark & 3, now);
    for (let output = mux.poll(); output !== undefined; output = mux.poll()) {
      said.add(output.type);
      if (output.type === 'accepted') all.push(output.connection);
      // No answer to a stranger is longer than what he must have sent.
      else assert.ok(output.bytes.length <= HEADER);
    }
    if (whose !== undefined && whose !== false) drain(whose);
    if ((mark & 16) !== 0 && connection !== undefined) {
      if ((mark & 32) !== 0) connection.pause();
      else connection.resume();
      drain(connection);
    }
    if ((mark & 64) !== 0) {
      now += 700;
      for (const other of all) {
        if (other.nextTimeout <= now) other.timePassed(now);
        drain(other);
      }
    }
    assert.ok(mux.count <= OPTIONS.maxConnections && mux.halfOpenCount <= OPTIONS.maxHalfOpen);
    assert.ok(mux.heldBytes >= 0 && mux.heldBytes <= OPTIONS.maxReceiveBytes);
  }
  for (const connection of all) {
    connection.close();
    drain(connection);
  }
  for (let rounds = 0; mux.count > 0; rounds++) {
    assert.ok(rounds < 1000, 'a connection never ended');
    now = Math.min(...all.map(({ nextTimeout }) => nextTimeout));
    for (const connection of all) {
      if (connection.nextTimeout <= now) connection.timePassed(now);
      drain(connection);
    }
  }
  assert.equal(mux.heldBytes, 0);
  return [...said].sort().join();
}

const HOST = '192.0.2.1';
const LIMITS = { floor: 548, ceiling: 1472 };
const OPTIONS = { ...MUX_DEFAULTS, maxConnections: 4, maxHalfOpen: 3, maxReceiveBytes: 2000 };

const word = number => [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
const packet = (type, sequence, { extension = 0, id = 0, ack = 0, window = 100_000 } = {}, ...rest) => [
  ...[(type << 4) | 1, extension, id >> 8, id & 255],
  ...[...word(1), ...word(2), ...word(window)],
  ...[sequence >> 8, sequence & 255, ack >> 8, ack & 255, ...rest],
];
const told = (mark, bytes) => [bytes.length, mark, ...bytes];
const MEANT = 4 + 8;
const answer = told(MEANT, packet(2, 100));
const sack = [0, 4, 0b101, 0, 0, 0];

export const seeds = [
  packet(4, 1, { id: 77 }),
  packet(0, 2, {}, 1, 2, 3),
  packet(2, 5, { extension: 1 }, ...sack),
  packet(4, 1, { extension: 2 }, 0x73, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x42, 0),
  [
    ...answer,
    ...told(MEANT, packet(0, 100, {}, 1, 2, 3)),
    ...told(MEANT, packet(0, 102, {}, 4)),
    ...told(MEANT, packet(1, 103)),
  ],
  [
    ...answer,
    ...told(MEANT, packet(2, 100, { extension: 1 }, ...sack)),
    ...told(64, []),
    ...told(MEANT, packet(3, 9)),
  ],
  [
    ...told(MEANT + 1, packet(2, 65_535)),
    ...told(MEANT + 1, packet(2, 65_535, { window: 0 })),
    ...told(64, []),
    ...told(64, []),
  ],
  [...answer, ...told(48, []), ...told(MEANT, packet(0, 100, {}, ...Array(200).fill(7))), ...told(16, [])],
  [
    ...told(3, packet(4, 1, { id: 9 })),
    ...told(3, packet(4, 1, { id: 9 })),
    ...told(3, packet(0, 2, { id: 10 }, 5)),
  ],
  [...told(3, packet(0, 2, { id: 4000 })), ...told(3, packet(3, 2, { id: 4000 }))],
].map(bytes => Uint8Array.from(bytes));

export const tokens = [
  packet(0, 100),
  packet(1, 101),
  packet(2, 100),
  packet(3, 1),
  packet(4, 1),
  sack,
  word(0),
  word(-1),
].map(bytes => String.fromCharCode(...bytes.map(byte => byte & 255)));
