import { expect, test } from 'vitest';
import { fromHex } from '../core/bytes/hex.ts';
import { encodeUtf8 } from '../core/bytes/utf8.ts';
import { signedBytes } from '../core/dht/items.ts';
import { nodeSignatures } from './signatures.ts';

// BEP 44, "Test Vectors".
const KEY = fromHex('77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548')!;
const VALUE = encodeUtf8('12:Hello World!');
const PLAIN =
  '305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01';
const SALTED =
  '6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17ddf9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08';

test('the signatures of BEP 44 are right, and no others', () => {
  const { verify } = nodeSignatures;
  const plain = signedBytes(new Uint8Array(0), 1, VALUE);
  const salted = signedBytes(encodeUtf8('foobar'), 1, VALUE);
  expect(verify(KEY, plain, fromHex(PLAIN)!)).toBe(true);
  expect(verify(KEY, salted, fromHex(SALTED)!)).toBe(true);
  expect(verify(KEY, salted, fromHex(PLAIN)!)).toBe(false);
  expect(verify(KEY, signedBytes(new Uint8Array(0), 2, VALUE), fromHex(PLAIN)!)).toBe(false);
  expect(verify(new Uint8Array(32).fill(0xff), plain, fromHex(PLAIN)!)).toBe(false);
  expect(verify(KEY.subarray(1), plain, fromHex(PLAIN)!)).toBe(false);
});
