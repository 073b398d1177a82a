// A torrent file or a magnet link, looked over for what will hurt its swarm. Says all it finds where the parser stops at
// the first fault; changes nothing. Which codes there are is told in docs/errors.md.

import { BencodeDictionary, checkBencoding, decode } from '../bencode/decode.ts';
import { ProtocolError } from '../errors.ts';
import { checkAround } from './check-around.ts';
import {
  checkNameTwins,
  checkPieces,
  checkVersion,
  fileFaults,
  hasLengthAndFiles,
  readPieceLength,
} from './check-info.ts';
import { checkPieceLayers } from './check-layers.ts';
import { checkLinks, checkUrls } from './check-links.ts';
import { checkNames } from './check-names.ts';
import { checkPadding } from './check-padding.ts';
import { checkHybrid, checkSizes } from './check-parts.ts';
import { checkSymlinks } from './check-symlinks.ts';
import { FILE_KEYS } from './file-list.ts';
import { type Finding, FindingList } from './finding.ts';
import type { Magnet } from './magnet.ts';
import type { Metainfo } from './metainfo.ts';
import { type ParseOptions, parseMetainfo } from './parse.ts';
import { rawFileList, rawFileTree } from './raw-files.ts';

export interface CheckOptions extends Omit<ParseOptions, 'lenient'> {
  /** How many findings of one code to give before the rest is only counted. @default 20 */
  readonly maxPerCode?: number;
}

/** Checks a torrent file: every finding, the worst first; none at all where it is fine. */
export function checkTorrent(bytes: Uint8Array, options: CheckOptions = {}): Finding[] {
  const found = new FindingList(options.maxPerCode ?? 20);
  const root = readRoot(bytes, options, found);
  if (root !== undefined) {
    checkParts(root, options, found);
    const torrent = parsed(bytes, options, found);
    checkLinks(root, torrent?.isFolder === true, found);
    checkAround(root, found);
    if (torrent !== undefined) checkSizes(torrent, found);
  }
  return found.finish();
}

/** Checks a magnet link that parses. */
export function checkMagnet(magnet: Magnet, options: Pick<CheckOptions, 'maxPerCode'> = {}): Finding[] {
  const found = new FindingList(options.maxPerCode ?? 20);
  const place = (key: string) => (url: string) => ({ url, where: key });
  const trackers = checkUrls(magnet.trackers.map(place('tr')), 'tracker', found);
  checkUrls(magnet.webSeeds.map(place('ws')), 'web seed', found);
  if (trackers === 0 && magnet.peers.length === 0 && magnet.exactSources.length === 0) {
    const message = 'The link names no tracker and no peer: peers are found by way of the DHT alone.';
    found.note('NO_TRACKER', 'tr', message, 'If that is not meant so, make the link from the torrent file.');
  }
  if (magnet.name === undefined) {
    const message = 'The link has no name, so that programs show a hash until the metadata is there.';
    found.note('MAGNET_WITHOUT_NAME', 'dn', message, 'Add "&dn=" and the name.');
  }
  if (magnet.isNameBroken === true) {
    const message = 'The percent-encoding of the name is broken: it is shown as it stands in the link.';
    found.warning('MAGNET_NAME_BROKEN', 'dn', message, 'Write "%25" where a "%" is meant.');
  }
  return found.finish();
}

/** Decodes leniently, and tells of what that forgives. */
function readRoot(
  bytes: Uint8Array,
  options: CheckOptions,
  found: FindingList,
): BencodeDictionary | undefined {
  const maxDepth = options.maxDepth ?? 210;
  try {
    const root = decode(bytes, { lenient: true, maxDepth, putOff: FILE_KEYS });
    if (!(root instanceof BencodeDictionary)) {
      found.error(
        'METAINFO_INVALID',
        'the file',
        'The file is bencoding, but no torrent: it should be a dictionary.',
        ANEW,
      );
      return undefined;
    }
    try {
      checkBencoding(bytes, { maxDepth });
    } catch (error) {
      noteForm(root, bytes, asFault(error), found);
    }
    return root;
  } catch (error) {
    const fault = asFault(error);
    const advice = 'The file is damaged or cut short: get it anew.';
    found.error(fault.code, fault.where ?? '', fault.message, advice);
    return undefined;
  }
}

