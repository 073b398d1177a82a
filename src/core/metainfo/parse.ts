// A torrent file, read: bytes from a stranger become a Metainfo that keeps every rule of BEP 3, 47 and 52, or a sentence
// that says what is wrong and where. Which paths are safe is decided by `safe-path`.

import { BencodeDictionary, type BencodeValue, type DecodeOptions, decode } from '../bencode/decode.ts';
import { toHex } from '../bytes/hex.ts';
import { decodeUtf8Loosely } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import { Fields, invalid, kindOf, nameText } from './fields.ts';
import { FILE_KEYS, type ListedFile, readFileList } from './file-list.ts';
import { readFileTree } from './file-tree.ts';
import { type HashFunctions, hashInfo, portableHash } from './info-hash.ts';
import { Layout } from './layout.ts';
import { DIGEST_LENGTH, isPieceLayerOf } from './merkle.ts';
import { BLOCK_LENGTH, type Info, type Metainfo, type TorrentFile, type TorrentVersion } from './metainfo.ts';
import { MAX_PIECE_LENGTH } from './piece-length.ts';
import { type NameRules, PathRegister, pathElementFault, safeName } from './safe-path.ts';

export interface ParseOptions {
  /** Take unsorted keys, leading zeros and bytes after the end. @default false */
  readonly lenient?: boolean;
  /** @default plain JavaScript */
  readonly hash?: HashFunctions;
  /** Whose rules file names must keep. @default 'posix' */
  readonly names?: NameRules;
  /** A longer torrent file is refused. @default 64 MiB (libtorrent: 10 MB; v2's layers of a large data set need more) */
  readonly maxBytes?: number;
  /** @default 2,097,152 (libtorrent) */
  readonly maxPieces?: number;
  /**
   * Files, and as many paddings. @default 300,000, which take some 200 MB (libtorrent's 3,000,000 tokens are 430,000 files of
   * v1, 150,000 of a hybrid)
   */
  readonly maxFiles?: number;
  /** How deep the bencoding may nest. @default 210, so that every path of 100 elements fits */
  readonly maxDepth?: number;
  /** Check that v2's piece layers hash up to their roots (BEP 52, "infohash"). @default true */
  readonly checkPieceLayers?: boolean;
  /**
   * Refuse a torrent of v2 that lacks piece layers; else those that are there are taken, if only to be shown or named by a
   * magnet link: peers send the layers. @default true
   */
  readonly needsPieceLayers?: boolean;
}

/**
 * Reads a torrent file.
 * @throws ProtocolError `BENCODE_INVALID`, `METAINFO_INVALID`, `METAINFO_TOO_LARGE`
 */
export function parseMetainfo(bytes: Uint8Array, options: ParseOptions = {}): Metainfo {
  const root = new Fields(decodeBounded(bytes, options), '');
  const infoFields = root.child('info');
  const info = readInfo(infoFields, options);
  const comment = root.shownText('comment');
  const createdBy = root.shownText('created by');
  const creationDate = shownNumber(root.dictionary.get('creation date'));
  // Not `{ ...info, … }`: V8 makes hidden classes for each such object alone, half a kilobyte a torrent.
  const around = {
    trackers: readTrackers(root),
    webSeeds: readWebSeeds(root),
    nodes: readNodes(root),
    ...(comment === undefined ? {} : { comment }),
    ...(createdBy === undefined ? {} : { createdBy }),
    ...(creationDate === undefined ? {} : { creationDate }),
    pieceLayers: info.version === 'v1' ? NO_LAYERS : readPieceLayers(root, info, options),
    blockLayers: readBlockLayers(root, info),
    bytes,
  };
  return Object.assign(around, info);
}

/**
 * Reads an `info` dictionary alone: what a magnet's metadata is (BEP 9).
 * @throws ProtocolError `BENCODE_INVALID`, `METAINFO_INVALID`, `METAINFO_TOO_LARGE`
 */
export function parseInfo(raw: Uint8Array, options: ParseOptions = {}): Info {
  return readInfo(new Fields(decodeBounded(raw, options), 'info'), options);
}

function decodeBounded(bytes: Uint8Array, options: ParseOptions): BencodeValue {
  const maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
  if (bytes.length > maxBytes) {
    throw new ProtocolError(
      'METAINFO_TOO_LARGE',
      `The torrent has ${bytes.length} bytes; at most ${maxBytes} are read.`,
    );
  }
  const decodeOptions: DecodeOptions = {
    lenient: options.lenient ?? false,
    maxDepth: options.maxDepth ?? 210,
    // What is built is a third of libtorrent's limit on tokens; files are gone through one by one.
    maxBuilt: 1_000_000,
    putOff: FILE_KEYS,
  };
  return decode(bytes, decodeOptions);
}

