// v2's files: the dictionary `file tree` (BEP 52, "file tree layout"). A key is a path element, the empty key holds a
// file's own fields:   {dir: {a.txt: {"": {length, pieces root}}}}

import type { BencodeDictionary, BencodeValue, DictionaryWalk } from '../bencode/decode.ts';
import { type Encodable, LazyDictionary } from '../bencode/encode.ts';
import { fromBinaryString, utf8BinaryString } from '../bytes/utf8.ts';
import { Fields, invalid, nameText } from './fields.ts';
import { type ListedFile, MAX_PATH_DEPTH, readAttributes, tooMany } from './file-list.ts';
import { DIGEST_LENGTH } from './merkle.ts';
import { pathElementFault } from './safe-path.ts';

/** The files of v2, in the order of the tree. */
export function readFileTree(info: Fields, maxFiles: number): ListedFile[] {
  const files = new TreeFiles(maxFiles);
  const later = info.putOff('file tree');
  if (later?.kind === 'dictionary' && later.isSorted) {
    walkFolder(later.walk(), [], files);
    return files.list;
  }
  const tree = later === undefined ? info.child('file tree') : new Fields(later.value(), TREE);
  if (tree.dictionary.getBinary('') !== undefined) isFileItself();
  readFolder(tree.dictionary, [], files);
  return files.list;
}

/** The tree of files; of those that are in its order nothing is made before it is written. */
export function buildFileTree<File>(
  files: readonly File[],
  pathOf: (file: File) => readonly string[],
  fieldsOf: (file: File) => Encodable,
): Encodable {
  const isSorted = files.every((file, i) => i === 0 || comparePaths(pathOf(files[i - 1]!), pathOf(file)) < 0);
  const sorted = isSorted ? files : [...files].sort((a, b) => comparePaths(pathOf(a), pathOf(b)));
  return folderOf({ files: sorted, pathOf, fieldsOf }, 0, files.length, 0);
}

interface WrittenTree<File> {
  readonly files: readonly File[];
  readonly pathOf: (file: File) => readonly string[];
  readonly fieldsOf: (file: File) => Encodable;
}

/** Files `start` to `end`, which have the first `depth` elements in common. */
function folderOf<File>(tree: WrittenTree<File>, start: number, end: number, depth: number): Encodable {
  const { files, pathOf, fieldsOf } = tree;
  return new LazyDictionary(function* () {
    for (let i = start; i < end; ) {
      const path = pathOf(files[i]!);
      if (path.length === depth) {
        yield ['', fieldsOf(files[i]!)];
        i++;
        continue;
      }
      let next = i + 1;
      while (next < end && pathOf(files[next]!)[depth] === path[depth]) next++;
      const isFile = next === i + 1 && path.length === depth + 1;
      const below = isFile ? { '': fieldsOf(files[i]!) } : folderOf(tree, i, next, depth + 1);
      yield [utf8BinaryString(path[depth]!), below];
      i = next;
    }
  });
}

/** The order of the tree: element by element, as raw bytes. */
export function comparePaths(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const left = a[i]!;
    const right = b[i]!;
    if (left !== right) return isBefore(left, right) ? -1 : 1;
  }
  return a.length - b.length;
}

/** By the bytes of their UTF-8. Texts sort as those do, but for halves of what lies beyond UTF-16 and what comes after them. */
function isBefore(left: string, right: string): boolean {
  if (!SORTS_OTHERWISE.test(left) && !SORTS_OTHERWISE.test(right)) return left < right;
  return utf8BinaryString(left) < utf8BinaryString(right);
}

class TreeFiles {
  readonly list: ListedFile[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  add(child: BencodeDictionary, path: readonly string[]): void {
    if (child.keys.length > 1) invalid(new TreePlace(path).where, 'is a file and a folder at once');
    if (this.list.length >= this.#max) tooMany(this.#max);
    this.list.push(readFile(child.getBinary('')!, path));
  }
}

/** Where a file or folder stands in the tree: put into words only where it is needed. */
class TreePlace {
  readonly #path: readonly string[];

  constructor(path: readonly string[]) {
    this.#path = path;
  }

  get where(): string {
    return [TREE, ...this.#path].join('.');
  }
}

/** A folder whose keys are in order, without making a tree of it: each file is taken apart alone. */
function walkFolder(walk: DictionaryWalk, path: readonly string[], files: TreeFiles): void {
  tooDeep(path);
  for (let key = walk.key(); key !== undefined; key = walk.key()) {
    if (key === '' && path.length === 0) isFileItself();
    const here = [...path, readElement(key, path)];
    const { isDictionary, hasEmptyKey } = walk.peek();
    if (isDictionary && !hasEmptyKey) {
      walk.enter();
      walkFolder(walk, here, files);
    } else {
      files.add(new Fields(walk.value(), '', undefined, new TreePlace(here)).dictionary, here);
    }
  }
}

function readFolder(folder: BencodeDictionary, path: readonly string[], files: TreeFiles): void {
  tooDeep(path);
  for (const [i, key] of folder.keys.entries()) {
    const here = [...path, readElement(key, path)];
    const child = new Fields(folder.values[i], '', undefined, new TreePlace(here)).dictionary;
    if (child.getBinary('') === undefined) readFolder(child, here, files);
    else files.add(child, here);
  }
}

function readElement(key: string, path: readonly string[]): string {
  const element = nameText(fromBinaryString(key));
  const fault = pathElementFault(element);
  if (fault !== undefined) invalid(new TreePlace([...path, element]).where, fault);
  return element;
}

function tooDeep(path: readonly string[]): void {
  if (path.length >= MAX_PATH_DEPTH)
    invalid(new TreePlace(path).where, `is nested deeper than ${MAX_PATH_DEPTH} folders`);
}

function isFileItself(): never {
  return invalid(TREE, 'is a file itself; it has to be a folder');
}

function readFile(properties: BencodeValue, path: readonly string[]): ListedFile {
  const place = new TreePlace(path);
  const fields = new Fields(properties, '', undefined, place);
  const attributes = readAttributes(fields, path);
  const isSymlink = attributes.symlinkTarget !== undefined;
  const length = isSymlink ? (fields.count('length') ?? 0) : fields.requiredCount('length');
  const { executable, hidden, symlinkTarget } = attributes;
  // Plain assignments: a spread costs more than all the rest.
  const file: Mutable<ListedFile> = { path, length, isPadding: false, place };
  if (executable !== undefined) file.executable = executable;
  if (hidden !== undefined) file.hidden = hidden;
  if (symlinkTarget !== undefined) file.symlinkTarget = symlinkTarget;
  if (length === 0) return file;
  const piecesRoot = fields.bytes('pieces root') ?? invalid(fields.at('pieces root'), 'is missing');
  if (piecesRoot.length !== DIGEST_LENGTH)
    invalid(fields.at('pieces root'), `has ${piecesRoot.length} bytes, not 32`);
  file.piecesRoot = piecesRoot;
  return file;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const TREE = 'info.file tree';
const SORTS_OTHERWISE = /[\ud800-\uffff]/;