function noteForm(
  root: BencodeDictionary,
  bytes: Uint8Array,
  fault: ProtocolError,
  found: FindingList,
): void {
  const info = root.get('info');
  const at = Number(/\d+/.exec(fault.where ?? '')?.[0] ?? 0);
  const start = info instanceof BencodeDictionary ? info.raw.byteOffset - bytes.byteOffset : 0;
  const isInInfo = info instanceof BencodeDictionary && at >= start && at < start + info.raw.length;
  const message = `The bencoding is not canonical: ${fault.message.replace(/^.*?: /, '')}`;
  if (isInInfo) {
    const advice = 'Make the torrent anew; it cannot be put right without another info hash.';
    found.warning(
      'INFO_NOT_CANONICAL',
      fault.where ?? '',
      `${message} Some programs refuse it, some get another info hash.`,
      advice,
    );
  } else {
    const advice = 'Any "swarmline edit" that changes something outside the info puts it right.';
    found.warning('NOT_CANONICAL', fault.where ?? '', `${message} Some programs refuse it.`, advice);
  }
}

/** Checks what can be seen without the parser, which stops at the first fault. */
function checkParts(root: BencodeDictionary, options: CheckOptions, found: FindingList): void {
  const info = root.get('info');
  if (!(info instanceof BencodeDictionary)) return;
  const fault = fileFaults(found);
  checkVersion(info, found);
  const listed = rawFileList(info, fault);
  const tree = rawFileTree(info, fault);
  const isWhole = found.errors.every(({ code }) => code !== 'FILE_MALFORMED');
  const isOneThing = !hasLengthAndFiles(info, found);
  const pieceLength = readPieceLength(info, found);
  const name = nameOf(info);
  checkNameTwins(info, found);
  checkNames(name, listed ?? tree ?? [], found);
  if (isWhole && isOneThing) {
    checkPieces(info, listed, pieceLength, found);
    if (pieceLength !== Number.POSITIVE_INFINITY) checkPadding(listed, tree, pieceLength, found);
    if (listed !== undefined && tree !== undefined)
      checkHybrid(name?.bytes, listed, tree, pieceLength, found);
  }
  if (tree !== undefined || !hasTree(info))
    checkPieceLayers(root, tree, pieceLength, options.checkPieceLayers !== false, found);
  checkSymlinks(listed ?? tree ?? [], found);
}

function nameOf(info: BencodeDictionary): { bytes: Uint8Array; where: string } | undefined {
  const key = info.get('name.utf-8') === undefined ? 'name' : 'name.utf-8';
  const bytes = info.get(key);
  return bytes instanceof Uint8Array ? { bytes, where: `info.${key}` } : undefined;
}

function hasTree(info: BencodeDictionary): boolean {
  return info.get('file tree') !== undefined || info.putOff?.has('file tree') === true;
}

/** The parser's own verdict, where nothing that was found before explains it. */
function parsed(bytes: Uint8Array, options: CheckOptions, found: FindingList): Metainfo | undefined {
  try {
    // The layers have been checked.
    return parseMetainfo(bytes, { ...options, lenient: true, checkPieceLayers: false });
  } catch (error) {
    const fault = asFault(error);
    if (!found.errors.some(known => explains(known, fault.where ?? '')))
      found.error(fault.code, fault.where ?? '', fault.message, ANEW);
    return undefined;
  }
}

/** Whether the parser's fault at this place is the one that was found. */
function explains({ code, where }: Finding, place: string): boolean {
  if (code.startsWith('HYBRID_')) return /^info\.file(?:s| tree)/.test(place);
  if (code.startsWith('PIECE_LAYER')) return place.startsWith('piece layers');
  if (place === where) return true;
  const [outer, inner] = place.length < where.length ? [place, where] : [where, place];
  return outer !== 'info' && inner.startsWith(outer) && /^[.[]/.test(inner.slice(outer.length));
}

/** Only what a parser throws is a finding. */
function asFault(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  throw error;
}

const ANEW = 'Make the torrent anew.';
