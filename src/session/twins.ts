// Files of a torrent that another torrent of the session has already, whole: so that they need not be fetched. With v2 a file
// is known by its root, whatever its name and torrent (BEP 52, "pieces root"). Where a torrent names the other as similar, or
// both a collection (BEP 38), a file may also have changed in part: one of the same path is the base of the new one, and what is
// the same in them need not be fetched. v1 has no hash of a file: there one of the same length may be it under another name. Pure.

import type { Bitfield } from '../core/bytes/bitfield.ts';
import { equalBytes } from '../core/bytes/bytes.ts';
import { toHex } from '../core/bytes/hex.ts';
import { isProvedByRoot } from '../core/engine/piece-check.ts';
import { type Info, type TorrentFile, wireInfoHashes } from '../core/metainfo/metainfo.ts';
import type { FilePlace, TwinFile } from '../host/disk.ts';

/** A torrent that may have some. */
export interface TwinSource {
  readonly info: Info;
  /** What has been hashed and is there. */
  readonly have: Bitfield;
  readonly placeOf: (file: number) => FilePlace;
}

/** One for each file at the most. `isLacking`: of the files of `info`, by their index. */
export function findTwins(
  info: Info,
  isLacking: (file: number) => boolean,
  others: Iterable<TwinSource>,
): TwinFile[] {
  const search = new Search(info, isLacking);
  for (const other of others) {
    if (search.isDone) break;
    search.lookIn(other);
  }
  return search.twins;
}

class Search {
  readonly #info: Info;
  /** Those that are looked for still. */
  readonly #byRoot = new Map<string, number[]>();
  readonly #byLength = new Map<number, number[]>();
  readonly #byPath = new Map<string, number[]>();
  readonly #found = new Map<number, TwinFile>();
  /** For how many a better one may be found. */
  #open = 0;

  constructor(info: Info, isLacking: (file: number) => boolean) {
    this.#info = info;
    for (const [file, { path, length, piecesRoot, symlinkTarget }] of info.files.entries()) {
      if (length === 0 || symlinkTarget !== undefined || !isLacking(file)) continue;
      this.#open++;
      if (piecesRoot !== undefined) put(this.#byRoot, toHex(piecesRoot), file);
      put(this.#byLength, length, file);
      put(this.#byPath, ownPath(path), file);
    }
  }

  get isDone(): boolean {
    return this.#open === 0;
  }

  /** In the order of the files. */
  get twins(): TwinFile[] {
    return [...this.#found.values()].sort((a, b) => a.file - b.file);
  }

  lookIn({ info, have, placeOf }: TwinSource): void {
    if (have.count === 0) return;
    const mayBeAlike = isRelated(this.#info, info) || isRelated(info, this.#info);
    if (!mayBeAlike && this.#byRoot.size === 0) return;
    for (const [index, theirs] of info.files.entries()) {
      const same = this.#withRoot(theirs);
      const alike = mayBeAlike ? this.#alike(theirs) : undefined;
      if ((same ?? alike) === undefined || !isWhole(info, have, index)) continue;
      // A hybrid whose layers are not known is compared with v1's hashes alone, which may be those of other bytes: what is
      // right by them must not be written into a file that others have too.
      const isProved = same !== undefined && isProvedByRoot(info, index);
      for (const file of same ?? [])
        this.#note(file, placeOf(index), isProved && isProvedByRoot(this.#info, file));
      if (same === undefined) this.#note(alike!, placeOf(index), false);
    }
  }

  /** Its length first: among a million files few have one of ours. */
  #withRoot({ length, piecesRoot }: TorrentFile): readonly number[] | undefined {
    if (piecesRoot === undefined || !this.#byLength.has(length)) return undefined;
    return this.#byRoot.get(toHex(piecesRoot));
  }

  /** By its path; else by its length, and by its name too where several have that. */
  #alike({ length, path }: TorrentFile): number | undefined {
    const [same] = this.#byPath.get(ownPath(path)) ?? [];
    if (same !== undefined) return this.#found.has(same) ? undefined : same;
    const files = this.#byLength.get(length)?.filter(file => !this.#found.has(file)) ?? [];
    if (files.length <= 1) return files[0];
    return files.find(file => this.#info.files[file]!.path.at(-1) === path.at(-1));
  }

  #note(file: number, source: FilePlace, isProved: boolean): void {
    const known = this.#found.get(file);
    if (known === undefined || (isProved && !known.isProved))
      this.#found.set(file, { file, source, isProved });
  }
}

function isWhole({ layout, files }: Info, have: Bitfield, file: number): boolean {
  if (files[file]!.length === 0) return false;
  const { first, end } = layout.piecesOf(file);
  for (let piece = first; piece < end; piece++) if (!have.has(piece)) return false;
  return true;
}

function isRelated(info: Info, other: Info): boolean {
  if (info.collections.some(name => other.collections.includes(name))) return true;
  if (info.similar.length === 0) return false;
  const hashes = wireInfoHashes(other);
  return info.similar.some(similar => hashes.some(hash => equalBytes(hash, similar)));
}

/** Without the torrent's name: releases have names of their own. */
function ownPath(path: readonly string[]): string {
  return path.slice(1).join('/');
}

function put<Key>(map: Map<Key, number[]>, key: Key, file: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [file]);
  else list.push(file);
}
