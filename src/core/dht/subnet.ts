// Which addresses count as one neighbourhood, where nobody is to have more than a few places: a /24 of IPv4, a /64 of IPv6.
// On local networks everybody is a neighbour, and none of it counts.

import { isLocal, siteOf } from '../bytes/address-scope.ts';

/** Undefined where it does not count. */
export function subnetOf(host: string): string | undefined {
  if (isLocal(host)) return undefined;
  return host.includes(':') ? siteOf(host) : host.slice(0, host.lastIndexOf('.'));
}
