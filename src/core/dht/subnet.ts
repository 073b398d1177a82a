// Which addresses count as one neighbourhood, where nobody is to have more than a few places: a /24 of IPv4, a /48 of IPv6. Who
// has a /48, as a customer may (RFC 6177), has 65,536 of /64, and with them secure ids in every part of the space (BEP 42).
// On local networks everybody is a neighbour, and none of it counts.

import { isLocal } from '../bytes/address-scope.ts';
import { addressBytes, formatIp } from '../bytes/compact-address.ts';

/** Undefined where it does not count. */
export function subnetOf(host: string): string | undefined {
  if (isLocal(host)) return undefined;
  if (!host.includes(':')) return host.slice(0, host.lastIndexOf('.'));
  const bytes = addressBytes(host);
  return bytes && formatIp(bytes.fill(0, 6));
}
