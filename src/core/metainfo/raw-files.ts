// The files of an `info` as they stand in it, faults and all: for a check, which tells of every fault where the parser
// stops at the first. What has not the right shape is told to who asks, and left out or taken for nothing here.

import { BencodeDictionary, type BencodeValue, type DictionaryWalk } from '../bencode/decode.ts';
import { decodeUtf8Loosely, fromBinaryString } from '../bytes/utf8.ts';
import { kindOf } from './fields.ts';
import { DIGEST_LENGTH } from './merkle.ts';

export interface RawFile {
  /** Where it stands: `info.files[3]`. */
  readonly where: string;
  /** Below the torrent's name; empty where the name is the file. Bytes, since they may be no text. */
  readonly path: readonly Uint8Array[];
  readonly length: number;
  /** Marked as padding with BEP 47's `attr`, in v1's list. */
  readonly isPadding: boolean;
  readonly piecesRoot?: Uint8Array;
  /** BEP 47, "attr"; empty where there is none. */
  readonly attributes: string;
  /** BEP 47, "symlink path", where there is one. */
  readonly linkTarget?: readonly Uint8Array[];
  /** Where an element of its path stands: `info.files[3].path[0]`. */
  whereElement(index: number): string;
}

/** Is told what has not the right shape: where, and the rest of a sentence that begins with it. */
export type ShapeFault = (where: string, fault: string) => void;

/** v1's files in their order; undefined where there is no v1 part. Files may be put off, here and in the tree. */
export function rawFileList(info: BencodeDictionary, fault: ShapeFault): RawFile[] | undefined {
  const later = info.putOff?.get('files');
  const list = later?.kind === 'list' ? later.items() : info.get('files');
  if (list === undefined || !(Array.isArray(list) || later?.kind === 'list')) {
    if (info.get('length') === undefined) return undefined;
    const length = readLength(info, () => 'info', fault);
    return [new PlacedFile(info, NO_INDEX, [], length, fault)];
  }
  const files: RawFile[] = [];
  let i = -1;
  for (const item of list as Iterable<BencodeValue>) {
    i++;
    if (item instanceof BencodeDictionary) files.push(readListItem(item, i, fault));
    else fault(`info.files[${i}]`, `should be a dictionary, not ${kindOf(item)}`);
  }
  return files;
}

/** v2's files in the order of the tree; undefined where there is no v2 part. */
export function rawFileTree(info: BencodeDictionary, fault: ShapeFault): RawFile[] | undefined {
  const later = info.putOff?.get('file tree');
  if (later?.kind === 'dictionary' && later.isSorted && info.get('meta version') === 2) {
    const files: RawFile[] = [];
    walkFolder(later.walk(), [], files, fault);
    return files;
  }
  const tree = later?.value() ?? info.get('file tree');
  if (!(tree instanceof BencodeDictionary) || info.get('meta version') !== 2) return undefined;
  const files: RawFile[] = [];
  addFolder(tree, [], files, fault);
  return files;
}

export function pathText(path: readonly Uint8Array[]): string {
  return path.map(decodeUtf8Loosely).join('/');
}

/** Padding as BitComet made it before BEP 47: known by its name alone. */
export function isOldPadding({ path }: RawFile): boolean {
  return path.length > 0 && decodeUtf8Loosely(path.at(-1)!).startsWith('_____padding_file_');
}

function readListItem(item: BencodeDictionary, index: number, fault: ShapeFault): RawFile {
  const key = item.get('path.utf-8') === undefined ? 'path' : 'path.utf-8';
  const path = item.get(key);
  const place = () => `info.files[${index}]`;
  const isPadding = attributesOf(item).includes('p');
  // BEP 47: padding may come without a path.
  if (!isPadding) checkTexts(path, () => `${place()}.${key}`, fault);
  const length = readLength(item, place, fault);
  const elements = Array.isArray(path) ? path.filter(element => element instanceof Uint8Array) : [];
  return new PlacedFile(item, index, elements, length, fault, key === 'path.utf-8');
}

function addFolder(
  folder: BencodeDictionary,
  path: readonly Uint8Array[],
  files: RawFile[],
  fault: ShapeFault,
): void {
  for (const [key, value] of folder.entries) addNode(value, [...path, fromBinaryString(key)], files, fault);
}

/** As `addFolder`, where keys are in order: without making a tree of it. */
function walkFolder(
  walk: DictionaryWalk,
  path: readonly Uint8Array[],
  files: RawFile[],
  fault: ShapeFault,
): void {
  for (let key = walk.key(); key !== undefined; key = walk.key()) {
    const here = [...path, fromBinaryString(key)];
    const { isDictionary, hasEmptyKey } = walk.peek();
    if (isDictionary && !hasEmptyKey) {
      walk.enter();
      walkFolder(walk, here, files, fault);
    } else addNode(walk.value(), here, files, fault);
  }
}

