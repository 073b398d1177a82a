// A datagram as it goes to a SOCKS 5 relay and comes from it (RFC 1928, section 7): whom it is for, or from, stands before it.
//
//   00 00 │ fragment │ type, address, port │ data
//
// Fragments are not put together: nobody here sends them, and RFC 1928 has one who does not do so drop them.

import { ProtocolError } from '../errors.ts';
import { MAX_SOCKS_ADDRESS, type ProxyTarget, readSocksAddress, writeSocksAddress } from './socks-address.ts';

export interface RelayedDatagram {
  /** Whom it comes from. */
  readonly host: string;
  readonly port: number;
  /** Where its data begins. */
  readonly at: number;
}

/**
 * Writes it into `room`, which is as long as the data and `MAX_RELAY_HEADER`, and says how long it is.
 * @throws ProtocolError `PROXY_REFUSED` where the name does not fit
 */
export function writeRelayed(room: Uint8Array, target: ProxyTarget, data: Uint8Array): number {
  room.fill(0, 0, FIXED);
  const at = writeSocksAddress(room, FIXED, target);
  room.set(data, at);
  return at + data.length;
}

/** Undefined where it is a fragment, cannot be read, or comes from no address. */
export function readRelayed(bytes: Uint8Array): RelayedDatagram | undefined {
  if (bytes.length < FIXED || bytes[2] !== 0) return undefined;
  try {
    const from = readSocksAddress(bytes, FIXED);
    if (from === undefined || from.isName) return undefined;
    return { host: from.host, port: from.port, at: FIXED + from.length };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}

const FIXED = 3;
export const MAX_RELAY_HEADER: number = FIXED + MAX_SOCKS_ADDRESS;
/** With an address of IPv6, the longest that a datagram's own header is; and 20 bytes, by which IPv6's own is longer than IPv4's. */
export const RELAY_OVERHEAD = 42;
