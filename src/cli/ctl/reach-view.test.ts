import { expect, it } from 'vitest';
import type { SessionFacts } from '../../rpc/methods.ts';
import { plainPaint } from '../output/paint.ts';
import { drawReach } from './reach-view.ts';

const NOW = 1_795_736_891_485;
const ON = { isOn: true, reason: null };
const AT_HOME: SessionFacts['reach'] = {
  isReachable: true,
  verdict: 'Peers from the Internet have dialled it.',
  tcp: '[::]:6881',
  udp: ['0.0.0.0:6881', '[::]:6881'],
  external: [{ address: '203.0.113.5', sources: ['router', 'tracker'] }],
  incoming: 3,
  lastIncomingAt: NOW - 65_000,
  portForward: {
    ...{ state: 'open', way: 'upnp', gateway: '192.168.1.1', tcpPort: 6881, udpPort: 6882 },
    ...{ leaseEndsAt: NOW + 1_800_000, reason: null },
  },
  dht: { ...ON, ipv4: { good: 112, known: 1200 }, ipv6: { good: 1, known: 2 } },
  utp: ON,
  lsd: ON,
  pex: { isOn: false, reason: 'It is turned off.' },
  proxy: null,
  ipFilter: { ranges: 1204, refused: 1 },
};

it('shows what stands open, until when, and who says where we are', () => {
  expect(drawReach(AT_HOME, NOW, plainPaint).join('\n')).toBe(`✓ Peers from the Internet have dialled it.

  TCP        [::]:6881
  UDP        0.0.0.0:6881
             [::]:6881
  Seen as    203.0.113.5, by the router and trackers
  Dialled    3 times from the Internet, last 1 min 5 s ago
  Router     port 6881 by TCP and port 6882 by UDP open at 192.168.1.1 by UPnP, for 30 min and then again
  DHT        IPv4: 112 nodes of 1,200 known, IPv6: 1 node of 2 known
  uTP        on
  LSD        on
  PEX        off
  IP filter  1,204 ranges, 1 connection refused`);
});

it('shows a proxy, and why each way that is not used is not', () => {
  const reason = 'A proxy by HTTP carries no UDP.';
  const off = { isOn: false, reason };
  const lines = drawReach(
    {
      ...AT_HOME,
      ...{
        isReachable: false,
        verdict: 'Behind a proxy nobody can dial it.',
        tcp: null,
        udp: [],
        external: [],
      },
      ...{
        incoming: 0,
        lastIncomingAt: null,
        dht: { ...off, ipv4: null, ipv6: null },
        utp: off,
        ipFilter: null,
      },
      portForward: {
        ...{ state: 'off', way: null, gateway: null, tcpPort: null, udpPort: null, leaseEndsAt: null },
        reason: 'Behind a proxy nobody can dial it.',
      },
      lsd: { isOn: false, reason: 'It would leave past the proxy.' },
      proxy: { url: 'http://10.0.0.1:3128', udp: 'off', reason },
    },
    NOW,
    plainPaint,
  );
  expect(lines.join('\n')).toBe(`✗ Behind a proxy nobody can dial it.

  TCP     nobody is taken
  Router  off. Behind a proxy nobody can dial it.
  DHT     off. A proxy by HTTP carries no UDP.
  uTP     off. A proxy by HTTP carries no UDP.
  LSD     off. It would leave past the proxy.
  PEX     off
  Proxy   http://10.0.0.1:3128. A proxy by HTTP carries no UDP.`);
});
