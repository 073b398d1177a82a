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
export function readFileList(info: Fields, maxEntries: number): ListedFile[] | undefined {
  const later = info.putOff('files');
  if (later?.kind === 'dictionary') invalid('info.files', 'should be a list, not a dictionary');
  const list = later === undefined ? info.list('files') : later.items();
  if (list !== undefined && info.has('length'))
    invalid('info', 'has both "length" and "files"; it can be one file or many, not both');
  if (list !== undefined) {
    const files: ListedFile[] = [];
    let previous: readonly string[] = NO_PATH;
    for (const item of list) {
      if (files.length >= maxEntries) tooMany(maxEntries);
      const file = readListItem(new Fields(item, 'info.files', files.length), previous, files.length);
      if (!file.isPadding) previous = file.path;
      files.push(file);
    }
    return files;
  }
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

function readListItem(file: Fields, previous: readonly string[], index: number): ListedFile {
  const letters = file.shownText('attr') ?? '';
  // BEP 47: padding files may come without a path, symlinks without a length.
  if (letters.includes('p'))
    return {
      path: NO_PATH,
      length: file.requiredCount('length'),
      isPadding: true,
      place: new ListPlace(index),
    };
  const path = readPath(file, file.has('path.utf-8') ? 'path.utf-8' : 'path', previous);
  const length = letters.includes('l') ? (file.count('length') ?? 0) : file.requiredCount('length');
  // Files of BitComet, older than BEP 47 and with the same purpose.
  const isPadding = path.at(-1)!.startsWith('_____padding_file_');
  const listed = { path, length, isPadding, place: new ListPlace(index) };
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

function readPath(file: Fields, key: string, previous: readonly string[]): string[] {
  const elements = readTextList(file, key, previous);
  for (let i = 0; i < elements.length; i++) checkedElement(elements[i]!, file, key, i);
  return elements;
}

/** `previous`: folders that are the same are the same strings. */
function readTextList(file: Fields, key: string, previous: readonly string[] = NO_PATH): string[] {
  const items = file.list(key) ?? invalid(file.at(key), 'is missing');
  if (items.length === 0) invalid(file.at(key), 'is empty');
  if (items.length > MAX_PATH_DEPTH)
    invalid(file.at(key), `has ${items.length} elements; at most ${MAX_PATH_DEPTH} are allowed`);
  // Not by `push`, which makes room for sixteen more.
  return items.map((item, i) => {
    if (!(item instanceof Uint8Array))
      invalid(`${file.at(key)}[${i}]`, `should be a string, not ${kindOf(item)}`);
    const text = nameText(item);
    return text === previous[i] ? previous[i] : text;
  });
}

function checkedElement(element: string, file: Fields, key: string, index: number): string {
  const fault = pathElementFault(element);
  if (fault !== undefined) invalid(`${file.at(key)}[${index}]`, fault);
  return element;
}

/** @throws ProtocolError `METAINFO_INVALID` */
export function tooMany(max: number): never {
  return invalid('info', `has more than ${max} files and paddings; no more are read`);
}

/** Where a file stands in the list: put into words only where it is needed. */
class ListPlace {
  readonly #index: number;

  constructor(index: number) {
    this.#index = index;
  }

  get where(): string {
    return `info.files[${this.#index}]`;
  }
}

const NO_PATH: readonly string[] = [];
const NO_ATTRIBUTES: FileAttributes = {};

/** What a torrent has most of: to be gone through and not kept decoded. */
export const FILE_KEYS = ['files', 'file tree'];

/** libtorrent's limit. */
export const MAX_PATH_DEPTH = 100;
