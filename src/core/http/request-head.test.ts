import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasToken, isHeadFault, readRequestHead } from './request-head.ts';

const read = (text: string, maxLength = 1_000) => readRequestHead(text, 0, maxLength);
const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`;

test('reads a request, and says where the next begins', () => {
  const text = lines('GET /announce?a=%00\xff HTTP/1.1', 'Host: x', 'Accept-Encoding:gzip , br');
  const head = read(`${text}GET /`);
  expect(head).toMatchObject({
    method: 'GET',
    target: '/announce?a=%00\xff',
    isVersion11: true,
    end: text.length,
    fields: { keepsAlive: false, closes: false, hasBody: false, upgrades: false },
  });
  expect(
    Object.fromEntries((head as { fields: { values: ReadonlyMap<string, string> } }).fields.values),
  ).toEqual({
    host: 'x',
    'accept-encoding': 'gzip , br',
  });
});

test('any beginning of a request is waited for, any byte more is another request', () => {
  const text = lines('GET /announce?info_hash=%12 HTTP/1.1', 'Host: x', 'X-Empty:', 'Connection: close');
  for (let length = 1; length < text.length; length++)
    expect(read(text.slice(0, length)), text.slice(0, length)).toBe(undefined);
  expect(read(text)).toMatchObject({ end: text.length, fields: { closes: true } });
});

test('fields that come again as they were are not read again', () => {
  const text = lines('GET /a HTTP/1.1', 'Host: x');
  const first = read(text) as { fields: object };
  const again = readRequestHead(lines('GET /b HTTP/1.1', 'Host: x'), 0, 1_000, first.fields as never);
  expect((again as { fields: object }).fields).toBe(first.fields);
  const other = readRequestHead(lines('GET /b HTTP/1.1', 'Host: y'), 0, 1_000, first.fields as never);
  expect((other as { fields: object }).fields).not.toBe(first.fields);
});

test.each([
  ['a line that ends with a line feed alone', 'GET / HTTP/1.1\nHost: x\r\n\r\n'],
  ['a field that ends with a line feed alone', 'GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n'],
  ['white space before a colon', lines('GET / HTTP/1.1', 'Host : x')],
  ['a folded line', lines('GET / HTTP/1.1', 'Host: x', ' y')],
  ['a field without a name', lines('GET / HTTP/1.1', 'Host: x', ': y')],
  ['a field without a colon', lines('GET / HTTP/1.1', 'Host: x', 'y')],
  ['a zero in a field', lines('GET / HTTP/1.1', 'Host: x', 'y: \0')],
  ['a zero in the target', lines('GET /\0 HTTP/1.1', 'Host: x')],
  ['two hosts', lines('GET / HTTP/1.1', 'Host: x', 'host: y')],
  ['two lengths', lines('GET / HTTP/1.1', 'Host: x', 'Content-Length: 0', 'Content-Length: 0')],
  ['a length with a sign', lines('GET / HTTP/1.1', 'Host: x', 'Content-Length: +5')],
  ['two encodings', lines('GET / HTTP/1.1', 'Host: x', 'Transfer-Encoding: a', 'Transfer-Encoding: b')],
  ['no host', lines('GET / HTTP/1.1')],
  ['two spaces', lines('GET  / HTTP/1.1', 'Host: x')],
  ['a method in small letters', lines('get / HTTP/1.1', 'Host: x')],
  ['no version', lines('GET /', 'Host: x')],
  ['an empty line first', lines('', 'GET / HTTP/1.1', 'Host: x')],
  ['101 fields', lines('GET / HTTP/1.1', ...Array.from({ length: 101 }, (_, i) => `h${i}: x`))],
  ['another protocol, of which little has come', '\x13Bit'],
  ['a line feed alone, of which little has come', 'GET / HTTP/1.1\nHo'],
])('refuses %s', (_, text) => {
  expect(read(text, 10_000)).toEqual({ status: 400 });
});

test('knows what is too long and what is of another time', () => {
  expect(read(lines('GET / HTTP/1.1', `Host: ${'x'.repeat(1_000)}`))).toEqual({ status: 431 });
  expect(read('G'.repeat(20) + ' '.padEnd(1_000, 'x'))).toEqual({ status: 431 });
  expect(read(lines('GET / HTTP/2.0', 'Host: x'))).toEqual({ status: 505 });
  expect(read(lines('GET / HTTP/1.0'))).toMatchObject({ isVersion11: false });
});

test('a body is noticed however it is announced', () => {
  const hasBody = (...fields: string[]) =>
    (read(lines('GET / HTTP/1.1', 'Host: x', ...fields)) as { fields: { hasBody: boolean } }).fields.hasBody;
  expect(hasBody('Content-Length: 5')).toBe(true);
  expect(hasBody('Content-Length: 0')).toBe(false);
  expect(hasBody('Transfer-Encoding: chunked')).toBe(true);
  expect(hasBody('Transfer-Encoding: identity', 'Content-Length: 0')).toBe(true);
});

test('finds a token in a list', () => {
  expect(hasToken('br, GZIP;q=0.5', 'gzip')).toBe(true);
  expect(hasToken('gzip;q=0', 'gzip')).toBe(false);
  expect(hasToken('gzip; q=0.000', 'gzip')).toBe(false);
  expect(hasToken('xgzip', 'gzip')).toBe(false);
  expect(hasToken(undefined, 'gzip')).toBe(false);
});

test('reads no other end for text that goes on', () => {
  const part = fc.constantFrom(
    'GET ',
    '/a',
    ' HTTP/1.1',
    '\r\n',
    '\n',
    '\r',
    'Host: x',
    'a:',
    ' ',
    'Content-Length: 3',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 14 }), fc.array(part, { maxLength: 4 }), (some, more) => {
      const head = read(some.join(''));
      const longer = read(some.join('') + more.join(''));
      if (head === undefined || isHeadFault(head)) return;
      expect(longer).toEqual(head);
    }),
  );
});
