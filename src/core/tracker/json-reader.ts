// JSON read in one pass, value by value, with a limit on its depth: what is asked for becomes a value, what is only to be
// passed on stays the text that it was, and is proved to be JSON (RFC 8259) all the same. No object is made of a stranger's
// names, and no call goes deeper than the limit. By hand, character by character: with regular expressions a message took
// four times as long.

import { ProtocolError } from '../errors.ts';

export type JsonKind = 'string' | 'number' | 'object' | 'array' | 'word';

export class JsonReader {
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;
  #depth = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  /** Each name of an object that comes next; the caller reads the value behind it before it returns. */
  object(take: (name: string) => void): void {
    this.#open(OPEN_BRACE);
    if (this.#takes(CLOSE_BRACE)) {
      this.#depth--;
      return;
    }
    do {
      const name = this.string();
      if (!this.#takes(COLON)) this.#invalid();
      take(name);
    } while (this.#continues(CLOSE_BRACE));
  }

  /** Each element of an array that comes next; the caller reads it. */
  array(take: () => void): void {
    this.#open(OPEN_BRACKET);
    if (this.#takes(CLOSE_BRACKET)) {
      this.#depth--;
      return;
    }
    do take();
    while (this.#continues(CLOSE_BRACKET));
  }

  string(): string {
    const start = this.#next();
    const hasEscapes = this.#skipString();
    const raw = this.#text.slice(start, this.#at);
    return hasEscapes ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  }

  number(): number {
    const start = this.#next();
    this.#skipNumber();
    return Number(this.#text.slice(start, this.#at));
  }

  /** What kind of value comes next, by its first character. */
  peek(): JsonKind {
    switch (this.#text.charCodeAt(this.#next())) {
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

  /** The text of any value, as it stands there. */
  raw(): string {
    const start = this.#next();
    this.skip();
    return this.#text.slice(start, this.#at);
  }

  skip(): void {
    switch (this.peek()) {
      case 'string':
        this.#skipString();
        return;
      case 'number':
        this.#skipNumber();
        return;
      case 'word':
        this.#skipWord();
        return;
      case 'array':
        this.array(this.#skipValue);
        return;
      default:
        this.object(this.#skipValue);
    }
  }

  /** Nothing may follow but white space. */
  end(): void {
    if (this.#next() !== this.#text.length) this.#invalid();
  }

  readonly #skipValue = (): void => this.skip();

  /** Over white space, to where the next thing begins. */
  #next(): number {
    for (; ; this.#at++) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== SPACE && unit !== LINE_FEED && unit !== RETURN && unit !== TAB) return this.#at;
    }
  }

  #takes(unit: number): boolean {
    if (this.#text.charCodeAt(this.#next()) !== unit) return false;
    this.#at++;
    return true;
  }

  #open(unit: number): void {
    if (!this.#takes(unit) || ++this.#depth > this.#maxDepth) this.#invalid();
  }

  /** After an element: a comma, or the end. */
  #continues(closing: number): boolean {
    if (this.#takes(COMMA)) return true;
    if (!this.#takes(closing)) this.#invalid();
    this.#depth--;
    return false;
  }

  /** True where there are escapes in it. */
  #skipString(): boolean {
    const text = this.#text;
    let at = this.#at;
    if (text.charCodeAt(at) !== QUOTE) this.#invalid();
    let hasEscapes = false;
    for (at++; ; at++) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) break;
      if (unit === BACKSLASH) {
        hasEscapes = true;
        at += this.#escapeLength(at);
      } else if (!(unit >= SPACE)) this.#invalid(); // also past the end, where it is no number
    }
    this.#at = at + 1;
    return hasEscapes;
  }

  /** Characters of an escape behind its backslash. */
  #escapeLength(at: number): number {
    if (this.#text.charCodeAt(at + 1) === LETTER_U) {
      for (let i = at + 2; i < at + 6; i++) if (!isHexDigit(this.#text.charCodeAt(i))) this.#invalid();
      return 5;
    }
    if (at + 1 >= this.#text.length || !'"\\/bfnrt'.includes(this.#text[at + 1]!)) this.#invalid();
    return 1;
  }

  #skipNumber(): void {
    if (this.#text.charCodeAt(this.#at) === MINUS) this.#at++;
    if (this.#text.charCodeAt(this.#at) === ZERO) this.#at++;
    else this.#skipDigits();
    if (this.#text.charCodeAt(this.#at) === POINT) {
      this.#at++;
      this.#skipDigits();
    }
    if ((this.#text.charCodeAt(this.#at) | LOWER) !== LETTER_E) return;
    this.#at++;
    const sign = this.#text.charCodeAt(this.#at);
    if (sign === MINUS || sign === PLUS) this.#at++;
    this.#skipDigits();
  }

  #skipDigits(): void {
    const start = this.#at;
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++;
    if (this.#at === start) this.#invalid();
  }

  #skipWord(): void {
    const word = WORDS.find(known => this.#text.startsWith(known, this.#at)) ?? this.#invalid();
    this.#at += word.length;
  }

  #invalid(): never {
    throw new ProtocolError(
      'TRACKER_REQUEST_INVALID',
      'The message is not JSON of the kind that is spoken here.',
      {
        where: `character ${this.#at}`,
      },
    );
  }
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= 0x39;
}

function isHexDigit(unit: number): boolean {
  const letter = unit | LOWER;
  return isDigit(unit) || (letter >= 0x61 && letter <= 0x66);
}

const WORDS = ['true', 'false', 'null'] as const;
const [TAB, LINE_FEED, RETURN, SPACE, QUOTE, PLUS, COMMA, MINUS, POINT] = [9, 10, 13, 32, 34, 43, 44, 45, 46];
const [ZERO, COLON, OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET] = [0x30, 0x3a, 0x5b, 0x5c, 0x5d];
const [LETTER_E, LETTER_F, LETTER_N, LETTER_T, LETTER_U] = [0x65, 0x66, 0x6e, 0x74, 0x75];
const [OPEN_BRACE, CLOSE_BRACE, LOWER] = [0x7b, 0x7d, 0x20];
