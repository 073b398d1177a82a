import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BencodeDictionary, decode } from '../core/bencode/decode.ts';
import { type Encodable, encode } from '../core/bencode/encode.ts';
import { Bitfield } from '../core/bytes/bitfield.ts';
import { portableHash } from '../core/metainfo/info-hash.ts';
import { decodeResume, encodeResume, type ResumeData } from './resume-data.ts';

const HAVE = new Bitfield(11);
for (const piece of [0, 3, 10]) HAVE.add(piece);

const WHOLE: ResumeData = {
  hashes: { infoHashV1: new Uint8Array(20).fill(1), infoHashV2: new Uint8Array(32).fill(2) },
  name: 'Übung macht den Meister',
  downloadDir: '/films and more',
  sources: ['/a', '/b c'],
  data: {
    have: HAVE,
    files: {
      lengths: Float64Array.of(2 ** 45, -1, 0),
      modifiedMs: Float64Array.of(1_795_424_461_123.25, 0, -1.5),
      parts: { length: 2 ** 40, modifiedMs: 1_795_424_461_123.5, pieces: [0, 7] },
    },
  },
  priorities: ['normal', 'skip', 'high'],
  renamed: new Map([
    [0, ['a', 'b.txt']],
    [2, ['c']],
  ]),
  moving: {
    kind: 'to',
    place: { folder: '/elsewhere', renamed: new Map([[1, ['d', 'e']]]) },
    ifThere: 'adopt',
    files: [0, 2],
  },
  allocation: 'full',
  totals: {
    uploaded: 2 ** 50,
    downloaded: 12,
    activeMs: 4000,
    seedingMs: 3000,
    addedAt: 1_795_424_461_123,
    completedAt: 1_795_424_461_999,
  },
  isPaused: true,
  isForced: true,
  superSeed: true,
  isSequential: true,
  limits: { downloadBytesPerSecond: 1000, uploadSlots: 'rate' },
  honorsSessionRates: false,
  rateGroup: 'slow ones',
  order: 2.5,
  seedLimits: { seedRatio: 1.5, seedIdleMs: Number.POSITIVE_INFINITY },
  trackers: [['http://a/announce', 'http://b/announce'], ['udp://c:1']],
  webSeeds: ['http://d/files/'],
  peers: [
    { host: '192.0.2.1', port: 6881 },
    { host: '2001:db8::1', port: 1 },
  ],
};

const BARE: ResumeData = {
  hashes: { infoHashV1: new Uint8Array(20) },
  name: undefined,
  downloadDir: '.',
  sources: undefined,
  data: undefined,
  priorities: undefined,
  renamed: new Map(),
  moving: undefined,
  allocation: undefined,
  totals: { uploaded: 0, downloaded: 0, activeMs: 0, seedingMs: 0, addedAt: 0, completedAt: undefined },
  isPaused: false,
  isForced: false,
  superSeed: false,
  isSequential: false,
  limits: {},
  honorsSessionRates: true,
  rateGroup: undefined,
  order: undefined,
  seedLimits: {},
  trackers: [],
  webSeeds: [],
  peers: [],
};

describe('a record', () => {
  it.each([
    ['with everything', WHOLE],
    ['with as little as possible', BARE],
  ])('%s comes back as it was', (_, data) => {
    expect(decodeResume(encodeResume(data, portableHash), portableHash)).toEqual(data);
  });

  it('with any bit turned is none', () => {
    const bytes = encodeResume(WHOLE, portableHash);
    for (let at = 0; at < bytes.length; at++) {
      const rotten = bytes.slice();
      rotten[at]! ^= 1 << (at % 8);
      expect(decodeResume(rotten, portableHash), `byte ${at}`).toBeUndefined();
    }
  });

  it('that is cut short, or no record, is none', () => {
    const bytes = encodeResume(WHOLE, portableHash);
    for (let length = 0; length < bytes.length; length++)
      expect(decodeResume(bytes.subarray(0, length), portableHash)).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array(), junk => {
        expect(decodeResume(junk, portableHash)).toBeUndefined();
      }),
    );
  });

  it('of another version is none', () => {
    const { state } = opened(BARE);
    const bytes = encode({ digest: portableHash.sha1(state), state, version: 2 });
    expect(decodeResume(bytes, portableHash)).toBeUndefined();
  });

  it('whose state says other things than it should, though its digest is right, is none or a record', () => {
    const { fields } = opened(BARE);
    const known = {
      have: new Uint8Array(3),
      lengths: new Uint8Array(9),
      modified: new Uint8Array(8),
      pieces: 20,
    };
    const oddity = fc.oneof(
      fc.integer(),
      fc.uint8Array(),
      fc.constantFrom<Encodable>([[], ['a'], 1], known, { ...known, pieces: 24 }),
    );
    const oddities = fc.dictionary(
      fc.constantFrom(...Object.keys(fields), 'data', 'info hash', 'sources'),
      oddity,
    );
    fc.assert(
      fc.property(oddities, odd => {
        const state = encode({ ...fields, ...odd });
        decodeResume(encode({ digest: portableHash.sha1(state), state, version: 1 }), portableHash);
      }),
    );
  });
});

/** What is inside the envelope. */
function opened(data: ResumeData): { state: Uint8Array; fields: Record<string, Encodable> } {
  const state = (decode(encodeResume(data, portableHash)) as BencodeDictionary).get('state') as Uint8Array;
  return { state, fields: Object.fromEntries((decode(state) as BencodeDictionary).entries) };
}
