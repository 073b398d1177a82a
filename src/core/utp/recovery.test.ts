// What a connection does where packets are lost, where there is no room, and where somebody forges.

import { describe, expect, it } from 'vitest';
import { type UtpEnd, UtpNetwork, type UtpUser } from '../../../test/utp-network.ts';
import { concatBytes, equalBytes } from '../bytes/bytes.ts';
import {
  DATA,
  FIN,
  HEADER,
  Packet,
  RESET,
  readPacket,
  STATE,
  SYN,
  stampHeader,
  writeHeader,
} from './packet.ts';

function joined(network: UtpNetwork, options: Parameters<UtpNetwork['end']>[1] = {}) {
  const [a, b] = [network.end('10.0.0.1', options), network.end('10.0.0.2', options)];
  const here = a.dial(b);
  here.write(Uint8Array.of(1));
  expect(network.run(() => b.accepted[0]?.gotBytes === 1, 60_000)).toBe(true);
  return { a, b, here, there: b.accepted[0]! };
}

/** All packets that an end sends, as they were read. */
function watch(network: UtpNetwork, from: UtpEnd): Packet[] {
  const seen: Packet[] = [];
  const before = network.isLost;
  network.isLost = (bytes, end) => {
    const packet = new Packet();
    if (end === from && readPacket(bytes.slice(), packet)) seen.push(packet);
    return before(bytes, end);
  };
  return seen;
}

describe('a packet that is lost', () => {
  it('is sent again when three later ones have arrived, long before a timeout, and once', () => {
    const network = new UtpNetwork(1, { delayMs: 20 });
    const { a, here, there } = joined(network);
    let count = 0;
    network.isLost = bytes => bytes.length > 400 && ++count === 3;
    const sent = watch(network, a);
    const start = network.now;
    here.write(new Uint8Array(20_000));
    expect(network.run(() => there.gotBytes === 20_001, 10_000)).toBe(true);
    expect(network.now - start).toBeLessThan(300);
    const data = sent.filter(({ type }) => type === DATA);
    expect(data.length - new Set(data.map(({ sequence }) => sequence)).size).toBe(1);
  });

  it('twice is found out the second time as soon', () => {
    const network = new UtpNetwork(1, { delayMs: 20 });
    const { here, there } = joined(network);
    // Long enough a window first.
    here.write(new Uint8Array(200_000));
    network.run(() => there.gotBytes === 200_001, 10_000);
    let lost: number | undefined;
    let times = 0;
    network.isLost = bytes => {
      const packet = new Packet();
      if (!readPacket(bytes, packet) || packet.type !== DATA) return false;
      lost ??= packet.sequence;
      return packet.sequence === lost && ++times <= 2;
    };
    const start = network.now;
    here.write(new Uint8Array(300_000));
    expect(network.run(() => there.gotBytes === 500_001, 10_000)).toBe(true);
    expect(times).toBe(3);
    expect(network.now - start).toBeLessThan(500);
  });

  it('halves the window once, however many are lost together', () => {
    const network = new UtpNetwork(1, { delayMs: 20 });
    const { here, there } = joined(network);
    here.write(new Uint8Array(400_000));
    network.run(() => there.gotBytes === 400_001, 10_000);
    let count = 0;
    network.isLost = bytes => bytes.length > 400 && ++count > 5 && count <= 12;
    here.write(new Uint8Array(400_000));
    const before = here.connection.path.windowBytes;
    network.run(() => count > 12 && here.connection.path.windowBytes < before, 1000);
    expect(here.connection.path.windowBytes).toBeGreaterThan(0.45 * before);
    expect(network.run(() => there.gotBytes === 800_001, 10_000)).toBe(true);
  });

  it('with all others is sent again after timeouts that double, until the other end is given up', () => {
    const network = new UtpNetwork(1);
    const { a, here } = joined(network);
    network.run(() => false, 1000);
    network.isLost = () => true;
    const sent: number[] = [];
    const before = network.isLost;
    network.isLost = (bytes, from) => {
      if (from === a && bytes[0]! >>> 4 === DATA) sent.push(network.now);
      return before(bytes, from);
    };
    here.write(new Uint8Array(100));
    network.run(() => here.closed !== undefined, 200_000);
    expect(here.closed).toBe('UTP_TIMEOUT');
    const gaps = sent.slice(1).map((at, i) => Math.round(at - sent[i]!));
    expect(gaps).toEqual([500, 1000, 2000, 4000, 8000, 16_000]);
    expect(a.mux.count).toBe(0);
  });
});

