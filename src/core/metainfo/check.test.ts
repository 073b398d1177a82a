import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SampleOptions, sampleTorrent } from '../../../test/sample-torrents.ts';
import { type BencodeDictionary, decode } from '../bencode/decode.ts';
import { type Encodable, encode } from '../bencode/encode.ts';
import { encodeUtf8, fromBinaryString, toBinaryString } from '../bytes/utf8.ts';
import { checkMagnet, checkTorrent } from './check.ts';
import { parseMagnet } from './magnet.ts';
import type { TorrentVersion } from './metainfo.ts';

const tracked: SampleOptions = { trackers: [['https://one.example/announce']] };

/** A torrent without a fault but for what is changed. */
function torrent(version: TorrentVersion, options: SampleOptions = {}): Uint8Array {
  return sampleTorrent(version, { ...tracked, ...options });
}

/** With keys of the root put in or, as `undefined`, taken out. */
function withRoot(bytes: Uint8Array, changes: Record<string, Encodable | undefined>): Uint8Array {
  return encode(changed(decode(bytes) as BencodeDictionary, changes));
}

function withInfo(bytes: Uint8Array, changes: Record<string, Encodable | undefined>): Uint8Array {
  const info = (decode(bytes) as BencodeDictionary).get('info') as BencodeDictionary;
  return withRoot(bytes, { info: changed(info, changes) });
}

function changed(
  dictionary: BencodeDictionary,
  changes: Record<string, Encodable | undefined>,
): Map<string, Encodable> {
  const entries = new Map<string, Encodable>(dictionary.entries);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
  }
  return entries;
}

const named = (...names: string[]) =>
  torrent('v1', { files: names.map(name => ({ path: name.split('/'), length: 20_000 })) });

/** `error CODE where` for each finding. */
const found = (bytes: Uint8Array) =>
  checkTorrent(bytes).map(({ severity, code, where }) => `${severity} ${code} ${where}`.trim());

const replaced = (bytes: Uint8Array, from: string, to: string) =>
  fromBinaryString(toBinaryString(bytes).replace(from, to));