/** A file where there is an empty key, else a folder. */
function addNode(
  value: BencodeValue,
  path: readonly Uint8Array[],
  files: RawFile[],
  fault: ShapeFault,
): void {
  if (!(value instanceof BencodeDictionary)) {
    fault(treePlace(path), `should be a dictionary, not ${kindOf(value)}`);
    return;
  }
  const properties = value.getBinary('');
  if (properties === undefined) {
    addFolder(value, path, files, fault);
    return;
  }
  if (value.keys.length > 1) fault(treePlace(path), 'is a file and a folder at once');
  if (!(properties instanceof BencodeDictionary)) {
    fault(treePlace(path), `should be a dictionary, not ${kindOf(properties)}`);
    return;
  }
  const length = readLength(properties, () => treePlace(path), fault);
  const file = new PlacedFile(properties, NO_INDEX, path, length, fault);
  const root = properties.get('pieces root');
  if (length > 0 && (root === undefined || file.piecesRoot === undefined))
    fault(`${file.where}.pieces root`, root === undefined ? 'is missing' : 'should be a string of 32 bytes');
  files.push(file);
}

/** A list of texts: a path, or where a link leads. */
function checkTexts(value: BencodeValue | undefined, place: () => string, fault: ShapeFault): void {
  if (value === undefined) fault(place(), 'is missing');
  else if (!Array.isArray(value)) fault(place(), `should be a list, not ${kindOf(value)}`);
  else if (value.length === 0) fault(place(), 'is empty');
  else {
    const i = value.findIndex(element => !(element instanceof Uint8Array));
    if (i >= 0) fault(`${place()}[${i}]`, `should be a string, not ${kindOf(value[i]!)}`);
  }
}

/** Of a symlink it may be missing, and has to be nothing (BEP 47). */
function readLength(item: BencodeDictionary, place: () => string, fault: ShapeFault): number {
  const value = item.get('length');
  const wrong = faultOfLength(value, attributesOf(item).includes('l'));
  if (wrong !== undefined) fault(`${place()}.length`, wrong);
  return wrong === undefined && typeof value === 'number' ? value : 0;
}

function faultOfLength(value: BencodeValue | undefined, isLink: boolean): string | undefined {
  if (value === undefined) return isLink ? undefined : 'is missing';
  if (typeof value === 'bigint') return `is ${value}, too large a number`;
  if (typeof value !== 'number') return `should be a whole number, not ${kindOf(value)}`;
  if (value < 0) return `is ${value}; it cannot be negative`;
  return isLink && value > 0 ? `is ${value}; a symlink has none` : undefined;
}

/** Its place is put into words only where it is needed. */
class PlacedFile implements RawFile {
  readonly path: readonly Uint8Array[];
  readonly length: number;
  readonly isPadding: boolean;
  readonly attributes: string;
  readonly piecesRoot?: Uint8Array;
  readonly linkTarget?: readonly Uint8Array[];
  readonly #index: number;
  readonly #isPathUtf8: boolean;

  /** `index`: in v1's list; `NO_INDEX` in the tree, and where `info` itself is the file. */
  constructor(
    item: BencodeDictionary,
    index: number,
    path: readonly Uint8Array[],
    length: number,
    fault: ShapeFault,
    isPathUtf8 = false,
  ) {
    this.#index = index;
    this.#isPathUtf8 = isPathUtf8;
    this.path = path;
    this.length = length;
    this.attributes = attributesOf(item);
    this.isPadding = index >= 0 && this.attributes.includes('p');
    const root = item.get('pieces root');
    if (root instanceof Uint8Array && root.length === DIGEST_LENGTH) this.piecesRoot = root;
    const target = item.get('symlink path');
    if (this.attributes.includes('l')) checkTexts(target, () => `${this.where}.symlink path`, fault);
    if (Array.isArray(target)) this.linkTarget = target.filter(element => element instanceof Uint8Array);
  }

  get where(): string {
    if (this.#index >= 0) return `info.files[${this.#index}]`;
    return this.path.length === 0 ? 'info' : treePlace(this.path);
  }

  whereElement(index: number): string {
    if (this.#index < 0) return treePlace(this.path.slice(0, index + 1));
    return `${this.where}.path${this.#isPathUtf8 ? '.utf-8' : ''}[${index}]`;
  }
}

function treePlace(path: readonly Uint8Array[]): string {
  return `info.file tree.${path.map(decodeUtf8Loosely).join('.')}`;
}

function attributesOf(item: BencodeDictionary): string {
  const letters = item.get('attr');
  return letters instanceof Uint8Array ? decodeUtf8Loosely(letters) : '';
}

const NO_INDEX = -1;