function readInfo(fields: Fields, options: ParseOptions): Info {
  const metaVersion = fields.count('meta version');
  if (metaVersion !== undefined && metaVersion !== 2) {
    invalid(
      'info.meta version',
      `is ${metaVersion}; this program reads version 2 and, where there is none, version 1`,
    );
  }
  const maxFiles = options.maxFiles ?? 300_000;
  const listed = readFileList(fields, 2 * maxFiles);
  const tree = metaVersion === 2 ? readFileTree(fields, maxFiles) : undefined;
  if (listed === undefined && metaVersion === undefined && fields.has('file tree'))
    invalid('info.meta version', 'is missing, without which nothing reads "file tree"');
  const version = versionOf(listed, tree);
  const name = readName(fields, options.names ?? 'posix');
  const pieceLength = readPieceLength(fields, version);
  const placed = version === 'hybrid' ? joinHybrid(listed!, tree!, name.raw, pieceLength) : (listed ?? tree!);
  const isFolder = listed === undefined ? !isSingleFileTree(tree!, name.raw) : fields.has('files');

  const { files, end } = placeFiles(placed, name, isFolder, version, pieceLength, options.names ?? 'posix');
  if (files.length > maxFiles) invalid('info', `has ${files.length} files; at most ${maxFiles} are read`);
  const layout = new Layout(files, pieceLength, { shortPieces: version === 'v2', length: end });
  const maxPieces = options.maxPieces ?? 2_097_152;
  if (layout.pieceCount > maxPieces)
    invalid('info', `has ${layout.pieceCount} pieces; at most ${maxPieces} are read`);

  const raw = fields.dictionary.raw;
  const source = fields.shownText('source');
  return {
    version,
    raw,
    ...hashInfo(raw, version, options.hash ?? portableHash),
    name: name.safe,
    pieceLength,
    isFolder,
    files,
    layout,
    ...(version === 'v2' ? {} : { pieces: readPieces(fields, layout.pieceCount) }),
    private: isPrivate(fields.dictionary.get('private')),
    ...(source === undefined ? {} : { source }),
    similar: stringsOf(fields.dictionary.get('similar')),
    collections: stringsOf(fields.dictionary.get('collections')).map(decodeUtf8Loosely),
  };
}

/** BEP 27 has 1 alone; what libtorrent and Transmission take for private must not come into the DHT by us. */
function isPrivate(value: BencodeValue | undefined): boolean {
  return (typeof value === 'number' || typeof value === 'bigint') && value !== 0;
}

function versionOf(listed: ListedFile[] | undefined, tree: ListedFile[] | undefined): TorrentVersion {
  if (listed === undefined && tree === undefined)
    invalid('info', 'has neither "length" nor "files", so it has no files');
  if (tree === undefined) return 'v1';
  return listed === undefined ? 'v2' : 'hybrid';
}

function readName(fields: Fields, rules: NameRules): { raw: string; safe: string } {
  const key = fields.has('name.utf-8') ? 'name.utf-8' : 'name';
  const raw = nameText(fields.bytes(key) ?? invalid(fields.at(key), 'is missing'));
  const fault = pathElementFault(raw);
  if (fault !== undefined) invalid(fields.at(key), fault);
  return { raw, safe: safeName(raw, rules) };
}

function readPieceLength(fields: Fields, version: TorrentVersion): number {
  const pieceLength = fields.requiredCount('piece length', MAX_PIECE_LENGTH);
  if (pieceLength === 0) invalid('info.piece length', 'is 0');
  if (version !== 'v1' && (pieceLength < BLOCK_LENGTH || (pieceLength & (pieceLength - 1)) !== 0)) {
    invalid('info.piece length', `is ${pieceLength}; version 2 needs a power of two, 16384 at least`);
  }
  return pieceLength;
}

function readPieces(fields: Fields, pieceCount: number): Uint8Array {
  const pieces = fields.bytes('pieces') ?? invalid('info.pieces', 'is missing');
  if (pieces.length !== pieceCount * 20) {
    invalid('info.pieces', `has ${pieces.length} bytes; ${pieceCount} pieces need ${pieceCount * 20}`);
  }
  return pieces;
}

