// A torrent file, written: `info` for v1, v2 or both from files and their hashes, then what lies around it. Canonical
// bencoding, so the same input gives the same bytes and the same info hashes.

import {
  BencodeText,
  bencodedText,
  type Encodable,
  encode,
  LazyList,
  MarkedBencode,
  RawBencode,
} from '../bencode/encode.ts';
import { fromHex } from '../bytes/hex.ts';
import { toBinaryString } from '../bytes/utf8.ts';
import { buildFileTree } from './file-tree.ts';
import type { TorrentVersion } from './metainfo.ts';

export interface BuildFile {
  /** Below the torrent's name; empty where the name is the file itself. */
  readonly path: readonly string[];
  readonly length: number;
  /** Needed for v2 and hybrid where the file is not empty. */
  readonly piecesRoot?: Uint8Array | undefined;
  /** BEP 47 */
  readonly executable?: boolean | undefined;
  readonly hidden?: boolean | undefined;
  readonly symlinkTarget?: readonly string[] | undefined;
}

export interface BuildInfo {
  readonly version: TorrentVersion;
  readonly name: string;
  readonly pieceLength: number;
  readonly isFolder: boolean;
  /** In the order of the piece space; for v2 and hybrid that is `comparePaths`. */
  readonly files: readonly BuildFile[];
  /** Needed for v1 and hybrid. */
  readonly pieces?: Uint8Array;
  /** `files` as v1 lists them, where that has been written already: see `writeFileList`. */
  readonly fileList?: RawBencode | undefined;
  readonly private?: boolean;
  readonly source?: string;
  readonly similar?: readonly Uint8Array[];
  readonly collections?: readonly string[];
}

/** What stands beside `info`: none of it changes the info hash. */
export interface BuildSurroundings {
  readonly trackers?: readonly (readonly string[])[];
  readonly webSeeds?: readonly string[];
  readonly nodes?: readonly { readonly host: string; readonly port: number }[];
  readonly comment?: string;
  readonly createdBy?: string;
  /** Seconds since 1970. */
  readonly creationDate?: number;
  /** By pieces root in hex; for v2 and hybrid never left out, be it empty (BEP 52: "not valid if this field is absent"). */
  readonly pieceLayers?: ReadonlyMap<string, Uint8Array>;
  /** The same of the leaves: not of BEP 52, see `Metainfo.blockLayers`. */
  readonly blockLayers?: ReadonlyMap<string, Uint8Array>;
}

/** v1's list of the files of a folder, which needs none of their hashes: it can be written while the data is read. */
export function writeFileList(info: Pick<BuildInfo, 'files' | 'version' | 'pieceLength'>): RawBencode {
  return new RawBencode(encode(fileList(info)));
}

/** The bytes of `info`. */
export function buildInfo(info: BuildInfo): Uint8Array<ArrayBuffer> {
  return encode(encodableInfo(info));
}

/** A torrent file, and where in it its `info` lies. */
export function buildTorrent(
  info: BuildInfo,
  around: BuildSurroundings,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly info: Uint8Array<ArrayBuffer> } {
  const marked = new MarkedBencode(encodableInfo(info));
  const bytes = encodeAround(marked, around);
  return { bytes, info: bytes.subarray(marked.start, marked.end) };
}

function encodableInfo(info: BuildInfo): Encodable {
  return {
    ...(info.version === 'v1' ? {} : versionTwo(info)),
    ...(info.version === 'v2' ? {} : versionOne(info)),
    name: info.name,
    'piece length': info.pieceLength,
    private: info.private === true ? 1 : undefined,
    source: info.source,
    similar: info.similar?.length ? info.similar : undefined,
    collections: info.collections?.length ? info.collections : undefined,
  };
}

/** The bytes of a torrent file around `info`, which is put in as it is. */
export function buildMetainfo(info: Uint8Array, around: BuildSurroundings): Uint8Array<ArrayBuffer> {
  return encodeAround(new RawBencode(info), around);
}

