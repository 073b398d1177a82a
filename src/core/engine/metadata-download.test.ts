import { describe, expect, it } from 'vitest';
import { noise } from '../../../test/torrents.ts';
import { equalBytes } from '../bytes/bytes.ts';
import { sha1 } from '../bytes/sha1.ts';
import { portableHash } from '../metainfo/info-hash.ts';
import { METADATA_DEFAULTS, MetadataDownload } from './metadata-download.ts';

const METADATA = noise(40_000, 1);
const isWhole = (result: unknown) => {
  const { whole } = result as { whole: Uint8Array };
  return equalBytes(whole, METADATA);
};
const piece = (index: number) => METADATA.subarray(index * 16_384, (index + 1) * 16_384);

function download(): MetadataDownload {
  return new MetadataDownload({ infoHashV1: sha1(METADATA) }, portableHash);
}

describe('the metadata download', () => {
  it('asks several peers for different pieces and puts them together', () => {
    const metadata = new MetadataDownload({ infoHashV1: sha1(METADATA) }, portableHash, {
      ...METADATA_DEFAULTS,
      requestsPerPeer: 1,
    });
    for (const peer of [1, 2, 3]) metadata.offered(peer, METADATA.length);
    expect([1, 2, 3, 1].map(peer => metadata.next(peer, 0))).toEqual([0, 1, 2, undefined]);
    expect(metadata.received(2, 1, piece(1), 0)).toBeUndefined();
    expect(metadata.received(1, 0, piece(0), 0)).toBeUndefined();
    expect(metadata.progress).toBeCloseTo(2 / 3);
    expect(metadata.received(3, 2, piece(2), 0)).toSatisfy(isWhole);
  });

  it('takes nothing that it did not ask for', () => {
    const metadata = download();
    metadata.offered(1, METADATA.length);
    expect(metadata.received(1, 0, piece(0), 0)).toBeUndefined();
    expect(metadata.received(2, 0, piece(0), 0)).toBeUndefined();
    expect(metadata.progress).toBe(0);
  });

  it('asks another peer what one refused or left unanswered', () => {
    const metadata = download();
    metadata.offered(1, METADATA.length);
    metadata.offered(2, METADATA.length);
    expect(metadata.next(1, 0)).toBe(0);
    metadata.refused(1, 0, 0);
    expect(metadata.next(1, 1000)).toBeUndefined();
    expect(metadata.next(2, 1000)).toBe(0);
    metadata.timePassed(11_000);
    expect(metadata.next(2, 11_000)).toBeUndefined();
    expect(metadata.next(1, 30_000)).toBe(0);
  });

  it('passes over sizes that are absurd', () => {
    const metadata = download();
    metadata.offered(1, 0);
    metadata.offered(2, METADATA_DEFAULTS.maxMetadataLength + 1);
    expect(metadata.next(1, 0)).toBeUndefined();
    expect(metadata.next(2, 0)).toBeUndefined();
  });

  it('tries another size when nobody who claims the first gives anything', () => {
    const metadata = download();
    metadata.offered(1, 20_000_000);
    metadata.offered(2, METADATA.length);
    expect(metadata.next(1, 0)).toBe(0);
    expect(metadata.next(2, 0)).toBeUndefined();
    metadata.timePassed(10_000);
    expect([0, 0, 0].map(() => metadata.next(2, 10_000))).toEqual([0, 1, 2]);
  });

  it('names a liar that gave all of it', () => {
    const metadata = download();
    metadata.offered(1, METADATA.length);
    for (const index of [0, 1, 2]) expect(metadata.next(1, 0)).toBe(index);
    metadata.received(1, 0, piece(0), 0);
    metadata.received(1, 1, piece(0), 0);
    expect(metadata.received(1, 2, piece(2), 0)).toEqual({ wrong: [1] });
    expect(metadata.next(1, 0)).toBeUndefined();
  });

  it('names a peer whose piece has the wrong length', () => {
    const metadata = download();
    metadata.offered(1, METADATA.length);
    metadata.next(1, 0);
    expect(metadata.received(1, 0, new Uint8Array(5), 0)).toEqual({ wrong: [1] });
  });

  it('finds a liar among several by asking one alone', () => {
    const metadata = new MetadataDownload({ infoHashV1: sha1(METADATA) }, portableHash, {
      ...METADATA_DEFAULTS,
      requestsPerPeer: 2,
    });
    metadata.offered(1, METADATA.length);
    metadata.offered(2, METADATA.length);
    const give = (peer: number) => {
      let result: ReturnType<MetadataDownload['received']>;
      const asked = [metadata.next(peer, 0), metadata.next(peer, 0)];
      for (const index of asked) {
        if (index === undefined) continue;
        const bytes = peer === 1 ? new Uint8Array(piece(index).length) : piece(index);
        result = metadata.received(peer, index, bytes, 0) ?? result;
      }
      return result;
    };
    expect(give(1)).toBeUndefined();
    expect(give(2)).toEqual({ wrong: [] });
    // The first alone, until it is found out; then the other.
    expect(give(2)).toBeUndefined();
    expect(give(1)).toBeUndefined();
    expect(give(1)).toEqual({ wrong: [1] });
    expect(give(2)).toBeUndefined();
    expect(give(2)).toSatisfy(isWhole);
  });
});
