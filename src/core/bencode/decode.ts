// Bencoding, read (BEP 3, "bencoding"). Strict unless told otherwise: keys sorted and unique, no leading zeros, no
// bytes after the value. The lenient mode takes unsorted and repeated keys (the first counts), leading zeros and a rest,
// because torrents with such faults are about; hashes are always taken over the raw bytes (`BencodeDictionary.raw`).
// Byte strings are views of the input, plain ones also where that is a Buffer. Bounded in depth and in number of values,
// so that no input hangs or fills memory.

import { plainBytes } from '../bytes/bytes.ts';
import { toBinaryString, utf8BinaryString } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';

export type BencodeValue = number | bigint | Uint8Array | BencodeValue[] | BencodeDictionary;

export interface DecodeOptions {
  /** Take what BEP 3 forbids but torrents in the wild have. @default false */
  readonly lenient?: boolean;
  /** How deep lists and dictionaries may nest. @default 100 (libtorrent's limit) */
  readonly maxDepth?: number;
  /** How many values there may be in all. @default 3,000,000 (libtorrent's limit on tokens) */
  readonly maxValues?: number;
  /** Of those, how many outside of what is put off. @default as `maxValues` */
  readonly maxBuilt?: number;
  /**
   * Keys whose lists and dictionaries are checked and not taken apart: `BencodeDictionary.putOff` has them. A value costs some
   * two hundred bytes, and what a torrent has most of is read once, item by item. @default none
   */
  readonly putOff?: readonly string[];
}

/** A list or a dictionary that was checked, and is taken apart as it is gone through. */
export class PutOff {
  readonly kind: 'list' | 'dictionary';
  /** No dictionary in it has keys out of order or twice: then it can be gone through in order. */
  readonly isSorted: boolean;
  readonly #source: Uint8Array;
  readonly #start: number;

  constructor(source: Uint8Array, start: number, isSorted: boolean) {
    this.kind = source[start] === LETTER_L ? 'list' : 'dictionary';
    this.isSorted = isSorted;
    this.#source = source;
    this.#start = start;
  }

  /** All of it. */
  value(): BencodeValue {
    return this.#decoder().value(0);
  }

  /** A list's items, one after the other. */
  *items(): Generator<BencodeValue, void> {
    const decoder = this.#decoder();
    for (decoder.at++; !decoder.isAtEnd; ) yield decoder.value(0);
  }

  /** A dictionary to be gone through. */
  walk(): DictionaryWalk {
    return new DictionaryWalk(this.#decoder());
  }

  #decoder(): Decoder {
    const limits = { maxDepth: Number.POSITIVE_INFINITY, maxValues: Number.POSITIVE_INFINITY };
    const decoder = new Decoder(this.#source, { lenient: true, ...limits });
    decoder.at = this.#start;
    return decoder;
  }
}

/** Goes through nested dictionaries that were checked: key by key, into a value or over it. */
export class DictionaryWalk {
  readonly #decoder: Decoder;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
    decoder.at++;
  }

  /** The next key of this dictionary as a binary string; its value comes next. Undefined, and it is left, where it ends. */
  key(): string | undefined {
    const decoder = this.#decoder;
    if (!decoder.isAtEnd) return decoder.key();
    decoder.at++;
    return undefined;
  }

  /** Whether the value that comes next is a dictionary, and its first key: undefined where it has none. */
  peek(): { readonly isDictionary: boolean; readonly hasEmptyKey: boolean } {
    return this.#decoder.peek();
  }

  /** Into the dictionary that comes next. */
  enter(): void {
    this.#decoder.at++;
  }

  /** All of the value that comes next. */
  value(): BencodeValue {
    return this.#decoder.value(0);
  }
}

/**
 * A dictionary. Keys are byte strings, kept as binary strings (one byte per UTF-16 unit): ask with `get('announce')`, or
 * any text as its UTF-8. Most have a few keys and are asked once: two arrays cost a third of what a Map does.
 */
