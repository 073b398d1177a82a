import { expect, it } from 'vitest';
import { subnetOf } from './subnet.ts';

it('is a /24 of IPv4 or a /48 of IPv6, and nothing on a local network', () => {
  expect(subnetOf('1.2.3.4')).toBe(subnetOf('1.2.3.250'));
  expect(subnetOf('1.2.3.4')).not.toBe(subnetOf('1.2.4.4'));
  expect(subnetOf('2a01:4f8:1:1::1')).toBe(subnetOf('2a01:4f8:1:ffff::2'));
  expect(subnetOf('2a01:4f8:1:1::1')).not.toBe(subnetOf('2a01:4f8:2:1::1'));
  for (const host of ['10.1.1.1', '192.168.1.1', '127.0.0.1', 'fe80::1', 'fd00::1', '::1'])
    expect(subnetOf(host)).toBeUndefined();
});
