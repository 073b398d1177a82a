import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleTorrent } from '../../../test/sample-torrents.ts';
import { toHex } from '../bytes/hex.ts';
import { ProtocolError } from '../errors.ts';
import {
  formatMagnet,
  isMagnet,
  isSelected,
  type Magnet,
  magnetOf,
  parseMagnet,
  selectedIndices,
} from './magnet.ts';
import { parseMetainfo } from './parse.ts';

const V1 = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a';
const V2 = 'cafebabe'.repeat(8);
const BTIH = `magnet:?xt=urn:btih:${V1}`;

const refused = (link: string, message: RegExp) => {
  expect(() => parseMagnet(link)).toThrow(ProtocolError);
  expect(() => parseMagnet(link)).toThrow(message);
};

describe('a magnet link', () => {
  it('has a hash in hexadecimal or in base32, in any case', () => {
    const hash = (link: string) => toHex(parseMagnet(link).infoHashV1!);
    expect(hash(BTIH)).toBe(V1);
    expect(hash(BTIH.toUpperCase())).toBe(V1);
    expect(hash('magnet:?xt=urn:btih:YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK')).toBe(V1);
    expect(hash('  magnet:?xt=urn:btih:yex6dqdlxisuvhoj6um3gnnkpqjwpkek\n')).toBe(V1);
  });

  it('has the two hashes of a hybrid, in either order and numbered', () => {
    const both = { infoHashV1: expect.anything(), infoHashV2: expect.anything() };
    expect(parseMagnet(`${BTIH}&xt=urn:btmh:1220${V2}`)).toMatchObject(both);
    expect(parseMagnet(`magnet:?xt.1=urn:btmh:1220${V2}&xt.2=urn:btih:${V1}`)).toMatchObject(both);
    expect(toHex(parseMagnet(`magnet:?xt=urn:btmh:1220${V2}`).infoHashV2!)).toBe(V2);
    expect(parseMagnet(`${BTIH}&xt=urn:sha1:x&xt=urn:btih:${V1}`).infoHashV2).toBeUndefined();
  });

  it('may be copied from the source of a web page', () => {
    const { name, trackers } = parseMagnet(
      `${BTIH}&amp;dn=Tom+%26+Ada&amp;tr=http%3A%2F%2Fa%2F&tr=udp://b:1`,
    );
    expect({ name, trackers }).toEqual({ name: 'Tom & Ada', trackers: ['http://a/', 'udp://b:1'] });
  });

  it('has all that BEP 9, 19 and 53 put into one', () => {
    const link = `${BTIH}&dn=a+b%20%C3%BC&xl=123&tr=http%3A%2F%2Fa%2Fx&tr.2=udp://b:1&ws=http://w/&xs=http://s/&as=http://f/&x.pe=1.2.3.4:5&x.pe=[::1]:6&x.pe=host.example:7&so=0,2,4-6&unknown=x&tr=`;
    expect(parseMagnet(link)).toMatchObject({
      ...{ name: 'a b ü', length: 123, trackers: ['http://a/x', 'udp://b:1'], webSeeds: ['http://w/'] },
      ...{ exactSources: ['http://s/'], acceptableSources: ['http://f/'] },
      peers: [
        { host: '1.2.3.4', port: 5 },
        { host: '::1', port: 6 },
        { host: 'host.example', port: 7 },
      ],
      selectOnly: [
        { first: 0, last: 0 },
        { first: 2, last: 2 },
        { first: 4, last: 6 },
      ],
    });
  });

  it('is read although the percent-encoding of its name is broken', () => {
    expect(parseMagnet(`${BTIH}&dn=100%+a%20b`)).toMatchObject({
      name: '100%+a%20b',
      isNameBroken: true,
    });
    expect(parseMagnet(`${BTIH}&dn=100%25+a`)).not.toHaveProperty('isNameBroken');
  });

  it('is refused by name where a part of it is broken', () => {
    refused('http://a', /it does not begin with "magnet:\?"/);
    refused('magnet:?dn=x', /it names no torrent/);
    refused('magnet:?xt=urn:sha1:x', /it names no torrent/);
    refused('magnet:?xt=urn:btih:abc', /"abc" after "btih:" is no info hash/);
    refused(`magnet:?xt=urn:btmh:1120${V2}`, /after "btmh:" is no info hash: "1220" and 64/);
    refused(`${BTIH}&xt=urn:btih:${'0'.repeat(40)}`, /it names two different torrents/);
    refused(`${BTIH}&xl=-1`, /"xl=-1" is no length/);
    refused(`${BTIH}&tr=%zz`, /the percent-encoding of "tr" is broken/);
    for (const peer of ['a', 'a:0', 'a:65536', '::1:5']) refused(`${BTIH}&x.pe=${peer}`, /is no address/);
    for (const so of ['x', '2-1', '1-', '-'])
      refused(`${BTIH}&so=${so}`, /in "so" is no file number or range/);
    refused(`${BTIH}&so=${'1,'.repeat(10_001)}1`, /"so" has more than 10000 parts/);
    refused(`${BTIH}&dn=${'x'.repeat(70_000)}`, /it has \d+ characters; at most 65536 are read/);
  });

  it('is told from other text', () => {
    expect(['magnet:?x', ' MAGNET:?', 'magnet.torrent', 'x magnet:?'].map(isMagnet)).toEqual([
      ...[true, true, false, false],
    ]);
  });

  it('is written and read as the same, whatever is in it', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const port = fc.integer({ min: 1, max: 65_535 });
    const range = fc.tuple(fc.nat(999), fc.nat(9)).map(([first, more]) => ({ first, last: first + more }));
    const list = fc.uniqueArray(text, { maxLength: 3 });
    const magnet = fc
      .record({
        hashes: fc.oneof(
          fc.record({ infoHashV1: bytes(20) }),
          fc.record({ infoHashV2: bytes(32) }),
          fc.record({ infoHashV1: bytes(20), infoHashV2: bytes(32) }),
        ),
        rest: fc.record({
          name: text,
          length: fc.maxSafeNat(),
          trackers: list,
          webSeeds: list,
          exactSources: list,
        }),
        peers: fc.uniqueArray(
          fc.record({ host: fc.constantFrom('10.0.0.1', 'a.example', '2001:db8::1'), port }),
          { maxLength: 3, selector: ({ host, port }) => `${host} ${port}` },
        ),
        selectOnly: fc.array(range, { minLength: 1, maxLength: 4 }),
      })
      .map(({ hashes, rest, ...more }): Magnet => ({ ...hashes, ...rest, ...more, acceptableSources: [] }));
    fc.assert(
      fc.property(magnet, value => {
        expect(parseMagnet(formatMagnet(value))).toEqual(value);
      }),
    );
  });

  it('is read or refused with a ProtocolError, whatever it says', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'&=%.:-+,[]09afxtsondrpeul'.split(''), 'ü', '\ud800') }),
        text => {
          for (const link of [`${BTIH}&${text}`, `magnet:?${text}`, text]) {
            try {
              parseMagnet(link);
            } catch (error) {
              expect(error).toBeInstanceOf(ProtocolError);
            }
          }
        },
      ),
    );
  });
});

