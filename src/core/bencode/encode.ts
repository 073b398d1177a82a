// Bencoding, written: canonical always, keys sorted as raw bytes (BEP 3, "bencoding").

import { encodeUtf8, fromBinaryString, utf8BinaryString } from '../bytes/utf8.ts';
import { BencodeDictionary } from './decode.ts';

/** Bytes that are bencoding already, put in as they are: an `info` whose hash must not change. */
export class RawBencode {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Text that is bencoding already, put in as it is: of thousands of small dictionaries no object is made. */
export class BencodeText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value that is found again in what was written: so that many megabytes of it are not written twice. */
export class MarkedBencode {
  readonly value: Encodable;
  start = 0;
  end = 0;

  constructor(value: Encodable) {
    this.value = value;
  }
}

/** A list that is made while it is written: of a hundred thousand items none is there longer than its turn. */
export class LazyList {
  readonly items: () => Iterable<Encodable>;

  constructor(items: () => Iterable<Encodable>) {
    this.items = items;
  }
}

/** The same of a dictionary: keys are binary strings, and come in order. */
export class LazyDictionary {
  readonly entries: () => Iterable<readonly [string, Encodable]>;

  constructor(entries: () => Iterable<readonly [string, Encodable]>) {
    this.entries = entries;
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
  | BencodeText
  | BencodeDictionary
  | MarkedBencode
  | LazyList
  | LazyDictionary
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
    writer.syntax(`i${value}e`);
  } else if (typeof value === 'bigint') {
    writer.syntax(`i${value}e`);
  } else if (typeof value === 'string') {
    writer.text(value);
  } else if (value instanceof Uint8Array) {
    writer.syntax(`${value.length}:`);
    writer.raw(value);
  } else if (value instanceof RawBencode) {
    writer.raw(value.bytes);
  } else if (value instanceof BencodeText) {
    writer.syntax(value.text);
  } else if (value instanceof MarkedBencode) {
    value.start = writer.length;
    write(writer, value.value);
    value.end = writer.length;
  } else if (value instanceof LazyList) {
    writer.syntax('l');
    for (const item of value.items()) write(writer, item);
    writer.syntax('e');
  } else if (value instanceof LazyDictionary) {
    let before: string | undefined;
    writer.syntax('d');
    for (const [key, item] of value.entries()) {
      if (before !== undefined && key <= before) throw new TypeError('bencode: keys do not come in order');
      before = key;
      writer.binary(key);
      write(writer, item);
    }
    writer.syntax('e');
  } else if (value instanceof BencodeDictionary) {
    writeMap(writer, value.entries);
  } else if (value instanceof Map) {
    writeMap(writer, value as ReadonlyMap<string, Encodable>);
  } else if (Array.isArray(value)) {
    writer.syntax('l');
    for (const item of value as readonly Encodable[]) write(writer, item);
    writer.syntax('e');
  } else if (typeof value !== 'object' || value === null) {
    throw new TypeError(`bencode: ${String(value)} cannot be encoded`);
  } else {
    writeObject(writer, value as Record<string, Encodable | undefined>);
  }
}

function writeMap(writer: Writer, entries: ReadonlyMap<string, Encodable>): void {
  writer.syntax('d');
  for (const [key, item] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    writer.binary(key);
    write(writer, item);
  }
  writer.syntax('e');
}

function writeObject(writer: Writer, value: Record<string, Encodable | undefined>): void {
  const keys = Object.keys(value);
  if (!areInOrder(keys)) keys.sort((a, b) => (utf8BinaryString(a) < utf8BinaryString(b) ? -1 : 1));
  writer.syntax('d');
  for (const key of keys) {
    const item = value[key];
    if (item === undefined) continue;
    const known = WRITTEN_KEYS.get(key);
    if (known === undefined) writer.text(key);
    else writer.syntax(known);
    write(writer, item);
  }
  writer.syntax('e');
}

/** Whether keys need no sorting: so does an object that is written in a program text, a hundred thousand times. */
function areInOrder(keys: readonly string[]): boolean {
  let before = '';
  for (const key of keys) {
    // Beyond ASCII, texts do not sort as their bytes do.
    if (key <= before || !isKnown(key)) return keys.length === 1;
    before = key;
  }
  return true;
}

/** As it is written; no more of them than a format has. */
function isKnown(key: string): boolean {
  if (WRITTEN_KEYS.has(key)) return true;
  if (!isAscii(key)) return false;
  if (WRITTEN_KEYS.size < MAX_WRITTEN_KEYS) WRITTEN_KEYS.set(key, `${key.length}:${key}`);
  return true;
}

/**
 * Gathers text until bytes come, so that one call encodes thousands of short texts and no letter is looked at here; short bytes
 * are gathered in chunks, long ones put in where all is joined, so that nothing lies about twice.
 */
class Writer {
  readonly #chunks: Uint8Array[] = [];
  #inChunks = 0;
  #open = NOTHING;
  #used = 0;
  #text = '';

