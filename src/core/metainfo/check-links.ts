// Trackers and web seeds as they stand in the torrent, and whether peers can be found at all.

import { BencodeDictionary, type BencodeValue } from '../bencode/decode.ts';
import { decodeUtf8Loosely } from '../bytes/utf8.ts';
import { kindOf } from './fields.ts';
import { type FindingList, quoted } from './finding.ts';
import { type LinkKind, linkFault, localScope } from './link-fault.ts';

/** A URL and where it stands. */
export interface PlacedLink {
  readonly url: string;
  readonly where: string;
}

/** Checks `announce`, `announce-list`, `url-list`, `httpseeds`, `nodes` and `private` of a torrent. */
export function checkLinks(root: BencodeDictionary, isFolder: boolean, found: FindingList): void {
  const first = readAnnounce(root.get('announce'), found);
  const listed = readAnnounceList(root.get('announce-list'), found);
  const isListed = listed.length > 0;
  if (
    isListed &&
    first !== undefined &&
    !listed.some(({ url }) => addressKey(url) === addressKey(first.url))
  ) {
    const message = `The tracker ${quoted(first.url)} is not in announce-list, so that programs that read the list never ask it.`;
    found.warning('ANNOUNCE_NOT_IN_LIST', 'announce', message, 'Add it with "swarmline edit --add-tracker".');
  }
  const trackers = isListed ? listed : first === undefined ? [] : [first];
  const usable = checkUrls(trackers, 'tracker', found);
  const webSeeds = readUrls(root.get('url-list'), 'url-list', found);
  checkUrls(webSeeds, 'web seed', found);
  if (isFolder) checkFolderSeeds(webSeeds, found);
  checkHttpSeeds(root, found);
  checkPrivate(root, usable, found);
}

/** Checks URLs of one kind; the answer is how many can be asked. */
export function checkUrls(links: readonly PlacedLink[], kind: LinkKind, found: FindingList): number {
  const code = kind === 'tracker' ? 'TRACKER' : 'WEB_SEED';
  const remove = `Take it out with "swarmline edit --remove-${kind === 'tracker' ? 'tracker' : 'web-seed'}".`;
  const seen = new Map<string, string>();
  let usable = 0;
  for (const { url, where } of links) {
    const fault = linkFault(url, kind);
    // Blanks around it are what many readers take off.
    if (fault === undefined || linkFault(url.trim(), kind) === undefined) usable++;
    if (fault !== undefined) {
      const suffix = fault.kind === 'form' ? 'MALFORMED' : 'SCHEME_UNKNOWN';
      const advice = url !== '' && url === url.trim() ? remove : ANY_EDIT;
      found.warning(`${code}_${suffix}`, where, `The ${kind} ${quoted(url)} ${fault.fault}.`, advice);
      continue;
    }
    const other = seen.get(addressKey(url));
    if (other === undefined) seen.set(addressKey(url), url);
    else {
      const message =
        other === url
          ? `The ${kind} ${quoted(url)} is there twice.`
          : `The ${kind} ${quoted(url)} is there twice: it is also written as ${quoted(other)}.`;
      found.warning(`${code}_TWICE`, where, message, other === url ? ANY_EDIT : remove);
    }
    const scope = localScope(url);
    if (scope !== undefined && other === undefined) {
      const reach = scope === 'loopback' ? 'on the machine itself' : 'on a network of its own';
      const message = `The ${kind} ${quoted(url)} has an address that is ${reach}: from elsewhere it cannot be reached.`;
      found.note(
        `${code}_LOCAL`,
        where,
        message,
        'That is right where the torrent is for that network alone.',
      );
    }
  }
  return usable;
}

