import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALBUM, sampleTorrent } from '../../../test/sample-torrents.ts';
import { noise, torrentOf } from '../../../test/torrents.ts';
import { decode } from '../bencode/decode.ts';
import { type Encodable, encode } from '../bencode/encode.ts';
import { toHex } from '../bytes/hex.ts';
import { ProtocolError } from '../errors.ts';
import { wireInfoHashes } from './metainfo.ts';
import { type ParseOptions, parseInfo, parseMetainfo } from './parse.ts';

const PIECES = (count: number) => new Uint8Array(20 * count);
const SINGLE = { length: 10, name: 'a', 'piece length': 16_384, pieces: PIECES(1) };

type Tree = Record<string, Encodable>;
const parsed = (info: Tree, around: Tree = {}, options: ParseOptions = {}) =>
  parseMetainfo(encode({ ...around, info }), options);
const inFolder = (files: readonly Tree[], more: Tree = {}) =>
  parsed({ name: 'n', 'piece length': 16_384, files, pieces: PIECES(1), ...more });
const paths = (torrent: { files: readonly { path: readonly string[] }[] }) =>
  torrent.files.map(({ path }) => path.join('/'));

/** Expects a sentence, without its beginning "Not a valid torrent: ". */
function refused(run: () => unknown, sentence: string | RegExp, code = 'METAINFO_INVALID'): void {
  let error: unknown;
  try {
    run();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ProtocolError);
  const { message, code: told } = error as ProtocolError;
  expect(told).toBe(code);
  const fault = message.replace('Not a valid torrent: ', '');
  if (typeof sentence === 'string') expect(fault).toBe(sentence);
  else expect(fault).toMatch(sentence);
}

describe('a torrent file', () => {
  it.each(['v1', 'v2', 'hybrid'] as const)('of %s says what it was made with', version => {
    const torrent = parseMetainfo(
      sampleTorrent(version, {
        trackers: [['http://a.example/x']],
        comment: 'c',
        source: 'S',
        private: true,
      }),
    );
    expect(torrent).toMatchObject({ version, name: 'album', isFolder: true, private: true, source: 'S' });
    expect(paths(torrent)).toEqual(ALBUM.map(({ path }) => `album/${path.join('/')}`));
    expect(torrent.files.map(({ length }) => length)).toEqual(ALBUM.map(({ length }) => length));
    const hash = (name: string) => createHash(name).update(torrent.raw).digest('hex');
    expect(torrent.infoHashV1 && toHex(torrent.infoHashV1)).toBe(version === 'v2' ? undefined : hash('sha1'));
    expect(torrent.infoHashV2 && toHex(torrent.infoHashV2)).toBe(
      version === 'v1' ? undefined : hash('sha256'),
    );
    expect(wireInfoHashes(torrent).map(bytes => bytes.length)).toEqual(
      version === 'hybrid' ? [20, 20] : [20],
    );
    expect(parseInfo(torrent.raw)).toMatchObject({ version, name: 'album', files: torrent.files });
  });

  it('is hashed as it is, and not as it should be', () => {
    const text = `d4:infod4:name1:a6:lengthi10e12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}ee`;
    const bytes = new Uint8Array(Buffer.from(text));
    refused(() => parseMetainfo(bytes), /./, 'BENCODE_INVALID');
    const torrent = parseMetainfo(bytes, { lenient: true });
    expect(toHex(torrent.infoHashV1!)).toBe(createHash('sha1').update(text.slice(7, -1)).digest('hex'));
  });

  it('may have unknown keys anywhere', () => {
    const info = { ...SINGLE, unknown: { a: [1] } };
    expect(parsed(info, { other: 'x', 'creation date': 'yesterday', comment: 5 })).toMatchObject({
      name: 'a',
    });
  });

  it('lets nothing but a ProtocolError out, whichever byte is another', () => {
    for (const version of ['v1', 'v2', 'hybrid'] as const) {
      const bytes = sampleTorrent(version, { trackers: [['http://a.example']] });
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, value, end) => {
          const changed = bytes.slice();
          changed[at] = value;
          for (const input of [changed, changed.subarray(0, end)]) {
            try {
              parseMetainfo(input, { lenient: at % 2 === 0 });
            } catch (error) {
              expect(error).toBeInstanceOf(ProtocolError);
            }
          }
        }),
        { numRuns: 300 },
      );
    }
  });
});

