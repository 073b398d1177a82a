// Prefixes of addresses, such as 10.0.0.0/8: which addresses are meant by one, and lists of them. IPv4 that is written as
// IPv6 (`::ffff:1.2.3.4`) is IPv4.

import { addressBytes } from './compact-address.ts';

export interface IpPrefix {
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array;
  readonly bits: number;
}

/** Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone; undefined where it is neither. */
export function parseIpPrefix(text: string): IpPrefix | undefined {
  const match = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text);
  const ip = match === null ? undefined : plainIpBytes(match[1]!);
  if (ip === undefined) return undefined;
  const bits = match![2] === undefined ? ip.length * 8 : Number(match![2]);
  return bits > ip.length * 8 ? undefined : { ip, bits };
}

export function isInPrefix(ip: Uint8Array, prefix: IpPrefix): boolean {
  return ip.length === prefix.ip.length && sharesBits(ip, 0, prefix.ip, 0, prefix.bits);
}

/** True where the first `bits` bits are the same in both, from `atA` and `atB` on. */
export function sharesBits(a: Uint8Array, atA: number, b: Uint8Array, atB: number, bits: number): boolean {
  const whole = bits >>> 3;
  for (let i = 0; i < whole; i++) if (a[atA + i] !== b[atB + i]) return false;
  const rest = bits & 7;
  return rest === 0 || (a[atA + whole]! ^ b[atB + whole]!) >>> (8 - rest) === 0;
}

/** 4 or 16 bytes; IPv4 that an IPv6 socket shows as `::ffff:1.2.3.4` as 4, and no zone (`%eth0`). */
export function plainIpBytes(host: string): Uint8Array<ArrayBuffer> | undefined {
  const zone = host.indexOf('%');
  const bytes = addressBytes(zone < 0 ? host : host.slice(0, zone));
  if (bytes?.length !== 16 || bytes[10] !== 0xff || bytes[11] !== 0xff) return bytes;
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return bytes;
  return bytes.slice(12);
}
