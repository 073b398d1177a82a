// v2's files: the dictionary `file tree` (BEP 52, "file tree layout"). A key is a path element, the empty key holds a
// file's own fields:   {dir: {a.txt: {"": {length, pieces root}}}}

import type { BencodeDictionary, BencodeValue } from '../bencode/decode.ts';
import type { Encodable } from '../bencode/encode.ts';
import { fromBinaryString, utf8BinaryString } from '../bytes/utf8.ts';
import { Fields, invalid, nameText } from './fields.ts';
import { type ListedFile, MAX_PATH_DEPTH, readAttributes } from './file-list.ts';
import { DIGEST_LENGTH } from './merkle.ts';
import { pathElementFault } from './safe-path.ts';

/** The files of v2, in the order of the tree. */
export function readFileTree(tree: BencodeDictionary): ListedFile[] {
  const files: ListedFile[] = [];
  if (tree.getBinary('') !== undefined) invalid('info.file tree', 'is a file itself; it has to be a folder');
  readFolder(tree, [], 'info.file tree', files);
  return files;
}

/** What one leaf of a tree to be written says. */
export interface TreeEntry {
  readonly path: readonly string[];
  readonly fields: Encodable;
}

/** Builds the tree from files; their order does not matter, since the encoder sorts. */
export function buildFileTree(files: readonly TreeEntry[]): Encodable {
  const root: Branch = new Map();
  for (const { path, fields } of files) {
    let folder = root;
    for (const element of path) {
      const key = utf8BinaryString(element);
      let next = folder.get(key) as Branch | undefined;
      if (next === undefined) {
        next = new Map();
        folder.set(key, next);
      }
      folder = next;
    }
    folder.set('', fields);
  }
  return root;
}

/** The order of the tree: element by element, as raw bytes. */
export function comparePaths(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const left = a[i]!;
    const right = b[i]!;
    if (left !== right) return utf8BinaryString(left) < utf8BinaryString(right) ? -1 : 1;
  }
  return a.length - b.length;
}

type Branch = Map<string, Encodable>;

function readFolder(
  folder: BencodeDictionary,
  path: readonly string[],
  where: string,
  files: ListedFile[],
): void {
  if (path.length >= MAX_PATH_DEPTH) invalid(where, `is nested deeper than ${MAX_PATH_DEPTH} folders`);
  for (const [i, key] of folder.keys.entries()) {
    const element = nameText(fromBinaryString(key));
    const here = `${where}.${element}`;
    const fault = pathElementFault(element);
    if (fault !== undefined) invalid(here, fault);
    const child = new Fields(folder.values[i], here).dictionary;
    const properties = child.getBinary('');
    if (properties === undefined) {
      readFolder(child, [...path, element], here, files);
    } else {
      if (child.keys.length > 1) invalid(here, 'is a file and a folder at once');
      files.push(readFile(properties, [...path, element], here));
    }
  }
}

function readFile(properties: BencodeValue, path: readonly string[], where: string): ListedFile {
  const fields = new Fields(properties, where);
  const attributes = readAttributes(fields, path);
  const isSymlink = attributes.symlinkTarget !== undefined;
  const length = isSymlink ? (fields.count('length') ?? 0) : fields.requiredCount('length');
  const file = { path, length, isPadding: false, place: fields, ...attributes };
  if (length === 0) return file;
  const piecesRoot = fields.bytes('pieces root') ?? invalid(fields.at('pieces root'), 'is missing');
  if (piecesRoot.length !== DIGEST_LENGTH)
    invalid(fields.at('pieces root'), `has ${piecesRoot.length} bytes, not 32`);
  return { ...file, piecesRoot };
}
