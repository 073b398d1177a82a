// Ids: distances, and those that follow from addresses, by the vectors of BEP 42.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes } from '../bytes/compact-address.ts';
import { fromHex, toHex } from '../bytes/hex.ts';
import { seededRandom } from '../bytes/prng.ts';
import { commonPrefix, compareDistance, randomIdSharing } from './node-id.ts';
import { isSecureId, secureId } from './secure-id.ts';

const id = fc.uint8Array({ minLength: 20, maxLength: 20 });

describe('a distance', () => {
  it('is XOR, read as a number', () => {
    const number = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes)}`);
    fc.assert(
      fc.property(id, id, id, (a, b, target) => {
        const difference = (number(a) ^ number(target)) - (number(b) ^ number(target));
        expect(Math.sign(compareDistance(a, b, target))).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
      }),
    );
  });

  it('is drawn as it is asked for', () => {
    fc.assert(
      fc.property(id, fc.integer({ min: 0, max: 160 }), fc.integer(), (own, bits, seed) => {
        expect(commonPrefix(own, randomIdSharing(own, bits, seededRandom(seed)))).toBe(bits);
      }),
    );
  });
});

describe('an id that follows from the address', () => {
  // BEP 42, "Node ID restriction".
  it.each([
    ['124.31.75.21', '5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401'],
    ['21.75.31.124', '5a3ce9c14e7a08645677bbd1cfe7d8f956d53256'],
    ['65.23.51.170', 'a5d43220bc8f112a3d426c84764f8c2a1150e616'],
    ['84.124.73.14', '1b0321dd1bb1fe518101ceef99462b947a01ff41'],
    ['43.213.53.83', 'e56f6cbf5b7c4be0237986d5243b87aa6d51305a'],
  ])('of %s is that of BEP 42, and no other', (host, hex) => {
    const ip = addressBytes(host)!;
    const good = fromHex(hex)!;
    expect(isSecureId(good, ip)).toBe(true);
    for (const at of [0, 1, 2, 19]) {
      const bad = good.slice();
      bad[at]! ^= at === 2 ? 0x08 : at === 19 ? 1 : 0x80;
      expect(isSecureId(bad, ip)).toBe(false);
    }
    // What is free may be anything.
    const other = good.slice();
    other[2]! ^= 7;
    other[10]! ^= 0xff;
    expect(isSecureId(other, ip)).toBe(true);
  });

  it('is made for any address, IPv6 too', () => {
    for (const host of ['8.8.8.8', '2001:4860:4860::8888']) {
      const ip = addressBytes(host)!;
      for (let seed = 0; seed < 50; seed++)
        expect(isSecureId(secureId(ip, seededRandom(seed)), ip)).toBe(true);
    }
  });

  it('is asked of nobody on a local network', () => {
    for (const host of ['127.0.0.1', '10.1.2.3', '192.168.0.1', '169.254.1.1', '::1', 'fe80::1'])
      expect(isSecureId(new Uint8Array(20), addressBytes(host)!)).toBe(true);
  });
});