function encodeAround(info: Encodable, around: BuildSurroundings): Uint8Array<ArrayBuffer> {
  const trackers = around.trackers ?? [];
  return encode({
    announce: trackers[0]?.[0],
    // One tracker needs no list (BEP 12).
    'announce-list': trackers.flat().length > 1 ? trackers : undefined,
    'url-list': around.webSeeds?.length ? around.webSeeds : undefined,
    nodes: around.nodes?.length ? around.nodes.map(({ host, port }) => [host, port]) : undefined,
    comment: around.comment,
    'block layers': around.blockLayers && binaryKeys(around.blockLayers),
    'created by': around.createdBy,
    'creation date': around.creationDate,
    info,
    'piece layers': around.pieceLayers && binaryKeys(around.pieceLayers),
  });
}

/** The bytes that pad a file of a hybrid until the next one starts a piece: BEP 47. */
export function paddingAfter(position: number, pieceLength: number): number {
  return (pieceLength - (position % pieceLength)) % pieceLength;
}

function versionOne(info: BuildInfo): Record<string, Encodable | undefined> {
  const { pieces } = info;
  if (info.isFolder) return { files: info.fileList ?? fileList(info), pieces };
  const [file] = info.files;
  return { length: file!.length, pieces, attr: attr(file!), 'symlink path': file!.symlinkTarget };
}

function fileList(info: Pick<BuildInfo, 'files' | 'version' | 'pieceLength'>): LazyList {
  return new LazyList(() => listedFiles(info));
}

function* listedFiles({
  files,
  version,
  pieceLength,
}: Pick<BuildInfo, 'files' | 'version' | 'pieceLength'>): Iterable<Encodable> {
  // After the last file too, as libtorrent has it: the info hashes of the two agree only so. A single file needs none.
  const isPadded = version === 'hybrid' && files.length > 1;
  let position = 0;
  for (const file of files) {
    const { length, path, symlinkTarget } = file;
    yield listedFile(attr(file), length, path, symlinkTarget);
    position += length;
    const padding = isPadded && length > 0 ? paddingAfter(position, pieceLength) : 0;
    if (padding === 0) continue;
    yield listedFile('p', padding, ['.pad', `${padding}`]);
    position += padding;
  }
}

/** `{ attr, length, path, 'symlink path' }`, written out. */
function listedFile(
  attr: string | undefined,
  length: number,
  path: readonly string[],
  symlinkTarget?: readonly string[],
): BencodeText {
  const attribute = attr === undefined ? '' : `4:attr${bencodedText(attr)}`;
  const target = symlinkTarget === undefined ? '' : `12:symlink path${textList(symlinkTarget)}`;
  return new BencodeText(`d${attribute}6:lengthi${length}e4:path${textList(path)}${target}e`);
}

function textList(texts: readonly string[]): string {
  let list = 'l';
  for (const text of texts) list += bencodedText(text);
  return `${list}e`;
}

function versionTwo(info: BuildInfo): Record<string, Encodable> {
  const itself = [info.name];
  const tree = buildFileTree(
    info.files,
    ({ path }) => (path.length === 0 ? itself : path),
    file => ({
      attr: attr(file),
      // A symlink has no length here (so libtorrent): the presence of one is what makes a file (BEP 52).
      length: file.symlinkTarget === undefined ? file.length : undefined,
      'pieces root': file.piecesRoot,
      'symlink path': file.symlinkTarget,
    }),
  );
  return { 'file tree': tree, 'meta version': 2 };
}

/** BEP 47 */
function attr(file: BuildFile): string | undefined {
  const letters = `${file.hidden ? 'h' : ''}${file.executable ? 'x' : ''}${file.symlinkTarget ? 'l' : ''}`;
  return letters === '' ? undefined : letters;
}

function binaryKeys(layers: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Encodable> {
  return new Map([...layers].map(([hex, layer]) => [toBinaryString(fromHex(hex)!), layer]));
}
