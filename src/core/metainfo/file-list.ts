// v1's files: `length` alone, or the list `files` (BEP 3), with the attributes of BEP 47.

import { Fields, invalid, kindOf, nameText } from './fields.ts';
import type { FileAttributes } from './metainfo.ts';
import { pathElementFault } from './safe-path.ts';

/** A file as the torrent has it, before its path is made safe; padding included. */
export interface ListedFile extends FileAttributes {
  /** Below `name`; empty where `name` is the file itself. */
  readonly path: readonly string[];
  readonly length: number;
  readonly isPadding: boolean;
  readonly piecesRoot?: Uint8Array;
  /** Where it stands in the torrent. */
  readonly place: { readonly where: string };
}

/** The files of v1, in their order; undefined where `info` has no v1 files. */
export function readFileList(info: Fields): ListedFile[] | undefined {
  const list = info.list('files');
  if (list !== undefined && info.has('length'))
    invalid('info', 'has both "length" and "files"; it can be one file or many, not both');
  if (list !== undefined) return list.map((item, i) => readListItem(new Fields(item, 'info.files', i)));
  if (!info.has('length')) return undefined;
  return [
    {
      path: [],
      length: info.requiredCount('length'),
      isPadding: false,
      place: info,
      ...readAttributes(info, []),
    },
  ];
}

/** BEP 47, "attr" and "symlink path"; unknown letters are passed over. */
export function readAttributes(file: Fields, path: readonly string[]): FileAttributes {
  const letters = file.shownText('attr');
  if (letters === undefined) return NO_ATTRIBUTES;
  return {
    ...(letters.includes('x') ? { executable: true } : {}),
    ...(letters.includes('h') ? { hidden: true } : {}),
    ...(letters.includes('l') ? { symlinkTarget: readSymlinkTarget(file, path) } : {}),
  };
}

function readListItem(file: Fields): ListedFile {
  const letters = file.shownText('attr') ?? '';
  // BEP 47: padding files may come without a path, symlinks without a length.
  if (letters.includes('p'))
    return { path: [], length: file.requiredCount('length'), isPadding: true, place: file };
  const path = readPath(file, file.has('path.utf-8') ? 'path.utf-8' : 'path');
  const length = letters.includes('l') ? (file.count('length') ?? 0) : file.requiredCount('length');
  // Files of BitComet, older than BEP 47 and with the same purpose.
  const isPadding = path.at(-1)!.startsWith('_____padding_file_');
  const listed = { path, length, isPadding, place: file };
  return letters === '' ? listed : { ...listed, ...readAttributes(file, path) };
}

/**
 * The target, from the torrent's root (BEP 47, "symlink path"). libtorrent writes it from the link's own folder, with
 * "..": such a target is resolved, and refused where it leaves the torrent.
 */
function readSymlinkTarget(file: Fields, path: readonly string[]): string[] {
  const items = readTextList(file, 'symlink path');
  const target = items.includes('..') ? path.slice(0, -1) : [];
  for (const [i, element] of items.entries()) {
    if (element !== '..') target.push(checkedElement(element, file, 'symlink path', i));
    else if (target.pop() === undefined) invalid(file.at('symlink path'), 'leads out of the torrent');
  }
  if (target.length === 0) invalid(file.at('symlink path'), 'leads out of the torrent');
  return target;
}

function readPath(file: Fields, key: string): string[] {
  const elements = readTextList(file, key);
  for (let i = 0; i < elements.length; i++) checkedElement(elements[i]!, file, key, i);
  return elements;
}

function readTextList(file: Fields, key: string): string[] {
  const items = file.list(key) ?? invalid(file.at(key), 'is missing');
  if (items.length === 0) invalid(file.at(key), 'is empty');
  if (items.length > MAX_PATH_DEPTH)
    invalid(file.at(key), `has ${items.length} elements; at most ${MAX_PATH_DEPTH} are allowed`);
  const texts: string[] = [];
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!;
    if (!(item instanceof Uint8Array))
      invalid(`${file.at(key)}[${i}]`, `should be a string, not ${kindOf(item)}`);
    texts.push(nameText(item));
  }
  return texts;
}

function checkedElement(element: string, file: Fields, key: string, index: number): string {
  const fault = pathElementFault(element);
  if (fault !== undefined) invalid(`${file.at(key)}[${index}]`, fault);
  return element;
}

const NO_ATTRIBUTES: FileAttributes = {};

/** libtorrent's limit. */
export const MAX_PATH_DEPTH = 100;