  /** Of what has been written so far. */
  get length(): number {
    this.#endText();
    return this.#inChunks + this.#used;
  }

  /** As it stands. */
  syntax(text: string): void {
    this.#text += text;
    if (this.#text.length > CHUNK) this.#endText();
  }

  text(text: string): void {
    this.syntax(bencodedText(text));
  }

  /** One byte a unit. */
  binary(binary: string): void {
    if (isAscii(binary)) this.syntax(`${binary.length}:${binary}`);
    else {
      if (!isBinary(binary))
        throw new TypeError('bencode: a key of a Map is no binary string (see utf8BinaryString)');
      this.syntax(`${binary.length}:`);
      this.raw(fromBinaryString(binary));
    }
  }

  raw(bytes: Uint8Array): void {
    this.#endText();
    this.#put(bytes);
  }

  finish(): Uint8Array<ArrayBuffer> {
    if (this.#chunks.length === 0 && this.#used === 0) return encodeUtf8(this.#text);
    this.#endText();
    this.#endChunk();
    const joined = new Uint8Array(this.#inChunks);
    let at = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    return joined;
  }

  #endText(): void {
    const text = this.#text;
    if (text === '') return;
    this.#text = '';
    if (text.length > FEW_LETTERS || !this.#putLetters(text)) this.#put(encodeUtf8(text));
  }

  /** A few letters between short bytes, as messages of the DHT have them: a third of the time of a call each. False beyond ASCII. */
  #putLetters(text: string): boolean {
    if (this.#used + text.length > this.#open.length) return false;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      this.#open[this.#used + i] = code;
    }
    this.#used += text.length;
    return true;
  }

  #put(bytes: Uint8Array): void {
    if (bytes.length >= CHUNK) {
      this.#endChunk();
      this.#addChunk(bytes);
      return;
    }
    if (this.#used + bytes.length > this.#open.length) {
      // The first is short, for most of what is encoded is.
      const length = Math.min(CHUNK, Math.max(512, 4 * this.#open.length));
      this.#endChunk();
      this.#open = new Uint8Array(Math.max(length, bytes.length));
    }
    this.#open.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #endChunk(): void {
    if (this.#used > 0) this.#addChunk(this.#open.subarray(0, this.#used));
    this.#open = NOTHING;
    this.#used = 0;
  }

  #addChunk(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#inChunks += bytes.length;
  }
}

/** A text, as it is written: `4:path`. */
export function bencodedText(text: string): string {
  return `${isAscii(text) ? text.length : encodeUtf8(text).length}:${text}`;
}

function isAscii(text: string): boolean {
  return !BEYOND_ASCII.test(text);
}

function isBinary(text: string): boolean {
  return !BEYOND_BYTES.test(text);
}

const WRITTEN_KEYS = new Map<string, string>();
const MAX_WRITTEN_KEYS = 256;
const BEYOND_ASCII = /[^\0-\x7f]/;
const BEYOND_BYTES = /[^\0-\xff]/;
const NOTHING = new Uint8Array(0);
const CHUNK = 65_536;
const FEW_LETTERS = 64;
