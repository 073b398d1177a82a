// A set of piece indices as the wire sends it: piece 0 is the highest bit of the first byte (BEP 3, "bitfield").
// Spare bits at the end are always zero.

export class Bitfield {
  /** How many indices there are; the set holds some of 0…length-1. */
  readonly length: number;
  /** The wire form, `ceil(length / 8)` bytes. Read it, do not write it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  #count = 0;

  constructor(length: number) {
    this.length = length;
    this.bytes = new Uint8Array((length + 7) >>> 3);
  }

  /** The set of a wire form (copied); undefined where its length is wrong or a spare bit is set. */
  static fromBytes(bytes: Uint8Array, length: number): Bitfield | undefined {
    if (bytes.length !== (length + 7) >>> 3) return undefined;
    const spare = bytes.length * 8 - length;
    if (spare > 0 && (bytes[bytes.length - 1]! & ((1 << spare) - 1)) !== 0) return undefined;
    const field = new Bitfield(length);
    field.bytes.set(bytes);
    for (const byte of bytes) field.#count += bitsIn(byte);
    return field;
  }

  static full(length: number): Bitfield {
    const field = new Bitfield(length);
    field.bytes.fill(0xff);
    const spare = field.bytes.length * 8 - length;
    if (spare > 0) field.bytes[field.bytes.length - 1] = (0xff << spare) & 0xff;
    field.#count = length;
    return field;
  }

  /** How many indices are in the set. */
  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.length;
  }

  has(index: number): boolean {
    return (this.bytes[index >>> 3]! & (0x80 >>> (index & 7))) !== 0;
  }

  /** How many indices are in both. */
  countCommon(other: Bitfield): number {
    const { bytes } = this;
    let count = 0;
    for (let i = 0; i < bytes.length; i++) {
      const both = bytes[i]! & other.bytes[i]!;
      if (both !== 0) count += bitsIn(both);
    }
    return count;
  }

  /** Calls for each index in the set, in order; empty stretches cost a look for eight. */
  each(visit: (index: number) => void): void {
    const { bytes } = this;
    for (let i = 0; i < bytes.length; i++) {
      for (let left = bytes[i]!; left !== 0; ) {
        const bit = Math.clz32(left) - 24;
        left &= ~(0x80 >>> bit);
        visit(8 * i + bit);
      }
    }
  }

  /** Adds an index; false where it was there already. */
  add(index: number): boolean {
    const bit = 0x80 >>> (index & 7);
    if ((this.bytes[index >>> 3]! & bit) !== 0) return false;
    this.bytes[index >>> 3]! |= bit;
    this.#count++;
    return true;
  }

  /** Removes an index; false where it was not there. */
  delete(index: number): boolean {
    const bit = 0x80 >>> (index & 7);
    if ((this.bytes[index >>> 3]! & bit) === 0) return false;
    this.bytes[index >>> 3]! &= ~bit;
    this.#count--;
    return true;
  }
}

function bitsIn(byte: number): number {
  const pairs = byte - ((byte >>> 1) & 0x55);
  const fours = (pairs & 0x33) + ((pairs >>> 2) & 0x33);
  return (fours + (fours >>> 4)) & 0x0f;
}