describe('faults', () => {
  it('are told with the place', () => {
    const without = (key: keyof typeof SINGLE): Tree => {
      const { [key]: _, ...rest } = SINGLE;
      return rest;
    };
    refused(() => parseMetainfo(encode({})), 'info is missing.');
    refused(() => parseMetainfo(encode([])), 'the file should be a dictionary, not a list.');
    refused(() => parsed(without('name')), 'info.name is missing.');
    refused(() => parsed(without('piece length')), 'info.piece length is missing.');
    refused(() => parsed(without('pieces')), 'info.pieces is missing.');
    refused(() => parsed(without('length')), 'info has neither "length" nor "files", so it has no files.');
    refused(() => parsed({ ...SINGLE, 'piece length': 0 }), 'info.piece length is 0.');
    refused(
      () => parsed({ ...SINGLE, 'piece length': 2 ** 29 }),
      /piece length is 536870912; at most 268435456/,
    );
    refused(() => parsed({ ...SINGLE, length: -1 }), 'info.length is -1; it cannot be negative.');
    refused(() => parsed({ ...SINGLE, length: 2n ** 63n }), /info.length is 9223372036854775808, too large/);
    refused(() => parsed({ ...SINGLE, length: 'x' }), 'info.length should be a whole number, not a string.');
    refused(() => parsed({ ...SINGLE, pieces: PIECES(2) }), 'info.pieces has 40 bytes; 1 pieces need 20.');
    refused(() => parsed({ ...SINGLE, files: [] }), /has both "length" and "files"/);
    refused(
      () => parsed({ ...SINGLE, 'meta version': 3 }),
      /meta version is 3; this program reads version 2/,
    );
  });

  it('in names are told', () => {
    for (const name of ['', '..', 'a/b', '.']) refused(() => parsed({ ...SINGLE, name }), /^info\.name /);
    refused(
      () => inFolder([{ length: 1, path: ['a', '..', 'b'] }]),
      /^info\.files\[0\]\.path\[1\] is "\.\."/,
    );
    refused(() => inFolder([{ length: 1, path: [] }]), 'info.files[0].path is empty.');
    refused(() => inFolder([{ length: 1 }]), 'info.files[0].path is missing.');
    refused(() => inFolder([{ path: ['a'] }]), 'info.files[0].length is missing.');
    refused(() => inFolder([{ length: 1, path: new Array(101).fill('a') }]), /has 101 elements; at most 100/);
    refused(
      () =>
        inFolder([
          { length: 1, path: ['a'] },
          { length: 1, path: ['a', 'b'] },
        ]),
      /^info\.files\[1\] cannot be stored: another file stands at or above "n\/a\/b"/,
    );
  });

  it('of size are told before memory is taken', () => {
    refused(
      () => parseMetainfo(new Uint8Array(101), { maxBytes: 100 }),
      /has 101 bytes/,
      'METAINFO_TOO_LARGE',
    );
    refused(
      () => parsed({ ...SINGLE, length: 2 ** 40, 'piece length': 1 }),
      'info has 1099511627776 pieces; at most 2097152 are read.',
    );
    const huge = { length: Number.MAX_SAFE_INTEGER, path: ['a'] };
    refused(() => inFolder([huge, { ...huge, path: ['b'] }]), /brings the torrent beyond 2\^53 bytes/);
  });
});

