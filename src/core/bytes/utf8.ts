// Text and bytes. A *binary string* holds one byte per UTF-16 unit (0…255): it keeps bytes that are no text,
// serves as a Map key, and sorts as its bytes do.

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const looseDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** The text of UTF-8 bytes; undefined where they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text of bytes that ought to be UTF-8, with U+FFFD for what is not. */
export function decodeUtf8Loosely(bytes: Uint8Array): string {
  return looseDecoder.decode(bytes);
}

export function toBinaryString(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  if (end - start <= SHORT_LENGTH) {
    for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
    return text;
  }
  // Letter by letter, a long text would hold some 30 bytes of garbage for each of its own.
  for (let i = start; i < end; i += CHUNK_LENGTH) {
    text += String.fromCharCode(...bytes.subarray(i, Math.min(end, i + CHUNK_LENGTH)));
  }
  return text;
}

export function fromBinaryString(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The binary string of a text's UTF-8 bytes: the text itself where it is ASCII. */
export function utf8BinaryString(text: string): string {
  return isAscii(text) ? text : toBinaryString(encoder.encode(text));
}

/** True where a text has no lone surrogate, and so survives a round trip through UTF-8. */
export function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

// Below this a loop is faster than a call of the platform.
const SHORT_LENGTH = 16;
// So many arguments fit any engine's stack.
const CHUNK_LENGTH = 4096;