describe('the magnet of a torrent', () => {
  it('has its hashes, name, length, trackers and web seeds', () => {
    const around = { trackers: [['http://a/x'], ['udp://b:1']], webSeeds: ['http://w/'] };
    for (const version of ['v1', 'v2', 'hybrid'] as const) {
      const torrent = parseMetainfo(sampleTorrent(version, around));
      const magnet = parseMagnet(formatMagnet(magnetOf(torrent)));
      expect(magnet).toMatchObject({
        ...{ name: 'album', length: 200_000, trackers: around.trackers.flat(), webSeeds: around.webSeeds },
      });
      expect([magnet.infoHashV1, magnet.infoHashV2]).toEqual([torrent.infoHashV1, torrent.infoHashV2]);
    }
  });

  it('can be written of a name that no text holds', () => {
    expect(formatMagnet({ name: 'a\ud800b' })).toBe('magnet:?dn=a%EF%BF%BDb');
  });
});

describe('a selection', () => {
  it('is of every file where there is none', () => {
    expect([0, 5].map(index => isSelected(undefined, index))).toEqual([true, true]);
    const ranges = [
      { first: 1, last: 1 },
      { first: 4, last: 6 },
    ];
    expect([0, 1, 2, 4, 6, 7].map(index => isSelected(ranges, index))).toEqual([
      ...[false, true, false, true, true, false],
    ]);
  });

  it('names each index once, whatever ranges overlap, and none from the end on', () => {
    const range = (first: number, last: number) => ({ first, last });
    expect(selectedIndices([range(4, 6), range(0, 1), range(5, 8), range(5, 5)], 100)).toEqual([
      ...[0, 1, 4, 5, 6, 7, 8],
    ]);
    const all = Array.from({ length: 10_000 }, () => range(0, 999_999_999));
    expect(selectedIndices(all, 1_000_000)).toHaveLength(1_000_000);
  });
});
