// What is in a folder, by one call of the native module: a fifth of what Node takes for a name and a status each.

import type { FolderEntry } from '../host/files.ts';
import { nativeModule } from './native-module.ts';

type ListFolder = (path: Uint8Array, names: Uint8Array, facts: Float64Array) => number;

const listFolder = nativeModule?.['listFolder'] as ListFolder | undefined;

let names = new Uint8Array(0);
let facts = new Float64Array(0);

/**
 * Entries as `Files.list` gives them, by name. Undefined where it cannot be told, for whatever reason: ask
 * Node, which says why. `prefix` stands before a name to make it a path.
 */
export function nativeFolder(folder: string, prefix: string): FolderEntry[] | undefined {
  // The system would end the path at a NUL, and list another folder.
  if (listFolder === undefined || folder.includes('\0')) return undefined;
  const path = encoder.encode(`${folder}\0`);
  if (names.length === 0) grow();
  let count = listFolder(path, names, facts);
  while (count === NO_ROOM && names.length < MAX_NAMES) {
    grow();
    count = listFolder(path, names, facts);
  }
  if (count < 0) return undefined;
  const texts = namesOf(count);
  if (texts === undefined) return undefined;
  const entries = texts.map((name, i) => entryOf(name, prefix + name, i * FACTS));
  // As Node has them, byte by byte but for what lies beyond UTF-16.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (names.length > KEPT_NAMES) {
    names = new Uint8Array(0);
    facts = new Float64Array(0);
  }
  return entries;
}

function grow(): void {
  names = new Uint8Array(Math.max(FIRST_NAMES, names.length * 4));
  facts = new Float64Array((names.length / NAME_LENGTH) * FACTS);
}

/** Undefined where a name is not UTF-8. */
function namesOf(count: number): string[] | undefined {
  let end = 0;
  for (let i = 0; i < count; i++) end = names.indexOf(0, end) + 1;
  try {
    return count === 0 ? [] : decoder.decode(names.subarray(0, end - 1)).split('\0');
  } catch {
    return undefined;
  }
}

function entryOf(name: string, path: string, at: number): FolderEntry {
  const mode = facts[at]!;
  const kind = KINDS[mode >> 12] ?? 'other';
  return {
    name,
    path,
    kind,
    length: facts[at + 1]!,
    // As Node counts them: a check compares.
    modifiedMs: facts[at + 2]! * 1000 + facts[at + 3]! / 1_000_000,
    isExecutable: (mode & 0o100) !== 0,
    identity: kind === 'folder' ? `${facts[at + 4]!}:${facts[at + 5]!}` : '',
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** By the upper bits of a mode. */
const KINDS: Readonly<Record<number, FolderEntry['kind']>> = { 4: 'folder', 8: 'file', 10: 'symlink' };
const FACTS = 6;
/** -ERANGE */
const NO_ROOM = -34;
/** Names are shorter than that on average, or there are fewer of them. */
const NAME_LENGTH = 16;
const FIRST_NAMES = 65_536;
const KEPT_NAMES = 1_048_576;
const MAX_NAMES = 268_435_456;
