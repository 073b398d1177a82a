import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8Loosely, encodeUtf8, toBinaryString } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import { BencodeDictionary, type BencodeValue, type DecodeOptions, decode, decodePrefix } from './decode.ts';
import { encode } from './encode.ts';

fc.configureGlobal({ seed: 2026 });

describe('decoding', () => {
  it.each([
    ['i0e', 0],
    ['i-42e', -42],
    ['i9007199254740991e', Number.MAX_SAFE_INTEGER],
    ['i9007199254740992e', 9007199254740992n],
    ['i9007199254740993e', 9007199254740993n],
    ['i-9007199254740991e', Number.MIN_SAFE_INTEGER],
    ['i-9007199254740993e', -9007199254740993n],
    ['i18446744073709551615e', 18446744073709551615n],
    ['i99999999999999999999e', 99999999999999999999n],
    ['0:', ''],
    ['4:spam', 'spam'],
    ['le', []],
    ['l4:spami7eledee', ['spam', 7, [], {}]],
    ['de', {}],
    ['d3:cow3:moo4:spaml1:a1:bee', { cow: 'moo', spam: ['a', 'b'] }],
  ])('reads %s', (text, plain) => {
    expect(shown(decode(bytesOf(text)))).toEqual(plain);
  });

  it('gives strings as views of the input', () => {
    const bytes = bytesOf('4:spam');
    const value = decode(bytes) as Uint8Array;
    bytes[2] = 0x53;
    expect(decodeUtf8Loosely(value)).toBe('Spam');
  });

  it('gives views whose copies are copies, of what Node reads from a file too', () => {
    const file = Buffer.from('d4:spam4:eggse');
    const dictionary = decode(file) as BencodeDictionary;
    const { value } = decodePrefix(file);
    for (const view of [dictionary.get('spam') as Uint8Array, (value as BencodeDictionary).raw]) {
      expect(view.constructor).toBe(Uint8Array);
      expect(view.slice(0, 2).buffer).not.toBe(file.buffer);
    }
  });

  it('finds keys by their text, and keeps keys that are none as binary strings', () => {
    const dictionary = decode(dictionaryOf([[encodeUtf8('日本'), 'i2e']])) as BencodeDictionary;
    expect(dictionary.get('日本')).toBe(2);
    expect(dictionary.get('missing')).toBeUndefined();
    const binary = decode(dictionaryOf([[new Uint8Array([0xff, 0xfe]), 'i1e']])) as BencodeDictionary;
    expect([...binary.entries]).toEqual([['\u00ff\u00fe', 1]]);
  });

  it('takes keys that mean something to JavaScript for what they are', () => {
    const dictionary = decode(bytesOf('d9:__proto__i1e11:constructori2ee')) as BencodeDictionary;
    expect(dictionary.get('__proto__')).toBe(1);
    expect(dictionary.get('constructor')).toBe(2);
    expect(dictionary.get('toString')).toBeUndefined();
  });

  it('keeps the very bytes of each dictionary', () => {
    const text = 'd1:ad1:bi1eee';
    const outer = decode(bytesOf(text)) as BencodeDictionary;
    expect(decodeUtf8Loosely(outer.raw)).toBe(text);
    expect(decodeUtf8Loosely((outer.get('a') as BencodeDictionary).raw)).toBe('d1:bi1ee');
  });

  it('keeps the very bytes where the input is not canonical and goes on', () => {
    const info = 'd1:bi007e1:ai2ee';
    const outer = decode(bytesOf(`d4:info${info}1:ai1eerest`), { lenient: true }) as BencodeDictionary;
    expect(decodeUtf8Loosely((outer.get('info') as BencodeDictionary).raw)).toBe(info);
  });
});

