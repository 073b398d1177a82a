// Torrent files, whole and as `info` alone. What is accepted keeps its promises: paths that cannot leave the download
// folder, offsets and pieces that fit each other, and hashes of the very bytes that came in.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ProtocolError } from '../../dist/core/errors.js';
import { formatMagnet, magnetOf, parseMagnet } from '../../dist/core/metainfo/magnet.js';
import { parseInfo, parseMetainfo } from '../../dist/core/metainfo/parse.js';

export function run(bytes) {
  const text = Buffer.from(bytes).latin1Slice();
  let refusal;
  const outcomes = MODES.map(options => {
    try {
      const torrent = parseMetainfo(bytes, options);
      check(torrent, text, options);
      return `${torrent.version} of ${Math.min(torrent.files.length, 4)}`;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      assert.ok(error.message.length < 1200, 'a sentence is too long to be read');
      refusal = error;
      return 'refused';
    }
  });
  // Leniency and the rules for names let more through, never less.
  if (outcomes[0] !== 'refused') assert.notEqual(outcomes[1], 'refused');
  if (outcomes.every(outcome => outcome === 'refused')) throw refusal;
  return outcomes.join();
}

function check(torrent, text, options) {
  checkPaths(torrent.files, options);
  checkLayout(torrent);
  checkHashes(torrent, text, options);
  const again = parseInfo(torrent.raw, options);
  for (const key of Object.keys(again)) if (key !== 'raw') assert.deepEqual(again[key], torrent[key], key);
  const magnet = parseMagnet(formatMagnet({ ...magnetOf(torrent), webSeeds: [], trackers: [] }));
  assert.deepEqual([magnet.infoHashV1, magnet.infoHashV2], [torrent.infoHashV1, torrent.infoHashV2]);
}

function checkPaths(files, { names = 'posix' }) {
  const fold = name => (names === 'windows' ? name.toLowerCase() : name);
  const taken = new Set();
  for (const { path, symlinkTarget } of files) {
    assert.ok(path.length > 0);
    for (const element of [...path, ...(symlinkTarget ?? [])]) checkName(element, names);
    const key = fold(path.join('/'));
    assert.ok(!taken.has(key), `two files have the path ${key}`);
    taken.add(key);
  }
  for (const { path } of files) {
    for (let depth = 1; depth < path.length; depth++) {
      assert.ok(!taken.has(fold(path.slice(0, depth).join('/'))), 'a file is a folder too');
    }
  }
}