/** A tree of one file that has the torrent's own name is a single file (libtorrent reads it so too). */
function isSingleFileTree(tree: readonly ListedFile[], name: string): boolean {
  return tree.length === 1 && tree[0]!.path.length === 1 && tree[0]!.path[0] === name;
}

/**
 * The v1 list of a hybrid with v2's roots put in. Both parts have to tell of the same files in the same order, padded in
 * v1 so that each starts a piece (BEP 52, "upgrade path"): else v1 and v2 peers would hold different data.
 */
function joinHybrid(
  listed: ListedFile[],
  tree: ListedFile[],
  name: string,
  pieceLength: number,
): ListedFile[] {
  let next = 0;
  let position = 0;
  const joined = listed.map(file => {
    const start = position;
    position += file.length;
    if (file.isPadding) return file;
    const twin = tree[next++];
    const path = file.path.length === 0 ? [name] : file.path;
    if (twin === undefined || twin.length !== file.length || !samePath(twin.path, path)) {
      // The lengths are named where they alone differ.
      const isLength = twin !== undefined && samePath(twin.path, path);
      const described = (one: { path: readonly string[]; length: number }) =>
        `"${one.path.join('/')}"${isLength ? ` with ${one.length} bytes` : ''}`;
      const other = twin === undefined ? 'no file' : described(twin);
      const ours = described({ path, length: file.length });
      invalid(file.place.where, `is ${ours} for v1 where v2 has ${other}; the two parts disagree`);
    }
    if (file.length > 0 && start % pieceLength !== 0) {
      invalid(file.place.where, 'does not start at a piece; a hybrid needs padding files before it');
    }
    // Into the list's own object, which is nobody else's: a copy of each would cost more than the rest.
    if (twin.piecesRoot !== undefined) (file as Mutable<ListedFile>).piecesRoot = twin.piecesRoot;
    return file;
  });
  if (next < tree.length) invalid(tree[next]!.place.where, 'is in v2 only; the two parts disagree');
  return joined;
}

function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((element, i) => element === b[i]);
}

/** Gives every file its offset in the piece space and a path that is safe; leaves the padding out. */
function placeFiles(
  listed: readonly ListedFile[],
  name: { readonly raw: string; readonly safe: string },
  isFolder: boolean,
  version: TorrentVersion,
  pieceLength: number,
  rules: NameRules,
): { files: TorrentFile[]; end: number } {
  const register = new PathRegister(rules);
  const files: TorrentFile[] = [];
  let end = 0;
  for (const file of listed) {
    const { path, length, symlinkTarget } = file;
    // v2 aligns each file that has bytes; v1 and hybrids say it with padding files.
    if (version === 'v2' && length > 0) end = Math.ceil(end / pieceLength) * pieceLength;
    const offset = end;
    end += length;
    if (!Number.isSafeInteger(end)) invalid(file.place.where, 'brings the torrent beyond 2^53 bytes');
    if (file.isPadding) continue;
    if (symlinkTarget !== undefined && length > 0) invalid(file.place.where, 'is a symlink with a length');
    // Of the right length at once: an array that grows has room for sixteen more.
    const wanted = isFolder ? [name.safe, ...path] : [name.safe];
    let isChanged = name.safe !== name.raw;
    for (let i = 1; i < wanted.length; i++) {
      const element = wanted[i]!;
      wanted[i] = safeName(element, rules);
      if (wanted[i] !== element) isChanged = true;
    }
    const taken = register.take(wanted);
    if (taken === undefined) {
      invalid(file.place.where, `cannot be stored: another file stands at or above "${wanted.join('/')}"`);
    }
    // Plain assignments: a spread for each property would triple the cost of a torrent of many files.
    const placed: Mutable<TorrentFile> = { path: taken, length, offset };
    if (taken !== wanted || isChanged) placed.writtenPath = isFolder ? [name.raw, ...path] : [name.raw];
    if (file.piecesRoot !== undefined) placed.piecesRoot = file.piecesRoot;
    if (file.executable !== undefined) placed.executable = true;
    if (file.hidden !== undefined) placed.hidden = true;
    if (symlinkTarget !== undefined)
      placed.symlinkTarget = symlinkTarget.map(element => safeName(element, rules));
    files.push(placed);
  }
  return { files, end };
}

