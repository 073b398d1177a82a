// Names that will hurt: that leave the folder, that some system cannot hold, that two files would share, that read as
// something else than they are.

import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts';
import { nameText } from './fields.ts';
import { MAX_PATH_DEPTH } from './file-list.ts';
import { type Finding, FindingList, quoted } from './finding.ts';
import { pathText, type RawFile } from './raw-files.ts';
import { MAX_NAME_BYTES, pathElementFault, safeName } from './safe-path.ts';

/** Checks the torrent's name and the path of every file. */
export function checkNames(
  name: { readonly bytes: Uint8Array; readonly where: string } | undefined,
  files: readonly RawFile[],
  found: FindingList,
): void {
  if (name !== undefined) checkElement(name.bytes, () => name.where, found);
  const root = new Folder();
  for (const file of files) {
    // What is deeper is no path, of which the parser tells.
    if (file.isPadding || file.path.length > MAX_PATH_DEPTH) continue;
    let folder = root;
    for (const [i, element] of file.path.entries()) {
      const isFile = i === file.path.length - 1;
      const text = nameText(element);
      const known = isFile ? undefined : folder.folders?.get(fold(text));
      // What a folder is called is told once, not for each file in it.
      if (known?.name !== text) checkElement(element, () => file.whereElement(i), found);
      if (!isFile) folder = folder.enter(text);
    }
  }
  checkCollisions(files, root, found);
}

/** What is in a folder, by names as they fold: names alone, since whole paths would take the square of a deep one's length. */
class Folder {
  folders: Map<string, Folder> | undefined;
  /** The last path of each name. */
  files: Map<string, readonly Uint8Array[]> | undefined;
  /** As it was written last. */
  name = '';

  enter(name: string): Folder {
    const key = fold(name);
    this.folders ??= new Map();
    const folder = this.folders.get(key) ?? new Folder();
    this.folders.set(key, folder);
    folder.name = name;
    return folder;
  }
}

/** Of names that a torrent is about to get: what will hurt others, of each kind the first, and how many more there are. */
export function checkNewNames(names: Iterable<string>): Finding[] {
  const found = new FindingList(1);
  const checked = new Set<string>();
  for (const name of names) {
    // Most are like these, or the same folder's as before.
    if (PLAIN.test(name) || checked.has(name)) continue;
    checked.add(name);
    checkElement(encodeUtf8(name), () => 'info.name', found);
  }
  return found.finish();
}

function checkElement(bytes: Uint8Array, place: () => string, found: FindingList): void {
  const element = nameText(bytes);
  const shown = quoted(element);
  const fault = pathElementFault(element);
  if (fault !== undefined) {
    found.error(
      'NAME_UNSAFE',
      place(),
      `The name ${shown} ${fault}; programs refuse it.`,
      'Make the torrent anew with another name.',
    );
    return;
  }
  if (decodeUtf8(bytes) === undefined) {
    found.warning(
      'NAME_NOT_UTF8',
      place(),
      `The name ${shown} is not UTF-8, so that it reads differently everywhere.`,
      RENAME,
    );
  }
  if (BIDI.test(element)) {
    found.warning(
      'NAME_BIDI',
      place(),
      `The name ${shown} turns its reading order, which can hide what kind of file it is.`,
      RENAME,
    );
  }
  if (CONTROL.test(element)) {
    found.warning(
      'NAME_CONTROL_CHARACTER',
      place(),
      `The name ${shown} has control characters in it.`,
      RENAME,
    );
  }
  if (encodeUtf8(element).length > MAX_NAME_BYTES) {
    found.warning(
      'NAME_TOO_LONG',
      place(),
      `The name ${shown} has more than ${MAX_NAME_BYTES} bytes; it will be cut.`,
      RENAME,
    );
  } else if (element.includes('\\') || safeName(element, 'windows') !== safeName(element)) {
    found.warning(
      'NAME_NOT_FOR_WINDOWS',
      place(),
      `Windows cannot hold the name ${shown}; it will be changed there.`,
      RENAME,
    );
  }
}

function checkCollisions(files: readonly RawFile[], root: Folder, found: FindingList): void {
  for (const file of files) {
    if (file.isPadding || file.path.length === 0 || file.path.length > MAX_PATH_DEPTH) continue;
    const other = otherOf(file.path, root);
    if (other === undefined) continue;
    const path = pathText(file.path);
    if (other === path) {
      const message = `The path ${quoted(path)} is there twice; one of the two will be renamed or lost.`;
      found.warning('PATH_TWICE', file.where, message, RENAME);
    } else {
      const message = `${quoted(path)} and ${quoted(other)} are one path where case or accents are not told apart (Windows, macOS).`;
      found.warning('PATH_COLLISION', file.where, message, RENAME);
    }
  }
}

/** The file before it, or the folder, that has the same path as it folds; the file is noted. */
function otherOf(path: readonly Uint8Array[], root: Folder): string | undefined {
  let folder = root;
  const way: string[] = [];
  for (const element of path.slice(0, -1)) {
    folder = folder.folders!.get(fold(nameText(element)))!;
    way.push(folder.name);
  }
  const key = fold(nameText(path.at(-1)!));
  folder.files ??= new Map();
  const file = folder.files.get(key);
  folder.files.set(key, path);
  if (file !== undefined) return pathText(file);
  const other = folder.folders?.get(key);
  return other === undefined ? undefined : [...way, other.name].join('/');
}

/** What file systems make of a name that do not tell case or the forms of accents apart. */
function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** Such a name is one everywhere. */
const PLAIN = /^(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z0-9_-][a-z0-9 ._-]{0,80}[a-z0-9_-]$/i;
const RENAME = 'Rename it and make the torrent anew.';
const BIDI = /[\u202a-\u202e\u2066-\u2069]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
