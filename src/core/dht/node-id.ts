// Node ids and the distance between them: XOR, read as a number (BEP 5, "Overview"). Info hashes and targets of items lie
// in the same space.

import type { Random } from '../bytes/prng.ts';

/** Bytes of an id. */
export const ID_LENGTH = 20;
export const ID_BITS = 160;

/** Negative where `a` is nearer to `target` than `b` is. */
export function compareDistance(a: Uint8Array, b: Uint8Array, target: Uint8Array): number {
  for (let i = 0; i < ID_LENGTH; i++) {
    const byte = target[i]!;
    const difference = (a[i]! ^ byte) - (b[i]! ^ byte);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** How many bits at the front both have in common. */
export function commonPrefix(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < ID_LENGTH; i++) {
    const differing = a[i]! ^ b[i]!;
    if (differing !== 0) return 8 * i + Math.clz32(differing) - 24;
  }
  return ID_BITS;
}

/** A random id that has exactly `bits` bits at the front in common with `id`. */
export function randomIdSharing(id: Uint8Array, bits: number, random: Random): Uint8Array<ArrayBuffer> {
  const drawn = random.fill(new Uint8Array(ID_LENGTH));
  if (bits >= ID_BITS) return id.slice() as Uint8Array<ArrayBuffer>;
  const whole = bits >>> 3;
  drawn.set(id.subarray(0, whole));
  const differing = 0x80 >>> (bits & 7);
  const kept = 0xff & ~(2 * differing - 1);
  drawn[whole] = (id[whole]! & kept) | (~id[whole]! & differing) | (drawn[whole]! & (differing - 1));
  return drawn;
}
