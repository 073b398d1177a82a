// Trackers and web seeds as they stand in the torrent, and whether peers can be found at all.

import { BencodeDictionary, type BencodeValue } from '../bencode/decode.ts';
import { decodeUtf8Loosely } from '../bytes/utf8.ts';
import { type FindingList, quoted } from './finding.ts';
import { type LinkKind, linkFault } from './link-fault.ts';

/** A URL and where it stands. */
export interface PlacedLink {
  readonly url: string;
  readonly where: string;
}

/** Checks `announce`, `announce-list`, `url-list`, `nodes` and `private` of a torrent. */
export function checkLinks(root: BencodeDictionary, found: FindingList): void {
  const announce = root.get('announce');
  const listed = readAnnounceList(root.get('announce-list'), found);
  const first = announce instanceof Uint8Array ? decodeUtf8Loosely(announce) : undefined;
  const isListed = listed.length > 0;
  if (isListed && first !== undefined && !listed.some(({ url }) => url === first)) {
    const message = `The tracker ${quoted(first)} is not in announce-list, so that programs that read the list never ask it.`;
    found.warning('ANNOUNCE_NOT_IN_LIST', 'announce', message, 'Add it with "swarmline edit --add-tracker".');
  }
  const trackers = isListed ? listed : first === undefined ? [] : [{ url: first, where: 'announce' }];
  const usable = checkUrls(trackers, 'tracker', found);
  checkUrls(readWebSeeds(root.get('url-list')), 'web seed', found);
  checkPrivate(root, usable, found);
}

/** Checks URLs of one kind; the answer is how many can be asked. */
export function checkUrls(links: readonly PlacedLink[], kind: LinkKind, found: FindingList): number {
  const code = kind === 'tracker' ? 'TRACKER' : 'WEB_SEED';
  const remove = `Take it out with "swarmline edit --remove-${kind === 'tracker' ? 'tracker' : 'web-seed'}".`;
  const seen = new Set<string>();
  let usable = 0;
  for (const { url, where } of links) {
    const fault = linkFault(url, kind);
    if (fault !== undefined) {
      const suffix = fault.kind === 'form' ? 'MALFORMED' : 'SCHEME_UNKNOWN';
      found.warning(`${code}_${suffix}`, where, `The ${kind} ${quoted(url)} ${fault.fault}.`, remove);
    } else {
      usable++;
    }
    if (seen.has(url)) {
      const advice = 'Any "swarmline edit" of the trackers or web seeds leaves each once.';
      found.warning(`${code}_TWICE`, where, `The ${kind} ${quoted(url)} is there twice.`, advice);
    }
    seen.add(url);
  }
  return usable;
}

function readAnnounceList(value: BencodeValue | undefined, found: FindingList): PlacedLink[] {
  if (value === undefined) return [];
  const tiers = Array.isArray(value) ? value : [];
  if (!Array.isArray(value) || tiers.some(tier => !Array.isArray(tier))) {
    const message = 'announce-list is not a list of lists, as BEP 12 has it; some programs pass it over.';
    found.warning(
      'ANNOUNCE_LIST_MALFORMED',
      'announce-list',
      message,
      'Any "swarmline edit" of the trackers puts it right.',
    );
  }
  return tiers.flatMap((tier, i) =>
    (Array.isArray(tier) ? tier : [tier])
      .filter(url => url instanceof Uint8Array)
      .map((url, j) => ({ url: decodeUtf8Loosely(url), where: `announce-list[${i}][${j}]` })),
  );
}

function readWebSeeds(value: BencodeValue | undefined): PlacedLink[] {
  if (value instanceof Uint8Array) {
    // An empty text is how some creators write none.
    return value.length === 0 ? [] : [{ url: decodeUtf8Loosely(value), where: 'url-list' }];
  }
  return (Array.isArray(value) ? value : [])
    .filter(url => url instanceof Uint8Array)
    .map((url, i) => ({ url: decodeUtf8Loosely(url), where: `url-list[${i}]` }));
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
    found.warning('PRIVATE_OUTSIDE_INFO', 'private', message, PRIVATE_ADVICE);
  }
  const nodes = root.get('nodes');
  const hasNodes = Array.isArray(nodes) && nodes.length > 0;
  if (value === 1) {
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

const PRIVATE_ADVICE =
  'Make it plain with "swarmline edit --private" or "--public": both make another torrent of it.';