describe('files', () => {
  it('have places, padding none', () => {
    const torrent = inFolder([
      { length: 5, path: ['a'] },
      { attr: 'p', length: 11, path: ['.pad', '11'] },
      { attr: 'p', length: 4 },
      { length: 7, path: ['_____padding_file_0_if you see this'] },
      { length: 3, path: ['b', 'c'] },
    ]);
    expect(torrent.files).toEqual([
      { path: ['n', 'a'], length: 5, offset: 0 },
      { path: ['n', 'b', 'c'], length: 3, offset: 27 },
    ]);
    expect([torrent.layout.length, torrent.layout.dataLength]).toEqual([30, 8]);
  });

  it('have attributes and links, from the root or from their own folder', () => {
    const link = (path: string[], target: string[]) => ({
      attr: 'l',
      length: 0,
      path,
      'symlink path': target,
    });
    const { files } = inFolder([
      { attr: 'xh?', length: 1, path: ['run'] },
      link(['one'], ['d', 'run']),
      link(['d', 'e', 'two'], ['..', '..', 'run']),
      { attr: 'l', path: ['d', 'three'], 'symlink path': ['run'] },
    ]);
    expect(files[0]).toMatchObject({ executable: true, hidden: true });
    expect(files.slice(1).map(({ symlinkTarget }) => symlinkTarget?.join('/'))).toEqual([
      'd/run',
      'run',
      'run',
    ]);
    for (const target of [['..'], ['..', '..', 'x'], ['..', '..', 'a', '..', '..', '..', 'x']])
      refused(
        () => inFolder([link(['d', 'l'], target)]),
        /^info\.files\[0\]\.symlink path leads out of the torrent\./,
      );
    refused(() => inFolder([link(['l'], ['a', '.'])]), /symlink path\[1\] is "\."/);
    refused(() => inFolder([{ ...link(['l'], ['a']), length: 4 }]), /is a symlink with a length/);
    refused(() => inFolder([{ attr: 'l', length: 0, path: ['l'] }]), /symlink path is missing/);
  });

  it('have safe paths, and those that the torrent has beside them', () => {
    const torrent = inFolder([
      { length: 1, path: ['a\nb', 'c'] },
      { length: 1, path: ['x'] },
      { length: 1, path: ['x'] },
    ]);
    expect(torrent.files.map(({ path, writtenPath }) => [path, writtenPath])).toEqual([
      [
        ['n', 'a_b', 'c'],
        ['n', 'a\nb', 'c'],
      ],
      [['n', 'x'], undefined],
      [
        ['n', 'x.1'],
        ['n', 'x'],
      ],
    ]);
    const single = parsed({ ...SINGLE, name: 'od\\d' });
    expect(single.files[0]).toMatchObject({ path: ['od_d'], writtenPath: ['od\\d'] });
    expect(single.name).toBe('od_d');
    expect(parsed({ ...SINGLE, name: 'a:b.' }, {}, { names: 'windows' }).name).toBe('a_b_');
  });

  it('have names in UTF-8 before others, and others as well as can be', () => {
    const latin = new Uint8Array([0x63, 0x61, 0x66, 0xe9]);
    expect(parsed({ ...SINGLE, name: latin, 'name.utf-8': 'café' }).name).toBe('café');
    expect(parsed({ ...SINGLE, name: latin }).name).toBe('caf\ufffd');
    expect(paths(inFolder([{ length: 1, path: [latin], 'path.utf-8': ['café'] }]))).toEqual(['n/café']);
  });
});

describe('private', () => {
  it('is what other programs take for it', () => {
    const isPrivate = (value: Encodable) => parsed({ ...SINGLE, private: value }).private;
    expect([1, 2, -1, 0, '1', []].map(isPrivate)).toEqual([true, true, true, false, false, false]);
  });
});

describe('keys that come twice', () => {
  it('count as they come first, as they do elsewhere', () => {
    const info = (name: string) =>
      `d6:lengthi1e4:name1:${name}12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}e`;
    const bytes = new Uint8Array(Buffer.from(`d4:info${info('a')}4:info${info('b')}e`));
    const torrent = parseMetainfo(bytes, { lenient: true });
    expect(torrent.name).toBe('a');
    expect(toHex(torrent.infoHashV1!)).toBe(createHash('sha1').update(info('a')).digest('hex'));
  });
});

