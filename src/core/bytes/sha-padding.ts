// The end of a message as SHA-1 and SHA-256 pad it (FIPS 180-4, 5.1.1): a one bit, zeros, the length in bits.

/** The last one or two 64-byte chunks of `message`, whose chunks before `from` are done. */
export function padMessage(message: Uint8Array, from: number): Uint8Array<ArrayBuffer> {
  const rest = message.length - from;
  const padded = new Uint8Array(rest < 56 ? 64 : 128);
  padded.set(message.subarray(from));
  padded[rest] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 2 ** 29));
  view.setUint32(padded.length - 4, (message.length << 3) >>> 0);
  return padded;
}
