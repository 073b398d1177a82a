// Percent-encoding (RFC 3986, 2.1) of bytes, as tracker URLs need it: an info hash is bytes and no text. "+" is itself.

/** Everything but RFC 3986's unreserved characters as `%XX`. */
export function percentEncode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += ENCODED[byte];
  return text;
}

/** The bytes of a percent-encoded text; undefined where an escape is broken or a character is no byte. */
export function percentDecode(text: string): Uint8Array<ArrayBuffer> | undefined {
  let escapes = 0;
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) escapes++;
  if (escapes * 3 > text.length) return undefined;
  const bytes = new Uint8Array(text.length - 2 * escapes);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === PERCENT) {
      const high = hexDigit(text.charCodeAt(i + 1));
      const low = hexDigit(text.charCodeAt(i + 2));
      if (high < 0 || low < 0) return undefined;
      bytes[length++] = (high << 4) | low;
      i += 2;
    } else {
      if (unit > 255) return undefined;
      bytes[length++] = unit;
    }
  }
  return bytes;
}

/** The digit's value; -1 for what is none, the NaN past a text's end included. */
function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const PERCENT = 0x25;
const ENCODED = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9._~-]/.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});