describe('what stands around the info', () => {
  const trackers = (around: Tree) => parsed(SINGLE, around).trackers;

  it('has tiers of trackers, each tracker once', () => {
    const tiers = [['http://a', 'http://b', 'http://a'], [''], [' http://c ', 'http://b'], []];
    expect(trackers({ announce: 'http://z', 'announce-list': tiers })).toEqual([
      ['http://a', 'http://b'],
      ['http://c'],
    ]);
    expect(trackers({ announce: 'http://z', 'announce-list': [] })).toEqual([['http://z']]);
    expect(trackers({ announce: 'http://z', 'announce-list': [['']] })).toEqual([['http://z']]);
    expect(trackers({ 'announce-list': ['http://a', 'http://b'] })).toEqual([['http://a'], ['http://b']]);
    expect(trackers({ announce: '' })).toEqual([]);
  });

  it('passes over trackers and hints that are no texts', () => {
    expect(trackers({ announce: ['http://z'], 'announce-list': [['http://a', 5], { a: 1 }, 7] })).toEqual([
      ['http://a'],
    ]);
    expect(trackers({ announce: 'http://z', 'announce-list': 'http://a' })).toEqual([['http://z']]);
    expect(parsed({ ...SINGLE, similar: 'x', collections: { a: 1 } })).toMatchObject({
      similar: [],
      collections: [],
    });
  });

  it('has web seeds as one or as a list', () => {
    const seeds = (value: Encodable) => parsed(SINGLE, { 'url-list': value }).webSeeds;
    expect(seeds('http://a')).toEqual(['http://a']);
    expect(seeds(['http://a', '', 5, 'http://b', 'http://a'])).toEqual(['http://a', 'http://b']);
    expect([seeds(''), seeds({}), seeds(5)]).toEqual([[], [], []]);
  });

  it('has nodes that are pairs, and no others', () => {
    const nodes = [['a', 1], ['b', 0], ['c', 65_536], ['d'], 'e', [5, 5], ['f', 65_535]];
    expect(parsed(SINGLE, { nodes }).nodes).toEqual([
      { host: 'a', port: 1 },
      { host: 'f', port: 65_535 },
    ]);
  });
});

describe('version 2', () => {
  const root = noise(32, 1);
  const info = (tree: Tree, more: Tree = {}): Tree => ({
    ...{ name: 'n', 'meta version': 2, 'piece length': 16_384, 'file tree': tree },
    ...more,
  });
  const file = (length: number, more: Tree = {}): Tree => ({ '': { length, 'pieces root': root, ...more } });

  it('is a single file where the tree is one of the name', () => {
    const single = parsed(info({ n: file(5) }), { 'piece layers': {} });
    expect([single.isFolder, paths(single)]).toEqual([false, ['n']]);
    const folder = parsed(info({ m: file(5) }), { 'piece layers': {} });
    expect([folder.isFolder, paths(folder)]).toEqual([true, ['n/m']]);
  });

  it('is told by its number', () => {
    const { 'meta version': _, ...unnumbered } = info({ a: file(5) });
    refused(
      () => parsed(unnumbered),
      'info.meta version is missing, without which nothing reads "file tree".',
    );
  });

  it('needs roots of 32 bytes, layers that hash up to them, and a piece length that is a power of two', () => {
    refused(() => parsed(info({ a: { '': { length: 5 } } })), 'info.file tree.a.pieces root is missing.');
    refused(() => parsed(info({ a: file(5, { 'pieces root': PIECES(1) }) })), /has 20 bytes, not 32/);
    refused(
      () => parsed(info({ a: file(5) }, { 'piece length': 20_000 })),
      /version 2 needs a power of two, 16384/,
    );
    refused(() => parsed(info({ a: file(5) }, { 'piece length': 8192 })), /power of two, 16384 at least/);
    refused(() => parsed(info({ a: file(20_000) })), 'piece layers is missing.');
    refused(() => parsed(info({ a: file(20_000) }), { 'piece layers': {} }), /is missing; "n\/a" needs it/);
    const layers = new Map([[String.fromCharCode(...root), noise(64, 2)]]);
    const around = { 'piece layers': layers as unknown as Encodable };
    refused(() => parsed(info({ a: file(20_000) }), around), /does not hash up to the root of "n\/a"/);
    expect(parsed(info({ a: file(20_000) }), around, { checkPieceLayers: false }).files).toHaveLength(1);
    for (const without of [{}, { 'piece layers': {} }, { 'piece layers': 'x' }])
      expect(parsed(info({ a: file(20_000) }), without, { needsPieceLayers: false }).pieceLayers.size).toBe(
        0,
      );
  });

  it('has a tree in which nothing is a file and a folder at once', () => {
    refused(
      () => parsed(info({ a: { ...file(5), b: file(5) } })),
      'info.file tree.a is a file and a folder at once.',
    );
    refused(() => parsed(info(file(5))), /file tree is a file itself/);
    refused(
      () => parsed(info({ '..': file(5) })),
      /info\.file tree\.\.\. is "\.\.", which leaves the folder/,
    );
    refused(() => parsed(info({ a: 5 })), 'info.file tree.a should be a dictionary, not a number.');
    let deep: Tree = { f: file(5) };
    for (let i = 0; i < 100; i++) deep = { d: deep };
    refused(() => parsed(info(deep)), /is nested deeper than 100 folders/);
  });

  it('needs both parts of a hybrid to agree', () => {
    const { metainfo } = torrentOf(
      [
        { path: ['a'], data: noise(20_000, 1) },
        { path: ['b'], data: noise(5, 2) },
      ],
      { version: 'hybrid', pieceLength: 16_384 },
    );
    const change = (edit: (files: Tree[]) => Tree[]) => {
      const raw = decode(metainfo.raw) as unknown as { entries: Map<string, Encodable> };
      const tree = Object.fromEntries(raw.entries) as Tree;
      const files = (tree['files'] as unknown as { entries: Map<string, Encodable> }[]).map(
        ({ entries }) => Object.fromEntries(entries) as Tree,
      );
      const plain = { ...tree, 'file tree': rebuilt(tree['file tree']), files: edit(files) };
      return () => parseInfo(encode(plain as Tree));
    };
    expect(change(files => files)().version).toBe('hybrid');
    refused(
      change(files => [files[0]!, ...files.slice(2)]),
      /does not start at a piece; a hybrid needs padding/,
    );
    refused(
      change(files => files.slice(0, 2)),
      /^info\.file tree\.b is in v2 only; the two parts disagree/,
    );
    const renamed = (files: Tree[]) => files.with(2, { ...files[2]!, path: ['c'] });
    refused(change(renamed), /is "c" for v1 where v2 has "b"; the two parts disagree/);
    const longer = (files: Tree[]) => files.with(2, { ...files[2]!, length: 6 });
    refused(
      change(longer),
      /is "b" with 6 bytes for v1 where v2 has "b" with 5 bytes; the two parts disagree/,
    );
  });
});

