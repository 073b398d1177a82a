// The address of this machine to tell others on its network, and how an address stands in a URL.

import { networkInterfaces } from 'node:os';

/**
 * The first IPv4 address that is not loopback, then IPv6 that is not link-local; loopback on a machine without a network. `device`: of
 * that interface alone, for what is tied to it is not to be told of the others.
 */
export function ownAddress(device?: string, interfaces = networkInterfaces()): string {
  const addresses = (device === undefined ? Object.values(interfaces) : [interfaces[device]])
    .flatMap(ofOne => ofOne ?? [])
    .filter(({ internal }) => !internal);
  const ipv4 = addresses.find(({ family, address }) => family === 'IPv4' && !address.startsWith('169.254.'));
  const ipv6 = addresses.find(({ family, address }) => family === 'IPv6' && !/^fe[89ab]/i.test(address));
  return ipv4?.address ?? ipv6?.address ?? '127.0.0.1';
}

export function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
