import { expect, test } from 'vitest';
import { addressScope } from './address-scope.ts';

const examples: Record<string, readonly string[]> = {
  public: [
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.0.1',
    '192.0.2.1',
    '2001:db8::1',
    '64:ff9b::808:808',
  ],
  private: [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.19.0.1',
  ],
  'private over IPv6': [
    'fc00::1',
    'fd00::2',
    'fe80::1',
    'fec0::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
  ],
  loopback: ['127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1'],
  none: [
    '0.0.0.0',
    '0.1.2.3',
    '224.0.0.1',
    '239.1.2.3',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::7f00:2',
    'ff02::1',
  ],
  'none, being no address': ['', 'localhost', '1.2.3', '1.2.3.4.5', 'gg::1'],
};

for (const [title, hosts] of Object.entries(examples)) {
  test(`${hosts[0] || hosts[1]} and its like are ${title}`, () => {
    for (const host of hosts) expect([host, addressScope(host)]).toEqual([host, title.split(/[ ,]/)[0]]);
  });
}
