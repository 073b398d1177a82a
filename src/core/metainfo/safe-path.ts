// Names from a stranger's torrent, made safe to write. An element that would leave its folder is refused; one that only
// hurts (control characters, bidi overrides, names that a file system cannot hold) is changed, the same way every time.
// Two files never get one path: a later one that would is renamed.

import { encodeUtf8 } from '../bytes/utf8.ts';

/** Whose rules names must also keep: `windows` adds reserved names, forbidden characters and blind case. */
export type NameRules = 'posix' | 'windows';

/** Why an element can never be a name below a folder; undefined where it can. */
export function pathElementFault(element: string): string | undefined {
  if (element === '') return 'is empty';
  if (element === '.' || element === '..') return `is "${element}", which leaves the folder`;
  if (element.includes('/')) return 'has a "/" in it';
  if (element.includes('\0')) return 'has a NUL byte in it';
  return undefined;
}

/** A name that is safe to show and to write: the same where it is so already. The element has no `pathElementFault`. */
export function safeName(element: string, rules: NameRules = 'posix'): string {
  if (rules === 'posix' && element.length < 60 && PLAIN.test(element)) return element;
  // Cut first: what is left may end in a dot, which Windows would drop.
  let name = shortened(element.replace(HARMFUL, '_'));
  if (rules === 'windows') {
    name = name.replace(WINDOWS_FORBIDDEN, '_').replace(/[. ]+$/, ends => '_'.repeat(ends.length));
    if (WINDOWS_RESERVED.test(name)) name = `_${name}`;
  }
  return name;
}

/** Hands out paths, each once: below a folder, a second `a` becomes `a.1`. */
export class PathRegister {
  readonly #rules: NameRules;
  readonly #maxSameName: number;
  readonly #root: Folder = new Map();
  /** The folder of the file before, where the next one mostly is too. */
  #lastPath: readonly string[] = [];
  #lastFolder: Folder = this.#root;
  readonly #collisions = new Map<Folder, Map<string, number>>();

  constructor(rules: NameRules, maxSameName = MAX_SAME_NAME) {
    this.#rules = rules;
    this.#maxSameName = maxSameName;
  }

  /**
   * The path under which a file can be stored; undefined where too many want the same one, or where a folder on
   * the way is a file already.
   */
  take(path: readonly string[]): readonly string[] | undefined {
    const folder = this.#folderOf(path);
    if (folder === undefined) return undefined;
    const name = path.at(-1)!;
    const key = this.#fold(name);
    if (!folder.has(key)) {
      folder.set(key, A_FILE);
      return path;
    }
    let collisions = this.#collisions.get(folder);
    if (collisions === undefined) {
      collisions = new Map();
      this.#collisions.set(folder, collisions);
    }
    for (let n = (collisions.get(key) ?? 0) + 1; n < this.#maxSameName; n++) {
      const renamed = numbered(name, n);
      if (folder.has(this.#fold(renamed))) continue;
      collisions.set(key, n);
      folder.set(this.#fold(renamed), A_FILE);
      return [...path.slice(0, -1), renamed];
    }
    return undefined;
  }

  /** The folder that holds the file; undefined where something on the way is a file. */
  #folderOf(path: readonly string[]): Folder | undefined {
    if (isSameFolder(path, this.#lastPath)) return this.#lastFolder;
    let folder = this.#root;
    for (let i = 0; i < path.length - 1; i++) {
      const key = this.#fold(path[i]!);
      let next = folder.get(key);
      if (next === A_FILE) return undefined;
      if (next === undefined) {
        next = new Map();
        folder.set(key, next);
      }
      folder = next;
    }
    this.#lastPath = path;
    this.#lastFolder = folder;
    return folder;
  }

  #fold(text: string): string {
    return this.#rules === 'windows' ? text.toLowerCase() : text;
  }
}

type Folder = Map<string, Folder | typeof A_FILE>;
const A_FILE = 'file';

/** Whether two paths differ in their last element alone. */
function isSameFolder(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = a.length - 2; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}

/** `a.txt` → `a.1.txt` */
function numbered(name: string, n: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)}.${n}${name.slice(dot)}` : `${name}.${n}`;
}

/** Cuts a name that no common file system can hold, keeping its extension. */
function shortened(name: string): string {
  if (name.length * 3 <= MAX_NAME_BYTES || encodeUtf8(name).length <= MAX_NAME_BYTES) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : '';
  let room = MAX_NAME_BYTES - encodeUtf8(extension).length;
  let stem = '';
  for (const character of name.slice(0, name.length - extension.length)) {
    room -= encodeUtf8(character).length;
    if (room < 0) break;
    stem += character;
  }
  return stem + extension;
}

// C0 and C1 controls, DEL; line and paragraph separators; bidi embeddings, overrides and isolates, which make
// `exe.fdp` read as `pdf.exe` (not the marks U+200E and U+200F, which honest names have); the other separator;
// lone surrogates, which no file system takes.
const HARMFUL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\\]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const PLAIN = /^[ !#-[\]-~]+$/;
const WINDOWS_FORBIDDEN = /[<>:"|?*]/g;
const WINDOWS_RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$/i;
/** 255 is the limit of ext4, NTFS (in UTF-16 units) and APFS; a few bytes are left for a number or a suffix. */
export const MAX_NAME_BYTES = 240;
const MAX_SAME_NAME = 500;
