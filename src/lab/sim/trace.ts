// A running hash over everything that happens in a world: two runs of one seed must end with the same. Not for secrets.

export class Trace {
  #low = 0x811c9dc5;
  #high = 0x9e3779b9;
  readonly #number = new Float64Array(1);
  readonly #words = new Uint32Array(this.#number.buffer);

  /** 16 hexadecimal digits. */
  get hash(): string {
    return hex(this.#high) + hex(this.#low);
  }

  /** A number of any kind, times with their fractions too. */
  number(value: number): void {
    this.#number[0] = value;
    this.#word(this.#words[0]!);
    this.#word(this.#words[1]!);
  }

  text(text: string): void {
    this.#word(text.length);
    for (let i = 0; i < text.length; i++) this.#word(text.charCodeAt(i));
  }

  /** The length and a sample of the bytes: the first and the last eight, and some between. */
  bytes(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#word(length);
    const step = length <= 64 ? 1 : length >>> 5;
    for (let i = 0; i < length; i += step) this.#word(bytes[i]!);
    if (length > 0) this.#word(bytes[length - 1]!);
  }

  #word(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193);
    this.#high = Math.imul(this.#high ^ this.#low ^ (this.#low >>> 15), 0x85ebca6b);
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
