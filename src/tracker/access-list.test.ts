import { expect, test } from 'vitest';
import { seededRandom } from '../core/bytes/prng.ts';
import { AccessList } from './access-list.ts';

const deps = { random: seededRandom(1) };
const hash = (n: number) => new Uint8Array(20).fill(n);
const hex = (n: number, bytes = 20) => n.toString(16).padStart(2, '0').repeat(bytes);
const list = (text: string, label = 'list.txt') => ({ label, text });

test('knows what is allowed and what is denied; denial has the last word', () => {
  const access = AccessList.of([list(`${hex(1)}\n${hex(2)}`), list(hex(3))], [list(hex(2))], deps);
  expect([1, 2, 3, 4].map(n => access.verdict(hash(n)))).toEqual(['listed', 'denied', 'listed', undefined]);
  expect([access.allowedCount, access.deniedCount]).toEqual([3, 1]);
});

test('reads both kinds of hashes, either case, remarks and empty lines', () => {
  const text = `# ours\r\n\n  ${hex(0xab).toUpperCase()} album\r\n${hex(5, 32)}# v2\n${hex(5)}`;
  const access = AccessList.of([list(text)], [], deps);
  expect(access.allowedCount).toBe(2);
  expect([access.verdict(hash(0xab)), access.verdict(hash(5))]).toEqual(['listed', 'listed']);
});

test.each([hex(1).slice(1), `${hex(1)}0`, 'zz'.repeat(20), 'album'])('says which line is none: %s', line => {
  expect(() => AccessList.of([list(`${hex(1)}\n\n${line}`)], [], deps)).toThrow(
    expect.objectContaining({
      code: 'LIST_INVALID',
      message: 'Line 3 of "list.txt" does not begin with an info hash of 40 or 64 hexadecimal digits.',
    }),
  );
});
