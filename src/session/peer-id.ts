// Our peer id: client and version as BEP 20 has them, then twelve random bytes.

import type { Random } from '../core/bytes/prng.ts';

export function newPeerId(random: Random): Uint8Array {
  const id = random.fill(new Uint8Array(20));
  id.set(PREFIX);
  return id;
}

const PREFIX = Uint8Array.from('-SW0100-', letter => letter.charCodeAt(0));
