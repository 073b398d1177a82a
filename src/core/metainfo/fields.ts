// Reading typed fields out of decoded bencoding; what is wrong is said together with where it stands.

import { BencodeDictionary, type BencodeValue, type PutOff } from '../bencode/decode.ts';
import { decodeUtf8, decodeUtf8Loosely } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';

/** A dictionary and its place in the torrent: `info.files[3]`. The place is put into words only where it is needed. */
export class Fields {
  readonly dictionary: BencodeDictionary;
  readonly #list: string;
  readonly #index: number | undefined;
  readonly #place: { readonly where: string } | undefined;

  /** `index`: the place is that of a list item, `where[index]`. `place` says it where it is given. */
  constructor(
    value: BencodeValue | undefined,
    where: string,
    index?: number,
    place?: { readonly where: string },
  ) {
    this.#place = place;
    this.#list = where;
    this.#index = index;
    if (value === undefined) invalid(this.where, 'is missing');
    if (!(value instanceof BencodeDictionary))
      invalid(this.where, `should be a dictionary, not ${kindOf(value)}`);
    this.dictionary = value;
  }

  get where(): string {
    if (this.#place !== undefined) return this.#place.where;
    return this.#index === undefined ? this.#list : `${this.#list}[${this.#index}]`;
  }

  at(key: string): string {
    return this.where === '' ? key : `${this.where}.${key}`;
  }

  has(key: string): boolean {
    return this.dictionary.get(key) !== undefined || this.putOff(key) !== undefined;
  }

  child(key: string): Fields {
    return new Fields(this.dictionary.get(key), this.at(key));
  }

  /** A whole number in 0…max. */
  count(key: string, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.dictionary.get(key);
    if (value === undefined) return undefined;
    if (typeof value === 'bigint') invalid(this.at(key), `is ${value}, too large a number`);
    if (typeof value !== 'number') invalid(this.at(key), `should be a whole number, not ${kindOf(value)}`);
    if (value < 0) invalid(this.at(key), `is ${value}; it cannot be negative`);
    if (value > max) invalid(this.at(key), `is ${value}; at most ${max} is allowed`);
    return value;
  }

  requiredCount(key: string, max?: number): number {
    return this.count(key, max) ?? invalid(this.at(key), 'is missing');
  }

  bytes(key: string): Uint8Array | undefined {
    const value = this.dictionary.get(key);
    if (value === undefined) return undefined;
    if (!(value instanceof Uint8Array)) invalid(this.at(key), `should be a string, not ${kindOf(value)}`);
    return value;
  }

  list(key: string): BencodeValue[] | undefined {
    const value = this.dictionary.get(key);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) invalid(this.at(key), `should be a list, not ${kindOf(value)}`);
    return value;
  }

  /** Lists and dictionaries that were put off are found here, others by `list` and `child`. */
  putOff(key: string): PutOff | undefined {
    return this.dictionary.putOff?.get(key);
  }

  /** A text that is only shown: bytes that are not UTF-8 become U+FFFD, a value of another kind is passed over. */
  shownText(key: string): string | undefined {
    const value = this.dictionary.get(key);
    return value instanceof Uint8Array ? decodeUtf8Loosely(value) : undefined;
  }
}

/** A list item that has to be a string. */
export function itemBytes(value: BencodeValue, where: string): Uint8Array {
  if (!(value instanceof Uint8Array)) invalid(where, `should be a string, not ${kindOf(value)}`);
  return value;
}

/** Text that names a file. Old torrents hold other encodings: such bytes become U+FFFD. */
export function nameText(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? decodeUtf8Loosely(bytes);
}

/** @throws ProtocolError `METAINFO_INVALID`: what is wrong, and where */
export function invalid(where: string, fault: string): never {
  const place = where === '' ? 'the file' : cut(where);
  throw new ProtocolError('METAINFO_INVALID', `Not a valid torrent: ${place} ${cut(fault)}.`, {
    where: place,
  });
}

/** Names of a torrent come into these sentences, and may have megabytes. */
function cut(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

export function kindOf(value: BencodeValue): string {
  if (typeof value === 'number' || typeof value === 'bigint') return 'a number';
  if (value instanceof Uint8Array) return 'a string';
  return Array.isArray(value) ? 'a list' : 'a dictionary';
}

const MAX_SHOWN = 500;