export class BencodeDictionary {
  /** Binary strings, in the order of the input, each once. */
  readonly keys: string[] = [];
  /** In the order of `keys`. */
  readonly values: BencodeValue[] = [];
  /** What was to be put off, by key; these keys are not among `keys`. */
  putOff: ReadonlyMap<string, PutOff> | undefined;
  readonly #source: Uint8Array;
  readonly #start: number;
  #map: ReadonlyMap<string, BencodeValue> | undefined;
  /** Where the dictionary ends in the input. */
  end = 0;

  constructor(source: Uint8Array, start: number) {
    this.#source = source;
    this.#start = start;
  }

  get(key: string): BencodeValue | undefined {
    return this.getBinary(utf8BinaryString(key));
  }

  /** The value of a key that is a binary string already. */
  getBinary(key: string): BencodeValue | undefined {
    if (this.keys.length > FEW_KEYS) return this.entries.get(key);
    const at = this.keys.indexOf(key);
    return at < 0 ? undefined : this.values[at];
  }

  /** Keys and values as a Map, made when it is first asked for. */
  get entries(): ReadonlyMap<string, BencodeValue> {
    this.#map ??= this.#firstOfEach();
    return this.#map;
  }

  /** For the decoder: of keys that come twice the first counts, as libtorrent, Transmission and aria2 have it. */
  dropRepeated(): void {
    const { entries } = this;
    if (entries.size === this.keys.length) return;
    this.keys.length = 0;
    this.values.length = 0;
    for (const [key, value] of entries) {
      this.keys.push(key);
      this.values.push(value);
    }
  }

  #firstOfEach(): Map<string, BencodeValue> {
    const map = new Map<string, BencodeValue>();
    for (const [i, key] of this.keys.entries()) if (!map.has(key)) map.set(key, this.values[i]!);
    return map;
  }

  /** The very bytes that this was decoded from. */
  get raw(): Uint8Array {
    return this.#source.subarray(this.#start, this.end);
  }
}

/**
 * The value that `bytes` hold, and nothing after it.
 * @throws ProtocolError `BENCODE_INVALID` with the offset in `where`.
 */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): BencodeValue {
  const decoder = new Decoder(bytes, options);
  const value = decoder.value(0);
  if (decoder.at !== bytes.length && options.lenient !== true) {
    decoder.fail(decoder.at, `${bytes.length - decoder.at} bytes follow the end of the value`);
  }
  return value;
}

/**
 * Whether `bytes` hold one value and nothing after it; nothing is kept of it.
 * @throws ProtocolError `BENCODE_INVALID` as `decode`
 */
export function checkBencoding(bytes: Uint8Array, options: DecodeOptions = {}): void {
  const decoder = new Decoder(bytes, options);
  decoder.check(0);
  if (decoder.at !== bytes.length)
    decoder.fail(decoder.at, `${bytes.length - decoder.at} bytes follow the end of the value`);
}

/**
 * The value at the start of `bytes`, and where it ends: for messages that go on with other bytes (BEP 9, "data").
 * @throws ProtocolError `BENCODE_INVALID`
 */
export function decodePrefix(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): { value: BencodeValue; end: number } {
  const decoder = new Decoder(bytes, options);
  return { value: decoder.value(0), end: decoder.at };
}

class Decoder {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #lenient: boolean;
  readonly #maxDepth: number;
  readonly #putOff: readonly string[];
  #valuesLeft: number;
  #builtLeft: number;
  /** Values are looked at and not made. */
  #isChecking = false;
  #isSorted = true;
  readonly #knownKeys: string[] = [];

  constructor(bytes: Uint8Array, options: DecodeOptions) {
    this.#bytes = plainBytes(bytes);
    this.#lenient = options.lenient ?? false;
    this.#maxDepth = options.maxDepth ?? 100;
    this.#valuesLeft = options.maxValues ?? 3_000_000;
    this.#builtLeft = options.maxBuilt ?? Number.POSITIVE_INFINITY;
    this.#putOff = options.putOff ?? [];
  }

