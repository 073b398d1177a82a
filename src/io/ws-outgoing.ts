// Where frames wait for the end of the turn in which they go out: a buffer for each socket that has something to say, lent from
// a small store, so that neither a message nor a socket that is silent has one of its own.

export class FrameBuffers {
  readonly #free: Buffer[] = [];

  /** The buffer with room for one more frame of `length` bytes behind its first `used`: another with the same, if need be. */
  withRoom(buffer: Buffer | undefined, used: number, length: number): Buffer {
    const needed = used + MAX_HEAD + length;
    if (buffer !== undefined && needed <= buffer.length) return buffer;
    if (needed <= LENT_LENGTH) return this.#free.pop() ?? Buffer.allocUnsafeSlow(LENT_LENGTH);
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * used));
    if (buffer !== undefined) {
      larger.set(buffer.subarray(0, used));
      this.giveBack(buffer);
    }
    return larger;
  }

  /** Nobody reads it any more. */
  giveBack(buffer: Buffer): void {
    if (buffer.length === LENT_LENGTH && this.#free.length < MAX_FREE) this.#free.push(buffer);
  }
}

/** RFC 6455, 5.2: a final frame of text, without a mask. Gives where it ends. */
export function putTextFrame(buffer: Buffer, at: number, message: Uint8Array): number {
  const { length } = message;
  buffer[at++] = 0x81;
  if (length < 126) buffer[at++] = length;
  else if (length < 65_536) {
    buffer[at++] = 126;
    buffer[at++] = length >>> 8;
    buffer[at++] = length & 0xff;
  } else {
    buffer[at++] = 127;
    buffer.fill(0, at, at + 4);
    buffer.writeUInt32BE(length, at + 4);
    at += 8;
  }
  buffer.set(message, at);
  return at + length;
}

const MAX_HEAD = 10;
// An answer and the offers of five others fit.
const LENT_LENGTH = 4_096;
const MAX_FREE = 256;
