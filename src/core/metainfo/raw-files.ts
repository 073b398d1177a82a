// The files of an `info` as they stand in it, faults and all: for a check, which tells of every fault where the parser
// stops at the first. What has not the right shape is passed over here; the parser tells of it.

import { BencodeDictionary, type BencodeValue, type DictionaryWalk } from '../bencode/decode.ts';
import { decodeUtf8Loosely, fromBinaryString } from '../bytes/utf8.ts';

export interface RawFile {
  /** Where it stands: `info.files[3]`. */
  readonly where: string;
  /** Below the torrent's name; empty where the name is the file. Bytes, since they may be no text. */
  readonly path: readonly Uint8Array[];
  readonly length: number;
  /** Marked as padding with BEP 47's `attr`. */
  readonly isPadding: boolean;
  readonly piecesRoot?: Uint8Array;
}

/** v1's files in their order; undefined where there is no v1 part. Files may be put off, here and in the tree. */
export function rawFileList(info: BencodeDictionary): RawFile[] | undefined {
  const later = info.putOff?.get('files');
  const list = later?.kind === 'list' ? later.items() : info.get('files');
  if (list === undefined || !(Array.isArray(list) || later?.kind === 'list')) {
    const length = info.get('length');
    return length === undefined
      ? undefined
      : [{ where: 'info', path: [], length: asLength(length), isPadding: false }];
  }
  const files: RawFile[] = [];
  let i = -1;
  for (const item of list as Iterable<BencodeValue>) {
    i++;
    if (!(item instanceof BencodeDictionary)) continue;
    const path = item.get('path.utf-8') ?? item.get('path');
    files.push(
      new PlacedFile(
        i,
        Array.isArray(path) ? path.filter(element => element instanceof Uint8Array) : [],
        asLength(item.get('length')),
        attributesOf(item).includes('p'),
      ),
    );
  }
  return files;
}

/** v2's files in the order of the tree; undefined where there is no v2 part. */
export function rawFileTree(info: BencodeDictionary): RawFile[] | undefined {
  const later = info.putOff?.get('file tree');
  if (later?.kind === 'dictionary' && later.isSorted && info.get('meta version') === 2) {
    const files: RawFile[] = [];
    walkFolder(later.walk(), [], files);
    return files;
  }
  const tree = later?.value() ?? info.get('file tree');
  if (!(tree instanceof BencodeDictionary) || info.get('meta version') !== 2) return undefined;
  const files: RawFile[] = [];
  addFolder(tree, [], files);
  return files;
}

export function pathText(path: readonly Uint8Array[]): string {
  return path.map(decodeUtf8Loosely).join('/');
}

/** Padding as BitComet made it before BEP 47: known by its name alone. */
export function isOldPadding({ path }: RawFile): boolean {
  return path.length > 0 && decodeUtf8Loosely(path.at(-1)!).startsWith('_____padding_file_');
}

function addFolder(folder: BencodeDictionary, path: readonly Uint8Array[], files: RawFile[]): void {
  for (const [key, value] of folder.entries) {
    if (!(value instanceof BencodeDictionary)) continue;
    const here = [...path, fromBinaryString(key)];
    if (!addFile(value, here, files)) addFolder(value, here, files);
  }
}

/** As `addFolder`, where keys are in order: without making a tree of it. */
function walkFolder(walk: DictionaryWalk, path: readonly Uint8Array[], files: RawFile[]): void {
  for (let key = walk.key(); key !== undefined; key = walk.key()) {
    const here = [...path, fromBinaryString(key)];
    const { isDictionary, hasEmptyKey } = walk.peek();
    if (isDictionary && !hasEmptyKey) {
      walk.enter();
      walkFolder(walk, here, files);
      continue;
    }
    const value = walk.value();
    if (value instanceof BencodeDictionary && !addFile(value, here, files)) addFolder(value, here, files);
  }
}

/** False where it is a folder. */
function addFile(value: BencodeDictionary, path: readonly Uint8Array[], files: RawFile[]): boolean {
  const properties = value.getBinary('');
  if (!(properties instanceof BencodeDictionary)) return false;
  const piecesRoot = properties.get('pieces root');
  const length = asLength(properties.get('length'));
  const root = piecesRoot instanceof Uint8Array ? piecesRoot : undefined;
  files.push(new PlacedFile(-1, path, length, false, root));
  return true;
}

/** Its place is put into words only where it is needed. */
class PlacedFile implements RawFile {
  readonly path: readonly Uint8Array[];
  readonly length: number;
  readonly isPadding: boolean;
  readonly piecesRoot?: Uint8Array;
  readonly #index: number;

  /** `index`: in v1's list; -1 in the tree. */
  constructor(
    index: number,
    path: readonly Uint8Array[],
    length: number,
    isPadding: boolean,
    piecesRoot?: Uint8Array,
  ) {
    this.#index = index;
    this.path = path;
    this.length = length;
    this.isPadding = isPadding;
    if (piecesRoot !== undefined) this.piecesRoot = piecesRoot;
  }

  get where(): string {
    if (this.#index >= 0) return `info.files[${this.#index}]`;
    return `info.file tree.${this.path.map(decodeUtf8Loosely).join('.')}`;
  }
}

function attributesOf(item: BencodeDictionary): string {
  const letters = item.get('attr');
  return letters instanceof Uint8Array ? decodeUtf8Loosely(letters) : '';
}

function asLength(value: BencodeValue | undefined): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}
