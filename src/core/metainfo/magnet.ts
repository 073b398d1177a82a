// Magnet links (BEP 9, "magnet URI format"; BEP 53 for `so`): a torrent named by its hashes. Parameters that nobody here
// understands are passed over, broken ones are refused by name.

import { equalBytes } from '../bytes/bytes.ts';
import { type Address, parseAddress } from '../bytes/compact-address.ts';
import { fromBase32, fromHex, toHex } from '../bytes/hex.ts';
import { isWellFormed } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import type { Info, Metainfo } from './metainfo.ts';

/** A peer to ask first: BEP 9, "x.pe". The host may be a name. */
export interface MagnetPeer {
  readonly host: string;
  readonly port: number;
}

/** Files to select, first and last included. BEP 53. */
export interface IndexRange {
  readonly first: number;
  readonly last: number;
}

export interface Magnet {
  /** 20 bytes: `xt=urn:btih:`. A magnet has one of the two hashes, or both for a hybrid. */
  readonly infoHashV1?: Uint8Array;
  /** 32 bytes: `xt=urn:btmh:1220…`. */
  readonly infoHashV2?: Uint8Array;
  /** `dn`: what to show until the metadata is there. */
  readonly name?: string;
  /** The percent-encoding of `dn` is broken: `name` is what stands there. */
  readonly isNameBroken?: true;
  /** `xl`: bytes in all. */
  readonly length?: number;
  /** `tr`. */
  readonly trackers: readonly string[];
  /** `ws`: BEP 19. */
  readonly webSeeds: readonly string[];
  /** `xs`: where the torrent file itself can be had. */
  readonly exactSources: readonly string[];
  /** `as`: the same, when all else fails. */
  readonly acceptableSources: readonly string[];
  /** `x.pe`. */
  readonly peers: readonly MagnetPeer[];
  /** `so`; undefined means every file. */
  readonly selectOnly?: readonly IndexRange[];
}

/** Whether a text is meant to be a magnet link. */
export function isMagnet(text: string): boolean {
  return /^magnet:/i.test(text.trimStart());
}

/**
 * Reads a magnet link.
 * @throws ProtocolError `MAGNET_INVALID`
 */
export function parseMagnet(link: string): Magnet {
  const text = link.trim();
  if (text.length > MAX_LENGTH) fail(`it has ${text.length} characters; at most ${MAX_LENGTH} are read`);
  const query = /^magnet:\?(.*)$/is.exec(text)?.[1];
  if (query === undefined) fail('it does not begin with "magnet:?"');
  const parameters = readQuery(query);
  const hashes = readTopics(parameters);
  const name = parameters.get('dn')?.[0];
  const length = readLength(parameters.get('xl')?.[0]);
  const selection = parameters.get('so')?.[0];
  const selectOnly = selection === undefined ? undefined : parseSelection(selection);
  return {
    ...hashes,
    ...(name === undefined ? {} : { name: percentDecoded(name) ?? name }),
    ...(name !== undefined && percentDecoded(name) === undefined ? { isNameBroken: true } : {}),
    ...(length === undefined ? {} : { length }),
    trackers: parameters.get('tr') ?? [],
    webSeeds: parameters.get('ws') ?? [],
    exactSources: parameters.get('xs') ?? [],
    acceptableSources: parameters.get('as') ?? [],
    peers: (parameters.get('x.pe') ?? []).map(parsePeer),
    ...(selectOnly === undefined ? {} : { selectOnly }),
  };
}

/** Writes a magnet link; hashes in hexadecimal. */
export function formatMagnet(magnet: Partial<Magnet>): string {
  const parts: string[] = [];
  const add = (key: string, value: string) => parts.push(`${key}=${percentEncode(value)}`);
  if (magnet.infoHashV1 !== undefined) parts.push(`xt=urn:btih:${toHex(magnet.infoHashV1)}`);
  if (magnet.infoHashV2 !== undefined)
    parts.push(`xt=urn:btmh:${MULTIHASH_SHA256}${toHex(magnet.infoHashV2)}`);
  if (magnet.name !== undefined) add('dn', magnet.name);
  if (magnet.length !== undefined) parts.push(`xl=${magnet.length}`);
  for (const url of magnet.trackers ?? []) add('tr', url);
  for (const url of magnet.webSeeds ?? []) add('ws', url);
  for (const url of magnet.exactSources ?? []) add('xs', url);
  for (const url of magnet.acceptableSources ?? []) add('as', url);
  // Not percent-encoded, where it need not be: libtorrent reads it as it stands.
  for (const { host, port } of magnet.peers ?? [])
    parts.push(`x.pe=${host.includes(':') ? `[${host}]` : percentEncode(host)}:${port}`);
  if (magnet.selectOnly !== undefined && magnet.selectOnly.length > 0)
    parts.push(`so=${formatSelection(magnet.selectOnly)}`);
  return `magnet:?${parts.join('&')}`;
}

/** The magnet of a torrent: both hashes of a hybrid, its trackers and web seeds. */
export function magnetOf(torrent: Metainfo | Info, more: Partial<Magnet> = {}): Magnet {
  return {
    ...(torrent.infoHashV1 === undefined ? {} : { infoHashV1: torrent.infoHashV1 }),
    ...(torrent.infoHashV2 === undefined ? {} : { infoHashV2: torrent.infoHashV2 }),
    name: torrent.name,
    length: torrent.layout.dataLength,
    trackers: 'trackers' in torrent ? torrent.trackers.flat() : [],
    webSeeds: 'webSeeds' in torrent ? torrent.webSeeds : [],
    exactSources: [],
    acceptableSources: [],
    peers: [],
    ...more,
  };
}