describe('a path', () => {
  for (const mtu of [548, 1280, 1464, 1472]) {
    it(`that carries ${mtu} bytes is found out`, () => {
      const network = new UtpNetwork(1, { mtu });
      const { here, there } = joined(network);
      here.write(new Uint8Array(2_000_000));
      expect(network.run(() => there.gotBytes === 2_000_001, 120_000)).toBe(true);
      const { datagramLength } = here.connection.path;
      expect(datagramLength).toBeLessThanOrEqual(mtu);
      expect(datagramLength).toBeGreaterThan(mtu - 16);
    });
  }

  it('is not tried beyond what the other end has said that it takes', () => {
    for (const [maxDatagram, expected] of [
      [16_896, 16_896],
      [undefined, 1472],
    ] as const) {
      const network = new UtpNetwork(1);
      const limits = { floor: 548, ceiling: 1472 };
      const a = network.end('10.0.0.1', {}, { ...limits, maxDatagram: 16_896 });
      const b = network.end('10.0.0.2', {}, maxDatagram ? { ...limits, maxDatagram } : limits);
      const here = a.dial(b);
      here.write(new Uint8Array(2_000_000));
      expect(network.run(() => b.accepted[0]?.gotBytes === 2_000_000, 60_000)).toBe(true);
      expect(here.connection.path.datagramLength).toBe(expected);
    }
  });
});

describe('a reader that waits', () => {
  it('closes the window; one packet now and then asks; all comes when it reads again', () => {
    const network = new UtpNetwork(1);
    const { a, here, there } = joined(network);
    const sent = watch(network, a);
    there.pause();
    here.write(new Uint8Array(10_000_000));
    network.run(() => false, 20_000);
    const asked = sent.length;
    network.run(() => false, 100_000);
    // Ever more seldom.
    expect(sent.length - asked).toBeGreaterThan(0);
    expect(sent.length - asked).toBeLessThan(8);
    expect(here.closed).toBe(undefined);
    there.resume();
    expect(network.run(() => there.gotBytes === 10_000_001, 60_000)).toBe(true);
  });

  it('is heard though what tells of room is lost', () => {
    const network = new UtpNetwork(1);
    const { b, here, there } = joined(network);
    there.pause();
    here.write(new Uint8Array(6_000_000));
    network.run(() => false, 5000);
    let lost = 0;
    network.isLost = (_, from) => from === b && lost++ < 1;
    there.resume();
    expect(network.run(() => there.gotBytes === 6_000_001, 100_000)).toBe(true);
    expect(lost).toBeGreaterThan(0);
  });

  it('holds no more than all connections may hold together', () => {
    const network = new UtpNetwork(1);
    const { a, b } = joined(network, { maxReceiveBytes: 300_000 });
    const users = [1, 2, 3].map(() => a.dial(b));
    for (const user of users) user.write(new Uint8Array(1_000_000));
    network.run(() => b.accepted.length === 4, 1000);
    for (const user of b.accepted) user.pause();
    network.run(() => false, 20_000);
    expect(b.mux.heldBytes).toBeGreaterThan(200_000);
    expect(b.mux.heldBytes).toBeLessThanOrEqual(300_000);
    for (const user of b.accepted) user.resume();
    expect(
      network.run(() => b.accepted.every(({ gotBytes }) => gotBytes >= 1_000_000 || gotBytes === 1), 300_000),
    ).toBe(true);
    expect(b.mux.heldBytes).toBe(0);
  });
});

