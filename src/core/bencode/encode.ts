// Bencoding, written: canonical always, keys sorted as raw bytes (BEP 3, "bencoding").

import { utf8BinaryString } from '../bytes/utf8.ts';
import { BencodeDictionary } from './decode.ts';

/** Bytes that are bencoding already, put in as they are: an `info` whose hash must not change. */
export class RawBencode {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/**
 * What can be encoded. Texts are written as UTF-8. Keys of plain objects are texts; keys of a Map are binary strings
 * (one byte per UTF-16 unit). An undefined entry of an object is left out.
 */
export type Encodable =
  | number
  | bigint
  | string
  | Uint8Array
  | RawBencode
  | BencodeDictionary
  | readonly Encodable[]
  | ReadonlyMap<string, Encodable>
  | { readonly [key: string]: Encodable | undefined };

/** @throws TypeError for what has no bencoding: fractions, numbers beyond 2^53, null, booleans, functions */
export function encode(value: Encodable): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  write(writer, value);
  return writer.finish();
}

function write(writer: Writer, value: Encodable): void {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`bencode: ${value} is not a safe integer`);
    writer.ascii(`i${value}e`);
  } else if (typeof value === 'bigint') {
    writer.ascii(`i${value}e`);
  } else if (typeof value === 'string') {
    writer.byteString(utf8BinaryString(value));
  } else if (value instanceof Uint8Array) {
    writer.ascii(`${value.length}:`);
    writer.raw(value);
  } else if (value instanceof RawBencode) {
    writer.raw(value.bytes);
  } else if (value instanceof BencodeDictionary) {
    writeEntries(writer, [...value.entries]);
  } else if (value instanceof Map) {
    writeEntries(writer, [...(value as ReadonlyMap<string, Encodable>)]);
  } else if (Array.isArray(value)) {
    writer.ascii('l');
    for (const item of value as readonly Encodable[]) write(writer, item);
    writer.ascii('e');
  } else if (typeof value !== 'object' || value === null) {
    throw new TypeError(`bencode: ${String(value)} cannot be encoded`);
  } else {
    const entries: [string, Encodable][] = [];
    for (const [key, item] of Object.entries(value as Record<string, Encodable | undefined>)) {
      if (item !== undefined) entries.push([utf8BinaryString(key), item]);
    }
    writeEntries(writer, entries);
  }
}

function writeEntries(writer: Writer, entries: [string, Encodable][]): void {
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  writer.ascii('d');
  for (const [key, item] of entries) {
    writer.byteString(key);
    write(writer, item);
  }
  writer.ascii('e');
}

class Writer {
  #bytes = new Uint8Array(1024);
  #length = 0;

  ascii(text: string): void {
    const at = this.#grow(text.length);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 255)
        throw new TypeError('bencode: a key of a Map is no binary string (see utf8BinaryString)');
      this.#bytes[at + i] = unit;
    }
  }

  byteString(binary: string): void {
    this.ascii(`${binary.length}:`);
    this.ascii(binary);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(by: number): number {
    const at = this.#length;
    this.#length += by;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}
