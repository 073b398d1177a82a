// What readers pass over in silence or refuse, one fault at a time: each is put into a torrent without any.

import { describe, expect, it } from 'vitest';
import { noise, torrentOf } from '../../../test/torrents.ts';
import { type BencodeDictionary, decode } from '../bencode/decode.ts';
import { type Encodable, encode } from '../bencode/encode.ts';
import { toBinaryString } from '../bytes/utf8.ts';
import { checkTorrent } from './check.ts';

type Tree = Record<string, Encodable | undefined>;

const PIECE = 16_384;
const AROUND: Tree = { announce: 'https://one.example/announce' };
const file = (name: string, length: number, more: Tree = {}): Tree => ({ length, path: [name], ...more });
const padding = (length: number, more: Tree = {}) => file(`${length}`, length, { attr: 'p', ...more });
const link = (path: string, target: string, more: Tree = {}): Tree => ({
  ...{ attr: 'l', length: 0, path: path.split('/'), 'symlink path': target.split('/') },
  ...more,
});

/** Of version 1, with a key of the root put in or, as `undefined`, taken out. */
const around = (more: Tree) => encode({ ...AROUND, info: v1Info(), ...more } as Encodable);
/** Of version 1, with a key of the info put in or taken out. */
const inside = (more: Tree) => encode({ ...AROUND, info: { ...v1Info(), ...more } } as Encodable);
/** Of version 1, with these files. */
const files = (...list: Encodable[]) => {
  const length = (list as Tree[]).reduce(
    (sum, { length }) => sum + (typeof length === 'number' ? length : 0),
    0,
  );
  return inside({ files: list, pieces: new Uint8Array(20 * Math.ceil(length / PIECE)) });
};

function v1Info(): Tree {
  return { files: [file('a', 20_000)], name: 'n', 'piece length': PIECE, pieces: new Uint8Array(40) };
}

/** Of version 2 or both, of real bytes: a file of three pieces and one of one. */
function made(version: 'v2' | 'hybrid', change: { root?: Tree; info?: Tree } = {}): Uint8Array {
  const { metainfo } = torrentOf(
    [
      { path: ['a'], data: noise(40_000, 1) },
      { path: ['b'], data: noise(5, 2) },
    ],
    { version, pieceLength: PIECE },
  );
  const root = entriesOf(decode(metainfo.bytes));
  const info = entriesOf(root.get('info') as unknown as BencodeDictionary);
  for (const [key, value] of Object.entries(change.info ?? {})) put(info, key, value);
  put(root, 'announce', AROUND['announce']);
  root.set('info', info);
  for (const [key, value] of Object.entries(change.root ?? {})) put(root, key, value);
  return encode(root);
}

function entriesOf(value: unknown): Map<string, Encodable> {
  return new Map<string, Encodable>((value as BencodeDictionary).entries);
}

function put(entries: Map<string, Encodable>, key: string, value: Encodable | undefined): void {
  if (value === undefined) entries.delete(key);
  else entries.set(key, value);
}

/** The layers of `made`, with a change. */
function layers(change: (entries: Map<string, Encodable>, root: string) => void): Tree {
  const entries = entriesOf((decode(made('v2')) as BencodeDictionary).get('piece layers'));
  change(entries, [...entries.keys()][0]!);
  return { 'piece layers': entries as Encodable };
}

const LEAF = { '': { length: 5, 'pieces root': noise(32, 9) } };
const FIRST_ROOT = Buffer.from(
  [...entriesOf((decode(made('v2')) as BencodeDictionary).get('piece layers')).keys()][0]!,
  'latin1',
).toString('hex');
const FIRST_LAYER = `piece layers[${FIRST_ROOT.slice(0, 16)}…]`;

/** `error CODE where` for each finding. */
const found = (bytes: Uint8Array) =>
  checkTorrent(bytes).map(({ severity, code, where }) => `${severity} ${code} ${where}`.trim());