describe('strict decoding', () => {
  it.each([
    ['', 0, 'the input ends where a value should begin'],
    ['l', 1, 'the input ends where a value should begin'],
    ['d1:a', 4, 'the input ends where a value should begin'],
    ['x', 0, 'byte 0x78 begins no value'],
    ['e', 0, 'byte 0x65 begins no value'],
    ['-1:a', 0, 'byte 0x2d begins no value'],
    ['i1ei2e', 3, '3 bytes follow the end of the value'],
    ['d', 1, 'the input ends inside a dictionary'],
    ['di1ei2ee', 1, 'a dictionary key is not a string'],
    ['d1:ai1e', 7, 'the input ends inside a dictionary'],
    ['d1:ae', 4, 'byte 0x65 begins no value'],
    ['d1:bi1e1:ai2ee', 7, 'the keys of a dictionary are not sorted'],
    ['d2:aai1e1:ai2ee', 8, 'the keys of a dictionary are not sorted'],
    ['d1:ai1e1:ai2ee', 7, 'a dictionary has a key twice'],
    ['0', 1, 'the input ends inside a string'],
    ['3', 0, 'a string is longer than the input'],
    ['3:ab', 0, 'a string is longer than the input'],
    ['1a', 1, 'a string has no ":"'],
    ['1-:a', 1, 'a string has no ":"'],
    ['01:a', 0, 'the length of a string has a leading zero'],
    ['00:', 0, 'the length of a string has a leading zero'],
    ['99999999999999999999:', 0, 'a string is longer than the input'],
    ['9007199254740993:', 0, 'a string is longer than the input'],
    ['4294967296:', 0, 'a string is longer than the input'],
    ['l2147483647:e', 1, 'a string is longer than the input'],
    ['i', 1, 'the input ends inside an integer'],
    ['i1', 2, 'the input ends inside an integer'],
    ['i-', 2, 'the input ends inside an integer'],
    ['ie', 0, 'an integer has no digits'],
    ['i-e', 0, 'an integer has no digits'],
    ['i1.5e', 2, 'an integer has a byte that is no digit'],
    ['i--1e', 2, 'an integer has a byte that is no digit'],
    ['i+1e', 1, 'an integer has a byte that is no digit'],
    ['i 1e', 1, 'an integer has a byte that is no digit'],
    ['i-0e', 0, 'an integer is "-0"'],
    ['i03e', 0, 'an integer has a leading zero'],
    ['i-03e', 0, 'an integer has a leading zero'],
    ['i100000000000000000000e', 0, 'an integer has more than 20 digits'],
  ])('refuses %j', (text, at, reason) => {
    const error = faultOf(() => decode(bytesOf(text)));
    expect(error?.message).toBe(`Not valid bencoding at byte ${at}: ${reason}.`);
    expect(error?.where).toBe(`byte ${at}`);
    expect(error?.code).toBe('BENCODE_INVALID');
  });

  it('refuses keys that are sorted as text but not as bytes', () => {
    // U+FF61 sorts after U+10000 by UTF-16 unit, before it by byte.
    const [wide, astral] = [encodeUtf8('\uff61'), encodeUtf8('\u{10000}')];
    expect(() =>
      decode(
        dictionaryOf([
          [wide, 'i1e'],
          [astral, 'i2e'],
        ]),
      ),
    ).not.toThrow();
    expect(() =>
      decode(
        dictionaryOf([
          [astral, 'i2e'],
          [wide, 'i1e'],
        ]),
      ),
    ).toThrow('not sorted');
  });
});

describe('lenient decoding', () => {
  const lenient = (text: string) => shown(decode(bytesOf(text), { lenient: true }));

  it('takes what torrents in the wild have', () => {
    expect(lenient('d1:bi1e1:ai2ee')).toEqual({ b: 1, a: 2 });
    expect(lenient('d1:ai1e1:ai2ee')).toEqual({ a: 1 });
    expect(lenient('i-0e')).toBe(0);
    expect(lenient('i007e')).toBe(7);
    expect(lenient('i-007e')).toBe(-7);
    expect(lenient('003:abc')).toBe('abc');
    expect(lenient('i1e\r\n')).toBe(1);
  });

  it.each([
    '',
    'l',
    'd1:a',
    'x',
    'di1ei2ee',
    '3:ab',
    '1a',
    'i',
    'ie',
    'i-e',
    'i1.5e',
    '99999999999999999999:',
  ])('still refuses %j', text => {
    expect(faultOf(() => lenient(text))).toBeInstanceOf(ProtocolError);
  });
});

