// Which pieces a choked peer may ask for all the same (BEP 6, "Allowed Fast Set Generation"): they follow from its network
// and the info hash, so that everybody offers it the same ones.

import { sha1 } from '../bytes/sha1.ts';

/** At most `count` different pieces, in the order of the text. `ipv4`: 4 bytes; `infoHash`: 20. */
export function allowedFastSet(
  ipv4: Uint8Array,
  infoHash: Uint8Array,
  pieceCount: number,
  count: number,
): number[] {
  const set: number[] = [];
  const wanted = Math.min(count, pieceCount);
  // Its network: several addresses there have one set.
  let x = new Uint8Array(24);
  x.set(ipv4.subarray(0, 3));
  x.set(infoHash, 4);
  while (set.length < wanted) {
    x = sha1(x);
    const view = new DataView(x.buffer, x.byteOffset);
    for (let i = 0; i < 5 && set.length < wanted; i++) {
      const piece = view.getUint32(4 * i) % pieceCount;
      if (!set.includes(piece)) set.push(piece);
    }
  }
  return set;
}