type Cases = Record<string, readonly [bytes: Uint8Array, ...findings: string[]]>;

describe('around the info a check', () => {
  const seeds = (value: Encodable) => around({ 'url-list': value });
  const tracker = (...urls: string[]) =>
    around({ 'announce-list': urls.map(url => [url]), announce: urls[0]! });
  const malformed = 'warning TRACKER_MALFORMED announce-list[0][0]';
  const cases: Cases = {
    'an announce that is no text': [
      around({ announce: ['https://one.example/'] }),
      'warning ANNOUNCE_MALFORMED announce',
      'note NO_TRACKER',
    ],
    'an announce-list that is no list': [
      around({ 'announce-list': 'https://one.example/announce' }),
      'warning ANNOUNCE_LIST_MALFORMED announce-list',
    ],
    'a tracker that is no text': [
      around({ 'announce-list': [['https://one.example/announce', 5]] }),
      'warning ANNOUNCE_LIST_MALFORMED announce-list[0][1]',
    ],
    'a tier without trackers': [
      around({ 'announce-list': [['https://one.example/announce'], []] }),
      'warning ANNOUNCE_LIST_MALFORMED announce-list[1]',
    ],
    'a tracker with blanks around it': [
      around({ announce: ' https://one.example/announce\n' }),
      'warning TRACKER_MALFORMED announce',
    ],
    'a host with an empty label': [tracker('http://a..b/announce', 'http://c.example/'), malformed],
    'a host that is a number too many': [
      tracker('http://999.1.1.1/announce', 'http://c.example/'),
      malformed,
    ],
    'a host of strange signs': [tracker('http://a"b/announce', 'http://c.example/'), malformed],
    'a host beyond ASCII': [tracker('http://münchen.example/', 'http://c.example/'), malformed],
    'brackets around no address': [tracker('udp://[1:2]:80', 'http://c.example/'), malformed],
    'an address that no host has': [tracker('http://0.0.0.0/announce', 'http://c.example/'), malformed],
    'a tracker on the machine itself': [
      tracker('http://localhost:6969/announce', 'http://c.example/'),
      'note TRACKER_LOCAL announce-list[0][0]',
    ],
    'a tracker of one network': [
      tracker('udp://192.168.1.5:6969', 'http://c.example/'),
      'note TRACKER_LOCAL announce-list[0][0]',
    ],
    'one tracker written in two ways': [
      tracker('http://c.example/announce', 'HTTP://C.example:80/announce'),
      'warning TRACKER_TWICE announce-list[1][0]',
    ],

    'a url-list that is no list': [seeds({ a: 1 }), 'warning WEB_SEEDS_MALFORMED url-list'],
    'a web seed that is no text': [
      seeds(['http://w.example/', 7]),
      'warning WEB_SEEDS_MALFORMED url-list[1]',
    ],
    'a web seed of a folder that looks like a file': [
      seeds('http://w.example/n'),
      'warning WEB_SEED_NO_FOLDER url-list',
    ],
    'web seeds of the old kind': [
      around({ httpseeds: ['http://w.example/seed.php', 'x', 5] }),
      'warning WEB_SEEDS_MALFORMED httpseeds[2]',
      'warning WEB_SEED_MALFORMED httpseeds[1]',
      'note HTTP_SEEDS_OLD httpseeds',
    ],
    'httpseeds that are no list': [around({ httpseeds: 5 }), 'warning WEB_SEEDS_MALFORMED httpseeds'],

    'nodes that are no list': [around({ nodes: 'router.example:6881' }), 'warning NODES_MALFORMED nodes'],
    'nodes that are no pairs of host and port': [
      around({
        nodes: [
          ['ok.example', 1],
          'x',
          ['a'],
          [5, 5],
          ['a', '5'],
          ['a', 0],
          ['a', 65_536],
          ['a b', 1],
          ['', 1],
          ['::1', 6881],
        ],
      }),
      ...[1, 2, 3, 4, 5, 6, 7, 8].map(i => `warning NODES_MALFORMED nodes[${i}]`),
    ],

    'a date that is a text': [
      around({ 'creation date': 'yesterday' }),
      'warning DATE_MALFORMED creation date',
    ],
    'a date before 1970': [around({ 'creation date': -5 }), 'warning DATE_MALFORMED creation date'],
    'a comment that is no text': [around({ comment: 5 }), 'warning TEXT_MALFORMED comment'],
    'a comment that is not UTF-8': [
      around({ comment: Uint8Array.of(0x63, 0xe9) }),
      'warning TEXT_MALFORMED comment',
    ],
    'a creator that is no text': [around({ 'created by': ['x'] }), 'warning TEXT_MALFORMED created by'],
    'a source that is no text': [inside({ source: 5 }), 'warning TEXT_MALFORMED info.source'],
    'an encoding that is not UTF-8': [around({ encoding: 'GBK' }), 'warning ENCODING_NOT_UTF8 encoding'],
    'similar torrents that are no hashes': [
      inside({ similar: [new Uint8Array(20), 'x'] }),
      'warning HINTS_MALFORMED info.similar[1]',
    ],
    'collections that are no list': [
      inside({ collections: 'x' }),
      'warning HINTS_MALFORMED info.collections',
    ],
    'the same beside the info': [around({ collections: [5] }), 'warning HINTS_MALFORMED collections[0]'],

    'keys of the info beside it': [
      around({ pieces: '', files: [], 'piece length': 1 }),
      'warning KEY_MISPLACED files',
      'warning KEY_MISPLACED piece length',
      'warning KEY_MISPLACED pieces',
    ],
    'keys in the info that belong beside it': [
      inside({ announce: 'http://a.example/', nodes: [] }),
      'warning KEY_MISPLACED info.announce',
      'warning KEY_MISPLACED info.nodes',
    ],
  };
  it.each(Object.entries(cases))('finds %s', (_, [bytes, ...findings]) => {
    expect(found(bytes)).toEqual(findings);
  });
});

