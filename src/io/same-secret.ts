// Whether a secret is the one that was given, in a time that does not tell how much of it was right.

import { createHash, timingSafeEqual } from 'node:crypto';

/** By their digests, which are of one length. */
export function isSameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
