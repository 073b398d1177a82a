// Links of a torrent (BEP 47, "symlink path"): whether each leads to something that is in the torrent, and ends there. Only
// what links lead to is kept, and each file is held against that: whole paths of all files would take too much memory.

import { decodeUtf8Loosely } from '../bytes/utf8.ts';
import { nameText } from './fields.ts';
import { MAX_PATH_DEPTH } from './file-list.ts';
import { type FindingList, quoted } from './finding.ts';
import { pathText, type RawFile } from './raw-files.ts';
import { pathElementFault } from './safe-path.ts';

export function checkSymlinks(files: readonly RawFile[], found: FindingList): void {
  const targets = new Place();
  const links: Link[] = [];
  for (const file of files) {
    if (file.linkTarget === undefined || file.isPadding) continue;
    if (!file.attributes.includes('l')) {
      const message = `${quoted(pathText(file.path))} has a "symlink path" and no attr "l": it is taken for a file.`;
      found.warning('SYMLINK_UNMARKED', file.where, message, ANEW);
      continue;
    }
    const path = targetOf(file, found);
    if (path !== undefined) links.push({ file, path, target: targets.enter(path), state: 'new' });
  }
  if (links.length === 0) return;
  for (const file of files) if (!file.isPadding) targets.meet(file);
  for (const link of links) {
    const own = targets.find(link.file.path);
    if (own !== undefined) own.link = link;
  }
  for (const link of links) if (link.state === 'new') follow(link);
  for (const link of links) tell(link, targets, found);
}

interface Link {
  readonly file: RawFile;
  /** From the torrent's root. */
  readonly path: readonly string[];
  readonly target: Place;
  state: 'new' | 'on the way' | 'ends' | 'circles';
}

/** A file or folder that some link leads to, or one above it. */
class Place {
  exists = false;
  /** The link that stands there. */
  link: Link | undefined;
  #below: Map<string, Place> | undefined;

  enter(path: readonly string[]): Place {
    let place: Place = this;
    for (const element of path) {
      place.#below ??= new Map();
      let next = place.#below.get(element);
      if (next === undefined) {
        next = new Place();
        place.#below.set(element, next);
      }
      place = next;
    }
    return place;
  }

  /** A file is there, and the folders that it is in. */
  meet({ path }: RawFile): void {
    let place: Place | undefined = this;
    for (const element of path) {
      place = place.#below?.get(nameText(element));
      if (place === undefined) return;
      place.exists = true;
    }
  }

  /** Whether a link stands on the way there: where that leads on is not followed. */
  passesLink(path: readonly string[]): boolean {
    let place: Place | undefined = this;
    for (const element of path.slice(0, -1)) {
      place = place.#below?.get(element);
      if (place === undefined) return false;
      if (place.link !== undefined) return true;
    }
    return false;
  }

  find(path: readonly Uint8Array[]): Place | undefined {
    let place: Place | undefined = this;
    for (const element of path) {
      place = place.#below?.get(nameText(element));
      if (place === undefined) return undefined;
    }
    return place;
  }
}

/** From the root; where it has "..", from the link's own folder, as libtorrent writes it. Undefined where it leads out. */
function targetOf(file: RawFile, found: FindingList): string[] | undefined {
  // What is deeper is no path, of which the parser tells.
  if (file.linkTarget!.length > MAX_PATH_DEPTH || file.path.length > MAX_PATH_DEPTH) return undefined;
  const elements = file.linkTarget!.map(nameText);
  const where = `${file.where}.symlink path`;
  if (elements.length === 0) return undefined;
  const isRelative = elements.includes('..');
  const target = isRelative ? file.path.slice(0, -1).map(nameText) : [];
  for (const [i, element] of elements.entries()) {
    const fault = element === '..' ? undefined : pathElementFault(element);
    if (fault !== undefined) {
      const message = `The name ${quoted(element)} ${fault}; programs refuse it.`;
      found.error('NAME_UNSAFE', `${where}[${i}]`, message, ANEW);
      return undefined;
    }
    if (element !== '..') target.push(element);
    else if (target.pop() === undefined) return leaves(file, found);
  }
  if (target.length === 0) return leaves(file, found);
  if (isRelative) {
    const message = `The link ${quoted(pathText(file.path))} is told from its own folder, with ".."; BEP 47 has it told from the torrent's.`;
    found.note(
      'SYMLINK_RELATIVE',
      where,
      message,
      'Programs may read it differently: make the torrent anew.',
    );
  }
  return target;
}

function leaves(file: RawFile, found: FindingList): undefined {
  const text = file.linkTarget!.map(decodeUtf8Loosely).join('/');
  const message = `The link ${quoted(pathText(file.path))} leads out of the torrent: to ${quoted(text)}.`;
  found.error('SYMLINK_LEAVES', `${file.where}.symlink path`, message, ANEW);
}

/** Goes from link to link until there is none, or one that it has been at. Each is gone over once. */
function follow(first: Link): void {
  const way: Link[] = [];
  let link: Link | undefined = first;
  while (link?.state === 'new') {
    link.state = 'on the way';
    way.push(link);
    link = isInside(link) ? link : link.target.link;
  }
  const state = link?.state === 'on the way' || link?.state === 'circles' ? 'circles' : 'ends';
  for (const gone of way) gone.state = state;
}

/** Whether it leads to a folder that it is in itself. */
function isInside({ file, path }: Link): boolean {
  return path.length < file.path.length && path.every((element, i) => element === nameText(file.path[i]!));
}

function tell(link: Link, targets: Place, found: FindingList): void {
  const { file, path, target, state } = link;
  const where = `${file.where}.symlink path`;
  const names = `The link ${quoted(pathText(file.path))} leads to ${quoted(path.join('/'))}`;
  if (state === 'circles') {
    const isItself = target.link === link;
    const why = isItself ? 'itself' : isInside(link) ? 'a folder that it is in' : undefined;
    const message =
      why === undefined ? `${names}, from where links lead on without an end.` : `${names}, which is ${why}.`;
    found.warning('SYMLINK_LOOP', where, message, 'Leave the link out, and make the torrent anew.');
  } else if (!target.exists && !targets.passesLink(path)) {
    const advice = 'Add what it leads to, or leave the link out, and make the torrent anew.';
    found.warning('SYMLINK_DANGLES', where, `${names}, which is not in the torrent.`, advice);
  }
}

const ANEW = 'Make the torrent anew.';