describe('in the info a check', () => {
  const cases: Cases = {
    'length beside files': [inside({ length: 5 }), 'error LENGTH_AND_FILES info'],
    'pieces that are missing': [inside({ pieces: undefined }), 'error PIECES_MALFORMED info.pieces'],
    'pieces that are no text': [inside({ pieces: 5 }), 'error PIECES_MALFORMED info.pieces'],
    'pieces cut in a hash': [inside({ pieces: new Uint8Array(39) }), 'error PIECES_MALFORMED info.pieces'],
    'pieces too many': [inside({ pieces: new Uint8Array(60) }), 'error PIECES_MALFORMED info.pieces'],
    'a fault of pieces beside that of a name': [
      inside({ name: '..', pieces: new Uint8Array(60) }),
      'error NAME_UNSAFE info.name',
      'error PIECES_MALFORMED info.pieces',
    ],
    'a piece length of nothing': [
      inside({ 'piece length': 0 }),
      'error PIECE_LENGTH_MALFORMED info.piece length',
    ],
    'the same beside another fault': [
      inside({ 'piece length': -1, name: 'a/b' }),
      'error PIECE_LENGTH_MALFORMED info.piece length',
      'error NAME_UNSAFE info.name',
    ],
    'a piece length that version 2 cannot have': [
      inside({
        'piece length': 20_000,
        'file tree': { a: LEAF },
        'meta version': 2,
        files: undefined,
        pieces: undefined,
      }),
      'error PIECE_LENGTH_MALFORMED info.piece length',
      'warning PIECE_LAYERS_ABSENT piece layers',
    ],
    'names that disagree': [inside({ 'name.utf-8': 'm' }), 'warning NAMES_DISAGREE info.name.utf-8'],
    'files that are no files, each': [
      files(5, file('a', -1), { path: ['b'] }, file('c', 1, { path: 'c' }), file('d', 1, { path: ['d', 5] })),
      'error FILE_MALFORMED info.files[0]',
      'error FILE_MALFORMED info.files[1].length',
      'error FILE_MALFORMED info.files[2].length',
      'error FILE_MALFORMED info.files[3].path',
      'error FILE_MALFORMED info.files[4].path[1]',
    ],
    'a length that is none': [inside({ files: undefined, length: 'x' }), 'error FILE_MALFORMED info.length'],

    'padding that comes first': [files(padding(5), file('a', 1)), 'note PADDING_MISPLACED info.files[0]'],
    'padding that is too short': [
      files(file('a', 10), padding(16_373), file('b', 1)),
      'note PADDING_MISPLACED info.files[1]',
    ],
    'padding after padding': [
      files(file('a', 10), padding(16_374), padding(16_384), file('b', 1)),
      'note PADDING_MISPLACED info.files[2]',
    ],
    'padding of more than a piece': [
      files(file('a', 10), padding(32_758), file('b', 1)),
      'note PADDING_MISPLACED info.files[1]',
    ],
    'padding of nothing': [files(file('a', 10), padding(0)), 'note PADDING_MISPLACED info.files[1]'],

    'a link to itself': [
      files(file('a', 1), link('l', 'l')),
      'warning SYMLINK_LOOP info.files[1].symlink path',
    ],
    'links that lead in a circle': [
      files(file('a', 1), link('k', 'l'), link('l', 'm'), link('m', 'l')),
      ...[1, 2, 3].map(i => `warning SYMLINK_LOOP info.files[${i}].symlink path`),
    ],
    'a link to the folder that it is in': [
      files(file('a', 1, { path: ['d', 'a'] }), link('d/l', 'd')),
      'warning SYMLINK_LOOP info.files[1].symlink path',
    ],
    'a link out of the torrent': [
      files(file('a', 1), link('d/l', '../../x')),
      'error SYMLINK_LEAVES info.files[1].symlink path',
    ],
    'a link told from its own folder': [
      files(file('a', 1), link('d/l', '../a')),
      'note SYMLINK_RELATIVE info.files[1].symlink path',
    ],
    'a link by an unsafe name': [
      files(file('a', 1), link('l', 'a/.')),
      'error NAME_UNSAFE info.files[1].symlink path[1]',
    ],
    'a link without its mark': [
      files(file('a', 1), { length: 0, path: ['l'], 'symlink path': ['a'] }),
      'warning SYMLINK_UNMARKED info.files[1]',
    ],
    'links that are none': [
      files(file('a', 1), link('l', 'a', { 'symlink path': undefined }), link('m', 'a', { length: 5 })),
      'error FILE_MALFORMED info.files[1].symlink path',
      'error FILE_MALFORMED info.files[2].length',
    ],

    'a tree without its version': [
      inside({ 'file tree': { a: LEAF } }),
      'warning META_VERSION_MISSING info.meta version',
    ],
    'the same where there is nothing else': [
      inside({ 'file tree': { a: LEAF }, files: undefined, pieces: undefined }),
      'error META_VERSION_MISSING info.meta version',
    ],
    'a version that is not known': [
      inside({ 'meta version': 3 }),
      'error META_VERSION_UNKNOWN info.meta version',
    ],
    'a version that is a text': [
      inside({ 'meta version': '2' }),
      'error META_VERSION_UNKNOWN info.meta version',
    ],
    'a version without its tree': [inside({ 'meta version': 2 }), 'error METAINFO_INVALID info.file tree'],
  };
  it.each(Object.entries(cases))('finds %s', (_, [bytes, ...findings]) => {
    expect(found(bytes)).toEqual(findings);
  });

  it('takes chains of links that end, and padding that is where it should be', () => {
    expect(found(files(file('a', 10), padding(16_374), file('b', 1), padding(16_383)))).toEqual([]);
    expect(found(files(file('a', 1), link('k', 'l'), link('l', 'a')))).toEqual([]);
    // As in a framework of macOS: by way of another link.
    const inside = file('a', 1, { path: ['v', 'a', 'f'] });
    expect(found(files(inside, link('v/current', 'v/a'), link('f', 'v/current/f')))).toEqual([]);
  });

  it('goes over a long chain of links in a moment', () => {
    const links = Array.from({ length: 20_000 }, (_, i) => link(`${i}`, `${i + 1}`));
    expect(found(files(file('20000', 1), ...links))).toEqual([]);
  });
});

