import { expect, it } from 'vitest';
import { noise } from '../../test/torrents.ts';
import { toHex } from '../core/bytes/hex.ts';
import { nodeHash } from './hash-functions.ts';
import { PieceDigests } from './piece-digests.ts';
import { shaLanes } from './sha-lanes.ts';

const LENGTHS = [1000, 1000, 1000, 500, 1000, 1000, ...Array.from({ length: 20 }, () => 640)];

it('the digests of pieces, prepared together or not, are those of each alone', () => {
  const digests = new PieceDigests(shaLanes);
  const pieces = LENGTHS.map((length, i) => noise(length, i));
  digests.prepare(pieces);
  for (const piece of pieces) expect(toHex(digests.hash.sha1(piece))).toBe(toHex(nodeHash.sha1(piece)));
});

it('a piece is known by its own bytes alone, and forgotten with the next ones', () => {
  const digests = new PieceDigests(shaLanes);
  const [one, two] = [noise(1000, 1), noise(1000, 2)];
  digests.prepare([one, two]);
  const part = one.subarray(0, 999);
  expect(toHex(digests.hash.sha1(part))).toBe(toHex(nodeHash.sha1(part)));
  digests.clear();
  one[0]!++;
  expect(toHex(digests.hash.sha1(one))).toBe(toHex(nodeHash.sha1(one)));
});

it('nothing is prepared where nothing hashes side by side', () => {
  const digests = new PieceDigests(undefined);
  const pieces = [noise(100, 1), noise(100, 2)];
  digests.prepare(pieces);
  for (const piece of pieces) expect(toHex(digests.hash.sha1(piece))).toBe(toHex(nodeHash.sha1(piece)));
});
