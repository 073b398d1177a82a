import { describe, expect, it } from 'vitest';
import type { ReachFacts } from '../session/reach-facts.ts';
import { reachFacts } from './reach-schema.ts';
import { reachView } from './reach-view.ts';

const OPEN = {
  state: 'open',
  gateway: '192.168.1.1',
  way: 'upnp',
  externalHost: '203.0.113.5',
  tcpPort: 51_413,
  udpPort: undefined,
} as const;
const AT_HOME: ReachFacts = {
  tcp: { host: '::', port: 6881 },
  udp: [{ host: '0.0.0.0', port: 6881 }],
  external: [{ host: '203.0.113.5', sources: ['router', 'tracker'] }],
  incoming: 0,
  lastIncomingAt: undefined,
  portForward: OPEN,
  leaseEndsAt: 9,
  dht: { nodes: 3, nodesIpv4: 3, nodesIpv6: 0, knownIpv4: 5, knownIpv6: undefined },
  utp: 'on',
  localDiscovery: 'on',
  peerExchange: 'unwanted',
  proxy: undefined,
  ipFilter: { ranges: undefined, refused: 2 },
};

describe('the reach of a session', () => {
  it('is told whole, and what is off says why', () => {
    const view = reachView(AT_HOME);
    expect(reachFacts.parse(view)).toEqual(view);
    expect(view).toMatchObject({
      isReachable: true,
      verdict: 'The router lets peers in at its port 51413.',
      tcp: '[::]:6881',
      udp: ['0.0.0.0:6881'],
      portForward: { state: 'open', tcpPort: 51_413, udpPort: null, leaseEndsAt: 9, reason: null },
      dht: { isOn: true, ipv4: { good: 3, known: 5 }, ipv6: null },
      pex: { isOn: false, reason: 'It is turned off.' },
      ipFilter: { ranges: null, refused: 2 },
    });
  });

  it.each<[string, Partial<ReachFacts>, boolean | null, string]>([
    [
      'somebody has come',
      { portForward: 'unwanted', incoming: 1 },
      true,
      'Peers from the Internet have dialled it.',
    ],
    [
      'this machine alone',
      { tcp: { host: '127.0.0.1', port: 1 } },
      false,
      'It takes peers of this machine alone.',
    ],
    ['nowhere', { tcp: undefined, udp: [], utp: 'no-udp' }, false, 'It takes no peers that dial it.'],
    [
      'nobody has come',
      { portForward: 'unwanted' },
      null,
      'Nobody from the Internet has dialled it by TCP yet, and the router is not asked to let peers in.',
    ],
    [
      'a router that refuses',
      {
        portForward: {
          state: 'failed',
          gateway: '10.0.0.1',
          reason: 'The router 10.0.0.1 opens no port: no.',
        },
      },
      null,
      'Nobody from the Internet has dialled it by TCP yet. The router 10.0.0.1 opens no port: no.',
    ],
    [
      'a router behind another',
      { portForward: { ...OPEN, externalHost: '100.64.3.2' } },
      null,
      'Nobody from the Internet has dialled it by TCP yet. The router lets peers in at its port 51413, but is not on the Internet itself: it has 100.64.3.2 there.',
    ],
    [
      'a proxy',
      { proxy: { url: 'socks5://p:1', udp: { state: 'on', relay: 'p:2' } }, incoming: 1 },
      false,
      'Behind a proxy nobody can dial it.',
    ],
  ])('is judged by what is known: %s', (_, facts, isReachable, verdict) => {
    expect(reachView({ ...AT_HOME, ...facts })).toMatchObject({ isReachable, verdict });
  });

  it('gives the words of the proxy for what it does not carry, and others for what would leave past it', () => {
    const reason = 'A proxy by HTTP carries no UDP.';
    const proxied = {
      proxy: { url: 'http://p:1', udp: { state: 'off', reason } },
      portForward: 'proxy',
      dht: 'proxy',
      utp: 'proxy',
      localDiscovery: 'proxy',
    } as const;
    const view = reachView({ ...AT_HOME, ...proxied });
    expect(view.proxy).toEqual({ url: 'http://p:1', udp: 'off', reason });
    expect([view.dht.reason, view.utp.reason, view.lsd.reason, view.portForward.reason]).toEqual([
      reason,
      reason,
      'It would leave past the proxy.',
      'Behind a proxy nobody can dial it.',
    ]);
  });
});
