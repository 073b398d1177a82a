// How far an address reaches: what decides whether a stranger may send us there. Facts of the address alone; names are
// not resolved, and nothing here knows which networks this machine is on.

import { addressBytes, formatIp } from './compact-address.ts';

/** `none` is no address of one host: unspecified, multicast, broadcast, reserved, or no address in text at all. */
export type AddressScope = 'public' | 'private' | 'loopback' | 'none';

export function addressScope(host: string): AddressScope {
  const bytes = addressBytes(host);
  return bytes === undefined ? 'none' : scopeOfBytes(bytes);
}

/**
 * Whether we may go where somebody sends us: one on the Internet that names 10.0.0.1 would have us knock at our own
 * network's doors; one in that network names its neighbours. Another machine's loopback is not ours.
 */
export function mayName(teller: AddressScope, told: AddressScope): boolean {
  if (told === 'public') return true;
  if (told === 'private') return teller === 'private' || teller === 'loopback';
  return told === 'loopback' && teller === 'loopback';
}

/** On this machine or on a network that is not the public one. */
export function isLocal(host: string): boolean {
  const scope = addressScope(host);
  return scope === 'private' || scope === 'loopback';
}

/** Who is behind an address: of IPv6 a host has a whole /64 to choose from (RFC 4291, section 2.5.1). */
export function siteOf(host: string): string {
  const bytes = host.includes(':') ? addressBytes(host) : undefined;
  return bytes?.length === 16 ? formatIp(bytes.fill(0, 8)) : host;
}

/** The same for 4 or 16 bytes. */
export function scopeOfBytes(bytes: Uint8Array): AddressScope {
  return bytes.length === 4 ? scopeOfIpv4(bytes, 0) : scopeOfIpv6(bytes);
}

// RFC 6890 and IANA's "IPv4 Special-Purpose Address Registry".
function scopeOfIpv4(bytes: Uint8Array, at: number): AddressScope {
  const a = bytes[at]!;
  const b = bytes[at + 1]!;
  if (a === 127) return 'loopback';
  if (a === 0 || a >= 224) return 'none'; // "this network", multicast, reserved, broadcast
  if (a === 10 || (a === 172 && (b & 0xf0) === 16) || (a === 192 && b === 168)) return 'private'; // RFC 1918
  if (a === 169 && b === 254) return 'private'; // link-local, where clouds keep their metadata service
  if (a === 100 && (b & 0xc0) === 64) return 'private'; // RFC 6598, behind a carrier's NAT
  if (a === 198 && (b & 0xfe) === 18) return 'private'; // RFC 2544, benchmarks
  return 'public';
}

// IANA's "IPv6 Special-Purpose Address Registry". Prefixes that carry an IPv4 address reach as far as that does.
function scopeOfIpv6(bytes: Uint8Array): AddressScope {
  const first = (bytes[0]! << 8) | bytes[1]!;
  if (startsWith(bytes, MAPPED)) return scopeOfIpv4(bytes, 12);
  if (startsWith(bytes, NAT64)) return scopeOfIpv4(bytes, 12);
  if (first === 0x2002) return scopeOfIpv4(bytes, 2); // RFC 3056, 6to4
  if (startsWith(bytes, FIRST_96_ZERO)) {
    const rest = ((bytes[12]! << 24) | (bytes[13]! << 16) | (bytes[14]! << 8) | bytes[15]!) >>> 0;
    return rest === 1 ? 'loopback' : 'none'; // ::1; else :: and the withdrawn ::a.b.c.d
  }
  if ((first & 0xff00) === 0xff00) return 'none'; // multicast
  if ((first & 0xfe00) === 0xfc00) return 'private'; // RFC 4193, unique local
  if ((first & 0xff80) === 0xfe80) return 'private'; // link-local, and the withdrawn site-local
  return 'public';
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false;
  return true;
}

const FIRST_96_ZERO = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]; // RFC 4291
const NAT64 = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]; // RFC 6052
