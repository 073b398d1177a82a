import { expect, test } from 'vitest';
import { addressBytes } from './compact-address.ts';
import { isInPrefix, parseIpPrefix, plainIpBytes } from './ip-prefix.ts';

const isIn = (ip: string, prefix: string) => isInPrefix(addressBytes(ip)!, parseIpPrefix(prefix)!);

test('knows which addresses a prefix means', () => {
  expect(isIn('10.255.0.1', '10.0.0.0/8')).toBe(true);
  expect(isIn('11.0.0.1', '10.0.0.0/8')).toBe(false);
  expect(isIn('192.0.2.127', '192.0.2.0/25')).toBe(true);
  expect(isIn('192.0.2.128', '192.0.2.0/25')).toBe(false);
  expect(isIn('192.0.2.1', '192.0.2.1')).toBe(true);
  expect(isIn('192.0.2.2', '192.0.2.1')).toBe(false);
  expect(isIn('203.0.113.9', '0.0.0.0/0')).toBe(true);
  expect(isIn('2001:db8:1:2::3', '2001:db8:1::/48')).toBe(true);
  expect(isIn('2001:db8:2::3', '2001:db8:1::/48')).toBe(false);
  expect(isIn('::1', '0.0.0.0/0')).toBe(false);
});

test.each(['', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0/8', '::/129', 'example.org', '10.0.0.0/8x'])(
  'refuses %j',
  text => {
    expect(parseIpPrefix(text)).toBe(undefined);
  },
);

test('IPv4 in IPv6 is IPv4, and a zone is no part of an address', () => {
  expect(plainIpBytes('::ffff:192.0.2.1')).toEqual(new Uint8Array([192, 0, 2, 1]));
  expect(plainIpBytes('fe80::1%eth0')).toEqual(addressBytes('fe80::1'));
  expect(plainIpBytes('nobody')).toBe(undefined);
});
