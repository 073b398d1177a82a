import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeUtf8 } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import { JsonReader, KnownTexts } from './json-reader.ts';

fc.configureGlobal({ seed: 2026 });

const json = new JsonReader(20);

/** What `take` reads of a text that has to be one value, or undefined. */
function read<Value>(text: string, take: () => Value): Value | undefined {
  try {
    json.begin(encodeUtf8(text));
    const value = take();
    json.end();
    return value;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}

const skipped = (text: string) =>
  read(text, () => {
    const start = json.skip();
    return new TextDecoder().decode(encodeUtf8(text).subarray(start, json.at));
  });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

test('agrees with JSON.parse on what is JSON, and gives it as it stands there', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 5 }),
      fc.nat(),
      fc.constantFrom('', ',', '"', '\\', '1', ']', ' ', '\0', '\u001f', '\u007f', '\\u12', 'é', '😀'),
      (value, at, extra) => {
        const whole = JSON.stringify(value);
        expect(skipped(whole)).toBe(whole);
        const place = at % (whole.length + 1);
        // Half a character is no UTF-8.
        const changed = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
          encodeUtf8(whole.slice(0, place) + extra + whole.slice(place + 1)),
        );
        expect(skipped(changed) !== undefined).toBe(parsed(changed) !== undefined);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('finds what ends a string, or may not stand in it, wherever that is', () => {
  for (const found of [
    '"',
    '\\',
    '\\"',
    '\0',
    '\n',
    '\u001f',
    ' ',
    '!',
    '#',
    '[',
    ']',
    '\u007f',
    '\u0080',
    'ÿ',
    '€',
  ]) {
    for (let before = 0; before < 12; before++) {
      for (let behind = 0; behind < 12; behind++) {
        const text = `"${'x'.repeat(before)}${found}${'y'.repeat(behind)}"`;
        expect(read(text, () => json.string())).toBe(parsed(text));
      }
    }
  }
});

test('reads strings as JSON.parse does', () => {
  const units = fc.array(fc.oneof(fc.integer({ min: 0, max: 0xff }), fc.integer({ min: 0, max: 0xffff })), {
    maxLength: 70,
  });
  fc.assert(
    fc.property(units, fc.boolean(), (codes, isEscaped) => {
      const text = String.fromCharCode(...codes);
      const written = isEscaped
        ? `"${codes.map(code => `\\u${code.toString(16).padStart(4, '0')}`).join('')}"`
        : JSON.stringify(text);
      expect(read(written, () => json.string())).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

test('reads numbers as JSON.parse does', () => {
  const texts = [
    '0',
    '-0',
    '7',
    '123456789012345',
    '1234567890123456789',
    '1e3',
    '-1.5E-7',
    '1e999',
    '01',
    '1.',
    '.5',
    '-',
    '+1',
    '1e',
  ];
  for (const text of texts) expect(read(text, () => json.number())).toBe(parsed(text));
});

test('knows texts by their bytes, and by their escapes', () => {
  const known = new KnownTexts(['left', 'event', 'offer']);
  const index = (text: string) => read(text, () => json.oneOf(known));
  expect(['"left"', '"event"', '"offer"', '"\\u006ceft"'].map(index)).toEqual([0, 1, 2, 0]);
  expect(['"lefT"', '""', '"even"', '"events"', '"löft"', '"a long one"'].map(index)).toEqual([
    -1, -1, -1, -1, -1, -1,
  ]);
});

test('bytes that are no UTF-8 are no string, and lead nowhere', () => {
  for (const bytes of [
    [0xc3],
    [0xc3, 0x22],
    [0x80, 0x22],
    [0xc0, 0x80, 0x22],
    [0xe2, 0x82, 0x22],
    [0xff, 0x22],
  ]) {
    json.begin(new Uint8Array(100_000).fill(0x78));
    json.begin(new Uint8Array([0x22, ...bytes]));
    expect(() => json.string()).toThrow(ProtocolError);
  }
});

test('goes no deeper than it may', () => {
  expect(skipped(`${'['.repeat(20)}${']'.repeat(20)}`)).toBeDefined();
  expect(skipped(`${'['.repeat(21)}${']'.repeat(21)}`)).toBeUndefined();
  expect(skipped('[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]')).toBeDefined();
  expect(skipped('['.repeat(100_000))).toBeUndefined();
});
