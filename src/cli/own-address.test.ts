import type { NetworkInterfaceInfo } from 'node:os';
import { expect, it } from 'vitest';
import { ownAddress } from './own-address.ts';

const at = (address: string, internal = false): NetworkInterfaceInfo => {
  const [family, netmask] = address.includes(':') ? ['IPv6', 'ffff::'] : ['IPv4', '255.0.0.0'];
  return { address, netmask, family, internal, mac: '', cidr: null, scopeid: 0 } as NetworkInterfaceInfo;
};
const HERE = {
  lo: [at('127.0.0.1', true)],
  eth0: [at('203.0.113.5'), at('2001:db8::5')],
  tun0: [at('fe80::7'), at('10.8.0.2')],
  tun1: [at('fe80::8'), at('fd00::8')],
};

it('is the first address that others can dial, and of an interface that was named one of its own', () => {
  expect(ownAddress(undefined, HERE)).toBe('203.0.113.5');
  expect(['tun0', 'tun1', 'lo', 'tun9'].map(name => ownAddress(name, HERE))).toEqual([
    '10.8.0.2',
    'fd00::8',
    '127.0.0.1',
    '127.0.0.1',
  ]);
  expect(ownAddress(undefined, { lo: HERE.lo })).toBe('127.0.0.1');
});
