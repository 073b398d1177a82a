// The filters by which nodes tell how many peers a torrent has, without naming them (BEP 33): addresses of several nodes'
// answers are counted once.

import { sha1 } from '../bytes/sha1.ts';

/** Bytes. */
export const FILTER_LENGTH = 256;

/** Enters an address of 4 or 16 bytes. */
export function enterAddress(filter: Uint8Array, ip: Uint8Array): void {
  const hash = sha1(ip);
  for (const at of [0, 2]) {
    const bit = (hash[at]! | (hash[at + 1]! << 8)) % BITS;
    filter[bit >>> 3]! |= 1 << (bit & 7);
  }
}

/** Enters all that another filter has. */
export function joinFilter(filter: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < FILTER_LENGTH; i++) filter[i]! |= other[i]!;
}

/** How many addresses a filter has, about. BEP 33, "Estimating" */
export function estimateCount(filter: Uint8Array): number {
  let zeros = 0;
  for (const byte of filter) for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) === 0) zeros++;
  const c = Math.min(BITS - 1, zeros);
  if (zeros === BITS) return 0;
  return Math.log(Math.max(1, c) / BITS) / (HASHES * Math.log(1 - 1 / BITS));
}

const BITS = FILTER_LENGTH * 8;
const HASHES = 2;
