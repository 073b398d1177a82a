// Who of those that dial us is let in. It keeps places for our own dials, so that strangers cannot stop them, and counts
// what one host has, so that one of them cannot keep out all others. It knows nothing of torrents.

import { addressScope } from '../core/bytes/address-scope.ts';
import { type Address, addressBytes, formatIp } from '../core/bytes/compact-address.ts';
import type { Settings } from './settings.ts';

export interface AdmissionFacts {
  /** Of all torrents, with those that are being dialled or greeted. */
  readonly connectionCount: number;
  /** Accepted connections whose handshake is awaited. */
  readonly greetedCount: number;
  /** The other ends of connections that stand. */
  readonly remotes: () => Iterable<Address | undefined>;
}

/** Whether a connection from `remote` may be taken. */
export function isAdmitted(
  remote: Address | undefined,
  { maxConnections, maxGreeted, maxPerHost, dialPlaces }: Settings,
  { connectionCount, greetedCount, remotes }: AdmissionFacts,
): boolean {
  if (remote === undefined || greetedCount >= maxGreeted) return false;
  if (connectionCount >= maxConnections - Math.min(dialPlaces, maxConnections / 2)) return false;
  // All programs of this machine have one address.
  if (addressScope(remote.host) === 'loopback') return true;
  const site = siteOf(remote.host);
  let count = 0;
  for (const other of remotes()) if (other !== undefined && siteOf(other.host) === site) count++;
  return count < maxPerHost;
}

/** Who is behind an address: of IPv6 a host has a whole /64 to choose from (RFC 4291, section 2.5.1). */
export function siteOf(host: string): string {
  const bytes = host.includes(':') ? addressBytes(host) : undefined;
  return bytes?.length === 16 ? formatIp(bytes.fill(0, 8)) : host;
}
