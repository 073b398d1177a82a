import { expect, test } from 'vitest';
import { formatIp } from '../bytes/compact-address.ts';
import { isInPrefix, parseIpPrefix } from '../bytes/ip-prefix.ts';
import { forwardedClient } from './forwarded-for.ts';

const proxies = ['10.0.0.0/8', '2001:db8:1::/48'].map(text => parseIpPrefix(text)!);
const client = (header: string) => {
  const ip = forwardedClient(header, hop => proxies.some(prefix => isInPrefix(hop, prefix)));
  return ip === undefined ? undefined : formatIp(ip);
};

test('counts trusted hops from the right: what a client writes in front is not believed', () => {
  expect(client('192.0.2.1')).toBe('192.0.2.1');
  expect(client('198.51.100.66, 192.0.2.1')).toBe('192.0.2.1');
  expect(client('198.51.100.66, 192.0.2.1, 10.0.0.9')).toBe('192.0.2.1');
  expect(client('198.51.100.66, 10.0.0.8, 192.0.2.1, 2001:db8:1::5 , 10.0.0.9')).toBe('192.0.2.1');
});

test('takes the leftmost where all are proxies', () => {
  expect(client('10.0.0.3, 10.0.0.4')).toBe('10.0.0.3');
});

test('reads the forms that proxies write', () => {
  expect(client('192.0.2.1:4711')).toBe('192.0.2.1');
  expect(client('[2001:db8::1]:4711')).toBe('2001:db8::1');
  expect(client('2001:db8::1')).toBe('2001:db8::1');
  expect(client('::ffff:192.0.2.1')).toBe('192.0.2.1');
});

test.each(['', 'unknown', '192.0.2.1, unknown', 'a, 10.0.0.1', '192.0.2.256', ','.repeat(3_000)])(
  'knows nobody in %j',
  header => {
    expect(client(header)).toBe(undefined);
  },
);
