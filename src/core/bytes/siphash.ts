// Keyed hashes that cost less than the call of a library: SipHash-2-4 with 64 bits, and HalfSipHash, its smaller form of
// 32-bit words, which are what JavaScript counts in (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
// Who does not know the key cannot make a tag, nor keys that meet in one place of a table. HalfSipHash has 64 bits of key
// and is for tables alone, as its authors say. Neither is a hash of files.

/** A key of SipHash: its 16 bytes as four little-endian words. */
export type SipKey = Int32Array;

export function sipKey(bytes: Uint8Array): SipKey {
  if (bytes.length !== 16) throw new TypeError(`siphash: a key has 16 bytes, not ${bytes.length}`);
  return Int32Array.from({ length: 4 }, (_, i) => wordAt(bytes, 4 * i));
}

/** SipHash-2-4 of `bytes` into `out`: the low word, then the high one. */
export function sipHash(key: SipKey, bytes: Uint8Array, out: Int32Array): void {
  const { length } = bytes;
  const k0 = key[0]!;
  const k1 = key[1]!;
  const k2 = key[2]!;
  const k3 = key[3]!;
  // v0…v3, each a low and a high half.
  let a = k0 ^ 0x70736575;
  let A = k1 ^ 0x736f6d65;
  let b = k2 ^ 0x6e646f6d;
  let B = k3 ^ 0x646f7261;
  let c = k0 ^ 0x6e657261;
  let C = k1 ^ 0x6c796765;
  let d = k2 ^ 0x79746573;
  let D = k3 ^ 0x74656462;
  // Two rounds a block, the last of which has the length, then four: one loop, so that a round is written once.
  const blocks = (length >>> 3) + 1;
  const rounds = 2 * blocks + 4;
  let m = 0;
  let M = 0;
  for (let round = 0; round < rounds; round++) {
    if (round < 2 * blocks) {
      if ((round & 1) === 0) {
        const at = 4 * round;
        m = wordOf(bytes, at, length);
        M = wordOf(bytes, at + 4, length);
        if (at + 8 > length) M |= length << 24;
        d ^= m;
        D ^= M;
      }
    } else if (round === 2 * blocks) c ^= 0xff;
    let low = (a + b) | 0;
    A = (A + B + (low >>> 0 < a >>> 0 ? 1 : 0)) | 0;
    a = low;
    low = (b << 13) | (B >>> 19);
    B = ((B << 13) | (b >>> 19)) ^ A;
    b = low ^ a;
    low = A;
    A = a;
    a = low;
    low = (c + d) | 0;
    C = (C + D + (low >>> 0 < c >>> 0 ? 1 : 0)) | 0;
    c = low;
    low = (d << 16) | (D >>> 16);
    D = ((D << 16) | (d >>> 16)) ^ C;
    d = low ^ c;
    low = (a + d) | 0;
    A = (A + D + (low >>> 0 < a >>> 0 ? 1 : 0)) | 0;
    a = low;
    low = (d << 21) | (D >>> 11);
    D = ((D << 21) | (d >>> 11)) ^ A;
    d = low ^ a;
    low = (c + b) | 0;
    C = (C + B + (low >>> 0 < c >>> 0 ? 1 : 0)) | 0;
    c = low;
    low = (b << 17) | (B >>> 15);
    B = ((B << 17) | (b >>> 15)) ^ C;
    b = low ^ c;
    low = C;
    C = c;
    c = low;
    if ((round & 1) === 1 && round < 2 * blocks) {
      a ^= m;
      A ^= M;
    }
  }
  out[0] = a ^ b ^ c ^ d;
  out[1] = A ^ B ^ C ^ D;
}

/**
 * HalfSipHash-1-3 of the first `count` words, each four bytes with the least first: 32 bits, with a sign: others are no small number to V8. `k0` and `k1`
 * are the key. One round a word and three at the end are enough for tables, as SipHash-1-3 is for those of Rust and of
 * Python; the reference makes two and four.
 */
export function halfSipHash(k0: number, k1: number, words: Int32Array, count: number): number {
  // Said to be of 32 bits: else every sum is of floating point.
  let a = k0 | 0;
  let b = k1 | 0;
  let c = k0 ^ 0x6c796765;
  let d = k1 ^ 0x74656462;
  const rounds = count + 3;
  for (let i = 0; i <= rounds; i++) {
    // The last word has the length in bytes; none goes into the rounds at the end.
    const m = i < count ? words[i]! : i === count ? count << 26 : 0;
    d ^= m;
    a = (a + b) | 0;
    b = ((b << 5) | (b >>> 27)) ^ a;
    a = (a << 16) | (a >>> 16);
    c = (c + d) | 0;
    d = ((d << 8) | (d >>> 24)) ^ c;
    a = (a + d) | 0;
    d = ((d << 7) | (d >>> 25)) ^ a;
    c = (c + b) | 0;
    b = ((b << 13) | (b >>> 19)) ^ c;
    c = (c << 16) | (c >>> 16);
    a ^= m;
    if (i === count) c ^= 0xff;
  }
  return b ^ d;
}

/** Four bytes, little-endian. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** The same, with zeros from `end` on. */
function wordOf(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) return wordAt(bytes, at);
  let word = 0;
  for (let i = at; i < end; i++) word |= bytes[i]! << (8 * (i - at));
  return word;
}