describe('a prefix', () => {
  it('is read up to its end, and the rest is left', () => {
    const bytes = bytesOf('d8:msg_typei1eetrailing');
    const { value, end } = decodePrefix(bytes);
    expect(shown(value)).toEqual({ msg_type: 1 });
    expect(decodeUtf8Loosely(bytes.subarray(end))).toBe('trailing');
  });

  it('keeps the rules that it is told', () => {
    expect(faultOf(() => decodePrefix(bytesOf('i03erest')))).toBeInstanceOf(ProtocolError);
    expect(decodePrefix(bytesOf('i03erest'), { lenient: true })).toEqual({ value: 3, end: 4 });
    expect(faultOf(() => decodePrefix(bytesOf('5:abc')))).toBeInstanceOf(ProtocolError);
  });
});

describe('the limits', () => {
  const nested = (depth: number) => bytesOf('l'.repeat(depth) + 'e'.repeat(depth));

  it('let 100 levels through and no more, unless told otherwise', () => {
    expect(() => decode(nested(100))).not.toThrow();
    expect(() => decode(nested(101))).toThrow('values are nested deeper than 100');
    expect(() => decode(nested(1_000_000))).toThrow('values are nested deeper than 100');
    expect(() => decode(nested(3), { maxDepth: 2 })).toThrow('nested deeper than 2');
    expect(() => decode(bytesOf('d1:ad1:ad1:adeeee'), { maxDepth: 3 })).toThrow('nested deeper than 3');
    expect(() => decode(bytesOf('i1e'), { maxDepth: 0 })).not.toThrow();
  });

  it('count every value, of lists and dictionaries too', () => {
    expect(() => decode(bytesOf('li1ei2ee'), { maxValues: 3 })).not.toThrow();
    expect(() => decode(bytesOf('li1ei2ee'), { maxValues: 2 })).toThrow('there are too many values');
    expect(() => decode(bytesOf('d1:ai1e1:bi2ee'), { maxValues: 2 })).toThrow('there are too many values');
  });

  it('take a key of megabytes without a fuss', () => {
    const length = 2_000_000;
    const bytes = new Uint8Array([
      ...bytesOf(`d${length}:`),
      ...new Uint8Array(length).fill(0x80),
      ...bytesOf('i1ee'),
    ]);
    expect((decode(bytes) as BencodeDictionary).entries.size).toBe(1);
  });
});

