// How the session is reached, in the form and the words that clients are told. Whether peers can dial us is known where somebody
// has, where a router says so, and where it cannot be; nobody outside is asked.

import { addressScope } from '../core/bytes/address-scope.ts';
import { formatAddress } from '../core/bytes/compact-address.ts';
import type { DhtStatus } from '../session/dht.ts';
import type { ReachFacts, WhyNot } from '../session/reach-facts.ts';
import type { ReachView } from './reach-schema.ts';

export function reachView(facts: ReachFacts): ReachView {
  const { tcp, udp, external, incoming, lastIncomingAt, proxy, ipFilter } = facts;
  return {
    ...verdictOn(facts),
    tcp: tcp === undefined ? null : formatAddress(tcp),
    udp: udp.map(formatAddress),
    external: external.map(({ host, sources }) => ({ address: host, sources: [...sources] })),
    incoming,
    lastIncomingAt: lastIncomingAt ?? null,
    portForward: portForwardView(facts),
    dht: dhtView(facts),
    utp: wayView(facts.utp, facts),
    lsd: wayView(facts.localDiscovery, { words: LSD_WORDS }),
    pex: wayView(facts.peerExchange, facts),
    proxy: proxy === undefined ? null : { url: proxy.url, udp: proxy.udp.state, reason: udpReason(facts) },
    ipFilter: ipFilter === undefined ? null : { ranges: ipFilter.ranges ?? null, refused: ipFilter.refused },
  };
}

function verdictOn(facts: ReachFacts): Pick<ReachView, 'isReachable' | 'verdict'> {
  const { portForward, proxy, tcp, udp, utp, incoming } = facts;
  const here = tcp ?? (utp === 'on' ? udp[0] : undefined);
  const is = (isReachable: boolean | null, verdict: string) => ({ isReachable, verdict });
  if (proxy !== undefined) return is(false, WORDS.proxy);
  if (here === undefined) return is(false, WORDS['not-listening']);
  if (addressScope(here.host) === 'loopback') return is(false, WORDS['this-machine']);
  if (incoming > 0) return is(true, 'Peers from the Internet have dialled it.');
  if (typeof portForward === 'object' && portForward.state === 'open') {
    const { tcpPort, udpPort, externalHost } = portForward;
    const open = `The router lets peers in at its port ${tcpPort ?? udpPort}`;
    // Behind a provider's translation of addresses, or another router.
    if (externalHost !== undefined && addressScope(externalHost) !== 'public')
      return is(
        null,
        `${NOBODY_YET}. ${open}, but is not on the Internet itself: it has ${externalHost} there.`,
      );
    return is(true, `${open}.`);
  }
  if (portForward === 'unwanted')
    return is(null, `${NOBODY_YET}, and the router is not asked to let peers in.`);
  const { reason } = portForwardView(facts);
  return is(null, `${NOBODY_YET}. ${reason ?? ASKING}`);
}

function portForwardView({ portForward, leaseEndsAt }: ReachFacts): ReachView['portForward'] {
  const closed = { way: null, gateway: null, tcpPort: null, udpPort: null, leaseEndsAt: null };
  if (typeof portForward === 'string') return { ...closed, state: 'off', reason: WORDS[portForward] };
  switch (portForward.state) {
    case 'open': {
      const { way, gateway, tcpPort = null, udpPort = null } = portForward;
      return {
        state: 'open',
        way,
        gateway,
        tcpPort,
        udpPort,
        leaseEndsAt: leaseEndsAt ?? null,
        reason: null,
      };
    }
    case 'failed':
      return { ...closed, state: 'failed', gateway: portForward.gateway, reason: portForward.reason };
    case 'no-gateway':
      return { ...closed, state: 'failed', reason: 'This machine has no router to the Internet.' };
    case 'asking':
      return { ...closed, state: 'asking', gateway: portForward.gateway, reason: ASKING };
    case 'off':
      return { ...closed, state: 'asking', reason: ASKING };
    default:
      return portForward satisfies never;
  }
}

function dhtView(facts: ReachFacts): ReachView['dht'] {
  const { dht } = facts;
  if (typeof dht === 'string') return { ...wayView(dht, facts), ipv4: null, ipv6: null };
  return { ...wayView('on', facts), ...nodesOf(dht) };
}

function nodesOf({ nodesIpv4, nodesIpv6, knownIpv4, knownIpv6 }: DhtStatus) {
  const nodes = (good: number, known: number | undefined) => (known === undefined ? null : { good, known });
  return { ipv4: nodes(nodesIpv4, knownIpv4), ipv6: nodes(nodesIpv6, knownIpv6) };
}

function wayView(
  state: 'on' | WhyNot,
  from: Pick<ReachFacts, 'proxy'> | { readonly words: Readonly<Record<WhyNot, string>> },
): { isOn: boolean; reason: string | null } {
  if (state === 'on') return { isOn: true, reason: null };
  if ('words' in from) return { isOn: false, reason: from.words[state] };
  return { isOn: false, reason: (state === 'proxy' ? udpReason(from) : undefined) ?? WORDS[state] };
}

/** Why the proxy carries no UDP just now; null where it does. */
function udpReason({ proxy }: Pick<ReachFacts, 'proxy'>): string | null {
  if (proxy === undefined || proxy.udp.state === 'on') return null;
  return proxy.udp.state === 'asking' ? 'The proxy has not answered yet.' : proxy.udp.reason;
}

const WORDS: Readonly<Record<WhyNot, string>> = {
  unwanted: 'It is turned off.',
  proxy: 'Behind a proxy nobody can dial it.',
  'no-udp': 'No UDP port could be opened.',
  'not-listening': 'It takes no peers that dial it.',
  'this-machine': 'It takes peers of this machine alone.',
  'no-routers': 'No router can be asked from here.',
  'other-network': 'It takes peers at an address to which the router does not lead.',
};
const LSD_WORDS: Readonly<Record<WhyNot, string>> = {
  ...WORDS,
  proxy: 'It would leave past the proxy.',
  'no-udp': 'No network of this machine carries multicast.',
};
const ASKING = 'The router is being asked.';
const NOBODY_YET = 'Nobody from the Internet has dialled it by TCP yet';
