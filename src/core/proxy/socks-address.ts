// An address as SOCKS 5 writes it: type, address, port (RFC 1928, section 5). IPv4, IPv6, or a name, which is the proxy's to look up.

import { addressBytes, formatIp } from '../bytes/compact-address.ts';
import { encodeUtf8, toBinaryString } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';

export interface ProxyTarget {
  /** An address or a name. */
  readonly host: string;
  readonly port: number;
}

/** An address that was read, and how many bytes it took. */
export interface SocksAddress extends ProxyTarget {
  /** `host` is not an address. */
  readonly isName: boolean;
  readonly length: number;
}

/** @throws ProtocolError `PROXY_REFUSED` where the name does not fit */
export function encodeSocksAddress(target: ProxyTarget): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(MAX_SOCKS_ADDRESS);
  return bytes.subarray(0, writeSocksAddress(bytes, 0, target));
}

/** Writes it at `at`, and says where it ends. @throws ProtocolError `PROXY_REFUSED` where the name does not fit */
export function writeSocksAddress(bytes: Uint8Array, at: number, { host, port }: ProxyTarget): number {
  let end = at;
  const ip = addressBytes(host);
  if (ip === undefined) {
    const name = encodeUtf8(host);
    if (name.length === 0 || name.length > 255)
      throw new ProtocolError('PROXY_REFUSED', 'The proxy can be given no name of that length.');
    bytes[end++] = NAME;
    bytes[end++] = name.length;
    bytes.set(name, end);
    end += name.length;
  } else {
    bytes[end++] = ip.length === 4 ? IPV4 : IPV6;
    bytes.set(ip, end);
    end += ip.length;
  }
  bytes[end++] = port >>> 8;
  bytes[end++] = port & 0xff;
  return end;
}

/**
 * The address that begins at `at`; undefined where more bytes are needed. IPv4 mapped into IPv6 is plain IPv4.
 * @throws ProtocolError `PROXY_REFUSED`
 */
export function readSocksAddress(bytes: Uint8Array, at: number): SocksAddress | undefined {
  const type = bytes[at];
  if (type === undefined) return undefined;
  const isName = type === NAME;
  const width = type === IPV4 ? 4 : type === IPV6 ? 16 : isName ? bytes[at + 1] : -1;
  if (width === -1)
    throw new ProtocolError('PROXY_REFUSED', 'The proxy names an address that cannot be read.');
  if (width === undefined) return undefined;
  const from = at + (isName ? 2 : 1);
  const end = from + width + 2;
  if (bytes.length < end) return undefined;
  const host = bytes.subarray(from, end - 2);
  return {
    host: isName ? toBinaryString(host) : formatIp(host),
    port: (bytes[end - 2]! << 8) | bytes[end - 1]!,
    isName,
    length: end - at,
  };
}

/** A name of 255 bytes, with what stands around it. */
export const MAX_SOCKS_ADDRESS = 259;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;
