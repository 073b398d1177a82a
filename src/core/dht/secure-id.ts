// Node ids that follow from the address (BEP 42): the first 21 bits are a checksum of it, so that nobody can choose where in
// the space of ids his nodes lie. Addresses of local networks are exempt. Whose id is not of that kind is answered all the
// same; it does not vote on our address, and what is stored is not left with such nodes alone.

import { scopeOfBytes } from '../bytes/address-scope.ts';
import type { Random } from '../bytes/prng.ts';
import { ID_LENGTH } from './node-id.ts';

/** Of 4 or 16 bytes of an address. */
export function isSecureId(id: Uint8Array, ip: Uint8Array): boolean {
  if (scopeOfBytes(ip) !== 'public') return true;
  const sum = checksum(ip, id[ID_LENGTH - 1]! & 7);
  return id[0] === sum >>> 24 && id[1] === ((sum >>> 16) & 0xff) && (id[2]! & 0xf8) === ((sum >>> 8) & 0xf8);
}

/** A new id for a node at that address; any where the address is not a public one. */
export function secureId(ip: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const id = random.fill(new Uint8Array(ID_LENGTH));
  if (scopeOfBytes(ip) !== 'public') return id;
  const sum = checksum(ip, id[ID_LENGTH - 1]! & 7);
  id[0] = sum >>> 24;
  id[1] = sum >>> 16;
  id[2] = ((sum >>> 8) & 0xf8) | (id[2]! & 7);
  return id;
}

/** BEP 42, "Node ID restriction". */
function checksum(ip: Uint8Array, r: number): number {
  const mask = ip.length === 4 ? IPV4_MASK : IPV6_MASK;
  let sum = 0xffff_ffff;
  for (let i = 0; i < mask.length; i++) {
    const byte = (ip[i]! & mask[i]!) | (i === 0 ? r << 5 : 0);
    sum = (sum >>> 8) ^ CRC32C[(sum ^ byte) & 0xff]!;
  }
  return ~sum >>> 0;
}

const IPV4_MASK = [0x03, 0x0f, 0x3f, 0xff];
const IPV6_MASK = [0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff];

/** Castagnoli's polynomial, its bits mirrored (RFC 3720, appendix B.4). */
const CRC32C = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 0 ? rest >>> 1 : (rest >>> 1) ^ 0x82f6_3b78;
  return rest;
});
