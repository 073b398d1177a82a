// The files of an `info` as they stand in it, faults and all: for a check, which tells of every fault where the parser
// stops at the first. What has not the right shape is passed over here; the parser tells of it.

import { BencodeDictionary, type BencodeValue } from '../bencode/decode.ts';
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

/** v1's files in their order; undefined where there is no v1 part. */
export function rawFileList(info: BencodeDictionary): RawFile[] | undefined {
  const list = info.get('files');
  if (!Array.isArray(list)) {
    const length = info.get('length');
    return length === undefined
      ? undefined
      : [{ where: 'info', path: [], length: asLength(length), isPadding: false }];
  }
  const files: RawFile[] = [];
  for (const [i, item] of list.entries()) {
    if (!(item instanceof BencodeDictionary)) continue;
    const path = item.get('path.utf-8') ?? item.get('path');
    files.push({
      where: `info.files[${i}]`,
      path: Array.isArray(path) ? path.filter(element => element instanceof Uint8Array) : [],
      length: asLength(item.get('length')),
      isPadding: attributesOf(item).includes('p'),
    });
  }
  return files;
}

/** v2's files in the order of the tree; undefined where there is no v2 part. */
export function rawFileTree(info: BencodeDictionary): RawFile[] | undefined {
  const tree = info.get('file tree');
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
    const properties = value.entries.get('');
    if (!(properties instanceof BencodeDictionary)) {
      addFolder(value, here, files);
      continue;
    }
    const piecesRoot = properties.get('pieces root');
    files.push({
      where: `info.file tree.${here.map(decodeUtf8Loosely).join('.')}`,
      path: here,
      length: asLength(properties.get('length')),
      isPadding: false,
      ...(piecesRoot instanceof Uint8Array ? { piecesRoot } : {}),
    });
  }
}

function attributesOf(item: BencodeDictionary): string {
  const letters = item.get('attr');
  return letters instanceof Uint8Array ? decodeUtf8Loosely(letters) : '';
}

function asLength(value: BencodeValue | undefined): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}
