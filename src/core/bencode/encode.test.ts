import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { encodeUtf8, toBinaryString } from '../bytes/utf8.ts';
import { BencodeDictionary, type BencodeValue, decode } from './decode.ts';
import {
  BencodeText,
  bencodedText,
  type Encodable,
  encode,
  LazyDictionary,
  LazyList,
  MarkedBencode,
  RawBencode,
} from './encode.ts';

fc.configureGlobal({ seed: 2026 });

const encoded = (value: Encodable) => toBinaryString(encode(value));

describe('encoding', () => {
  it.each([
    ['i0e', 0],
    ['i0e', -0],
    ['i-42e', -42],
    ['i9007199254740991e', Number.MAX_SAFE_INTEGER],
    ['i18446744073709551615e', 2n ** 64n - 1n],
    ['i-9223372036854775808e', -(2n ** 63n)],
    ['0:', ''],
    ['4:spam', 'spam'],
    ['2:\u00c3\u00a9', 'é'],
    ['2:\u0000\u00ff', new Uint8Array([0, 255])],
    ['le', []],
    ['li1el1:aedee', [1, ['a'], {}]],
    ['de', {}],
    ['d1:ai2e1:bi1ee', { b: 1, a: 2 }],
    ['d1:bi1ee', { a: undefined, b: 1 }],
    ['d2:\u00ff\u0000i1ee', new Map<string, Encodable>([['\u00ff\u0000', 1]])],
  ])('writes %j', (text, value) => {
    expect(encoded(value)).toBe(text);
  });

  it('puts raw bencoding in as it is, canonical or not', () => {
    const raw = Uint8Array.from('d1:bi1e1:ai2ee', letter => letter.charCodeAt(0));
    expect(encoded({ info: new RawBencode(raw), a: 1 })).toBe('d1:ai1e4:infod1:bi1e1:ai2eee');
  });

  it('puts text in that is bencoding already', () => {
    const list = new BencodeText(
      `l${bencodedText('caf\u00e9')}${bencodedText('\u{1f3b5}')}${bencodedText('')}e`,
    );
    expect(encode([1, list])).toEqual(encode([1, ['caf\u00e9', '\u{1f3b5}', '']]));
  });

  it('sorts the keys as bytes: numbers in an object, accents, what lies beyond UTF-16', () => {
    expect(encoded({ 10: 1, 9: 2, B: 3, a: 4 })).toBe('d2:10i1e1:9i2e1:Bi3e1:ai4ee');
    const keys = [
      ...(decode(encode({ '\u{10000}': 1, '\uff61': 2, é: 3, z: 4 })) as BencodeDictionary).entries.values(),
    ];
    expect(keys).toEqual([4, 3, 2, 1]);
  });

  it('makes a dictionary that was out of order canonical', () => {
    const bytes = Uint8Array.from('d1:bi01e1:ai2ee', letter => letter.charCodeAt(0));
    expect(encoded(decode(bytes, { lenient: true }))).toBe('d1:ai2e1:bi1ee');
  });

  it('writes any length, beyond the first buffer too', () => {
    for (const length of [1018, 1019, 1020, 1021, 5000, 300_000]) {
      const text = 'x'.repeat(length);
      expect(encoded([text, 1])).toBe(`l${length}:${text}i1ee`);
      expect(encoded(['a', new Uint8Array(length).fill(0x78)])).toBe(`l1:a${length}:${text}e`);
    }
  });

  it('survives the round trip, whatever the value', () => {
    fc.assert(
      fc.property(anyValue, value => {
        const bytes = encode(value);
        const back = decode(bytes);
        expect(normal(back)).toEqual(normal(value));
        expect(encode(back)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses what has no bencoding, which is the caller’s fault', () => {
    const refused = [
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      true,
      false,
      null,
      undefined,
      () => 1,
      Symbol('a'),
    ];
    for (const value of refused) {
      expect(() => encode(value as unknown as Encodable)).toThrow(TypeError);
      expect(() => encode([value] as unknown as Encodable)).toThrow(TypeError);
    }
    expect(() => encode({ a: null } as unknown as Encodable)).toThrow(TypeError);
  });

  it('refuses a key of a Map that is no binary string, instead of cutting it', () => {
    expect(() => encode(new Map([['日本', 1]]))).toThrow(TypeError);
    expect(() => encode({ 日本: 1 })).not.toThrow();
  });
});

const binaryKey = fc.uint8Array({ maxLength: 4 }).map(bytes => toBinaryString(bytes));
const { value: anyValue } = fc.letrec<{ value: Encodable }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(binaryKey, tie('value')), { maxLength: 5 }).map(entries => new Map(entries)),
  ),
}));

/** What is left of a value's shape when it has been through bencoding: big integers only where they must be, sorted keys. */
function normal(value: Encodable | BencodeValue): unknown {
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }
  if (value === 0) return 0; // -0 has no bencoding of its own
  if (value instanceof Uint8Array) return toBinaryString(value);
  if (Array.isArray(value)) return value.map(normal);
  const entries = value instanceof BencodeDictionary ? value.entries : value;
  if (entries instanceof Map) {
    const sorted = [...(entries as Map<string, Encodable>)].sort(([a], [b]) => (a < b ? -1 : 1));
    return { entries: sorted.map(([key, item]) => [key, normal(item)]) };
  }
  return value;
}

describe('what is made while it is written', () => {
  test('is what it would be otherwise', () => {
    const lazy = new LazyDictionary(function* () {
      yield ['a', new LazyList(() => [1, 'two', new LazyList(() => [])])];
      yield ['b', { '': 3 }];
    });
    expect(encode(lazy)).toEqual(encode({ a: [1, 'two', []], b: { '': 3 } }));
  });

  test('has its keys in order', () => {
    for (const keys of [
      ['b', 'a'],
      ['a', 'a'],
    ]) {
      const lazy = new LazyDictionary(() => keys.map(key => [key, 1] as const));
      expect(() => encode(lazy)).toThrow(TypeError);
    }
    // And what is encoded after that has nothing of it.
    expect(encode(['x'])).toEqual(encodeUtf8('l1:xe'));
  });
});

test('a marked value is found in what was written, however long what is around it', () => {
  for (const length of [0, 10, 5000, 70_000, 200_000]) {
    const filler = new Uint8Array(length).fill(0x61);
    const marked = new MarkedBencode({ of: [filler, 7] });
    const bytes = encode([filler, 'short', marked, filler]);
    expect(bytes.subarray(marked.start, marked.end)).toEqual(encode({ of: [filler, 7] }));
    expect(decode(bytes)).toEqual(decode(encode([filler, 'short', { of: [filler, 7] }, filler])));
  }
});
