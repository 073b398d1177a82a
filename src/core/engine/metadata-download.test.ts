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
    for (const peer of [1, 2, 3]) metadata.offered(peer, METADATA.length, 0);
    expect([1, 2, 3, 1].map(peer => metadata.next(peer, 0))).toEqual([0, 1, 2, undefined]);
    expect(metadata.received(2, 1, piece(1), 0)).toBeUndefined();
    expect(metadata.received(1, 0, piece(0), 0)).toBeUndefined();
    expect(metadata.progress).toBeCloseTo(2 / 3);
    expect(metadata.received(3, 2, piece(2), 0)).toSatisfy(isWhole);
  });

  it('takes nothing that it did not ask for', () => {
    const metadata = download();
    metadata.offered(1, METADATA.length, 0);
    expect(metadata.received(1, 0, piece(0), 0)).toBeUndefined();
    expect(metadata.received(2, 0, piece(0), 0)).toBeUndefined();
    expect(metadata.progress).toBe(0);
  });

  it('asks another peer what one refused or left unanswered', () => {
    const metadata = download();
    metadata.offered(1, METADATA.length, 0);
    metadata.offered(2, METADATA.length, 0);
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
    metadata.offered(1, 0, 0);
    metadata.offered(2, METADATA_DEFAULTS.maxMetadataLength + 1, 0);
    expect(metadata.next(1, 0)).toBeUndefined();
    expect(metadata.next(2, 0)).toBeUndefined();
  });

  it('tries another size when nobody who claims the first gives anything', () => {
    const metadata = download();
    metadata.offered(1, 20_000_000, 0);
    metadata.offered(2, METADATA.length, 0);
    expect(metadata.next(1, 0)).toBe(0);
    expect(metadata.next(2, 0)).toBeUndefined();
    metadata.timePassed(10_000);
    expect([0, 0, 0].map(() => metadata.next(2, 10_000))).toEqual([0, 1, 2]);
  });

  it('names a liar that gave all of it', () => {
    const metadata = download();
    metadata.offered(1, METADATA.length, 0);
    for (const index of [0, 1, 2]) expect(metadata.next(1, 0)).toBe(index);
    metadata.received(1, 0, piece(0), 0);
    metadata.received(1, 1, piece(0), 0);
    expect(metadata.received(1, 2, piece(2), 0)).toEqual({ wrong: [1] });
    expect(metadata.next(1, 0)).toBeUndefined();
  });

  it('names a peer whose piece has the wrong length', () => {
    const metadata = download();
    metadata.offered(1, METADATA.length, 0);
    metadata.next(1, 0);
    expect(metadata.received(1, 0, new Uint8Array(5), 0)).toEqual({ wrong: [1] });
  });

  it('finds a liar among several by asking one alone', () => {
    const metadata = new MetadataDownload({ infoHashV1: sha1(METADATA) }, portableHash, {
      ...METADATA_DEFAULTS,
      requestsPerPeer: 2,
    });
    metadata.offered(1, METADATA.length, 0);
    metadata.offered(2, METADATA.length, 0);
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

  /** Seconds until peers 2 and 3 have given all, while peer 1 gives a piece every 9 s and is found out at `untilMs`. */
  const secondsBesideSlowPeer = (metadata: MetadataDownload, untilSecond: number): number | undefined => {
    let asked: number | undefined;
    for (let second = 0; second < untilSecond; second++) {
      const now = second * 1000;
      metadata.timePassed(now);
      if (second % 9 === 0) {
        if (asked !== undefined) metadata.received(1, asked, new Uint8Array(16_384), now);
        asked = metadata.next(1, now);
      }
      for (const peer of [2, 3]) {
        for (let index = metadata.next(peer, now); index !== undefined; index = metadata.next(peer, now)) {
          const result = metadata.received(peer, index, piece(index), now);
          if (result !== undefined && 'whole' in result) return second;
        }
      }
    }
    return undefined;
  };

  it('leaves a size that comes drop by drop when others back another', () => {
    const metadata = download();
    metadata.offered(1, METADATA_DEFAULTS.maxMetadataLength, 0);
    metadata.offered(2, METADATA.length, 0);
    metadata.offered(3, METADATA.length, 0);
    expect(secondsBesideSlowPeer(metadata, 3600)).toBeLessThan(40);
  });

  it('stays with a slow peer while nobody says otherwise, and with one that gives at a fair rate', () => {
    const metadata = new MetadataDownload({ infoHashV1: sha1(METADATA) }, portableHash, {
      ...METADATA_DEFAULTS,
      requestsPerPeer: 1,
    });
    metadata.offered(1, METADATA.length, 0);
    for (const index of [0, 1]) {
      expect(metadata.next(1, index * 9000)).toBe(index);
      metadata.received(1, index, piece(index), index * 9000 + 8000);
    }
    metadata.timePassed(60_000);
    expect(metadata.next(1, 60_000)).toBe(2);

    const large = download();
    large.offered(2, METADATA.length, 0);
    large.offered(1, 16_384 * 100, 0);
    // The other size has had its turn, and nothing came.
    large.timePassed(30_000);
    for (let index = 0; index < 99; index++) {
      const now = 30_000 + index * 900;
      expect(large.next(1, now)).toBe(index);
      large.received(1, index, new Uint8Array(16_384), now);
      large.timePassed(now);
    }
    expect(large.next(2, 120_000)).toBeUndefined();
  });

  it('leaves a size that comes at a fair rate for one that nobody has tried', () => {
    const metadata = download();
    metadata.offered(1, METADATA_DEFAULTS.maxMetadataLength, 0);
    metadata.offered(2, METADATA.length, 0);
    let now = 0;
    for (; now < 3_600_000 && metadata.next(2, now) === undefined; now += 1000) {
      for (let given = 0; given < 2; given++) {
        const index = metadata.next(1, now)!;
        metadata.received(1, index, new Uint8Array(16_384), now);
      }
      metadata.timePassed(now);
    }
    expect(now).toBeLessThanOrEqual(31_000);
  });

  it('tries of sizes that are alike in all else the smallest first: it is over soonest', () => {
    const metadata = download();
    for (const [index, size] of [4000, 3000, 1000, 2000].entries()) metadata.offered(index, size, 0);
    expect(metadata.next(0, 0)).toBe(0);
    metadata.refused(0, 0, 0);
    expect([1, 2, 3].map(peer => metadata.next(peer, 0))).toEqual([undefined, 0, undefined]);
  });

  it('tries the sizes in turn, of two equals the one that more peers back', () => {
    const metadata = download();
    const sizes = [1000, 2000, 3000, 3000];
    for (const [index, size] of sizes.entries()) metadata.offered(index + 1, size, 0);
    const tried: number[] = [];
    // Nobody answers: who does not is left alone for 30 seconds.
    for (let now = 0; now <= 30_000; now += 1000) {
      metadata.timePassed(now);
      for (const peer of [1, 2, 3, 4]) if (metadata.next(peer, now) !== undefined) tried.push(peer);
    }
    expect(tried).toEqual([1, 3, 4, 2]);
  });

  it('goes to a willing peer of another size though nothing else happens', () => {
    const metadata = download();
    metadata.offered(1, 16_384, 0);
    metadata.offered(2, METADATA.length, 0);
    metadata.next(1, 0);
    metadata.refused(1, 0, 0);
    expect(metadata.next(2, 0)).toBe(0);
    metadata.refused(2, 0, 0);
    metadata.left(2, 1000);
    metadata.timePassed(30_000);
    expect(metadata.next(1, 30_000)).toBe(0);
  });

  const failedOnceOf = (count: number) => {
    const size = 16_384 * count;
    const whole = noise(size, 2);
    const give = (peer: number, index: number, now: number) =>
      metadata.received(peer, index, peer === 1 ? new Uint8Array(16_384) : at(index), now);
    const at = (index: number) => whole.subarray(16_384 * index, 16_384 * (index + 1));
    const metadata = new MetadataDownload({ infoHashV1: sha1(whole) }, portableHash, {
      ...METADATA_DEFAULTS,
      requestsPerPeer: 1,
    });
    for (const peer of [1, 2]) metadata.offered(peer, size, 0);
    expect(give(1, metadata.next(1, 0)!, 0)).toBeUndefined();
    for (let index = 1; index < count - 1; index++) give(2, metadata.next(2, 0)!, 0);
    expect(give(2, metadata.next(2, 0)!, 0)).toEqual({ wrong: [] });
    expect(metadata.next(2, 0)).toBeUndefined();
    const takeAllFrom2 = (now: number) => {
      let result: ReturnType<MetadataDownload['received']>;
      for (let index = 0; index < count; index++) result = give(2, metadata.next(2, now)!, now);
      return result;
    };
    return { metadata, give, takeAllFrom2 };
  };

  it('asks a slow peer alone for no longer than its turn when another backs the same size', () => {
    const { metadata, give, takeAllFrom2 } = failedOnceOf(10);
    for (let now = 0; now < 36_000; now += 9000) {
      const index = metadata.next(1, now)!;
      metadata.timePassed(now + 8000);
      give(1, index, now + 8000);
    }
    metadata.timePassed(36_000);
    expect(takeAllFrom2(36_000)).toHaveProperty('whole');
  });

  it('takes nothing over from a peer that was asked alone and refused', () => {
    const { metadata, give, takeAllFrom2 } = failedOnceOf(3);
    give(1, metadata.next(1, 0)!, 0);
    metadata.refused(1, metadata.next(1, 0)!, 0);
    expect(takeAllFrom2(0)).toHaveProperty('whole');
  });
});
