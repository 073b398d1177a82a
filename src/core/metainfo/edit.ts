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
  /** The keys that have another value now: `nodes`, `info.source`. Among them such as could not be read and are gone. */
  readonly changed: readonly string[];
}

/**
 * Changes a torrent file.
 * @throws ProtocolError as `parseMetainfo`; `EDIT_INVALID` for a name that no file can have
 */
export function editMetainfo(bytes: Uint8Array, edit: MetainfoEdit, options: ParseOptions = {}): EditResult {
  const before = parseMetainfo(bytes, options);
  const root = decode(bytes, { lenient: options.lenient ?? false, maxDepth: options.maxDepth ?? 210 });
  const edited = new EditedDictionary(root as BencodeDictionary, '');
  const info = editInfo(edited.get('info') as BencodeDictionary, before, edit);
  edited.putRaw('info', info.bytes);
  editSurroundings(edited, before, edit);
  const written = edited.encode();
  const isOtherTorrent = !equalBytes(info.bytes, before.raw);
  // The layers are as they were, and were checked.
  const after = parseMetainfo(written, { ...options, checkPieceLayers: false });
  return {
    ...{ bytes: written, before, after, isOtherTorrent },
    changed: [...edited.changed, ...info.changed],
  };
}

/** A dictionary with some of its values put in anew; it knows which of them are others now. */
class EditedDictionary {
  readonly changed: string[] = [];
  readonly #before: BencodeDictionary;
  readonly #prefix: string;
  readonly #entries: Map<string, Encodable> = new Map();

  constructor(before: BencodeDictionary, prefix: string) {
    this.#before = before;
    this.#prefix = prefix;
    // Dictionaries inside stay the bytes that they are; the rest is written canonically.
    for (const [key, value] of before.entries)
      this.#entries.set(key, value instanceof BencodeDictionary ? new RawBencode(value.raw) : value);
  }

  get(key: string): BencodeValue | undefined {
    return this.#before.get(key);
  }

  /** `null` takes it out, undefined leaves it. */
  set(key: string, value: Encodable | null | undefined): void {
    if (value === undefined) return;
    const old = this.#before.get(key);
    if (old === undefined ? value === null : value !== null && equalBytes(encode(old), encode(value))) return;
    if (value === null) this.#entries.delete(key);
    else this.#entries.set(key, value);
    this.changed.push(`${this.#prefix}${key}`);
  }

  /** Bencoding, as it is; whether it is another, who puts it knows. */
  putRaw(key: string, bytes: Uint8Array): void {
    this.#entries.set(key, new RawBencode(bytes));
  }

  encode(): Uint8Array<ArrayBuffer> {
    return encode(this.#entries);
  }
}

function editSurroundings(root: EditedDictionary, before: Metainfo, edit: MetainfoEdit): void {
  if (edit.trackers !== undefined) {
    const tiers = edit.trackers.filter(tier => tier.length > 0);
    root.set('announce', tiers[0]?.[0] ?? null);
    // One tracker needs no list (BEP 12).
    root.set('announce-list', tiers.flat().length > 1 ? tiers : null);
  }
  const { webSeeds, nodes } = edit;
  // One may stand there without a list (BEP 19).
  const isOne = root.get('url-list') instanceof Uint8Array && sameTexts(webSeeds ?? [], before.webSeeds);
  if (webSeeds !== undefined && !isOne) root.set('url-list', orNull(webSeeds));
  if (nodes !== undefined) root.set('nodes', orNull(nodes.map(({ host, port }) => [host, port])));
  root.set('comment', edit.comment);
  root.set('created by', edit.createdBy);
  root.set('creation date', edit.creationDate);
  // Beside the info it means nothing, whatever it says.
  if (edit.private !== undefined) root.set('private', null);
}

/** The bytes of the new `info`: the old ones where nothing in it is to change. */
function editInfo(
  old: BencodeDictionary,
  { isFolder }: Metainfo,
  { name, private: isPrivate, source, collections, similar }: MetainfoEdit,
): { bytes: Uint8Array<ArrayBufferLike>; changed: readonly string[] } {
  const info = new EditedDictionary(old, 'info.');
  if (name !== undefined) rename(info, name, isFolder);
  // 0 is as good as nothing; what is neither 0 nor 1, programs read in different ways.
  if (isPrivate === true) info.set('private', 1);
  if (isPrivate === false && old.get('private') !== 0) info.set('private', null);
  info.set('source', source);
  info.set('collections', collections && orNull(collections));
  info.set('similar', similar && orNull(similar));
  return { bytes: info.changed.length > 0 ? info.encode() : old.raw, changed: info.changed };
}

/** A single file of v2 has its name in the tree as well. */
function rename(info: EditedDictionary, name: string, isFolder: boolean): void {
  const fault =
    pathElementFault(name) ??
    (safeName(name) === name ? undefined : 'has characters that no name should have');
  if (fault !== undefined) {
    throw new ProtocolError('EDIT_INVALID', `The name ${fault}.`, { where: 'info.name' });
  }
  info.set('name', name);
  // An old twin of `name`, which readers that know it prefer.
  if (info.get('name.utf-8') !== undefined) info.set('name.utf-8', name);
  const tree = info.get('file tree');
  if (isFolder || !(tree instanceof BencodeDictionary)) return;
  const [leaf] = tree.entries.values();
  info.set('file tree', new Map([[utf8BinaryString(name), leaf as Encodable]]));
}

function orNull<Item>(list: readonly Item[]): readonly Item[] | null {
  return list.length > 0 ? list : null;
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}
