// What a tracker says to people, made fit to be shown: one line without what could move a terminal's cursor or turn the
// reading direction.

import { decodeUtf8Loosely } from '../bytes/utf8.ts';

/** Undefined where nothing is left to show. */
export function shownText(bytes: Uint8Array): string | undefined {
  const line = decodeUtf8Loosely(bytes.subarray(0, 4 * MAX_TEXT))
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line === '' ? undefined : [...line].slice(0, MAX_TEXT).join('');
}

const MAX_TEXT = 300;
