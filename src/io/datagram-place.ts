// Places for datagrams that are answered one by one or in batches, and the addresses in them.

import type { DatagramPlace } from '../host/datagram.ts';

/** A place of its own memory. `width` is of the addresses: 4 or 16. */
export function newDatagramPlace(width: 4 | 16): DatagramPlace {
  return {
    number: 0,
    bytes: new Uint8Array(MAX_DATAGRAM + 1),
    length: 0,
    ip: new Uint8Array(width),
    port: 0,
    answer: new Uint8Array(MAX_ANSWER),
  };
}

/** Reads an IPv4 address as a socket tells it into `ip`: no check, for it comes from the system. */
export function readIpv4(host: string, ip: Uint8Array): void {
  let part = 0;
  let value = 0;
  for (let i = 0; i < host.length; i++) {
    const digit = host.charCodeAt(i) - 48;
    if (digit >= 0) value = 10 * value + digit;
    else {
      ip[part++] = value;
      value = 0;
    }
  }
  ip[3] = value;
}

/** The longest request there is: a scrape of 74 torrents has 1496 bytes, an announce with a URL of a kilobyte less. */
export const MAX_DATAGRAM = 2_047;
/**
 * What every path of IPv6 carries whole, and nearly every one of IPv4: 1280 bytes less 40 and 8, as DNS has it since 2020.
 * Fragments get lost at many a gateway. 202 peers of IPv4, 67 of IPv6.
 */
export const MAX_ANSWER = 1_232;
/** Some ten thousand requests: what comes while others are answered. The system gives what it allows. */
export const RECEIVE_BUFFER = 4 * 1024 * 1024;
/** More than a turn's datagrams. */
export const SEND_BUFFER = 1_048_576;