/** What was decoded, as what can be encoded. */
function rebuilt(value: unknown): Encodable {
  if (typeof value === 'object' && value !== null && 'entries' in value && value.entries instanceof Map) {
    const copies = [...(value.entries as Map<string, unknown>)].map(
      ([key, item]) => [key, rebuilt(item)] as const,
    );
    return new Map(copies) as unknown as Encodable;
  }
  return value as Encodable;
}

describe('a torrent of very many files', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ length: 0, path: ['folder', `${i}`] }));

  it('is refused above the limit, by either version', () => {
    expect(
      parsed({ name: 'n', 'piece length': 16_384, files: many(5), pieces: '' }, {}, { maxFiles: 5 }),
    ).toMatchObject({ files: { length: 5 } });
    refused(
      () => parsed({ name: 'n', 'piece length': 16_384, files: many(6), pieces: '' }, {}, { maxFiles: 5 }),
      'info has 6 files; at most 5 are read.',
    );
    refused(
      () => parsed({ name: 'n', 'piece length': 16_384, files: many(11), pieces: '' }, {}, { maxFiles: 5 }),
      'info has more than 10 files and paddings; no more are read.',
    );
    const tree = Object.fromEntries(many(6).map((_, i) => [`${i}`, { '': { length: 0 } }]));
    refused(
      () =>
        parsed(
          { name: 'n', 'piece length': 16_384, 'meta version': 2, 'file tree': tree },
          {},
          { maxFiles: 5 },
        ),
      'info has more than 5 files and paddings; no more are read.',
    );
  });

  it('is refused where it holds too much beside its files', () => {
    const junk = { ...SINGLE, junk: Array.from({ length: 1_000_001 }, () => 1) };
    refused(() => parsed(junk), /there are too many values/, 'BENCODE_INVALID');
  });

  it('shares the names of its folders among its files', () => {
    const { files } = inFolder(many(3), { pieces: '' });
    expect(paths({ files })).toEqual(['n/folder/0', 'n/folder/1', 'n/folder/2']);
  });
});