describe('in version 2 a check', () => {
  const tree = (more: Tree) =>
    made('v2', { info: { 'file tree': { ...more } as Encodable }, root: { 'piece layers': {} } });
  const cases: Cases = {
    nothing: [made('v2')],
    'nothing in both versions': [made('hybrid')],
    'layers that are no dictionary': [
      made('v2', { root: { 'piece layers': 'x' } }),
      'error PIECE_LAYERS_MALFORMED piece layers',
    ],
    'a layer that is missing': [
      made('v2', { root: layers((entries, root) => entries.delete(root)) }),
      'error PIECE_LAYERS_MISSING info.file tree.a',
    ],
    'a layer of other hashes': [
      made('v2', { root: layers((entries, root) => entries.set(root, noise(96, 5))) }),
      `error PIECE_LAYER_WRONG ${FIRST_LAYER}`,
    ],
    'a layer cut short': [
      made('v2', { root: layers((entries, root) => entries.set(root, noise(64, 5))) }),
      `error PIECE_LAYER_WRONG ${FIRST_LAYER}`,
    ],
    'a layer that is no text': [
      made('v2', { root: layers((entries, root) => entries.set(root, 5)) }),
      `error PIECE_LAYER_WRONG ${FIRST_LAYER}`,
    ],
    'layers of nothing': [
      made('v2', { root: layers(entries => entries.set(toBinaryString(new Uint8Array(32)), noise(64, 5))) }),
      'warning PIECE_LAYERS_SURPLUS piece layers[0000000000000000…]',
    ],
    'layers beside version 1': [around({ 'piece layers': {} }), 'warning PIECE_LAYERS_SURPLUS piece layers'],
    'pieces of version 1': [
      made('v2', { info: { pieces: new Uint8Array(20) } }),
      'warning PIECES_SURPLUS info.pieces',
    ],
    'padding in the tree': [
      tree({ a: LEAF, b: { '': { attr: 'p', length: 5, 'pieces root': noise(32, 1) } } }),
      'warning PADDING_IN_TREE info.file tree.b',
    ],
    'files that are no files, each': [
      tree({
        ...{ a: LEAF, b: 5, c: { '': 5 }, d: { ...LEAF, e: LEAF } },
        ...{ f: { '': { length: 5 } }, g: { '': { length: 5, 'pieces root': 'x' } }, h: { '': {} } },
      }),
      'error FILE_MALFORMED info.file tree.b',
      'error FILE_MALFORMED info.file tree.c',
      'error FILE_MALFORMED info.file tree.d',
      'error FILE_MALFORMED info.file tree.f.pieces root',
      'error FILE_MALFORMED info.file tree.g.pieces root',
      'error FILE_MALFORMED info.file tree.h.length',
    ],
    'a link that leads nowhere': [
      tree({ a: LEAF, d: { l: { '': { attr: 'l', 'symlink path': ['b'] } } } }),
      'warning SYMLINK_DANGLES info.file tree.d.l.symlink path',
    ],
    'pieces too many, in both versions': [
      made('hybrid', { info: { pieces: new Uint8Array(100) } }),
      'error PIECES_MALFORMED info.pieces',
    ],
  };
  it.each(Object.entries(cases))('finds %s', (_, [bytes, ...findings]) => {
    expect(found(bytes)).toEqual(findings);
  });
});
