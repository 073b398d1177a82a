// How much two addresses ought to be connected, so that both think the same of it (BEP 40, "Canonical Peer Priority"). Who
// keeps the peers of highest priority cannot be shut out of a swarm by whoever dials most, nor shut others out.
//
//   priority = crc32c(sort(masked own address, masked peer's address))       the same address: of the ports
//
// Masked is what a host can choose within its network: 0x55 from the second byte behind the first that differs, but not
// before the third of an IPv4 address and the seventh of an IPv6 one. libtorrent 2 masks an IPv6 address from one byte
// further on where the first 40 bits are equal; we follow the text.

import { type Address, addressBytes } from '../bytes/compact-address.ts';

/** 32 bits; undefined where the two are not of one kind of address. */
export function peerPriority(a: Address, b: Address): number | undefined {
  const first = addressBytes(a.host);
  const second = addressBytes(b.host);
  if (first === undefined || second === undefined || first.length !== second.length) return undefined;
  const differsAt = first.findIndex((byte, i) => byte !== second[i]);
  if (differsAt < 0) return crc32c(portBytes(Math.min(a.port, b.port), Math.max(a.port, b.port)));
  const masksFrom = Math.max(differsAt + 1, first.length === 4 ? 2 : 6);
  for (let i = masksFrom; i < first.length; i++) {
    first[i]! &= 0x55;
    second[i]! &= 0x55;
  }
  // What comes first is the lower one as it was before, or is after: the byte that differs first is not masked.
  const isOrdered = first[differsAt]! < second[differsAt]!;
  const both = new Uint8Array(2 * first.length);
  both.set(isOrdered ? first : second);
  both.set(isOrdered ? second : first, first.length);
  return crc32c(both);
}

function portBytes(low: number, high: number): Uint8Array {
  return Uint8Array.of(low >>> 8, low & 0xff, high >>> 8, high & 0xff);
}

/** Castagnoli's polynomial, reflected. RFC 3720, appendix B.4 */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});