describe('a check of a torrent', () => {
  it.each(['v1', 'v2', 'hybrid'] as const)('finds nothing in a good one of %s', version => {
    expect(found(torrent(version))).toEqual([]);
    expect(
      found(torrent(version, { private: true, webSeeds: ['https://w.example/'], creationDate: 1.7e9 })),
    ).toEqual([]);
  });

  it('says of every finding where, what and what to do, in sentences', () => {
    expect(
      checkTorrent(torrent('v1', { private: true, trackers: [], nodes: [{ host: 'a', port: 1 }] })),
    ).toEqual([
      {
        severity: 'error',
        code: 'PRIVATE_WITHOUT_TRACKER',
        where: 'info.private',
        message:
          'The torrent is private and has no tracker that can be asked, so that no peer will ever be found.',
        advice: 'Add one with "swarmline edit --add-tracker".',
      },
      {
        severity: 'warning',
        code: 'PRIVATE_WITH_NODES',
        where: 'nodes',
        message: 'The torrent is private and names DHT nodes; private torrents keep off the DHT (BEP 27).',
        advice: 'Take them out with "swarmline edit --no-nodes".',
      },
    ]);
  });

  const cases: Record<string, readonly [bytes: Uint8Array, ...findings: string[]]> = {
    'bytes cut short': [torrent('v1').subarray(0, 100), 'error BENCODE_INVALID byte 94'],
    'bencoding that is no dictionary': [encodeUtf8('i1e'), 'error METAINFO_INVALID the file'],
    'a torrent without info': [
      encodeUtf8('d8:announce18:http://a/announce1e'),
      'error METAINFO_INVALID info',
    ],
    'pieces of the wrong length': [
      withInfo(torrent('v1'), { pieces: new Uint8Array(20) }),
      'error PIECES_MALFORMED info.pieces',
    ],

    'a name that leaves the folder': [named('../x'), 'error NAME_UNSAFE info.files[0].path[0]'],
    'an empty name': [replaced(named('abc'), '3:abc', '0:'), 'error NAME_UNSAFE info.files[0].path[0]'],
    'a name that is not UTF-8': [
      replaced(named('abc'), '3:abc', '3:a\xffc'),
      'warning NAME_NOT_UTF8 info.files[0].path[0]',
    ],
    'a bidi override': [named('photo\u202egpj.exe'), 'warning NAME_BIDI info.files[0].path[0]'],
    'a control character': [named('a\u0007'), 'warning NAME_CONTROL_CHARACTER info.files[0].path[0]'],
    'a name that is too long': [named('x'.repeat(241)), 'warning NAME_TOO_LONG info.files[0].path[0]'],
    'names that Windows reserves': [
      named('con', 'aux.txt', 'a:b', 'end.', 'back\\slash'),
      ...[0, 1, 2, 3, 4].map(i => `warning NAME_NOT_FOR_WINDOWS info.files[${i}].path[0]`),
    ],
    'a folder of such a name, told once': [
      named('nul/a', 'nul/b'),
      'warning NAME_NOT_FOR_WINDOWS info.files[0].path[0]',
    ],
    'the same in v2': [
      torrent('v2', { files: [{ path: ['nul', 'a'], length: 1 }] }),
      'warning NAME_NOT_FOR_WINDOWS info.file tree.nul',
    ],
    'names that differ in case alone': [
      named('d/Read.me', 'd/README', 'd/read.ME'),
      'warning PATH_COLLISION info.files[2]',
    ],
    'names that differ in how accents are written': [
      named('\u00e9', 'e\u0301'),
      'warning PATH_COLLISION info.files[1]',
    ],
    'a file that is a folder elsewhere': [named('Docs/a', 'docs'), 'warning PATH_COLLISION info.files[1]'],
    'a path that is there twice': [named('a', 'a'), 'warning PATH_TWICE info.files[1]'],
    'a path far deeper than any': [
      named('d/'.repeat(100_000).concat('a')),
      'error METAINFO_INVALID info.files[0].path',
    ],
    'padding of an old kind': [
      named('a', '_____padding_file_0_if you see this'),
      'warning PADDING_OLD info.files[1]',
    ],
    'padding without its mark': [named('a', '.pad/12768'), 'warning PADDING_UNMARKED info.files[1]'],

    'no tracker': [torrent('v1', { trackers: [] }), 'note NO_TRACKER'],
    'a tracker that is no URL': [
      torrent('v1', { trackers: [['tracker.example:80'], ['http://a/announce']] }),
      'warning TRACKER_MALFORMED announce-list[0][0]',
    ],
    'a UDP tracker without a port': [
      torrent('v1', { trackers: [['udp://tracker.example'], ['http://a/announce']] }),
      'warning TRACKER_MALFORMED announce-list[0][0]',
    ],
    'a tracker of an unknown scheme': [
      torrent('v1', { trackers: [['http://a/announce'], ['dht://abc']] }),
      'warning TRACKER_SCHEME_UNKNOWN announce-list[1][0]',
    ],
    'a tracker that is there twice': [
      torrent('v1', { trackers: [['http://a/announce', 'http://b/announce'], ['http://a/announce']] }),
      'warning TRACKER_TWICE announce-list[1][0]',
    ],
    'an announce that the list has not': [
      withRoot(torrent('v1'), { 'announce-list': [['http://other/announce']] }),
      'warning ANNOUNCE_NOT_IN_LIST announce',
    ],
    'a list without tiers': [
      withRoot(torrent('v1'), { 'announce-list': ['https://one.example/announce'] }),
      'warning ANNOUNCE_LIST_MALFORMED announce-list',
    ],
    'a web seed that is no URL': [
      torrent('v1', { webSeeds: ['nowhere'] }),
      'warning WEB_SEED_MALFORMED url-list[0]',
    ],
    'a web seed of an unknown scheme': [
      torrent('v1', { webSeeds: ['ipfs://x'] }),
      'warning WEB_SEED_SCHEME_UNKNOWN url-list[0]',
    ],
    'a web seed that is there twice': [
      torrent('v1', { webSeeds: ['http://w/', 'http://w/'] }),
      'warning WEB_SEED_TWICE url-list[1]',
    ],
    'a private that is neither': [
      withInfo(torrent('v1'), { private: 2 }),
      'warning PRIVATE_MALFORMED info.private',
    ],
    'a private in the wrong place': [
      withRoot(torrent('v1'), { private: 1 }),
      'warning PRIVATE_OUTSIDE_INFO private',
    ],
    'a date in milliseconds': [
      withRoot(torrent('v1'), { 'creation date': 1.7e12 }),
      'warning DATE_MALFORMED creation date',
    ],

    'an empty torrent': [torrent('v1', { files: [{ path: ['a'], length: 0 }] }), 'error EMPTY info'],
    'pieces of no power of two': [
      torrent('v1', { pieceLength: 50_000 }),
      'warning PIECE_LENGTH_ODD info.piece length',
    ],
    'pieces below 16 KiB': [
      torrent('v1', { pieceLength: 8_192 }),
      'warning PIECE_LENGTH_TINY info.piece length',
    ],
    'pieces above 16 MiB': [
      torrent('v1', { pieceLength: 2 ** 25, files: [{ path: [], length: 700 * 2 ** 30 }] }),
      'warning PIECE_LENGTH_HUGE info.piece length',
    ],
    'too few pieces': [
      torrent('v1', { pieceLength: 2 ** 22, files: [{ path: [], length: 2 ** 24 }] }),
      'warning PIECES_TOO_FEW info.piece length',
    ],
    'too many pieces': [
      torrent('v1', { pieceLength: 16_384, files: [{ path: [], length: 2 ** 28 }] }),
      'warning PIECES_TOO_MANY info.piece length',
    ],
    'a torrent file above 10 MB': [
      torrent('v1', { comment: 'x'.repeat(10_000_001) }),
      'warning TORRENT_TOO_LARGE',
    ],
    'a link that leads nowhere': [
      torrent('v1', {
        files: [
          { path: ['d', 'a'], length: 20_000 },
          { path: ['to-a'], length: 0, symlinkTarget: ['d', 'a'] },
          { path: ['to-d'], length: 0, symlinkTarget: ['d'] },
          { path: ['nowhere'], length: 0, symlinkTarget: ['absent'] },
        ],
      }),
      'warning SYMLINK_DANGLES info.files[3].symlink path',
    ],

    'v2 without piece layers': [
      withRoot(torrent('v2'), { 'piece layers': undefined }),
      'error PIECE_LAYERS_MISSING piece layers',
    ],
    'v2 of small files without piece layers': [
      withRoot(torrent('v2', { files: [{ path: ['a'], length: 5 }] }), { 'piece layers': undefined }),
      'warning PIECE_LAYERS_ABSENT piece layers',
    ],
    'v2 that lacks some layers': [
      withRoot(torrent('v2'), { 'piece layers': {} }),
      'error PIECE_LAYERS_MISSING info.file tree.disc 1.10 last.flac',
      'error PIECE_LAYERS_MISSING info.file tree.disc 1.9 first.flac',
    ],
  };

  it.each(Object.entries(cases))('finds %s', (_, [bytes, ...findings]) => {
    expect(found(bytes)).toEqual(findings);
  });

  it('finds a hybrid whose two parts disagree', () => {
    const tree = (decode(torrent('v2')) as BencodeDictionary).get('info') as BencodeDictionary;
    const other = torrent('hybrid', { files: [{ path: ['cover.png'], length: 30_000 }] });
    const findings = checkTorrent(withInfo(other, { 'file tree': tree.get('file tree')! }));
    expect(findings.map(({ code, where }) => [code, where])).toContainEqual([
      'HYBRID_DISAGREES',
      'info.files[0]',
    ]);
    expect(findings[0]!.message).toBe(
      'The parts for v1 and v2 disagree: v1 has "cover.png" with 30000 bytes where v2 has "cover.jpg" with 30000 bytes.',
    );
  });

  it('finds a hybrid without padding', () => {
    const files = [
      { path: ['a'], length: 20_000 },
      { path: ['b'], length: 12_768 },
    ];
    const v2 = decode(torrent('v2', { files })) as BencodeDictionary;
    const hybrid = withInfo(torrent('v1', { files }), {
      'file tree': (v2.get('info') as BencodeDictionary).get('file tree')!,
      'meta version': 2,
    });
    expect(found(withRoot(hybrid, { 'piece layers': {} }))).toEqual(['error HYBRID_UNPADDED info.files[1]']);
  });

  it('tells bencoding that is not canonical in the info from such around it', () => {
    expect(found(replaced(torrent('v1'), 'd5:files', 'd1:zi1e5:files'))).toEqual([
      expect.stringMatching(/^warning INFO_NOT_CANONICAL byte \d+$/),
    ]);
    expect(found(replaced(torrent('v1'), 'd8:announce', 'd1:zi1e8:announce'))).toEqual([
      expect.stringMatching(/^warning NOT_CANONICAL byte \d+$/),
    ]);
    const rest = fromBinaryString(`${toBinaryString(torrent('v1'))}\n`);
    expect(found(rest)).toEqual([expect.stringMatching(/^warning NOT_CANONICAL byte \d+$/)]);
  });

  it('counts what it finds too often to list', () => {
    const findings = checkTorrent(named(...Array.from({ length: 30 }, (_, i) => `${i}:`)), { maxPerCode: 4 });
    expect(findings.length).toBe(5);
    expect(findings[4]).toMatchObject({
      code: 'NAME_NOT_FOR_WINDOWS',
      message: 'The same is so in 26 more places.',
    });
  });

  it('has a verdict on any bytes, and never throws', () => {
    const good = torrent('hybrid');
    const mutation = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), mutations => {
        const bytes = good.slice();
        for (const { at, byte } of mutations) bytes[at] = byte;
        for (const finding of checkTorrent(bytes)) expect(finding.message).not.toBe('');
      }),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.uint8Array(), bytes => checkTorrent(bytes).length > 0));
  });
});

describe('a check of a magnet link', () => {
  const link = `magnet:?xt=urn:btih:${'0'.repeat(40)}`;
  const codes = (text: string) => checkMagnet(parseMagnet(text)).map(({ code, where }) => `${code} ${where}`);

  it('finds nothing in a good one', () => {
    expect(codes(`${link}&dn=a&tr=udp://t.example:1`)).toEqual([]);
    expect(codes(`${link}&dn=a&x.pe=10.0.0.1:1`)).toEqual([]);
  });

  it('finds what is missing or wrong', () => {
    expect(codes(link)).toEqual(['NO_TRACKER tr', 'MAGNET_WITHOUT_NAME dn']);
    expect(codes(`${link}&dn=a&tr=nonsense&ws=ipfs://x&tr=udp://t:1`)).toEqual([
      'TRACKER_MALFORMED tr',
      'WEB_SEED_SCHEME_UNKNOWN ws',
    ]);
  });
});
