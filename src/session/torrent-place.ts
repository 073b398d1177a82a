// Where a torrent's files lie: its download folder, and the paths below it where those are not the torrent's own; and, while
// they go elsewhere, where that is. All of it is remembered, so that a program that is killed on the way goes on with it.

import type { Info } from '../core/metainfo/metainfo.ts';
import { PathRegister, pathElementFault, safeName } from '../core/metainfo/safe-path.ts';
import type { DiskPlace, IfThere } from '../host/disk.ts';

/** As it is remembered. */
export interface Place {
  readonly folder: string;
  /** By file: paths that are not the torrent's own. */
  readonly renamed: ReadonlyMap<number, readonly string[]>;
}

/** On the way from one place to another. */
export interface Moving {
  /** `to`: the files are not all there yet. `from`: they are away from there, and something was left. */
  readonly kind: 'to' | 'from';
  readonly place: Place;
  readonly ifThere: IfThere;
  /** `from`: files that were copied and stand there still. */
  readonly files: readonly number[];
}

export class TorrentPlace {
  #place: Place;
  /** Undefined where all is where it should be. */
  moving: Moving | undefined;

  constructor(folder: string) {
    this.#place = { folder, renamed: NONE };
  }

  get folder(): string {
    return this.#place.folder;
  }

  get renamed(): ReadonlyMap<number, readonly string[]> {
    return this.#place.renamed;
  }

  get place(): Place {
    return this.#place;
  }

  /** What is remembered, where that is of this place or of the way to it. False where it is not. */
  takeIn(place: Place, moving: Moving | undefined): boolean {
    const isHere =
      place.folder === this.folder || (moving?.kind === 'to' && moving.place.folder === this.folder);
    if (!isHere) return false;
    this.#place = place;
    this.moving = moving;
    return true;
  }

  /** The files are at the place that they went to. `copied`: they stand at the old one too. */
  arrived(copied: readonly number[]): void {
    const { moving } = this;
    if (moving?.kind !== 'to') return;
    this.moving = { kind: 'from', place: this.#place, ifThere: moving.ifThere, files: copied };
    this.#place = moving.place;
  }

  /** It goes there as soon as there are files. */
  set(place: Place): void {
    this.#place = place;
  }

  pathOf(file: number, own: readonly string[]): readonly string[] {
    return this.#place.renamed.get(file) ?? own;
  }
}

/** As the disk sees a place. */
export function diskPlace({ folder, renamed }: Place, info: Info): DiskPlace {
  return { folder, paths: info.files.map(({ path }, file) => renamed.get(file) ?? path) };
}

/** One file has another path; undefined where it may not: then a sentence's end says why. */
export function withPath(place: Place, info: Info, file: number, path: readonly string[]): Place | string {
  return withPaths(place, info, (own, index) => (index === file ? path : own));
}

/** The folder that holds them, or the one file, has another name. */
export function withTop(place: Place, info: Info, name: string): Place | string {
  return withPaths(place, info, own => [name, ...own.slice(1)]);
}

function withPaths(
  place: Place,
  info: Info,
  pathOf: (path: readonly string[], file: number) => readonly string[],
): Place | string {
  // The stricter rules, on every system: what was renamed here can be moved to any disk.
  const register = new PathRegister('windows');
  const renamed = new Map<number, readonly string[]>();
  for (const [file, { path: own }] of info.files.entries()) {
    const before = place.renamed.get(file) ?? own;
    const path = pathOf(before, file);
    const isNew = path.join('/') !== before.join('/');
    const fault = isNew ? faultOf(path) : undefined;
    if (fault !== undefined) return fault;
    const taken = register.take(path);
    if (isNew && taken !== path) return 'another file of the torrent has that path, or a part of it';
    if (path.join('/') !== own.join('/')) renamed.set(file, path);
  }
  return { folder: place.folder, renamed };
}

function faultOf(path: readonly string[]): string | undefined {
  if (path.length === 0) return 'it is empty';
  if (path.length > MAX_DEPTH) return 'it is too deep';
  for (const element of path) {
    const fault = pathElementFault(element);
    if (fault !== undefined) return `"${element}" ${fault}`;
    if (safeName(element, 'windows') !== element)
      return `"${element}" has characters that not every disk takes, or is too long`;
    if (element.endsWith(PART_FILE_ENDING))
      return `names that end in "${PART_FILE_ENDING}" are of part files`;
  }
  return undefined;
}

const NONE: ReadonlyMap<number, readonly string[]> = new Map();
/** Of the names of part files. */
export const PART_FILE_ENDING = '.swarmline-parts';
// As deep as paths in torrents may be.
const MAX_DEPTH = 100;
