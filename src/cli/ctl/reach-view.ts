// How peers reach the daemon, as lines for a person: what is known of it first, then each way.

import type { SessionFacts } from '../../rpc/methods.ts';
import { displayText } from '../output/display-text.ts';
import { drawFields, type Field } from '../output/fields.ts';
import { formatCount, formatDuration, formatPlural } from '../output/figures.ts';
import type { Paint } from '../output/paint.ts';
import { WAYS } from '../output/port-forward-line.ts';

type Reach = SessionFacts['reach'];

/** `now`: the daemon's. */
export function drawReach(reach: Reach, now: number, paint: Paint): string[] {
  const fields: Field[] = [
    ['TCP', reach.tcp ?? 'nobody is taken'],
    ['UDP', reach.udp],
    ['Seen as', reach.external.map(seenAs)],
    ['Dialled', dialled(reach, now)],
    ['Router', displayText(router(reach.portForward, now))],
    ['DHT', reach.dht.isOn ? nodes(reach.dht) : off(reach.dht)],
    ['uTP', way(reach.utp)],
    ['LSD', way(reach.lsd)],
    ['PEX', way(reach.pex)],
    ['Proxy', reach.proxy === null ? undefined : displayText(proxy(reach.proxy))],
    ['IP filter', reach.ipFilter === null ? undefined : filter(reach.ipFilter)],
  ];
  return [verdict(reach, paint), '', ...drawFields(fields, paint)];
}

function verdict({ isReachable, verdict }: Reach, paint: Paint): string {
  if (isReachable === null) return `${paint.idle('·')} ${displayText(verdict)}`;
  return `${isReachable ? paint.complete('✓') : paint.failed('✗')} ${displayText(verdict)}`;
}

function seenAs({ address, sources }: Reach['external'][number]): string {
  return `${address}, by ${sources.map(source => SOURCES[source]).join(' and ')}`;
}

function dialled({ incoming, lastIncomingAt }: Reach, now: number): string | undefined {
  if (lastIncomingAt === null) return undefined;
  const times = formatPlural(incoming, 'time');
  return `${times} from the Internet, last ${formatDuration(Math.max(0, now - lastIncomingAt))} ago`;
}

function router(
  { state, way, gateway, tcpPort, udpPort, leaseEndsAt, reason }: Reach['portForward'],
  now: number,
) {
  if (state === 'off') return off({ reason });
  if (state !== 'open') return reason ?? '';
  const tcp = tcpPort === null ? [] : [`port ${tcpPort} by TCP`];
  const udp = udpPort === null ? [] : [`port ${udpPort} by UDP`];
  const what = tcpPort === udpPort ? `port ${tcpPort}` : [...tcp, ...udp].join(' and ');
  const end =
    leaseEndsAt === null ? '' : `, for ${formatDuration(Math.max(0, leaseEndsAt - now))} and then again`;
  return `${what} open at ${gateway} by ${WAYS[way!]}${end}`;
}

function nodes({ ipv4, ipv6 }: Reach['dht']): string {
  const families = [
    ['IPv4', ipv4],
    ['IPv6', ipv6],
  ] as const;
  return families
    .flatMap(([name, found]) =>
      found === null
        ? []
        : `${name}: ${formatPlural(found.good, 'node')} of ${formatCount(found.known)} known`,
    )
    .join(', ');
}

function way(of: Reach['utp']): string {
  return of.isOn ? 'on' : off(of);
}

function off({ reason }: Pick<Reach['utp'], 'reason'>): string {
  return displayText(reason === 'It is turned off.' ? 'off' : `off. ${reason}`);
}

function proxy({ url, udp, reason }: NonNullable<Reach['proxy']>): string {
  return udp === 'on' ? `${url}, which relays UDP too` : `${url}. ${reason}`;
}

function filter({ ranges, refused }: NonNullable<Reach['ipFilter']>): string {
  const size = ranges === null ? '' : `${formatPlural(ranges, 'range')}, `;
  return `${size}${formatPlural(refused, 'connection')} refused`;
}

const SOURCES: Readonly<Record<Reach['external'][number]['sources'][number], string>> = {
  router: 'the router',
  tracker: 'trackers',
  dht: 'the DHT',
  peer: 'peers',
};
