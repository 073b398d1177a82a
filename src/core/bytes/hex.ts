// Hexadecimal and base32 (RFC 4648, without padding) of byte strings: how info hashes are written.

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const BASE32_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  // Joined, not added up: that would be kept as a tree of its parts.
  const texts = new Array<string>(bytes.length);
  for (let i = 0; i < bytes.length; i++) texts[i] = HEX_OF_BYTE[bytes[i]!]!;
  return texts.join('');
}

/** The bytes of a hexadecimal text of either case; undefined where it is not one. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** The bytes of a base32 text of either case; undefined where it is not one. */
export function fromBase32(text: string): Uint8Array | undefined {
  if (!/^[a-zA-Z2-7]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text.toUpperCase()) {
    held = ((held << 5) | BASE32_ALPHABET.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  // A letter too many: no whole bytes are coded so.
  return bits >= 5 ? undefined : bytes;
}
