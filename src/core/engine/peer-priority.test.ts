import fc from 'fast-check';
import { expect, test } from 'vitest';
import { peerPriority } from './peer-priority.ts';

const at = (host: string, port = 6881) => ({ host, port });

test('is what BEP 40 says it is', () => {
  expect(peerPriority(at('123.213.32.10'), at('98.76.54.32'))).toBe(0xec2d7224);
  expect(peerPriority(at('123.213.32.10'), at('123.213.32.234'))).toBe(0x99568189);
});

test('is the same seen from either end, whatever the addresses', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6()).map(host => at(host));
  fc.assert(
    fc.property(address, address, (a, b) => {
      expect(peerPriority(a, b)).toBe(peerPriority(b, a));
    }),
  );
});

test('goes by the ports where the address is one', () => {
  const low = peerPriority(at('10.0.0.1', 1000), at('10.0.0.1', 2000));
  expect(low).toBe(peerPriority(at('10.0.0.1', 2000), at('10.0.0.1', 1000)));
  expect(low).not.toBe(peerPriority(at('10.0.0.1', 1000), at('10.0.0.1', 2001)));
});

test('does not change with what a host in another network can choose', () => {
  const own = at('198.51.100.7');
  expect(peerPriority(own, at('203.0.113.5'))).toBe(peerPriority(own, at('203.0.115.5')));
  expect(peerPriority(own, at('203.0.113.5'))).not.toBe(peerPriority(own, at('203.1.113.5')));
  const own6 = at('2001:db8:1:2::1');
  expect(peerPriority(own6, at('2001:db9:5:0::1'))).toBe(peerPriority(own6, at('2001:db9:5:8::1')));
  expect(peerPriority(own6, at('2001:db8:1:3::5'))).not.toBe(peerPriority(own6, at('2001:db8:1:1::5')));
});

test('is none between IPv4 and IPv6', () => {
  expect(peerPriority(at('10.0.0.1'), at('2001:db8::1'))).toBeUndefined();
});
