// Where the files of a torrent lie on a web seed (BEP 19, "Metadata Extension"), and which of its URLs may be asked: they
// come from a stranger's torrent, and could name what we can reach and the stranger cannot.

import type { Info } from '../core/metainfo/metainfo.ts';
import { parseTrackerUrl, type TrackerUrl } from '../core/tracker/tracker-url.ts';

/** The URL of each file. A URL that ends with a slash, or one of a folder's, has the torrent's own names appended. */
export function webSeedUrls(base: string, info: Pick<Info, 'files' | 'isFolder'>): (file: number) => string {
  const { isFolder, files } = info;
  if (!isFolder && !base.endsWith('/')) return () => base;
  const folder = base.endsWith('/') ? base : `${base}/`;
  return file => folder + writtenPath(files[file]!).map(encodeURIComponent).join('/');
}

/** Why a web seed is never asked: a sentence. Undefined where it may be. */
export function webSeedRefusal(base: string): string | undefined {
  const url = parseTrackerUrl(base);
  if (url === undefined) return 'This is no URL of a web seed.';
  if (url.scheme !== 'http' && url.scheme !== 'https')
    return `Web seeds by ${url.scheme}: are not supported.`;
  if (url.scope === 'none') return 'Its host is no address that can be reached.';
  // What a web page at home is told to do, it is told in a query (libtorrent's `ssrf_mitigation` has the same rule).
  if (isLocal(url) && url.query !== undefined)
    return 'A web seed on this machine or network must have no query in its URL.';
  return undefined;
}

/** Whether it may be asked only where it turns out to be on the Internet: a name may stand for any address. */
export function isPublicOnly(base: string): boolean {
  const url = parseTrackerUrl(base);
  return url === undefined || (url.scope === undefined && url.query !== undefined);
}

function isLocal({ scope }: TrackerUrl): boolean {
  return scope === 'loopback' || scope === 'private';
}

/** As those who made the torrent have the file, unless that would lead elsewhere. */
function writtenPath({ path, writtenPath: written = path }: Info['files'][number]): readonly string[] {
  return written.some(element => element === '' || element === '.' || element === '..') ? path : written;
}
