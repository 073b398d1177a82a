// Whose a datagram is that has come to the session's port. No two can be meant: bencoding begins with "d", uTP has its type
// and a version that is 1 in the first byte, and a tracker's answer begins with three zeros.

export type DatagramKind = 'dht' | 'utp' | 'tracker';

/** Undefined where it is nobody's. */
export function datagramKind(bytes: Uint8Array): DatagramKind | undefined {
  const first = bytes[0];
  if (first === undefined) return undefined;
  // BEP 5, "KRPC Protocol": one dictionary.
  if (first === LETTER_D) return bytes[bytes.length - 1] === LETTER_E ? 'dht' : undefined;
  // BEP 29, "header format": the type in the high nibble, 0 to 4, the version in the low one.
  if ((first & 0x0f) === UTP_VERSION) return first >>> 4 <= LAST_UTP_TYPE ? 'utp' : undefined;
  // BEP 15: an action of four bytes, 0 to 3. Whether it was asked for is its reader's to know.
  return first === 0 ? 'tracker' : undefined;
}

const LETTER_D = 0x64;
const LETTER_E = 0x65;
const UTP_VERSION = 1;
const LAST_UTP_TYPE = 4;