describe('numbers', () => {
  it('go round while packets are lost', () => {
    const network = new UtpNetwork(1, { delayMs: 2, lost: 1 });
    const limits = { floor: 120, ceiling: 120 };
    const [a, b] = [network.end('10.0.0.1', {}, limits), network.end('10.0.0.2', {}, limits)];
    const here = a.dial(b);
    // More packets than there are numbers.
    const bytes = network.random.fill(new Uint8Array(7_000_000));
    const got: Uint8Array[] = [];
    here.write(bytes);
    expect(network.run(() => b.accepted[0]?.gotBytes === bytes.length, 600_000)).toBe(true);
    got.push(...b.accepted[0]!.got);
    expect(equalBytes(concatBytes(got), bytes)).toBe(true);
  });
});

describe('an end', () => {
  it('that comes before what was sent before it waits for that', () => {
    const network = new UtpNetwork(1);
    const { here, there } = joined(network);
    let isFirst = true;
    network.isLost = bytes => {
      const isLost = isFirst && bytes[0]! >>> 4 === DATA;
      if (isLost) isFirst = false;
      return isLost;
    };
    here.write(new Uint8Array(1000));
    here.close();
    expect(network.run(() => there.closed !== undefined, 10_000)).toBe(true);
    expect([there.gotBytes, there.closed]).toEqual([1001, 'end']);
  });

  it('is told though its ack is lost, and leaves nothing behind', () => {
    for (const type of [FIN, STATE]) {
      const network = new UtpNetwork(1);
      const { a, b, here, there } = joined(network);
      let times = 0;
      here.close();
      network.isLost = bytes => bytes[0]! >>> 4 === type && times++ < 2;
      network.run(() => a.mux.count + b.mux.count === 0, 60_000);
      expect([there.closed, here.closed]).toEqual(['end', undefined]);
      expect([a.mux.count, b.mux.count]).toEqual([0, 0]);
    }
  });

  it('of which the other takes no notice is over after half a minute', () => {
    const network = new UtpNetwork(1);
    const { a, here } = joined(network);
    network.isLost = (bytes, from) => from === a && bytes[0]! >>> 4 === FIN;
    here.close();
    const start = network.now;
    network.run(() => a.mux.count === 0, 100_000);
    expect(network.now - start).toBeLessThanOrEqual(30_000);
  });
});

describe('a forged packet', () => {
  /** As somebody else would send it from the address of the first end. */
  function forge(user: UtpUser, type: number, sequence: number, ack: number, id = 0): Uint8Array {
    const bytes = new Uint8Array(HEADER);
    writeHeader(bytes, type, user.connection.receiveId + id, sequence);
    stampHeader(bytes, 1, 0, 0, ack);
    return bytes;
  }

  it('that resets is believed with the right id and an ack of now alone', () => {
    const network = new UtpNetwork(1);
    const { a, b, here, there } = joined(network);
    network.run(() => false, 1000);
    const sent = watch(network, b);
    there.write(Uint8Array.of(1));
    network.run(() => here.gotBytes === 1, 1000);
    const { sequence } = sent.find(({ type }) => type === DATA)!;
    for (let ack = sequence + 100; ack < sequence + 60_000; ack += 97)
      b.receive(forge(there, RESET, 1, ack & 0xffff), a.host);
    b.receive(forge(there, RESET, 1, sequence, 7), a.host);
    b.receive(forge(there, RESET, 1, sequence), '10.0.0.9');
    b.receive(forge(there, RESET, 1, sequence), a.host, 6882);
    expect(there.closed).toBe(undefined);
    b.receive(forge(there, RESET, 1, sequence), a.host);
    expect(there.closed).toBe('UTP_RESET');
  });

  it('that acks what was never sent changes nothing', () => {
    const network = new UtpNetwork(1);
    const { a, b, here, there } = joined(network);
    const before = there.connection.path;
    for (let ack = 0; ack < 65_536; ack += 251) {
      for (const type of [STATE, DATA, FIN]) b.receive(forge(there, type, 5, ack), a.host);
    }
    expect(there.connection.path.inFlightBytes).toBe(before.inFlightBytes);
    here.write(new Uint8Array(1000));
    expect(network.run(() => there.gotBytes === 1001 || there.closed !== undefined, 10_000)).toBe(true);
  });

  it('of a connection that is gone is answered with a reset, so many times a second', () => {
    const network = new UtpNetwork(1);
    const { a, b } = joined(network, { resetsPerSecond: 5 });
    const sent = watch(network, b);
    const stray = new Uint8Array(HEADER);
    writeHeader(stray, DATA, 4711, 99);
    for (let i = 0; i < 50; i++) b.receive(stray, a.host);
    expect(
      sent.filter(({ type }) => type === RESET).map(({ connectionId, ack }) => [connectionId, ack]),
    ).toEqual(Array(5).fill([4711, 99]));
    network.now += 1000;
    b.receive(stray, a.host);
    expect(sent).toHaveLength(6);
    const reset = new Uint8Array(HEADER);
    writeHeader(reset, RESET, 4711, 99);
    b.receive(reset, a.host);
    expect(sent).toHaveLength(6);
  });

  it('reset of a connection that the other has forgotten ends it', () => {
    const network = new UtpNetwork(1);
    const { b, here, there } = joined(network);
    b.mux.forget(there.connection);
    b.users.length = 0;
    here.write(new Uint8Array(100));
    network.run(() => here.closed !== undefined, 10_000);
    expect(here.closed).toBe('UTP_RESET');
  });
});