  get isAtEnd(): boolean {
    return this.#bytes[this.at] === LETTER_E;
  }

  peek(): { readonly isDictionary: boolean; readonly hasEmptyKey: boolean } {
    const isDictionary = this.#bytes[this.at] === LETTER_D;
    const hasEmptyKey = this.#bytes[this.at + 1] === DIGIT_0 && this.#bytes[this.at + 2] === COLON;
    return { isDictionary, hasEmptyKey: isDictionary && hasEmptyKey };
  }

  /** A dictionary's key, as a binary string. */
  key(): string {
    const length = this.#stringLength();
    const key = this.#key(this.at, length);
    this.at += length;
    return key;
  }

  /** As `value`, and nothing is made of it. True where all its dictionaries are sorted. */
  check(depth: number): boolean {
    const [wasChecking, wasSorted] = [this.#isChecking, this.#isSorted];
    this.#isChecking = true;
    this.#isSorted = true;
    this.value(depth);
    const isSorted = this.#isSorted;
    this.#isChecking = wasChecking;
    this.#isSorted = wasSorted && isSorted;
    return isSorted;
  }

  value(depth: number): BencodeValue {
    if (--this.#valuesLeft < 0 || (!this.#isChecking && --this.#builtLeft < 0))
      this.fail(this.at, 'there are too many values');
    const first = this.#bytes[this.at];
    if (first === undefined) this.fail(this.at, 'the input ends where a value should begin');
    if (isDigit(first)) return this.#string();
    if (first === LETTER_I) return this.#integer();
    if (first !== LETTER_L && first !== LETTER_D)
      this.fail(this.at, `byte 0x${first.toString(16)} begins no value`);
    if (depth >= this.#maxDepth) this.fail(this.at, `values are nested deeper than ${this.#maxDepth}`);
    return first === LETTER_L ? this.#list(depth) : this.#dictionary(depth);
  }

  fail(at: number, reason: string): never {
    throw new ProtocolError('BENCODE_INVALID', `Not valid bencoding at byte ${at}: ${reason}.`, {
      where: `byte ${at}`,
    });
  }

  #list(depth: number): BencodeValue[] {
    const items: BencodeValue[] = [];
    this.at++;
    while (this.#bytes[this.at] !== LETTER_E) {
      const item = this.value(depth + 1);
      if (!this.#isChecking) items.push(item);
    }
    this.at++;
    return items;
  }

  #dictionary(depth: number): BencodeDictionary {
    const dictionary = new BencodeDictionary(this.#bytes, this.at);
    const { keys, values } = dictionary;
    this.at++;
    let previous: string | undefined;
    let isSorted = true;
    let putOff: Map<string, PutOff> | undefined;
    while (this.#bytes[this.at] !== LETTER_E) {
      const at = this.at;
      const first = this.#bytes[at];
      if (first === undefined) this.fail(at, 'the input ends inside a dictionary');
      if (!isDigit(first)) this.fail(at, 'a dictionary key is not a string');
      const key = this.key();
      if (!this.#lenient && previous !== undefined && key <= previous) {
        this.fail(
          at,
          key === previous ? 'a dictionary has a key twice' : 'the keys of a dictionary are not sorted',
        );
      }
      if (previous !== undefined && key <= previous) isSorted = false;
      previous = key;
      if (this.#isChecking) {
        this.value(depth + 1);
      } else if (putOff?.has(key)) {
        this.check(depth + 1);
      } else if (this.#putOff.includes(key) && this.#isContainer && (isSorted || !keys.includes(key))) {
        const start = this.at;
        const later = new PutOff(this.#bytes, start, this.check(depth + 1));
        putOff ??= new Map();
        putOff.set(key, later);
      } else {
        keys.push(key);
        values.push(this.value(depth + 1));
      }
    }
    if (putOff !== undefined) dictionary.putOff = putOff;
    if (!isSorted) {
      this.#isSorted = false;
      dictionary.dropRepeated();
    }
    this.at++;
    dictionary.end = this.at;
    return dictionary;
  }

  /** The key as a binary string; short ones come again and again, and are the same string then. */
  #key(start: number, length: number): string {
    if (length === 0 || length > LONGEST_KNOWN_KEY) return toBinaryString(this.#bytes, start, start + length);
    const slot = (length * 31 + this.#bytes[start]! * 7 + this.#bytes[start + length - 1]!) % KNOWN_KEYS;
    const known = this.#knownKeys[slot];
    if (known !== undefined && isAt(known, this.#bytes, start, length)) return known;
    const key = toBinaryString(this.#bytes, start, start + length);
    this.#knownKeys[slot] = key;
    return key;
  }

  get #isContainer(): boolean {
    const first = this.#bytes[this.at];
    return first === LETTER_L || first === LETTER_D;
  }

  #string(): Uint8Array {
    const length = this.#stringLength();
    const start = this.at;
    this.at += length;
    if (this.#isChecking) return NOTHING;
    return this.#bytes.subarray(start, this.at);
  }

  /** Reads `4:` and checks that as many bytes follow. */
  #stringLength(): number {
    const start = this.at;
    let length = 0;
    let byte = this.#bytes[this.at];
    while (byte !== undefined && isDigit(byte)) {
      length = length * 10 + (byte - DIGIT_0);
      if (length > this.#bytes.length) this.fail(start, 'a string is longer than the input');
      byte = this.#bytes[++this.at];
    }
    if (byte !== COLON)
      this.fail(this.at, byte === undefined ? 'the input ends inside a string' : 'a string has no ":"');
    if (!this.#lenient && this.#bytes[start] === DIGIT_0 && this.at > start + 1) {
      this.fail(start, 'the length of a string has a leading zero');
    }
    this.at++;
    if (this.at + length > this.#bytes.length) this.fail(start, 'a string is longer than the input');
    return length;
  }

  #integer(): number | bigint {
    const start = this.at++;
    const negative = this.#bytes[this.at] === MINUS;
    if (negative) this.at++;
    const firstDigit = this.at;
    let value = 0;
    let byte = this.#bytes[this.at];
    while (byte !== undefined && isDigit(byte)) {
      value = value * 10 + (byte - DIGIT_0);
      byte = this.#bytes[++this.at];
      if (this.at - firstDigit > MAX_DIGITS)
        this.fail(start, `an integer has more than ${MAX_DIGITS} digits`);
    }
    if (byte !== LETTER_E) {
      this.fail(
        this.at,
        byte === undefined ? 'the input ends inside an integer' : 'an integer has a byte that is no digit',
      );
    }
    const digits = this.at - firstDigit;
    if (digits === 0) this.fail(start, 'an integer has no digits');
    if (!this.#lenient && this.#bytes[firstDigit] === DIGIT_0 && (digits > 1 || negative)) {
      this.fail(start, negative && digits === 1 ? 'an integer is "-0"' : 'an integer has a leading zero');
    }
    const text =
      value > Number.MAX_SAFE_INTEGER ? toBinaryString(this.#bytes, firstDigit, this.at) : undefined;
    this.at++;
    if (text !== undefined) return negative ? -BigInt(text) : BigInt(text);
    return negative && value !== 0 ? -value : value;
  }
}

function isAt(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_0 + 9;
}

const NOTHING = new Uint8Array(0);
const DIGIT_0 = 0x30;
const COLON = 0x3a;
const MINUS = 0x2d;
const LETTER_D = 0x64;
const LETTER_E = 0x65;
const LETTER_I = 0x69;
const LETTER_L = 0x6c;
// 64-bit integers have at most 20 digits; BEP 3 sets no limit, and nobody sends more.
const MAX_DIGITS = 20;
const FEW_KEYS = 8;
const LONGEST_KNOWN_KEY = 16;
const KNOWN_KEYS = 64;
