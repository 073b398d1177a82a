import { expect, test } from 'vitest';
import { readProxyHeader } from './proxy-header.ts';

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const header = (command: number, family: number, addresses: readonly number[]) =>
  new Uint8Array([
    ...SIGNATURE,
    command,
    family,
    addresses.length >> 8,
    addresses.length & 255,
    ...addresses,
  ]);
const four = [192, 0, 2, 1, 10, 0, 0, 1, 0x1a, 0xe1, 0, 80];

test('reads whose connection it is, whatever follows', () => {
  const bytes = new Uint8Array([...header(0x21, 0x11, [...four, 3, 0, 1, 9]), 71, 69, 84]);
  expect(readProxyHeader(bytes)).toEqual({
    length: 32,
    source: { ip: new Uint8Array([192, 0, 2, 1]), port: 6881 },
  });
  const six = [0x20, 1, 0x0d, 0xb8, ...new Array(12).fill(0), ...new Array(16).fill(1), 0, 1, 0, 2];
  expect(readProxyHeader(header(0x21, 0x21, six))?.source?.ip).toEqual(new Uint8Array(six.slice(0, 16)));
});

test('waits for the rest, and no longer than for that', () => {
  const bytes = header(0x21, 0x11, four);
  for (let length = 0; length < bytes.length; length++)
    expect(readProxyHeader(bytes.subarray(0, length))).toBe(undefined);
  expect(readProxyHeader(bytes)?.length).toBe(28);
});

test("knows the proxy's own connections, and families that are not the internet's", () => {
  expect(readProxyHeader(header(0x20, 0x00, []))).toEqual({ length: 16, source: undefined });
  expect(readProxyHeader(header(0x21, 0x31, new Array(216).fill(0)))).toEqual({
    length: 232,
    source: undefined,
  });
});

test.each([
  ['HTTP', new TextEncoder().encode('GET / HTTP/1.1')],
  ['version 1', new TextEncoder().encode('PROXY TCP4 1.2.3.4')],
  ['another version', header(0x31, 0x11, four)],
  ['an unknown command', header(0x22, 0x11, four)],
  ['addresses that are too short', header(0x21, 0x11, four.slice(0, 11))],
  ['a header without end', header(0x21, 0x11, new Array(1_025).fill(0))],
])('refuses %s', (_, bytes) => {
  expect(() => readProxyHeader(bytes)).toThrow(expect.objectContaining({ code: 'PROXY_HEADER_INVALID' }));
});
