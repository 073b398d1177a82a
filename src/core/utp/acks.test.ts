import { describe, expect, it } from 'vitest';
import { Acks } from './acks.ts';
import { Incoming } from './incoming.ts';
import { HEADER, Packet, readPacket, STATE, SYN } from './packet.ts';

const BUDGET = 10_000;

function acking() {
  const incoming = new Incoming(9, 1000, { maxBytes: BUDGET, bytes: 0 });
  const acks = new Acks(incoming, { last: 4711 }, { receiveBytes: 1000, keepAliveMs: 29_000 }, 0);
  return { incoming, acks };
}

function read(bytes: Uint8Array): Packet {
  const packet = new Packet();
  expect(readPacket(bytes, packet)).toBe(true);
  return packet;
}

describe('an ack', () => {
  it('says what was received, how much room is left, and how late the last packet came', () => {
    const { incoming, acks } = acking();
    incoming.received(10, new Uint8Array(300), true);
    const packet = read(acks.state(5, 6, undefined, 2));
    expect(packet).toMatchObject({ type: STATE, connectionId: 5, sequence: 6, ack: 10, window: 700 });
    expect(packet).toMatchObject({ delay: 4711, sentAt: 2000, sackLength: 0, maxDatagram: 0 });
  });

  it('names the packets behind a gap', () => {
    const { incoming, acks } = acking();
    incoming.received(12, new Uint8Array(1), false);
    incoming.received(14, new Uint8Array(1), false);
    const { bytes, sackAt, ack } = read(acks.state(5, 6, 16_896, 0));
    expect([ack, bytes[sackAt]]).toEqual([9, 0b1010]);
  });

  it('rides on a packet, unless there is a gap, which a STATE alone can name', () => {
    const { incoming, acks } = acking();
    acks.isOwed = true;
    const packet = new Uint8Array(HEADER);
    acks.rideOn(packet, 0);
    expect(acks.isOwed).toBe(false);
    incoming.received(12, new Uint8Array(1), false);
    acks.isOwed = true;
    acks.rideOn(packet, 0);
    expect(acks.isOwed).toBe(true);
    acks.state(5, 6, undefined, 0);
    expect(acks.isOwed).toBe(false);
  });

  it('is owed for room where the other end knows of little, and there is much more', () => {
    const { incoming, acks } = acking();
    for (let sequence = 10; sequence < 20; sequence++) incoming.received(sequence, new Uint8Array(100), true);
    expect(read(acks.state(5, 6, undefined, 0)).window).toBe(0);
    const owed = () => {
      incoming.read();
      acks.roomMade();
      return acks.isOwed;
    };
    // 100 and 200 of 1000 are not much; 300 are.
    expect([owed(), owed(), owed()]).toEqual([false, false, true]);
    acks.state(5, 6, undefined, 0);
    for (let i = 0; i < 2; i++) owed();
    acks.state(5, 6, undefined, 0);
    // It knows of half of it.
    for (let i = 0; i < 5; i++) expect(owed()).toBe(false);
  });

  it('is owed after a long silence of ours', () => {
    const { acks } = acking();
    acks.bare(SYN, 1, 2, undefined, 10_000);
    expect(acks.nextTimeout).toBe(39_000);
    acks.timePassed(38_999);
    expect(acks.isOwed).toBe(false);
    acks.timePassed(39_000);
    expect(acks.isOwed).toBe(true);
  });

  it('tells of longer datagrams where it is to', () => {
    const { acks } = acking();
    expect(read(acks.bare(SYN, 1, 2, 16_896, 0)).maxDatagram).toBe(16_896);
    expect(acks.bare(SYN, 1, 2, undefined, 0)).toHaveLength(HEADER);
  });
});
