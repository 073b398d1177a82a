// How a session is reached, as facts to be shown: where it listens, what others say of its address, and of each way to peers
// whether it is used, or why it is not. The words are for whoever shows it.

import type { Address } from '../core/bytes/compact-address.ts';
import type { HostProxy } from '../host/proxy.ts';
import type { DhtStatus } from './dht.ts';
import type { ExternalAddress } from './external-ip.ts';
import type { IpFilterStatus } from './ip-filter.ts';
import type { PortForwardStatus } from './port-forward.ts';

export type WhyNot =
  /** Nobody wants it. */
  | 'unwanted'
  /** It would leave past the proxy, or the proxy does not carry it. */
  | 'proxy'
  /** There is no socket that it could use: the ports are taken, or the platform has none. */
  | 'no-udp'
  /** Peers are taken nowhere. */
  | 'not-listening'
  /** Peers are taken on this machine alone. */
  | 'this-machine'
  /** Peers are taken at an address to which the router does not lead. */
  | 'other-network'
  /** The host knows no routers. */
  | 'no-routers';

export interface ReachFacts {
  /** Where peers can dial us by TCP; undefined where they cannot. */
  readonly tcp: Address | undefined;
  /** The sockets that the DHT, uTP and trackers share. Through a proxy there are none of ours. */
  readonly udp: readonly Address[];
  /** Others have said where they see us. */
  readonly external: readonly ExternalAddress[];
  /** Connections by TCP from the Internet that have come, of peers and others. By uTP they do not show that anybody can dial us. */
  readonly incoming: number;
  /** When the last of them came, in milliseconds since 1970. */
  readonly lastIncomingAt: number | undefined;
  readonly portForward: PortForwardStatus | WhyNot;
  /** Milliseconds since 1970; undefined where nothing is open, or it is for good. */
  readonly leaseEndsAt: number | undefined;
  readonly dht: DhtStatus | WhyNot;
  readonly utp: 'on' | WhyNot;
  readonly localDiscovery: 'on' | WhyNot;
  readonly peerExchange: 'on' | WhyNot;
  readonly proxy: Pick<HostProxy, 'url' | 'udp'> | undefined;
  readonly ipFilter: IpFilterStatus | undefined;
}
