import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { encodeSocksAddress, readSocksAddress } from './socks-address.ts';
import { MAX_RELAY_HEADER, readRelayed, writeRelayed } from './socks-datagram.ts';

const bytes = (...values: number[]) => new Uint8Array(values);
const written = (host: string, port: number, data: Uint8Array) => {
  // What was in the room before is not to be seen.
  const room = new Uint8Array(data.length + MAX_RELAY_HEADER).fill(0xee);
  return room.slice(0, writeRelayed(room, { host, port }, data));
};

describe('a datagram to a relay', () => {
  it('says whom it is for: an address of either family, or a name', () => {
    expect(written('20.0.0.1', 0x1ae1, bytes(7, 8))).toEqual(
      bytes(0, 0, 0, 1, 20, 0, 0, 1, 0x1a, 0xe1, 7, 8),
    );
    expect(written('::1', 1, bytes(7))).toEqual(bytes(0, 0, 0, 4, ...Array(15).fill(0), 1, 0, 1, 7));
    expect(written('a.b', 1, bytes(7))).toEqual(bytes(0, 0, 0, 3, 3, 97, 46, 98, 0, 1, 7));
  });

  it.each(['20.0.0.1', '::1', '2001:db8::7'])('comes back as it went, for %s', host => {
    const datagram = written(host, 6881, bytes(1, 2, 3));
    const from = readRelayed(datagram)!;
    expect(from).toMatchObject({ host, port: 6881 });
    expect(datagram.subarray(from.at)).toEqual(bytes(1, 2, 3));
  });

  it('may be empty, and has IPv4 in the form of IPv6 as IPv4', () => {
    const mapped = [...Array(10).fill(0), 255, 255, 1, 2, 3, 4];
    expect(readRelayed(bytes(0, 0, 0, 4, ...mapped, 0, 9))).toEqual({ host: '1.2.3.4', port: 9, at: 22 });
  });

  it.each([
    ['a fragment', bytes(0, 0, 1, 1, 20, 0, 0, 1, 0, 80, 7)],
    ['the last of several', bytes(0, 0, 0x82, 1, 20, 0, 0, 1, 0, 80, 7)],
    ['one from a name', bytes(0, 0, 0, 3, 1, 65, 0, 80, 7)],
    ['one whose address is of no kind', bytes(0, 0, 0, 9, 20, 0, 0, 1, 0, 80, 7)],
    ['one that is cut off', bytes(0, 0, 0, 1, 20, 0, 0, 1, 0)],
    ['nothing', bytes()],
  ])('is dropped where it is %s', (_, datagram) => {
    expect(readRelayed(datagram)).toBeUndefined();
  });
});

describe('an address of SOCKS 5', () => {
  it('takes a name of 255 bytes, and none that is longer or empty', () => {
    const name = 'a'.repeat(255);
    const read = readSocksAddress(encodeSocksAddress({ host: name, port: 65_535 }), 0);
    expect(read).toEqual({ host: name, port: 65_535, isName: true, length: 259 });
    for (const host of [`${name}a`, ''])
      expect(() => encodeSocksAddress({ host, port: 1 })).toThrow(ProtocolError);
  });
});