/** Whether `so` selects a file. */
export function isSelected(ranges: readonly IndexRange[] | undefined, index: number): boolean {
  return ranges === undefined || ranges.some(({ first, last }) => index >= first && index <= last);
}

/** The indices that `so` selects, below `end`: ascending, each once, however often the ranges name it. */
export function selectedIndices(ranges: readonly IndexRange[], end: number): number[] {
  const indices: number[] = [];
  let next = 0;
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first))
    for (next = Math.max(next, first); next <= last && next < end; next++) indices.push(next);
  return indices;
}

/**
 * Keys in lower case, a number after a dot taken off (`tr.1`), values percent-decoded; empty values left out. Names stay as
 * they are written: nothing is refused for them. `&amp;` is how the source of a web page writes `&`.
 */
export function readQuery(query: string): Map<string, string[]> {
  const parameters = new Map<string, string[]>();
  for (const part of query.split(/&(?:amp;)?/)) {
    const equals = part.indexOf('=');
    if (equals <= 0) continue;
    const key = part
      .slice(0, equals)
      .toLowerCase()
      .replace(/\.\d+$/, '');
    const written = part.slice(equals + 1);
    const value = key === 'dn' ? written : percentDecode(written, key);
    if (value === '') continue;
    const values = parameters.get(key);
    if (values === undefined) parameters.set(key, [value]);
    else if (values.length < MAX_VALUES && !values.includes(value)) values.push(value);
  }
  return parameters;
}

function readTopics(
  parameters: ReadonlyMap<string, readonly string[]>,
): Pick<Magnet, 'infoHashV1' | 'infoHashV2'> {
  let infoHashV1: Uint8Array | undefined;
  let infoHashV2: Uint8Array | undefined;
  for (const topic of parameters.get('xt') ?? []) {
    const [, kind, hash] = /^urn:(btih|btmh):(.*)$/is.exec(topic) ?? [];
    if (kind === undefined || hash === undefined) continue;
    if (kind.toLowerCase() === 'btih') infoHashV1 = sameOr(infoHashV1, readBtih(hash));
    else infoHashV2 = sameOr(infoHashV2, readBtmh(hash));
  }
  if (infoHashV1 === undefined && infoHashV2 === undefined) {
    fail('it names no torrent: there is no "xt=urn:btih:…" or "xt=urn:btmh:…" in it');
  }
  return {
    ...(infoHashV1 === undefined ? {} : { infoHashV1 }),
    ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
  };
}

function sameOr(known: Uint8Array | undefined, hash: Uint8Array): Uint8Array {
  if (known !== undefined && !equalBytes(known, hash)) fail('it names two different torrents');
  return hash;
}

function readBtih(text: string): Uint8Array {
  const hash = text.length === 40 ? fromHex(text) : text.length === 32 ? fromBase32(text) : undefined;
  return (
    hash ??
    fail(
      `"${text.slice(0, 64)}" after "btih:" is no info hash: 40 hexadecimal digits or 32 of base32 are needed`,
    )
  );
}

/** A multihash: code 0x12 (SHA-256), length 0x20, the digest. */
function readBtmh(text: string): Uint8Array {
  const bytes = text.length === 68 && text.startsWith(MULTIHASH_SHA256) ? fromHex(text) : undefined;
  return (
    bytes?.subarray(2) ??
    fail(`"${text.slice(0, 72)}" after "btmh:" is no info hash: "1220" and 64 hexadecimal digits are needed`)
  );
}

function readLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const length = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(length)) fail(`"xl=${text.slice(0, 32)}" is no length`);
  return length;
}

/**
 * Reads `host:port` or `[v6]:port`: the value of `x.pe`.
 * @throws ProtocolError `MAGNET_INVALID`
 */
export function parsePeer(text: string): MagnetPeer {
  const address: Address | undefined = parseAddress(text);
  if (address !== undefined) return address;
  const match = /^([A-Za-z0-9.-]{1,253}):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port < 1 || port > 65_535) fail(`"x.pe=${text.slice(0, 80)}" is no address`);
  return { host: match[1]!, port };
}

/**
 * Reads `0,2,4-6`: the value of `so`.
 * @throws ProtocolError `MAGNET_INVALID`
 */
export function parseSelection(text: string): IndexRange[] {
  const ranges = text.split(',');
  if (ranges.length > MAX_RANGES) fail(`"so" has more than ${MAX_RANGES} parts`);
  return ranges.map(part => {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    const first = Number(match?.[1]);
    const last = match?.[2] === undefined ? first : Number(match[2]);
    if (match === null || last < first) fail(`"${part.slice(0, 32)}" in "so" is no file number or range`);
    return { first, last };
  });
}

/** `0,2,4-6` */
export function formatSelection(ranges: readonly IndexRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

function percentDecode(text: string, key: string): string {
  return percentDecoded(text) ?? fail(`the percent-encoding of "${key}" is broken`);
}

/** Undefined where the encoding is broken. */
export function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** encodeURIComponent would throw for a lone surrogate, which a file name on disk can hold. */
function percentEncode(text: string): string {
  return encodeURIComponent(isWellFormed(text) ? text : text.replace(/\p{Surrogate}/gu, '\ufffd'));
}

function fail(fault: string): never {
  throw new ProtocolError('MAGNET_INVALID', `Not a valid magnet link: ${fault}.`);
}

const MULTIHASH_SHA256 = '1220';
// A link is typed or clicked: what is longer is an attack or an accident.
const MAX_LENGTH = 64 * 1024;
const MAX_VALUES = 200;
const MAX_RANGES = 10_000;
