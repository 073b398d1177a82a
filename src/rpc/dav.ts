// The files of all torrents as one tree, as WebDAV (RFC 4918, class 1, read-only) shows it: a folder for each torrent, under
// its name. It reads no bytes and knows no HTTP.

import type { Library, LibraryTorrent } from '../daemon/library.ts';
import type { SessionFile } from '../session/session-file.ts';
import { mediaTypeOf } from './media-type.ts';

export type DavNode = DavFolder | DavFile;

export interface DavFolder {
  readonly kind: 'folder';
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  children(): DavNode[];
}

export interface DavFile {
  readonly kind: 'file';
  readonly name: string;
  readonly time: number;
  readonly entry: LibraryTorrent;
  readonly file: SessionFile;
}

/** The tree's root: torrents of which it is known what is in them. Of two with one name the later has its id behind it. */
export function davRoot(library: Library, startedAt: number): DavFolder {
  return {
    kind: 'folder',
    name: '',
    time: startedAt,
    children: () => {
      const nodes = new Map<string, DavNode>();
      for (const entry of library.torrents()) {
        const own = topOf(entry);
        if (own === undefined) continue;
        const name = nodes.has(own) ? `${own} (${entry.id.slice(0, 8)})` : own;
        nodes.set(name, torrentNode(entry, name));
      }
      return [...nodes.values()];
    },
  };
}

/** What stands at a path; undefined where there is nothing. */
export function davFind(root: DavFolder, path: readonly string[]): DavNode | undefined {
  let node: DavNode = root;
  for (const name of path) {
    if (node.kind === 'file') return undefined;
    const next: DavNode | undefined = node.children().find(child => child.name === name);
    if (next === undefined) return undefined;
    node = next;
  }
  return node;
}

/** The answer to PROPFIND: a node, and what is in it where `depth` is 1. `href`: the node's own, percent-encoded. */
export function davProperties(node: DavNode, href: string, depth: 0 | 1): string {
  const rows = [propertiesOf(node, href)];
  if (depth === 1 && node.kind === 'folder') {
    const prefix = href.endsWith('/') ? href : `${href}/`;
    for (const child of node.children())
      rows.push(
        propertiesOf(child, prefix + encodeURIComponent(child.name) + (child.kind === 'folder' ? '/' : '')),
      );
  }
  return `<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">${rows.join('')}</D:multistatus>`;
}

/** Of a file's bytes: they never are others, for the torrent is named by their hash. */
export function entityTag({ id }: LibraryTorrent, { index }: SessionFile): string {
  return `"${id}-${index}"`;
}

/** Its folder, or its one file, as it is named now. */
function topOf({ torrent }: LibraryTorrent): string | undefined {
  const { info } = torrent;
  if (info === undefined) return undefined;
  const path = torrent.pathOf(firstFile(info.files));
  return info.isFolder ? (path?.[0] ?? info.name) : path?.at(-1);
}

/** Of fifty thousand torrents only that is made of which something is asked. */
function torrentNode(entry: LibraryTorrent, name: string): DavNode {
  const { torrent } = entry;
  const { isFolder, files } = torrent.info!;
  const time = torrent.totals().addedAt;
  if (isFolder) {
    const inside = () =>
      torrent.files
        .filter((_, i) => files[i]!.symlinkTarget === undefined)
        .map(file => ({ file, path: file.path }));
    return folderNode(name, 1, inside, entry, time);
  }
  return {
    kind: 'file',
    name,
    time,
    entry,
    get file() {
      return torrent.files[firstFile(files)]!;
    },
  };
}

function firstFile(files: readonly { readonly symlinkTarget?: unknown }[]): number {
  return files.findIndex(({ symlinkTarget }) => symlinkTarget === undefined);
}

type PathedFile = { readonly file: SessionFile; readonly path: readonly string[] };

/** `depth`: how many elements of the paths are above what is in it. */
function folderNode(
  name: string,
  depth: number,
  files: () => readonly PathedFile[],
  entry: LibraryTorrent,
  time: number,
): DavFolder {
  return {
    kind: 'folder',
    name,
    time,
    children: () => {
      const below = new Map<string, PathedFile[]>();
      const nodes: DavNode[] = [];
      for (const each of files()) {
        const child = each.path[depth];
        if (child === undefined) continue;
        if (each.path.length === depth + 1)
          nodes.push({ kind: 'file', name: child, time, entry, file: each.file });
        else if (below.has(child)) below.get(child)!.push(each);
        else below.set(child, [each]);
      }
      for (const [child, inside] of below)
        nodes.push(folderNode(child, depth + 1, () => inside, entry, time));
      return nodes;
    },
  };
}

function propertiesOf(node: DavNode, href: string): string {
  const facts =
    node.kind === 'folder'
      ? '<D:resourcetype><D:collection/></D:resourcetype>'
      : `<D:resourcetype/><D:getcontentlength>${node.file.length}</D:getcontentlength><D:getcontenttype>${mediaTypeOf(node.name)}</D:getcontenttype><D:getetag>${inXml(entityTag(node.entry, node.file))}</D:getetag>`;
  return `<D:response><D:href>${inXml(href)}</D:href><D:propstat><D:prop><D:displayname>${inXml(node.name)}</D:displayname><D:getlastmodified>${httpDate(node.time)}</D:getlastmodified>${facts}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`;
}

/** What XML cannot hold at all is left out. */
function inXml(text: string): string {
  return text
    .replace(UNFIT, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** RFC 9110, section 5.6.7, without the platform's calendar. */
export function httpDate(timeMs: number): string {
  const seconds = Math.floor(timeMs / 1000);
  const days = Math.floor(seconds / 86_400);
  const ofDay = seconds - days * 86_400;
  const { year, month, day } = civilDate(days);
  const two = (number: number) => String(number).padStart(2, '0');
  const clock = [ofDay / 3600, (ofDay / 60) % 60, ofDay % 60].map(part => two(Math.floor(part))).join(':');
  return `${DAYS[(((days + 4) % 7) + 7) % 7]}, ${two(day)} ${MONTHS[month]} ${year} ${clock} GMT`;
}

/** Days since 1970 as a date of the Gregorian calendar: years begin in March, so that leap days come last. */
function civilDate(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = (fromMarch + 2) % 12;
  return { year: yearOfEra + era * 400 + (month < 2 ? 1 : 0), month, day };
}

/** All but the characters of XML 1.0 (section 2.2). */
const UNFIT = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