function checkName(name, names) {
  assert.ok(name !== '' && name !== '.' && name !== '..', `a name is "${name}"`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
  assert.doesNotMatch(name, /[/\\\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  assert.ok(Buffer.byteLength(name) <= 255, 'a name is too long for a file system');
  assert.equal(Buffer.from(name).toString(), name, 'a name has a lone surrogate');
  if (names !== 'windows') return;
  assert.doesNotMatch(name, /[<>:"|?*]|[. ]$/);
  assert.doesNotMatch(name, /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
}

function checkLayout({ version, files, layout, pieceLength, pieces, pieceLayers }) {
  let end = 0;
  let dataLength = 0;
  for (const { length, offset, piecesRoot } of files) {
    assert.ok(Number.isSafeInteger(length) && length >= 0);
    assert.ok(Number.isSafeInteger(offset) && offset >= end, 'files overlap');
    end = offset + length;
    dataLength += length;
    if (version === 'v1' || length === 0) continue;
    assert.equal(offset % pieceLength, 0);
    assert.equal(piecesRoot.length, 32);
    if (length > pieceLength) {
      const layer = pieceLayers.get(Buffer.from(piecesRoot).toString('hex'));
      assert.equal(layer.length, 32 * Math.ceil(length / pieceLength));
    }
  }
  assert.equal(layout.dataLength, dataLength);
  assert.ok(layout.length >= end);
  assert.equal(layout.pieceCount, Math.ceil(layout.length / pieceLength));
  if (version !== 'v2') assert.equal(pieces.length, 20 * layout.pieceCount);
  checkPieces(layout, version);
}

function checkPieces(layout, version) {
  assert.ok(!layout.hasPiece(layout.pieceCount) && !layout.hasPiece(-1));
  if (layout.pieceCount > 2000) return;
  let total = 0;
  for (let piece = 0; piece < layout.pieceCount; piece++) {
    const size = layout.pieceSize(piece);
    assert.ok(size > 0 && size <= layout.pieceLength, `piece ${piece} has ${size} bytes`);
    const last = layout.blocksIn(piece) - 1;
    assert.ok(last >= 0 && layout.blockSize(piece, last) > 0 && layout.blockSize(piece, last) <= 16_384);
    assert.equal(last * 16_384 + layout.blockSize(piece, last), size);
    assert.ok(layout.hasRange(piece, 0, size) && !layout.hasRange(piece, 1, size));
    total += size;
  }
  // v2's pieces end with their file; v1's and a hybrid's cover the padding too.
  assert.equal(total, version === 'v2' ? layout.dataLength : layout.length);
  let covered = 0;
  for (const segment of layout.segments(0, layout.length)) covered += segment.length;
  assert.equal(covered, layout.dataLength);
}

function checkHashes({ version, raw, infoHashV1, infoHashV2 }, text, options) {
  const info = Buffer.from(infoIn(text), 'latin1');
  assert.deepEqual(Buffer.from(raw), info);
  const hashOf = name => new Uint8Array(createHash(name).update(info).digest());
  assert.deepEqual(infoHashV1, version === 'v2' ? undefined : hashOf('sha1'), `v1 hash, ${options.names}`);
  assert.deepEqual(infoHashV2, version === 'v1' ? undefined : hashOf('sha256'), `v2 hash, ${options.names}`);
}

/** The text of `info` in a torrent, found without the decoder: the first value of that key. */
function infoIn(text) {
  let at = 1;
  let info;
  while (text[at] !== 'e') {
    const keyEnd = skip(text, at);
    const valueEnd = skip(text, keyEnd);
    if (text.slice(text.indexOf(':', at) + 1, keyEnd) === 'info') info ??= text.slice(keyEnd, valueEnd);
    at = valueEnd;
  }
  return info;
}

/** Where the value at `at` ends. */
function skip(text, at) {
  if (text[at] === 'i') return text.indexOf('e', at) + 1;
  if (text[at] !== 'l' && text[at] !== 'd') {
    const colon = text.indexOf(':', at);
    return colon + 1 + Number(text.slice(at, colon));
  }
  let end = at + 1;
  while (text[end] !== 'e') end = skip(text, end);
  return end + 1;
}

const MODES = [{}, { lenient: true }, { lenient: true, names: 'windows' }];

const root = 'r'.repeat(32);
const pieces = count => `6:pieces${20 * count}:${'h'.repeat(20 * count)}`;
export const seeds = [
  `d4:infod6:lengthi5e4:name1:a12:piece lengthi16384e${pieces(1)}ee`,
  `d4:infod6:lengthi0e4:name1:a12:piece lengthi16384e${pieces(0)}ee`,
  `d4:infod5:filesld6:lengthi5e4:pathl1:aeed6:lengthi7e4:pathl1:b1:ceee4:name1:n12:piece lengthi4e${pieces(3)}ee`,
  `d4:infod5:filesld6:lengthi5e4:pathl1:aeed4:attr1:p6:lengthi11eed6:lengthi3e4:pathl1:beee4:name1:n12:piece lengthi16e${pieces(2)}ee`,
  `d4:infod9:file treed1:ad0:d6:lengthi5e11:pieces root32:${root}eee12:meta versioni2e4:name1:a12:piece lengthi16384eee`,
  `d4:infod9:file treed1:ad0:d6:lengthi5e11:pieces root32:${root}ee1:bd1:cd0:d6:lengthi0eee1:dd0:d6:lengthi5e11:pieces root32:${root}eeee12:meta versioni2e4:name1:n12:piece lengthi16384eee`,
  `d4:infod9:file treed1:ad0:d6:lengthi5e11:pieces root32:${root}eee6:lengthi5e12:meta versioni2e4:name1:a12:piece lengthi16384e${pieces(1)}ee`,
].map(text => new Uint8Array(Buffer.from(text, 'latin1')));

export const tokens = [
  'announce',
  'announce-list',
  'comment',
  'created by',
  'creation date',
  'encoding',
  'url-list',
  'nodes',
  'info',
  'files',
  'length',
  'path',
  'path.utf-8',
  'name',
  'name.utf-8',
  'attr',
  'symlink path',
  'sha1',
  'md5sum',
  'private',
  'source',
  'similar',
  'collections',
  'pieces',
  'piece length',
  'meta version',
  'file tree',
  'pieces root',
  'piece layers',
  'p',
  'l',
  'x',
  'h',
  '4:pathl1:ae',
  '4:pathl2:..e',
  '4:pathle',
  '4:attr1:p',
  '4:attr1:l12:symlink pathl1:ae',
  '6:lengthi0e',
  '6:lengthi9007199254740991e',
  'd6:lengthi5e4:pathl1:aee',
  'd4:attr1:p6:lengthi16379ee',
  '1:ad0:d6:lengthi0eee',
  '12:meta versioni2e',
  '12:piece lengthi1e',
  '12:piece lengthi0e',
  '7:privatei1e',
  '9:file treede',
  '12:piece layersde',
  '0:',
  'de',
  'le',
  'i0e',
  'i-1e',
  '_____padding_file_0_',
];

export const maxLength = 6000;

export const bencoded = true;
