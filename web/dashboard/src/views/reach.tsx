// How peers reach the daemon, in the session's dialog: what is known of it as a sentence, then each way; of what is off, why.

import type { SessionFacts } from '../api-types.ts';
import { formatAgo, formatCount, formatDate, formatPlural } from '../figures.ts';
import type { Word } from '../words.ts';
import { Fact } from './fact.tsx';

type Reach = SessionFacts['reach'];

export function ReachPanel({ reach, now }: { readonly reach: Reach; readonly now: number }) {
  const { tcp, udp, external, incoming, lastIncomingAt, dht, utp, lsd, pex, proxy, ipFilter } = reach;
  const { mark, colour } = markOf(reach);
  return (
    <section class="reach" aria-labelledby="reach-title">
      <h3 id="reach-title">Reach</h3>
      <p>
        <span class={colour} aria-hidden="true">
          {mark}
        </span>{' '}
        {reach.verdict}
      </p>
      <dl class="table-list">
        <Fact name="Listens">
          {tcp === null ? 'not by TCP' : `${tcp} by TCP`}
          {udp.length > 0 && `, ${udp.join(' and ')} by UDP`}
        </Fact>
        <Fact name="Seen as">
          {external.length === 0 && '—'}
          {external.map(({ address, sources }) => (
            <div key={address}>
              {address}, by {sources.map(source => SOURCES[source]).join(' and ')}
            </div>
          ))}
        </Fact>
        {lastIncomingAt !== null && (
          <Fact name="Dialled">
            {formatPlural(incoming, 'time')} from the Internet, last{' '}
            <time title={formatDate(lastIncomingAt)}>{formatAgo(lastIncomingAt, now)}</time>
          </Fact>
        )}
        <Fact name="Router">
          <Router of={reach.portForward} now={now} />
        </Fact>
        <Fact name="DHT">{dht.isOn ? nodeWords(dht) : off(dht.reason)}</Fact>
        <Fact name="uTP">{utp.isOn ? 'on' : off(utp.reason)}</Fact>
        <Fact name="This network">{lsd.isOn ? 'on' : off(lsd.reason)}</Fact>
        <Fact name="Peer exchange">{pex.isOn ? 'on' : off(pex.reason)}</Fact>
        {proxy !== null && (
          <Fact name="Proxy">
            <span class="path">{proxy.url}</span>
            {proxy.udp === 'on' ? ', UDP too' : `. ${proxy.reason ?? ''}`}
          </Fact>
        )}
        {ipFilter !== null && (
          <Fact name="IP filter">
            {ipFilter.ranges !== null && `${formatPlural(ipFilter.ranges, 'range')}, `}
            {formatPlural(ipFilter.refused, 'connection')} refused
          </Fact>
        )}
      </dl>
    </section>
  );
}

function Router({ of, now }: { readonly of: Reach['portForward']; readonly now: number }) {
  const { state, way, gateway, tcpPort, udpPort, leaseEndsAt, reason } = of;
  if (state === 'off') return off(reason);
  if (state !== 'open') return reason;
  const ports = tcpPort === udpPort ? [tcpPort] : [tcpPort, udpPort].filter(port => port !== null);
  return (
    <>
      port {ports.join(' and ')} open at {gateway} by {WAYS[way!]}
      {leaseEndsAt !== null && (
        <>
          , asked for again <time title={formatDate(leaseEndsAt)}>{formatAgo(leaseEndsAt, now)}</time> at the
          latest
        </>
      )}
    </>
  );
}

function nodeWords({ ipv4, ipv6 }: Reach['dht']): string {
  return [ipv4 && ['IPv4', ipv4], ipv6 && ['IPv6', ipv6]]
    .filter(each => each !== null)
    .map(([name, nodes]) => {
      const { good, known } = nodes as NonNullable<typeof ipv4>;
      return `${name}: ${formatPlural(good, 'node')} of ${formatCount(known)} known`;
    })
    .join(', ');
}

function off(reason: string | null): string {
  return reason === null || reason === 'It is turned off.' ? 'off' : `off. ${reason}`;
}

function markOf({ isReachable }: Reach): Pick<Word, 'mark' | 'colour'> {
  if (isReachable === null) return { mark: '·', colour: 'idle' };
  return isReachable ? { mark: '✓', colour: 'complete' } : { mark: '✗', colour: 'failed' };
}

const SOURCES = { router: 'the router', tracker: 'trackers', dht: 'the DHT', peer: 'peers' } as const;
const WAYS = { upnp: 'UPnP', 'nat-pmp': 'NAT-PMP', pcp: 'PCP' } as const;