/** The same for all the ways in which one address can be written. */
function addressKey(url: string): string {
  const match = /^([a-z]+):\/\/([^/?#@]*@)?([^/?#@]*)([^#]*)/i.exec(url.trim());
  if (match === null) return url.trim();
  const [, scheme, user = '', place, rest] = match;
  const protocol = scheme!.toLowerCase();
  const port = `:${DEFAULT_PORTS[protocol] ?? ''}`;
  const host = place!.toLowerCase();
  const named = port !== ':' && host.endsWith(port) ? host.slice(0, -port.length) : host;
  return `${protocol}://${user}${named}${rest === '' && protocol !== 'udp' ? '/' : rest}`;
}

function readAnnounce(value: BencodeValue | undefined, found: FindingList): PlacedLink | undefined {
  if (value === undefined) return undefined;
  if (value instanceof Uint8Array) return { url: decodeUtf8Loosely(value), where: 'announce' };
  const message = `"announce" should be a URL, not ${kindOf(value)}; programs pass it over.`;
  found.warning('ANNOUNCE_MALFORMED', 'announce', message, ANY_EDIT);
  return undefined;
}

/** BEP 12: a list of lists of URLs. */
function readAnnounceList(value: BencodeValue | undefined, found: FindingList): PlacedLink[] {
  if (value === undefined) return [];
  const tell = (where: string, message: string) =>
    found.warning('ANNOUNCE_LIST_MALFORMED', where, message, ANY_EDIT);
  if (!Array.isArray(value) || value.some(tier => !Array.isArray(tier))) {
    tell(
      'announce-list',
      'announce-list is not a list of lists, as BEP 12 has it; some programs pass it over.',
    );
  }
  const links: PlacedLink[] = [];
  for (const [i, tier] of (Array.isArray(value) ? value : []).entries()) {
    if (Array.isArray(tier) && tier.length === 0)
      tell(`announce-list[${i}]`, 'A tier of announce-list has no tracker in it.');
    for (const [j, url] of (Array.isArray(tier) ? tier : [tier]).entries()) {
      const where = Array.isArray(tier) ? `announce-list[${i}][${j}]` : `announce-list[${i}]`;
      if (url instanceof Uint8Array) links.push({ url: decodeUtf8Loosely(url), where });
      else if (Array.isArray(tier))
        tell(where, `A tracker should be a URL, not ${kindOf(url)}; programs pass it over.`);
    }
  }
  return links;
}

/** One URL or a list of them: web seeds by BEP 19 or 17. */
function readUrls(value: BencodeValue | undefined, key: string, found: FindingList): PlacedLink[] {
  if (value === undefined) return [];
  if (value instanceof Uint8Array) {
    // An empty text is how some creators write none.
    return value.length === 0 ? [] : [{ url: decodeUtf8Loosely(value), where: key }];
  }
  const tell = (where: string, message: string) =>
    found.warning('WEB_SEEDS_MALFORMED', where, message, key === 'url-list' ? ANY_EDIT : ANEW);
  if (!Array.isArray(value)) {
    tell(key, `"${key}" should be a URL or a list of them, not ${kindOf(value)}; programs pass it over.`);
    return [];
  }
  const links: PlacedLink[] = [];
  for (const [i, url] of value.entries()) {
    if (url instanceof Uint8Array) links.push({ url: decodeUtf8Loosely(url), where: `${key}[${i}]` });
    else tell(`${key}[${i}]`, `A web seed should be a URL, not ${kindOf(url)}; programs pass it over.`);
  }
  return links;
}

/** BEP 19, "multi-file torrents": the URL is a folder's. */
function checkFolderSeeds(webSeeds: readonly PlacedLink[], found: FindingList): void {
  for (const { url, where } of webSeeds) {
    if (linkFault(url, 'web seed') !== undefined || /\/(?:[?#]|$)/.test(url)) continue;
    const message = `The web seed ${quoted(url)} of a folder does not end with a "/": some programs take it for a file.`;
    const advice = 'Put one with a "/" at its end in its place, with "swarmline edit".';
    found.warning('WEB_SEED_NO_FOLDER', where, message, advice);
  }
}

/** BEP 17, the other kind of web seed: a script on the server that gives pieces. */
function checkHttpSeeds(root: BencodeDictionary, found: FindingList): void {
  const value = root.get('httpseeds');
  const links = readUrls(value, 'httpseeds', found);
  checkUrls(links, 'web seed', found);
  if (links.length === 0) return;
  const message =
    '"httpseeds" are web seeds of an old kind (BEP 17), which few programs ask; Swarmline does not.';
  found.note(
    'HTTP_SEEDS_OLD',
    'httpseeds',
    message,
    'Name the plain addresses of the files with "swarmline edit --add-web-seed" as well.',
  );
}

function checkPrivate(root: BencodeDictionary, trackers: number, found: FindingList): void {
  const info = root.get('info');
  const value = info instanceof BencodeDictionary ? info.get('private') : undefined;
  if (value !== undefined && value !== 0 && value !== 1) {
    const message =
      'info.private is neither 0 nor 1; some programs will take the torrent for private, some not.';
    found.warning('PRIVATE_MALFORMED', 'info.private', message, PRIVATE_ADVICE);
  }
  if (root.get('private') !== undefined) {
    const message = '"private" stands beside the info, where it means nothing.';
    const advice =
      'Take it out with "swarmline edit --public", or mean it with "--private", which makes another torrent of it.';
    found.warning('PRIVATE_OUTSIDE_INFO', 'private', message, advice);
  }
  const nodes = root.get('nodes');
  const hasNodes = Array.isArray(nodes) && nodes.length > 0;
  if ((typeof value === 'number' || typeof value === 'bigint') && value !== 0) {
    if (trackers === 0) {
      const message =
        'The torrent is private and has no tracker that can be asked, so that no peer will ever be found.';
      found.error(
        'PRIVATE_WITHOUT_TRACKER',
        'info.private',
        message,
        'Add one with "swarmline edit --add-tracker".',
      );
    }
    if (hasNodes) {
      const message =
        'The torrent is private and names DHT nodes; private torrents keep off the DHT (BEP 27).';
      found.warning(
        'PRIVATE_WITH_NODES',
        'nodes',
        message,
        'Take them out with "swarmline edit --no-nodes".',
      );
    }
  } else if (trackers === 0 && !hasNodes) {
    const message =
      'There is no tracker: peers are found by way of the DHT alone, which takes longer and which some networks block.';
    found.note(
      'NO_TRACKER',
      '',
      message,
      'If that is not meant so, add one with "swarmline edit --add-tracker".',
    );
  }
}

const ANY_EDIT = 'Any "swarmline edit" of the trackers or web seeds puts it right.';
const ANEW = 'Make the torrent anew.';
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', ws: '80', https: '443', wss: '443' };
const PRIVATE_ADVICE =
  'Make it plain with "swarmline edit --private" or "--public": both make another torrent of it.';
