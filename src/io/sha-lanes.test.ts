import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noise } from '../../test/torrents.ts';
import { MAX_LANES, shaLanes } from './sha-lanes.ts';

const ROOT = new URL('../../', import.meta.url).href;

/** A machine that the binary is made for; elsewhere `node:crypto` does its work, and there is nothing to test. */
const isMadeFor =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  process.env['SWARMLINE_NATIVE'] !== '0' &&
  /\bsha_ni\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));

describe('hashing side by side', () => {
  it('is there on every machine that the binary is made for, and nowhere else', () => {
    expect(shaLanes !== undefined).toBe(isMadeFor);
  });
});

// Says so in the test's name where it cannot run.
describe.runIf(isMadeFor)(`the binary${isMadeFor ? '' : ' (this machine cannot run it)'}`, () => {
  const lanes = shaLanes!;

  it('was made from the sources that lie beside it: npm run build:native', async () => {
    const { sourcesDigest } = (await import(`${ROOT}build/native.mjs`)) as { sourcesDigest: () => string };
    expect((lanes as unknown as { sources: string }).sources).toBe(sourcesDigest());
  });

  // Up to 16 lanes of one kind, of another, in pairs, alone; lengths around where padding takes one block more.
  const lengths = fc.oneof(fc.constantFrom(0, 1, 55, 56, 63, 64, 65, 119, 120, 16_384), fc.nat(5000));

  it.each([
    ['sha1', 20],
    ['sha256', 32],
  ] as const)('finds the %s of messages in one buffer, shared or not', (algorithm, digestLength) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), lengths, fc.boolean(), (count, length, isShared) => {
        const size = count * (length + 3) + 5;
        const bytes = isShared ? new Uint8Array(new SharedArrayBuffer(size)) : new Uint8Array(size);
        bytes.set(noise(size, count));
        const offsets = Uint32Array.from({ length: count }, (_, i) => 5 + i * (length + 3));
        const digests = new Uint8Array(count * digestLength);
        lanes[`${algorithm}Slices`](bytes, offsets, count, length, digests);
        const expected = Array.from(offsets, at => digestOf(algorithm, bytes.subarray(at, at + length)));
        expect(Buffer.from(digests)).toEqual(Buffer.concat(expected));
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['sha1', 20],
    ['sha256', 32],
  ] as const)('finds the %s of messages in a buffer each', (algorithm, digestLength) => {
    for (let count = 0; count <= MAX_LANES; count++) {
      const messages = Array.from({ length: count }, (_, i) => noise(1000, i).subarray(7));
      const digests = new Uint8Array(count * digestLength);
      lanes[`${algorithm}Each`](messages, digests);
      expect(Buffer.from(digests)).toEqual(
        Buffer.concat(messages.map(message => digestOf(algorithm, message))),
      );
    }
  });

  const bytes = new Uint8Array(100);
  const digests = new Uint8Array(64);
  it.each<[string, () => void]>([
    [
      'a message that ends behind the buffer',
      () => lanes.sha1Slices(bytes, Uint32Array.of(37), 1, 64, digests),
    ],
    ['a message longer than the buffer', () => lanes.sha256Slices(bytes, Uint32Array.of(0), 1, 101, digests)],
    ['an offset far beyond', () => lanes.sha1Slices(bytes, Uint32Array.of(2 ** 32 - 1), 1, 64, digests)],
    ['more messages than offsets', () => lanes.sha1Slices(bytes, Uint32Array.of(0), 2, 4, digests)],
    [
      'more messages than there is room for digests',
      () => lanes.sha256Slices(bytes, Uint32Array.of(0, 1, 2), 3, 4, digests),
    ],
    ['a negative length', () => lanes.sha1Slices(bytes, Uint32Array.of(0), 1, -1, digests)],
    ['messages of two lengths', () => lanes.sha1Each([bytes, bytes.subarray(1)], digests)],
    ['more messages than digests', () => lanes.sha1Each([bytes, bytes, bytes, bytes], digests)],
    ['what is no array of bytes', () => lanes.sha1Each(['text' as never], digests)],
    ['words in place of bytes', () => lanes.sha1Each([new Uint16Array(4) as never], digests)],
    ['arguments that are missing', () => (lanes.sha1Slices as unknown as () => void)()],
  ])('refuses %s', (_, call) => {
    expect(call).toThrow(RangeError);
  });
});

function digestOf(algorithm: string, message: Uint8Array): Buffer {
  return createHash(algorithm).update(message).digest();
}
