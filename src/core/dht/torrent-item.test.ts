import { describe, expect, it } from 'vitest';
import { encodeUtf8, toBinaryString } from '../bytes/utf8.ts';
import { decodeTorrentItem, encodeTorrentItem } from './torrent-item.ts';

const V1 = new Uint8Array(20).fill(1);
const V2 = Uint8Array.from({ length: 32 }, (_, i) => i);

describe('a torrent as an item', () => {
  it('is what BEP 46 says, for v1', () => {
    expect(toBinaryString(encodeTorrentItem({ infoHashV1: V1 }))).toBe(`d2:ih20:${'\x01'.repeat(20)}e`);
  });

  it.each([{ infoHashV1: V1 }, { infoHashV2: V2 }, { infoHashV1: V1, infoHashV2: V2 }])(
    'is read as it was written: %#',
    torrent => {
      expect(decodeTorrentItem(encodeTorrentItem(torrent))).toEqual(torrent);
    },
  );

  it('fits an item, and is known to others by what they announce', () => {
    const value = encodeTorrentItem({ infoHashV2: V2 });
    expect(value.length).toBeLessThan(1000);
    expect(decodeTorrentItem(encodeUtf8('d2:ih20:abcdefghijklmnopqrste'))).toEqual({
      infoHashV1: encodeUtf8('abcdefghijklmnopqrst'),
    });
  });

  it.each([
    '',
    'i1e',
    'le',
    'de',
    'd2:ih19:abcdefghijklmnopqrse',
    'd2:ihi5ee',
    'd2:ih',
    `${'l'.repeat(500)}`,
  ])('is not %j', text => {
    expect(decodeTorrentItem(encodeUtf8(text))).toBeUndefined();
  });
});