describe('any bytes', () => {
  const options: DecodeOptions[] = [{}, { lenient: true }];
  /** Bytes that look like bencoding more often than chance. */
  const nearBencode = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'i',
          'e',
          'l',
          'd',
          ':',
          '-',
          '0',
          '1',
          '2',
          '9',
          'i1e',
          '1:a',
          '1:b',
          '0:',
          'de',
          'le',
          '4:spam',
        ),
        fc.uint8Array({ maxLength: 2 }).map(bytes => toBinaryString(bytes)),
      ),
      { maxLength: 30 },
    )
    .map(parts => bytesOf(parts.join('')));

  it('give a value or a ProtocolError', () => {
    fc.assert(
      fc.property(fc.oneof(nearBencode, fc.uint8Array()), fc.constantFrom(...options), (bytes, option) => {
        const error = faultOf(() => decode(bytes, option));
        expect(error === undefined || error instanceof ProtocolError).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('that decode strictly are what their value encodes to', () => {
    let decoded = 0;
    fc.assert(
      fc.property(nearBencode, bytes => {
        let found: { value: BencodeValue; end: number };
        try {
          found = decodePrefix(bytes);
        } catch {
          return;
        }
        decoded++;
        expect([...encode(found.value)]).toEqual([...bytes.subarray(0, found.end)]);
      }),
      { numRuns: 5000 },
    );
    expect(decoded).toBeGreaterThan(500);
  });

  it('are refused cut short, at every byte', () => {
    const whole = bytesOf('d3:cowi-12e4:spaml1:a0:dee1:zd0:leee');
    decode(whole);
    for (let length = 0; length < whole.length; length++) {
      expect(faultOf(() => decode(whole.subarray(0, length)))).toBeInstanceOf(ProtocolError);
      expect(faultOf(() => decode(whole.subarray(0, length), { lenient: true }))).toBeInstanceOf(
        ProtocolError,
      );
    }
  });
});

/** One byte per letter. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, letter => letter.charCodeAt(0));
}

function dictionaryOf(entries: readonly (readonly [key: Uint8Array, value: string])[]): Uint8Array {
  const inside = entries.map(([key, value]) => `${key.length}:${toBinaryString(key)}${value}`);
  return bytesOf(`d${inside.join('')}e`);
}

/** A value in plain JavaScript, its strings as text. */
function shown(value: BencodeValue): unknown {
  if (value instanceof Uint8Array) return decodeUtf8Loosely(value);
  if (Array.isArray(value)) return value.map(shown);
  if (value instanceof BencodeDictionary) {
    return Object.fromEntries([...value.entries].map(([key, item]) => [key, shown(item)]));
  }
  return value;
}

function faultOf(call: () => unknown): ProtocolError | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error as ProtocolError;
  }
}

describe('what is put off', () => {
  const bytes = (text: string) => Uint8Array.from(text, letter => letter.charCodeAt(0));
  const options = { putOff: ['files', 'tree'] };

  it('is checked as everything is, and gone through item by item', () => {
    const read = decode(bytes('d5:filesli1e1:ad1:bi2eee1:xi3ee'), options) as BencodeDictionary;
    expect(read.keys).toEqual(['x']);
    const files = read.putOff!.get('files')!;
    expect(files).toMatchObject({ kind: 'list', isSorted: true });
    expect([...files.items()]).toHaveLength(3);
    expect([...files.items()].slice(0, 2)).toEqual([1, bytes('a')]);
    for (const text of ['d5:filesl', 'd5:filesli01eee', 'd5:filesld1:bi1e1:ai2eeee', 'd5:filesl-ee'])
      expect(() => decode(bytes(text), options), text).toThrow(ProtocolError);
    expect(() => decode(bytes('d5:fileslllleeeee'), { ...options, maxDepth: 3 })).toThrow(/deeper than 3/);
    expect(() => decode(bytes('d5:filesli1ei2ei3eee'), { ...options, maxValues: 4 })).toThrow(
      /too many values/,
    );
  });

  it('counts apart from what is built', () => {
    const limits = { ...options, maxBuilt: 2 };
    expect(() => decode(bytes('d5:filesli1ei2ei3ee1:xi3ee'), limits)).not.toThrow();
    expect(() => decode(bytes('d5:filesle1:xi3e1:yi4ee'), limits)).toThrow(/too many values/);
  });

  it('is gone through by its keys where it is a dictionary', () => {
    const read = decode(bytes('d4:treed1:ad1:bd0:i1eee1:cd0:i2eeee'), options) as BencodeDictionary;
    const walk = read.putOff!.get('tree')!.walk();
    expect([walk.key(), walk.peek()]).toEqual(['a', { isDictionary: true, hasEmptyKey: false }]);
    walk.enter();
    expect([walk.key(), walk.peek().hasEmptyKey]).toEqual(['b', true]);
    expect((walk.value() as BencodeDictionary).getBinary('')).toBe(1);
    expect([walk.key(), walk.key()]).toEqual([undefined, 'c']);
    expect((walk.value() as BencodeDictionary).getBinary('')).toBe(2);
    expect(walk.key()).toBeUndefined();
  });

  it('says where keys are not in order, and of keys that come twice the first counts', () => {
    const lenient = { ...options, lenient: true };
    const unsorted = decode(bytes('d4:treed1:bi1e1:ai2eee'), lenient) as BencodeDictionary;
    expect(unsorted.putOff!.get('tree')!.isSorted).toBe(false);
    const textFirst = decode(bytes('d5:files1:x5:fileslee'), lenient) as BencodeDictionary;
    expect([textFirst.keys, textFirst.putOff?.has('files')]).toEqual([['files'], undefined]);
    const listFirst = decode(bytes('d5:filesle5:files1:x1:a1:be'), lenient) as BencodeDictionary;
    expect([listFirst.keys, listFirst.putOff!.has('files')]).toEqual([['a'], true]);
    const two = decode(bytes('d5:filesli1ee5:filesli2eee'), lenient) as BencodeDictionary;
    expect([...two.putOff!.get('files')!.items()]).toEqual([1]);
  });
});
