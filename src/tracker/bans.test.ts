import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes } from '../core/bytes/compact-address.ts';
import { isInPrefix, parseIpPrefix } from '../core/bytes/ip-prefix.ts';
import { Bans, formatBans, networkName, parseBans } from './bans.ts';

const ban = (network: string) => ({ network, note: '', since: 0 });
const has = (bans: Bans, ip: string) => bans.has(addressBytes(ip)!);

describe('bans', () => {
  it('are of networks, from their first address to their last', () => {
    const bans = new Bans();
    bans.add(ban('203.0.113.0/24'));
    bans.add(ban('192.0.2.7/32'));
    bans.add(ban('2001:db8::/32'));
    expect(
      ['203.0.112.255', '203.0.113.0', '203.0.113.255', '203.0.114.0', '192.0.2.6', '192.0.2.7'].map(ip =>
        has(bans, ip),
      ),
    ).toEqual([false, true, true, false, false, true]);
    expect(
      ['2001:db7:ffff::', '2001:db8::', '2001:db8:ffff:ffff::1', '2001:db9::'].map(ip => has(bans, ip)),
    ).toEqual([false, true, true, false]);
  });

  it('stay as they were where one within another goes', () => {
    const bans = new Bans();
    bans.add(ban('10.0.0.0/8'));
    bans.add(ban('10.1.0.0/16'));
    expect(bans.remove('10.0.0.0/8')).toBe(true);
    expect([has(bans, '10.1.2.3'), has(bans, '10.2.2.3')]).toEqual([true, false]);
    expect(bans.remove('10.0.0.0/8')).toBe(false);
    expect(bans.remove('10.1.0.0/16')).toBe(true);
    expect([has(bans, '10.1.2.3'), bans.count]).toEqual([false, 0]);
  });

  it('of two that begin alike mean the wider', () => {
    const bans = new Bans();
    bans.add(ban('10.0.0.0/16'));
    bans.add(ban('10.0.0.0/8'));
    expect(has(bans, '10.200.0.1')).toBe(true);
  });

  it('of everything leave nobody, and none leave all', () => {
    const bans = new Bans();
    expect(has(bans, '1.2.3.4')).toBe(false);
    bans.add(ban('0.0.0.0/0'));
    expect([has(bans, '0.0.0.0'), has(bans, '255.255.255.255'), has(bans, '::1')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('find what a look at each network finds', () => {
    const network = fc
      .tuple(
        fc.array(fc.constantFrom(0, 1, 128, 255), { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 32 }),
      )
      .map(([ip, bits]) => networkName(`${ip.join('.')}/${bits}`)!);
    const address = fc.array(fc.constantFrom(0, 1, 127, 128, 255), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(network, { maxLength: 8 }), address, (networks, ip) => {
        const bans = new Bans();
        bans.replace(networks.map(ban));
        const bytes = new Uint8Array(ip);
        expect(bans.has(bytes)).toBe(networks.some(name => isInPrefix(bytes, parseIpPrefix(name)!)));
      }),
    );
  });
});

describe('the name of a network', () => {
  it('is one, however it is written', () => {
    expect(networkName('203.0.113.7/24')).toBe('203.0.113.0/24');
    expect(networkName('203.0.113.7')).toBe('203.0.113.7/32');
    expect(networkName('2001:DB8:0::1/33')).toBe('2001:db8::/33');
    expect(networkName('::ffff:203.0.113.7')).toBe('203.0.113.7/32');
    for (const text of ['', 'example.org', '1.2.3.4/33', '::/129', '1.2.3', '1.2.3.4/-1'])
      expect(networkName(text), text).toBeUndefined();
  });
});

describe('a file of bans', () => {
  it('has a network a line, with a note behind it', () => {
    const bans = parseBans('# mine\n\n203.0.113.9/24 # floods\n2001:db8::/32\r\n', 5);
    expect(bans).toEqual([
      { network: '203.0.113.0/24', note: 'floods', since: 5 },
      { network: '2001:db8::/32', note: '', since: 5 },
    ]);
    expect(formatBans(bans as never)).toBe('203.0.113.0/24 # floods\n2001:db8::/32\n');
  });

  it('is refused by the line that holds no network', () => {
    expect(parseBans('1.2.3.4\nexample.org\n', 0)).toEqual({ faultyLine: 2 });
  });
});
