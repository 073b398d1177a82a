import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressBytes,
  canonicalAddress,
  decodeCompactList,
  encodeCompact,
  formatAddress,
  formatIp,
  parseAddress,
} from './compact-address.ts';
import { toHex } from './hex.ts';

fc.configureGlobal({ seed: 2026 });

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
/** With runs of zeros, which is where the text form is hard. */
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0xffff), fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  })
  .map(groups => Uint8Array.from(groups.flatMap(group => [group >>> 8, group & 0xff])));
const port = fc.integer({ min: 1, max: 65_535 });
/** Texts that are nearly addresses. */
const nearAddress = fc.oneof(
  fc
    .array(
      fc.constantFrom(':', '::', '.', '0', '00', '1', '255', '256', 'ffff', 'fffff', 'g', '[', ']', '/', ' '),
      {
        maxLength: 18,
      },
    )
    .map(parts => parts.join('')),
  ipv6.map(formatIp),
  fc.ipV6(),
  fc.ipV4(),
  fc.ipV4Extended(),
);

describe('the canonical form of an address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:a00:1', '10.0.0.1'],
    ['2001:DB8::0001', '2001:db8::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
  ])('of %s is %s', (host, canonical) => {
    expect(canonicalAddress({ host, port: 1 })).toEqual({ host: canonical, port: 1 });
  });

  it('is the address itself where it is so already, and none where it is none', () => {
    const address = { host: '2001:db8::1', port: 1 };
    expect(canonicalAddress(address)).toBe(address);
    expect(canonicalAddress({ host: 'localhost', port: 1 })).toBeUndefined();
  });
});

describe('an address in text', () => {
  it('comes back the same from 4 bytes', () => {
    fc.assert(
      fc.property(ipv4, bytes => {
        const text = formatIp(bytes);
        expect(isIP(text)).toBe(4);
        expect(addressBytes(text)).toEqual(bytes);
      }),
    );
  });

  it('comes back the same from 16 bytes', () => {
    fc.assert(
      fc.property(ipv6, bytes => {
        const text = formatIp(bytes);
        if (isIP(text) === 4) {
          expect(toHex(bytes)).toBe(`00000000000000000000ffff${toHex(addressBytes(text)!)}`);
        } else {
          expect(isIP(text)).toBe(6);
          expect(addressBytes(text)).toEqual(bytes);
          expect(text).toBe(new URL(`http://[${text}]/`).hostname.slice(1, -1));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is an address exactly where node:net says so', () => {
    fc.assert(
      fc.property(nearAddress, text => {
        expect(addressBytes(text)?.length ?? 0, text).toBe([0, 0, 0, 0, 4, 0, 16][isIP(text)]);
      }),
      { numRuns: 3000 },
    );
  });

  // RFC 5952, 4.1 to 4.3.
  it.each([
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:0001', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s is written %s', (text, written) => {
    expect(formatIp(addressBytes(text)!)).toBe(written);
  });

  // Other programs read a leading zero as octal, so such a text names two addresses: node:net takes neither.
  it.each(['01.2.3.4', '1.2.3.04', '00.0.0.0', '::ffff:01.2.3.4'])('is not %s', text => {
    expect(addressBytes(text)).toBeUndefined();
  });
});

describe('an address with its port', () => {
  it('comes back the same', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), port, (bytes, number) => {
        const address = { host: formatIp(bytes), port: number };
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
    expect(formatAddress({ host: '::1', port: 80 })).toBe('[::1]:80');
    expect(formatAddress({ host: '1.2.3.4', port: 80 })).toBe('1.2.3.4:80');
  });

  it.each([
    '',
    '1.2.3.4',
    '1.2.3.4:',
    '1.2.3.4:0',
    '1.2.3.4:65536',
    '1.2.3.4:-1',
    '1.2.3.4: 80',
    '1.2.3.4:80 ',
    '1.2.3.4:80\n',
    '1.2.3:80',
    '1.2.3.256:80',
    'example.org:80',
    '::1:80',
    '[::1]',
    '[::1]80',
    '[]:80',
    '[::g]:80',
    '[fe80::1%eth0]:80',
    '[1.2.3.4]:80',
  ])('is not %j', text => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe('the compact form', () => {
  it('is the address and the port, big-endian', () => {
    expect(toHex(encodeCompact({ host: '1.2.3.4', port: 6881 })!)).toBe('010203041ae1');
    expect(toHex(encodeCompact({ host: '2001:db8::1', port: 65_535 })!)).toBe(
      '20010db8000000000000000000000001ffff',
    );
    expect(encodeCompact({ host: 'example.org', port: 80 })).toBeUndefined();
  });

  it.each([4, 16] as const)('comes back the same from a list of %i-byte addresses', width => {
    const address = fc.record({ host: (width === 4 ? ipv4 : ipv6).map(formatIp), port });
    const isOfWidth = ({ host }: { host: string }) => addressBytes(host)!.length === width;
    fc.assert(
      fc.property(fc.array(address.filter(isOfWidth), { maxLength: 10 }), addresses => {
        const bytes = Buffer.concat(addresses.map(each => encodeCompact(each)!));
        expect(decodeCompactList(bytes, width)).toEqual(addresses);
      }),
    );
  });

  it('leaves out a ragged end', () => {
    const bytes = new Uint8Array([1, 2, 3, 4, 0, 80, 5, 6, 7, 8, 0]);
    expect(decodeCompactList(bytes, 4)).toEqual([{ host: '1.2.3.4', port: 80 }]);
    expect(decodeCompactList(bytes, 16)).toEqual([]);
  });

  it('shows an IPv4 address inside IPv6 as what it is', () => {
    const bytes = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 1, 2, 3, 4, 0, 80]);
    expect(decodeCompactList(bytes, 16)).toEqual([{ host: '1.2.3.4', port: 80 }]);
  });
});
