// A torrent file, changed. What lies around `info` can be changed at will: the bytes of `info` go into the new file as
// they are, canonical or not, and with them the info hash. What changes `info` makes another torrent, with another swarm.
// Keys that nobody here knows are kept, in both places.

import { BencodeDictionary, type BencodeValue, decode } from '../bencode/decode.ts';
import { type Encodable, encode, RawBencode } from '../bencode/encode.ts';
import { equalBytes } from '../bytes/bytes.ts';
import { utf8BinaryString } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import type { Metainfo } from './metainfo.ts';
import { type ParseOptions, parseMetainfo } from './parse.ts';
import { pathElementFault, safeName } from './safe-path.ts';

/** What to change; what is undefined or absent stays, `null` is taken out. */
export interface MetainfoEdit {
  /** All tiers, as they shall be; none at all takes the trackers out. */
  readonly trackers?: readonly (readonly string[])[] | undefined;
  readonly webSeeds?: readonly string[] | undefined;
  readonly nodes?: readonly { readonly host: string; readonly port: number }[] | undefined;
  readonly comment?: string | null | undefined;
  readonly createdBy?: string | null | undefined;
  /** Seconds since 1970. */
  readonly creationDate?: number | null | undefined;

  // From here on: in `info`, so that the info hash changes.
  readonly name?: string | undefined;
  readonly private?: boolean | undefined;
  readonly source?: string | null | undefined;
  readonly collections?: readonly string[] | undefined;
  readonly similar?: readonly Uint8Array[] | undefined;
}

export interface EditResult {
  readonly bytes: Uint8Array;
  readonly before: Metainfo;
  readonly after: Metainfo;
  /** True where the info hashes are others now: another torrent, another swarm. */
  readonly isOtherTorrent: boolean;
}

/**
 * Changes a torrent file.
 * @throws ProtocolError as `parseMetainfo`; `EDIT_INVALID` for a name that no file can have
 */
export function editMetainfo(bytes: Uint8Array, edit: MetainfoEdit, options: ParseOptions = {}): EditResult {
  const before = parseMetainfo(bytes, options);
  const root = decode(bytes, { lenient: options.lenient ?? false, maxDepth: options.maxDepth ?? 210 });
  const entries = entriesOf(root as BencodeDictionary);
  const info = editInfo(entries.get('info') as RawBencode, before, edit, options);
  entries.set('info', new RawBencode(info));
  editSurroundings(entries, edit);
  const edited = encode(entries);
  const isOtherTorrent = !equalBytes(info, before.raw);
  // The layers are as they were, and were checked.
  const after = parseMetainfo(edited, { ...options, checkPieceLayers: false });
  return { bytes: edited, before, after, isOtherTorrent };
}

type Entries = Map<string, Encodable>;

/** Dictionaries inside stay the bytes that they are; the rest is written canonically. */
function entriesOf(dictionary: BencodeDictionary): Entries {
  const entries: Entries = new Map();
  for (const [key, value] of dictionary.entries) {
    entries.set(key, value instanceof BencodeDictionary ? new RawBencode(value.raw) : value);
  }
  return entries;
}

function editSurroundings(entries: Entries, edit: MetainfoEdit): void {
  if (edit.trackers !== undefined) {
    const tiers = edit.trackers.filter(tier => tier.length > 0);
    put(entries, 'announce', tiers[0]?.[0] ?? null);
    // One tracker needs no list (BEP 12).
    put(entries, 'announce-list', tiers.flat().length > 1 ? tiers : null);
  }
  if (edit.webSeeds !== undefined) put(entries, 'url-list', edit.webSeeds.length > 0 ? edit.webSeeds : null);
  if (edit.nodes !== undefined) {
    const nodes = edit.nodes.map(({ host, port }) => [host, port]);
    put(entries, 'nodes', nodes.length > 0 ? nodes : null);
  }
  putText(entries, 'comment', edit.comment);
  putText(entries, 'created by', edit.createdBy);
  if (edit.creationDate !== undefined) put(entries, 'creation date', edit.creationDate);
}

/** The bytes of the new `info`: the old ones where nothing in it is to change. */
function editInfo(
  old: RawBencode,
  before: Metainfo,
  edit: MetainfoEdit,
  options: ParseOptions,
): Uint8Array<ArrayBufferLike> {
  const decoded = decode(old.bytes, {
    lenient: true,
    maxDepth: options.maxDepth ?? 210,
  }) as BencodeDictionary;
  const entries = entriesOf(decoded);
  let isChanged = false;
  const change = (apply: () => void) => {
    apply();
    isChanged = true;
  };
  const { name, source, collections, similar } = edit;
  if (name !== undefined && name !== before.name) change(() => rename(entries, decoded, name, before));
  if (edit.private !== undefined && edit.private !== before.private) {
    change(() => put(entries, 'private', edit.private === true ? 1 : null));
  }
  if (source !== undefined && source !== (before.source ?? null))
    change(() => putText(entries, 'source', source));
  if (collections !== undefined && !sameTexts(collections, before.collections)) {
    change(() => put(entries, 'collections', collections.length > 0 ? collections : null));
  }
  if (similar !== undefined && !sameBytes(similar, before.similar)) {
    change(() => put(entries, 'similar', similar.length > 0 ? similar : null));
  }
  return isChanged ? encode(entries) : old.bytes;
}

/** A single file of v2 has its name in the tree as well. */
function rename(entries: Entries, info: BencodeDictionary, name: string, before: Metainfo): void {
  const fault =
    pathElementFault(name) ??
    (safeName(name) === name ? undefined : 'has characters that no name should have');
  if (fault !== undefined) {
    throw new ProtocolError('EDIT_INVALID', `The name ${fault}.`, { where: 'info.name' });
  }
  put(entries, 'name', name);
  // An old twin of `name`, which readers that know it prefer.
  if (entries.has('name.utf-8')) put(entries, 'name.utf-8', name);
  const tree = info.get('file tree');
  if (before.isFolder || !(tree instanceof BencodeDictionary)) return;
  const [leaf] = tree.entries.values();
  entries.set('file tree', new Map([[utf8BinaryString(name), leaf as Encodable & BencodeValue]]));
}

function putText(entries: Entries, key: string, text: string | null | undefined): void {
  if (text !== undefined) put(entries, key, text);
}

function put(entries: Entries, key: string, value: Encodable | null): void {
  if (value === null) entries.delete(key);
  else entries.set(key, value);
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}

function sameBytes(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((bytes, i) => equalBytes(bytes, b[i]!));
}