function readPieceLayers(root: Fields, info: Info, options: ParseOptions): Map<string, Uint8Array> {
  const layers = new Map<string, Uint8Array>();
  const large = info.files.filter(file => file.length > info.pieceLength);
  if (large.length === 0) return layers;
  const isNeeded = options.needsPieceLayers !== false;
  if (!isNeeded && !(root.dictionary.get('piece layers') instanceof BencodeDictionary)) return layers;
  const entries = root.child('piece layers').dictionary.entries;
  for (const file of large) {
    const piecesRoot = file.piecesRoot!;
    const key = toHex(piecesRoot);
    const known = layers.get(key);
    // Hashed once, however many files share it; but it must have a digest for each piece of each of them.
    if (known !== undefined && known.length === Math.ceil(file.length / info.pieceLength) * 32) continue;
    const layer = entries.get(binaryKey(piecesRoot));
    const where = `piece layers[${key.slice(0, 16)}…]`;
    if (!(layer instanceof Uint8Array)) {
      if (!isNeeded) continue;
      invalid(
        where,
        `${layer === undefined ? 'is missing' : `is ${kindOf(layer)}`}; "${file.path.join('/')}" needs it`,
      );
    }
    const isRight =
      options.checkPieceLayers === false ||
      isPieceLayerOf(layer, { length: file.length, piecesRoot }, info.pieceLength);
    if (!isRight) invalid(where, `does not hash up to the root of "${file.path.join('/')}"`);
    layers.set(key, layer);
  }
  return layers;
}

/** Layers that are not what they should be are passed over: nobody depends on them. Their hashes are checked by who uses them. */
function readBlockLayers(root: Fields, info: Info): ReadonlyMap<string, Uint8Array> {
  const entries = root.dictionary.get('block layers');
  if (!(entries instanceof BencodeDictionary)) return NO_LAYERS;
  const layers = new Map<string, Uint8Array>();
  for (const { piecesRoot, length } of info.files) {
    const layer = piecesRoot === undefined ? undefined : entries.entries.get(binaryKey(piecesRoot));
    const isWhole =
      layer instanceof Uint8Array && layer.length === Math.ceil(length / BLOCK_LENGTH) * DIGEST_LENGTH;
    if (isWhole) layers.set(toHex(piecesRoot!), layer);
  }
  return layers;
}

function binaryKey(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Tiers of BEP 12 where there are any, else `announce`. What is no text, is empty or is there already is passed over. */
function readTrackers(root: Fields): string[][] {
  const seen = new Set<string>();
  const tiers: string[][] = [];
  const list = root.dictionary.get('announce-list');
  for (const tier of Array.isArray(list) ? list : []) {
    // Some creators write a flat list of URLs: each is a tier of its own.
    const urls = (Array.isArray(tier) ? tier : [tier])
      .filter(url => url instanceof Uint8Array)
      .map(url => decodeUtf8Loosely(url).trim())
      .filter(url => url !== '' && !seen.has(url));
    for (const url of urls) seen.add(url);
    if (urls.length > 0) tiers.push([...new Set(urls)]);
  }
  const announce = root.shownText('announce')?.trim();
  if (tiers.length === 0 && announce !== undefined && announce !== '') tiers.push([announce]);
  return tiers;
}

/** BEP 19: one URL or a list of them. */
function readWebSeeds(root: Fields): string[] {
  const value = root.dictionary.get('url-list');
  const items = value instanceof Uint8Array ? [value] : stringsOf(value);
  const urls = items.map(item => decodeUtf8Loosely(item).trim());
  return [...new Set(urls.filter(url => url !== ''))];
}

/** BEP 5, "torrent file extensions": pairs of host and port; what is no pair is passed over. */
function readNodes(root: Fields): { host: string; port: number }[] {
  const value = root.dictionary.get('nodes');
  const nodes: { host: string; port: number }[] = [];
  for (const item of Array.isArray(value) ? value : []) {
    if (!Array.isArray(item)) continue;
    const [host, port] = item;
    if (!(host instanceof Uint8Array) || typeof port !== 'number' || port < 1 || port > 65_535) continue;
    nodes.push({ host: decodeUtf8Loosely(host), port });
  }
  return nodes;
}

/** Of a list; what is no string is passed over, and so is what is no list. */
function stringsOf(value: BencodeValue | undefined): Uint8Array[] {
  return (Array.isArray(value) ? value : []).filter(item => item instanceof Uint8Array);
}

function shownNumber(value: BencodeValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

const NO_LAYERS: ReadonlyMap<string, Uint8Array> = new Map();

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
