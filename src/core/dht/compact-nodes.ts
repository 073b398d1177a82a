// Nodes as they go over the wire: 20 bytes of id, then the address and the port (BEP 5, "Contact Encoding"; BEP 32, "nodes6").

import { concatBytes } from '../bytes/bytes.ts';
import { type Address, addressBytes, formatIp } from '../bytes/compact-address.ts';
import { ID_LENGTH } from './node-id.ts';

/** A node as others tell of it. */
export interface Contact extends Address {
  readonly id: Uint8Array;
}

/** Family of addresses. */
export type Family = 4 | 6;

export function familyOf(host: string): Family {
  return host.includes(':') ? 6 : 4;
}

export function encodeNode({ id, host, port }: Contact): Uint8Array<ArrayBuffer> {
  const ip = addressBytes(host)!;
  const bytes = new Uint8Array(ID_LENGTH + ip.length + 2);
  bytes.set(id);
  bytes.set(ip, ID_LENGTH);
  bytes[bytes.length - 2] = port >>> 8;
  bytes[bytes.length - 1] = port & 0xff;
  return bytes;
}

/** Those of one family, one after the other. */
export function encodeNodes(nodes: readonly Contact[]): Uint8Array<ArrayBuffer> {
  return concatBytes(nodes.map(encodeNode));
}

/** At most so many; a ragged end is left out, and so is IPv4 in the form of IPv6. Ids are copies. */
export function decodeNodes(bytes: Uint8Array, family: Family, max: number): Contact[] {
  const width = family === 4 ? 4 : 16;
  const length = ID_LENGTH + width + 2;
  const nodes: Contact[] = [];
  for (let at = 0; at + length <= bytes.length && nodes.length < max; at += length) {
    const host = formatIp(bytes.subarray(at + ID_LENGTH, at + ID_LENGTH + width));
    const port = (bytes[at + length - 2]! << 8) | bytes[at + length - 1]!;
    if (port > 0 && familyOf(host) === family)
      nodes.push({ id: bytes.slice(at, at + ID_LENGTH), host, port });
  }
  return nodes;
}
