import { describe, expect, it } from 'vitest';
import {
  DATA,
  HEADER,
  MAX_DATAGRAM_EXTENSION,
  Packet,
  padded,
  readPacket,
  SYN,
  stampHeader,
  writeHeader,
  writeMaxDatagram,
  writeSelectiveAck,
} from './packet.ts';

function datagram(type: number, length = HEADER): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = HEADER; i < length; i++) bytes[i] = i;
  writeHeader(bytes, type, 0xabcd, 0xfffe);
  stampHeader(bytes, 0xfedcba98, 0x80000001, 0xf0000000, 0x1234);
  return bytes;
}

function read(bytes: Uint8Array): Packet {
  const packet = new Packet();
  expect(readPacket(bytes, packet)).toBe(true);
  return packet;
}

const payloadOf = ({ bytes, payloadAt }: Packet) => [...bytes.subarray(payloadAt)];

describe('a packet', () => {
  it('is read as it was written', () => {
    const bytes = datagram(DATA, 25);
    expect(read(bytes)).toMatchObject({
      type: DATA,
      connectionId: 0xabcd,
      sentAt: 0xfedcba98,
      delay: 0x80000001,
      window: 0xf0000000,
      sequence: 0xfffe,
      ack: 0x1234,
      sackLength: 0,
      maxDatagram: 0,
    });
    expect(payloadOf(read(bytes))).toEqual([20, 21, 22, 23, 24]);
  });

  it('of BEP 29 is read so', () => {
    // SYN, version 1, no extension, id 0x1122, and so on.
    const hex = '41001122 00000001 00000002 00000003 0004 0005'.replaceAll(' ', '');
    const bytes = Uint8Array.from(hex.match(/../g)!, byte => Number.parseInt(byte, 16));
    expect(read(bytes)).toMatchObject({ type: SYN, connectionId: 0x1122, sentAt: 1, delay: 2, window: 3 });
    expect(read(bytes)).toMatchObject({ sequence: 4, ack: 5, payloadAt: HEADER });
  });

  it('has its extensions found, and those that nobody knows skipped', () => {
    const bytes = new Uint8Array(HEADER + 5 + 6 + 4 + 2);
    bytes.set(datagram(DATA));
    bytes[1] = 9;
    bytes.set([1, 3, 7, 7, 7, 0x73, 4, 1, 2, 3, 4, 0, 2, 0x40, 0x10, 88, 99], HEADER);
    const packet = read(bytes);
    expect(packet).toMatchObject({ sackAt: HEADER + 7, sackLength: 4, maxDatagram: 0x4010 });
    expect(payloadOf(packet)).toEqual([88, 99]);
    expect(read(datagram(DATA))).toMatchObject({ sackLength: 0, maxDatagram: 0 });
  });

  it('takes extensions that are written here', () => {
    const sack = datagram(DATA, HEADER + 10);
    writeSelectiveAck(sack, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    expect(read(sack)).toMatchObject({ sackAt: HEADER + 2, sackLength: 8, payloadAt: HEADER + 10 });
    const syn = datagram(SYN, HEADER + MAX_DATAGRAM_EXTENSION);
    writeMaxDatagram(syn, 17_000);
    expect(read(syn)).toMatchObject({ maxDatagram: 17_000, payloadAt: HEADER + MAX_DATAGRAM_EXTENSION });
    expect(syn[1]).toBeLessThan(3);
  });

  it('is padded to any length and still the same', () => {
    const bytes = datagram(DATA, 30);
    for (const length of [
      42, 43, 286, 296, 297, 298, 299, 300, 301, 287, 288, 289, 290, 545, 1472, 1473, 16_404,
    ]) {
      const packet = read(padded(bytes, length));
      expect(packet.bytes.length).toBe(length);
      // Or libutp takes it for one of version 0.
      expect(packet.bytes[1]).toBeLessThan(3);
      expect(packet).toMatchObject({ type: DATA, sequence: 0xfffe, sackLength: 0, maxDatagram: 0 });
      expect(payloadOf(packet)).toEqual(payloadOf(read(bytes)));
    }
  });
});

describe('what is no packet', () => {
  const packet = new Packet();
  const isRead = (...bytes: number[]) => {
    const whole = new Uint8Array(Math.max(bytes.length, HEADER));
    whole.set(bytes);
    return readPacket(whole, packet);
  };

  it('is short, or of another version or type, as what the DHT and trackers send', () => {
    expect(readPacket(new Uint8Array(HEADER - 1).fill(1), packet)).toBe(false);
    expect(isRead(0x02)).toBe(false);
    expect(isRead(0x51)).toBe(false);
    expect(isRead(0x64, 0x31, 0x3a)).toBe(false);
    expect(isRead(0, 0, 0, 1)).toBe(false);
    expect(isRead(0x41)).toBe(true);
  });

  it('has extensions that go beyond its end', () => {
    const head = [...datagram(DATA)];
    head[1] = 1;
    expect(isRead(...head)).toBe(false);
    expect(isRead(...head, 0)).toBe(false);
    expect(isRead(...head, 0, 4, 1, 2, 3)).toBe(false);
    expect(isRead(...head, 1, 1, 1)).toBe(false);
    expect(isRead(...head, 0, 4, 1, 2, 3, 4)).toBe(true);
  });
});