describe('a flood of SYNs', () => {
  const syn = (id: number): Uint8Array => {
    const bytes = new Uint8Array(HEADER);
    writeHeader(bytes, SYN, id, 1);
    return bytes;
  };

  it('makes no connection, takes bounded room, and keeps nobody out', () => {
    const network = new UtpNetwork(1);
    const [a, b] = [network.end('10.0.0.1'), network.end('10.0.0.2')];
    for (let i = 0; i < 5000; i++) b.receive(syn(i), `10.1.${i >> 8}.${i & 255}`);
    expect([b.mux.count, b.mux.halfOpenCount, b.accepted.length]).toEqual([0, 256, 0]);
    const here = a.dial(b);
    here.write(Uint8Array.of(1));
    expect(network.run(() => b.accepted[0]?.gotBytes === 1, 1000)).toBe(true);
  });

  it('of one host pushes out its own alone', () => {
    const network = new UtpNetwork(1);
    const b = network.end('10.0.0.2');
    b.receive(syn(1), '10.0.0.9');
    for (let i = 0; i < 500; i++) b.receive(syn(i), '10.0.0.1');
    expect(b.mux.halfOpenCount).toBe(17);
  });

  it('is answered the same when it is repeated, and by who guesses not believed', () => {
    const network = new UtpNetwork(1);
    const b = network.end('10.0.0.2');
    const sent = watch(network, b);
    for (let i = 0; i < 3; i++) b.receive(syn(7), '10.0.0.1');
    expect(new Set(sent.map(({ sequence }) => sequence)).size).toBe(1);
    expect(sent[0]).toMatchObject({ type: STATE, connectionId: 7, ack: 1 });
    const guess = new Uint8Array(HEADER + 10);
    writeHeader(guess, DATA, 8, 2);
    for (let ack = 0; ack < 65_536; ack++) {
      if (Math.abs(ack - sent[0]!.sequence) <= 1) continue;
      stampHeader(guess, 1, 0, 0, ack);
      b.receive(guess, '10.0.0.1');
    }
    expect(b.accepted).toHaveLength(0);
  });

  it('finds no more connections than there may be', () => {
    const network = new UtpNetwork(1);
    const [a, b] = [network.end('10.0.0.1'), network.end('10.0.0.2', { maxConnections: 3 })];
    for (let i = 0; i < 5; i++) a.dial(b).write(Uint8Array.of(1));
    network.run(() => false, 2000);
    expect([b.accepted.length, b.mux.count]).toEqual([3, 3]);
    expect(b.mux.dial('10.0.0.1', 6881, network.now)).toBe(undefined);
  });
});
