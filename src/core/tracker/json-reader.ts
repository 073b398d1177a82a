// JSON read in one pass over its bytes, value by value, with a limit on its depth: what is asked for becomes a value, what is
// only to be passed on stays the bytes that it was, and is proved to be JSON (RFC 8259) all the same. No object is made of a
// stranger's names, no call goes deeper than the limit, and no text is made of what nobody looks at.
//
// Whoever hands bytes over has seen to it that they are UTF-8: here no more is asked than where a string ends. They are copied
// into a place of this reader's own, which begins where a word does and has a zero behind the last, past which nothing reads: strings are read over four
// bytes at a time (215 ns for an offer's 500 and not 730), and nothing asks whether there is one more byte.

import { decodeUtf8 } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';

export type JsonKind = 'string' | 'number' | 'object' | 'array' | 'word';

export class JsonReader {
  readonly #maxDepth: number;
  #bytes = new Uint8Array(FIRST_LENGTH);
  #words = new Int32Array(this.#bytes.buffer);
  #length = 0;
  #at = 0;
  #depth = 0;
  /** Of the string that was read last. */
  #hasEscapes = false;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  /** Begins with these. */
  begin(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length >= this.#bytes.length) {
      this.#bytes = new Uint8Array(2 * ((length + 4) & ~3));
      this.#words = new Int32Array(this.#bytes.buffer);
    }
    this.#bytes.set(bytes);
    this.#bytes[length] = 0; // stands nowhere in JSON
    this.#length = length;
    this.#at = 0;
    this.#depth = 0;
  }

  /** Behind what was read last. */
  get at(): number {
    return this.#at;
  }

  /**
   * Into an object: true where there is a name in it. `for (let is = openObject(); is; is = nextInObject())` comes by each: the
   * name and then its value are to be read before the next.
   */
  openObject(): boolean {
    return this.#open(OPEN_BRACE, CLOSE_BRACE);
  }

  nextInObject(): boolean {
    return this.#continues(CLOSE_BRACE);
  }

  /** Into an array: true where there is a value in it, which is to be read before the next. */
  openArray(): boolean {
    return this.#open(OPEN_BRACKET, CLOSE_BRACKET);
  }

  nextInArray(): boolean {
    return this.#continues(CLOSE_BRACKET);
  }

  /** Which of these the name is that comes next, and over its colon; -1: none. */
  name(known: KnownTexts): number {
    const index = this.oneOf(known);
    if (!this.#takes(COLON)) this.#invalid();
    return index;
  }

  /** Which of these the string is that comes next; -1: none. */
  oneOf(known: KnownTexts): number {
    const start = this.next() + 1;
    this.#skipString();
    if (this.#hasEscapes) {
      this.#at = start - 1;
      return known.indexOf(this.string());
    }
    return known.indexOfBytes(this.#bytes, start, this.#at - 1);
  }

  /** Read as it is gone over where it is short and of characters below U+0800, or escapes of any: hashes and ids are. */
  string(): string {
    const start = this.next();
    const bytes = this.#bytes;
    if (bytes[start] !== QUOTE) this.#invalid();
    let at = start + 1;
    let count = 0;
    for (; count < units.length; at++) {
      const byte = bytes[at]!;
      if (IS_PLAIN[byte] === 1) {
        if (byte < 0x80) {
          units[count++] = byte;
          continue;
        }
        const second = bytes[at + 1]!;
        if (byte < 0xc2 || byte > 0xdf || (second & 0xc0) !== 0x80) break;
        units[count++] = ((byte & 0x1f) << 6) | (second & 0x3f);
        at++;
      } else if (byte === BACKSLASH) {
        const length = this.#escapeLength(at);
        units[count++] = length === 1 ? escaped(bytes[at + 1]!) : hexUnit(bytes, at + 2);
        at += length;
      } else if (byte === QUOTE) {
        this.#at = at + 1;
        return unitsAsText(count);
      } else break;
    }
    this.#skipString();
    return this.#longString(start + 1, this.#at - 1);
  }

  number(): number {
    const start = this.next();
    this.#skipNumber();
    if (this.#at - start > MAX_DIGITS) return this.#longNumber(start);
    let value = 0;
    for (let i = start; i < this.#at; i++) {
      const digit = this.#bytes[i]! - ZERO;
      if (digit < 0 || digit > 9) return this.#longNumber(start);
      value = value * 10 + digit;
    }
    return value;
  }

  /** What kind of value comes next, by its first character. */
  peek(): JsonKind {
    switch (this.#bytes[this.next()]) {
      case QUOTE:
        return 'string';
      case OPEN_BRACE:
        return 'object';
      case OPEN_BRACKET:
        return 'array';
      case LETTER_T:
      case LETTER_F:
      case LETTER_N:
        return 'word';
      default:
        return 'number';
    }
  }

  /** Over any value; gives where it began. It ends at `at`. */
  skip(): number {
    const start = this.next();
    switch (this.#bytes[start]!) {
      case QUOTE:
        this.#skipString();
        break;
      case OPEN_BRACE:
        for (let is = this.openObject(); is; is = this.nextInObject()) {
          this.next();
          this.#skipString();
          if (!this.#takes(COLON)) this.#invalid();
          this.skip();
        }
        break;
      case OPEN_BRACKET:
        for (let is = this.openArray(); is; is = this.nextInArray()) this.skip();
        break;
      case LETTER_T:
      case LETTER_F:
      case LETTER_N:
        this.#skipWord();
        break;
      default:
        this.#skipNumber();
    }
    return start;
  }

  /** Nothing may follow but white space. */
  end(): void {
    if (this.next() !== this.#length) this.#invalid();
  }

  /** Over white space, to where the next thing begins. */
  next(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    for (; ; at++) {
      const byte = bytes[at]!;
      if (byte > SPACE || (byte !== SPACE && byte !== LINE_FEED && byte !== RETURN && byte !== TAB)) break;
    }
    this.#at = at;
    return at;
  }

  #takes(byte: number): boolean {
    if (this.#bytes[this.next()] !== byte) return false;
    this.#at++;
    return true;
  }

  #open(opening: number, closing: number): boolean {
    if (!this.#takes(opening) || ++this.#depth > this.#maxDepth) this.#invalid();
    if (!this.#takes(closing)) return true;
    this.#depth--;
    return false;
  }

  /** After an element: a comma, or the end. */
  #continues(closing: number): boolean {
    if (this.#takes(COMMA)) return true;
    if (!this.#takes(closing)) this.#invalid();
    this.#depth--;
    return false;
  }

  #skipString(): void {
    const bytes = this.#bytes;
    const words = this.#words;
    let at = this.#at;
    if (bytes[at] !== QUOTE) this.#invalid();
    this.#hasEscapes = false;
    for (at++; ; at++) {
      if ((at & 3) === 0) {
        let i = at >> 2;
        while (isPlain(words[i]!)) i++;
        at = i << 2;
      }
      const byte = bytes[at]!;
      if (IS_PLAIN[byte] === 1) continue;
      if (byte !== BACKSLASH) break;
      this.#hasEscapes = true;
      at += this.#escapeLength(at);
    }
    this.#at = at;
    if (bytes[at] !== QUOTE) this.#invalid();
    this.#at++;
  }

  /** Bytes of an escape behind its backslash. */
  #escapeLength(at: number): number {
    switch (this.#bytes[at + 1]!) {
      case QUOTE:
      case BACKSLASH:
      case SLASH:
      case LETTER_B:
      case LETTER_F:
      case LETTER_N:
      case LETTER_R:
      case LETTER_T:
        return 1;
      case LETTER_U:
        for (let i = at + 2; i < at + 6; i++) if (hexValue(this.#bytes[i]!) < 0) this.#invalid();
        return 5;
      default:
        return this.#invalid();
    }
  }

  #skipNumber(): void {
    if (this.#bytes[this.#at]! === MINUS) this.#at++;
    if (this.#bytes[this.#at]! === ZERO) this.#at++;
    else this.#skipDigits();
    if (this.#bytes[this.#at]! === POINT) {
      this.#at++;
      this.#skipDigits();
    }
    if ((this.#bytes[this.#at]! | LOWER) !== LETTER_E) return;
    this.#at++;
    const sign = this.#bytes[this.#at]!;
    if (sign === MINUS || sign === PLUS) this.#at++;
    this.#skipDigits();
  }

  #skipDigits(): void {
    const start = this.#at;
    while (isDigit(this.#bytes[this.#at]!)) this.#at++;
    if (this.#at === start) this.#invalid();
  }

  #skipWord(): void {
    const word = WORDS.find(known => isAt(known, this.#bytes, this.#at)) ?? this.#invalid();
    this.#at += word.length;
  }

  #longNumber(start: number): number {
    let digits = '';
    for (let i = start; i < this.#at; i++) digits += String.fromCharCode(this.#bytes[i]!);
    return Number(digits);
  }

  /** What stands between two quotes, which was gone over. */
  #longString(start: number, end: number): string {
    const text = decodeUtf8(this.#bytes.subarray(start, end));
    if (text === undefined) this.#invalid();
    return this.#hasEscapes ? (JSON.parse(`"${text}"`) as string) : text;
  }

  #invalid(): never {
    throw new ProtocolError(
      'TRACKER_REQUEST_INVALID',
      'The message is not JSON of the kind that is spoken here.',
      { where: `byte ${this.#at}` },
    );
  }
}

/** Texts of ASCII that are looked for, by their bytes. */
export class KnownTexts {
  readonly #texts: readonly string[];
  /** By their length: which those are. */
  readonly #byLength: readonly (readonly { readonly index: number; readonly bytes: Uint8Array }[])[];

  constructor(texts: readonly string[]) {
    this.#texts = texts;
    const longest = Math.max(...texts.map(text => text.length));
    const known = texts.map((text, index) => ({ index, bytes: ascii(text) }));
    this.#byLength = Array.from({ length: longest + 1 }, (_, length) =>
      known.filter(({ bytes }) => bytes.length === length),
    );
  }

  indexOf(text: string): number {
    return this.#texts.indexOf(text);
  }

  indexOfBytes(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length >= this.#byLength.length) return -1;
    const candidates = this.#byLength[length]!;
    for (let i = 0; i < candidates.length; i++) {
      const candidate = candidates[i]!;
      if (isAt(candidate.bytes, bytes, start)) return candidate.index;
    }
    return -1;
  }
}

function isAt(what: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < what.length; i++) if (bytes[at + i] !== what[i]) return false;
  return true;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, letter => letter.charCodeAt(0));
}

/** Whether none of four bytes ends a string, begins an escape, or may not stand in one (below 0x20). */
function isPlain(word: number): boolean {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  // What is too small takes its byte's highest bit from the subtraction, and had none: "Bit Twiddling Hacks", hasless. A byte that
  // borrows from the next was found itself.
  const found = ((quote - ONES) | (backslash - ONES) | (word - SPACES)) & ~word;
  return (found & HIGHEST) === 0;
}

function unitsAsText(count: number): string {
  if (count === 20) return twentyUnits(units);
  let text = '';
  for (let i = 0; i < count; i++) text += String.fromCharCode(units[i]!);
  return text;
}

/** In one call: letter by letter it is a chain of strings, which takes 360 ns and not 110. */
function twentyUnits(u: Uint16Array): string {
  // biome-ignore format: a line for each ten.
  return String.fromCharCode(
    u[0]!, u[1]!, u[2]!, u[3]!, u[4]!, u[5]!, u[6]!, u[7]!, u[8]!, u[9]!,
    u[10]!, u[11]!, u[12]!, u[13]!, u[14]!, u[15]!, u[16]!, u[17]!, u[18]!, u[19]!,
  );
}

/** Four hexadecimal digits. */
function hexUnit(bytes: Uint8Array, at: number): number {
  return (
    (hexValue(bytes[at]!) << 12) |
    (hexValue(bytes[at + 1]!) << 8) |
    (hexValue(bytes[at + 2]!) << 4) |
    hexValue(bytes[at + 3]!)
  );
}

function escaped(letter: number): number {
  switch (letter) {
    case LETTER_B:
      return 8;
    case LETTER_F:
      return 12;
    case LETTER_N:
      return LINE_FEED;
    case LETTER_R:
      return RETURN;
    case LETTER_T:
      return TAB;
    default:
      return letter;
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

/** -1 where it is no hexadecimal digit. */
function hexValue(byte: number): number {
  if (isDigit(byte)) return byte - ZERO;
  const letter = byte | LOWER;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const FIRST_LENGTH = 8_192;
const ONES = 0x01010101;
const SPACES = 0x20202020;
const HIGHEST = 0x80808080;
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 32 || byte === 34 || byte === 92 ? 0 : 1,
);
// Of what is longer none is looked for here: hashes have 20, ids 64 at most.
const units = new Uint16Array(64);
// So many digits are exact.
const MAX_DIGITS = 15;
const WORDS = ['true', 'false', 'null'].map(ascii);
const [TAB, LINE_FEED, RETURN, SPACE, QUOTE, PLUS, COMMA, MINUS, POINT] = [9, 10, 13, 32, 34, 43, 44, 45, 46];
const [SLASH, ZERO, COLON, OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET] = [0x2f, 0x30, 0x3a, 0x5b, 0x5c, 0x5d];
const [LETTER_B, LETTER_E, LETTER_F, LETTER_N, LETTER_R] = [0x62, 0x65, 0x66, 0x6e, 0x72];
const [LETTER_T, LETTER_U, OPEN_BRACE, CLOSE_BRACE, LOWER] = [0x74, 0x75, 0x7b, 0x7d, 0x20];
