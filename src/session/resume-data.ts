// What is remembered of a torrent from one run to the next, as bytes: bencoded, in an envelope with a version and a digest,
// so that a file of another version, or one that rotted, is no record at all and the data is hashed instead.
//
//   d 6:digest 20:(SHA-1 of state) 5:state N:d … e 7:version i1e e

import { type BencodeValue, decode } from '../core/bencode/decode.ts';
import { type Encodable, encode } from '../core/bencode/encode.ts';
import { Bitfield } from '../core/bytes/bitfield.ts';
import { equalBytes } from '../core/bytes/bytes.ts';
import { type Address, formatAddress, parseAddress } from '../core/bytes/compact-address.ts';
import { decodeUtf8 } from '../core/bytes/utf8.ts';
import type { FilePriority } from '../core/engine/file-priorities.ts';
import type { UploadSlots } from '../core/engine/upload-slots.ts';
import { ProtocolError } from '../core/errors.ts';
import { Fields, invalid, itemBytes } from '../core/metainfo/fields.ts';
import type { HashFunctions, InfoHashes } from '../core/metainfo/info-hash.ts';
import type { FileNumbers, FileStates, PartsState } from '../host/disk.ts';
import type { Allocation } from './add-options.ts';
import type { TorrentLimits } from './limits.ts';
import type { SeedLimits } from './seed-limits.ts';
import type { Moving } from './torrent-place.ts';

/** What was on the disk, and how its files looked, when it was last flushed. */
export interface KnownData {
  readonly have: Bitfield;
  readonly files: FileStates;
}

export interface Totals {
  /** Bytes of blocks, over all runs. */
  readonly uploaded: number;
  readonly downloaded: number;
  /** How long it was running, and how long of that it had all that was wanted. */
  readonly activeMs: number;
  readonly seedingMs: number;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
  /** When all that was wanted was there for the first time. */
  readonly completedAt: number | undefined;
}

export interface ResumeData {
  readonly hashes: InfoHashes;
  readonly name: string | undefined;
  readonly downloadDir: string;
  /** Where each file lies, where that is not below `downloadDir`. */
  readonly sources: readonly string[] | undefined;
  /** Undefined until a magnet's metadata has come, and its files were looked at. */
  readonly data: KnownData | undefined;
  /** One for each file; undefined where all are alike. */
  readonly priorities: readonly FilePriority[] | undefined;
  /** Files that have another path below `downloadDir` than the torrent says. */
  readonly renamed: ReadonlyMap<number, readonly string[]>;
  /** On its way to another place, or from one. */
  readonly moving: Moving | undefined;
  /** Undefined: the session's. */
  readonly allocation: Allocation | undefined;
  readonly totals: Totals;
  readonly isPaused: boolean;
  readonly isForced: boolean;
  /** BEP 16 */
  readonly superSeed: boolean;
  readonly isSequential: boolean;
  /** Those that are its own. */
  readonly limits: Partial<TorrentLimits>;
  readonly honorsSessionRates: boolean;
  /** By its name. */
  readonly rateGroup: string | undefined;
  /** Before whom it comes in the queue: any number. */
  readonly order: number | undefined;
  /** Those that are its own. */
  readonly seedLimits: Partial<SeedLimits>;
  /** Tiers of URLs, with what was added and without what was taken away. */
  readonly trackers: readonly (readonly string[])[];
  /** URLs. BEP 19 */
  readonly webSeeds: readonly string[];
  /** Some that were met. */
  readonly peers: readonly Address[];
}

export function encodeResume(resume: ResumeData, hash: HashFunctions): Uint8Array {
  const { hashes, totals, data } = resume;
  const state = encode({
    added: Math.round(totals.addedAt),
    active: Math.round(totals.activeMs),
    allocation: resume.allocation,
    completed: totals.completedAt === undefined ? undefined : Math.round(totals.completedAt),
    data: data === undefined ? undefined : encodeKnown(data),
    downloaded: totals.downloaded,
    folder: resume.downloadDir,
    forced: resume.isForced ? 1 : undefined,
    'ignores session rates': resume.honorsSessionRates ? undefined : 1,
    'info hash': hashes.infoHashV1,
    'info hash v2': hashes.infoHashV2,
    limits: encodeLimits(TORRENT_LIMITS, resume.limits),
    moving: resume.moving && encodeMoving(resume.moving),
    name: resume.name,
    order: resume.order === undefined ? undefined : packNumbers([resume.order]),
    paused: resume.isPaused ? 1 : 0,
    peers: resume.peers.map(formatAddress),
    priorities: resume.priorities && Uint8Array.from(resume.priorities, name => PRIORITIES.indexOf(name)),
    'rate group': resume.rateGroup,
    renamed: encodeRenamed(resume.renamed),
    'seed limits': encodeLimits(SEED_LIMITS, resume.seedLimits),
    seeding: Math.round(totals.seedingMs),
    sequential: resume.isSequential ? 1 : undefined,
    sources: resume.sources,
    'super seed': resume.superSeed ? 1 : undefined,
    trackers: resume.trackers,
    uploaded: totals.uploaded,
    'web seeds': resume.webSeeds,
  });
  return encode({ digest: hash.sha1(state), state, version: VERSION });
}

/** Undefined where it is no record, one of another version, or one that rotted. */
export function decodeResume(bytes: Uint8Array, hash: HashFunctions): ResumeData | undefined {
  try {
    const envelope = new Fields(decode(bytes), '');
    const state = bytesOf(envelope, 'state');
    if (envelope.count('version') !== VERSION) return undefined;
    if (!equalBytes(bytesOf(envelope, 'digest'), hash.sha1(state))) return undefined;
    return decodeState(new Fields(decode(state), ''));
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function decodeState(state: Fields): ResumeData {
  const infoHashV1 = state.bytes('info hash')?.slice();
  const infoHashV2 = state.bytes('info hash v2')?.slice();
  return {
    hashes: { ...(infoHashV1 && { infoHashV1 }), ...(infoHashV2 && { infoHashV2 }) },
    name: state.has('name') ? textOf(bytesOf(state, 'name')) : undefined,
    downloadDir: textOf(bytesOf(state, 'folder')),
    sources: state.has('sources') ? texts(state.list('sources')) : undefined,
    data: state.has('data') ? decodeKnown(state.child('data')) : undefined,
    priorities: state.has('priorities') ? decodePriorities(bytesOf(state, 'priorities')) : undefined,
    renamed: decodeRenamed(state.list('renamed')),
    moving: state.has('moving') ? decodeMoving(state.child('moving')) : undefined,
    allocation: state.has('allocation')
      ? oneOf(ALLOCATIONS, textOf(bytesOf(state, 'allocation')))
      : undefined,
    totals: {
      uploaded: state.requiredCount('uploaded'),
      downloaded: state.requiredCount('downloaded'),
      activeMs: state.requiredCount('active'),
      seedingMs: state.requiredCount('seeding'),
      addedAt: state.requiredCount('added'),
      completedAt: state.count('completed'),
    },
    isPaused: state.count('paused') === 1,
    isForced: state.count('forced') === 1,
    superSeed: state.count('super seed') === 1,
    isSequential: state.count('sequential') === 1,
    limits: state.has('limits') ? decodeTorrentLimits(bytesOf(state, 'limits')) : {},
    honorsSessionRates: state.count('ignores session rates') !== 1,
    rateGroup: state.has('rate group') ? textOf(bytesOf(state, 'rate group')) : undefined,
    order: state.has('order') ? orderOf(bytesOf(state, 'order')) : undefined,
    seedLimits: state.has('seed limits') ? decodeLimits(SEED_LIMITS, bytesOf(state, 'seed limits')) : {},
    trackers: (state.list('trackers') ?? []).map(tier => texts(Array.isArray(tier) ? tier : [])),
    webSeeds: texts(state.list('web seeds')),
    peers: texts(state.list('peers'))
      .map(parseAddress)
      .filter(address => address !== undefined),
  };
}

function encodeKnown({ have, files }: KnownData): Encodable {
  return {
    have: have.bytes,
    lengths: packNumbers(files.lengths),
    modified: packNumbers(files.modifiedMs),
    parts: files.parts && encodeParts(files.parts),
    pieces: have.length,
  };
}

function encodeParts({ length, modifiedMs, pieces }: PartsState): Encodable {
  return { state: packNumbers(Float64Array.of(length, modifiedMs)), pieces };
}

function decodeParts(parts: Fields): PartsState {
  const [length, modifiedMs] = unpackNumbers(bytesOf(parts, 'state'));
  const pieces = numbers(parts.list('pieces'));
  if (length === undefined || modifiedMs === undefined) invalid('parts', 'is broken');
  return { length, modifiedMs, pieces };
}

function decodeKnown(known: Fields): KnownData {
  const have = Bitfield.fromBytes(bytesOf(known, 'have'), known.requiredCount('pieces'));
  const lengths = unpackNumbers(bytesOf(known, 'lengths'));
  const modifiedMs = unpackNumbers(bytesOf(known, 'modified'));
  if (have === undefined || lengths.length !== modifiedMs.length) invalid('data', 'does not fit together');
  const parts = known.has('parts') ? { parts: decodeParts(known.child('parts')) } : {};
  return { have, files: { lengths, modifiedMs, ...parts } };
}

function decodePriorities(bytes: Uint8Array): FilePriority[] {
  return Array.from(bytes, number => PRIORITIES[number] ?? invalid('priorities', 'is broken'));
}

function encodeMoving({ kind, place, ifThere, files }: Moving): Encodable {
  const { folder, renamed } = place;
  return { files, folder, 'if there': ifThere, kind, renamed: encodeRenamed(renamed) };
}

function decodeMoving(moving: Fields): Moving {
  return {
    kind: oneOf(['to', 'from'], textOf(bytesOf(moving, 'kind'))),
    place: {
      folder: textOf(bytesOf(moving, 'folder')),
      renamed: decodeRenamed(moving.list('renamed')),
    },
    ifThere: oneOf(['refuse', 'overwrite', 'adopt'], textOf(bytesOf(moving, 'if there'))),
    files: numbers(moving.list('files')),
  };
}

function encodeRenamed(renamed: ReadonlyMap<number, readonly string[]>): Encodable {
  return [...renamed].map(([file, path]) => ({ file, path }));
}

function decodeRenamed(list: readonly BencodeValue[] = []): Map<number, readonly string[]> {
  const renamed = new Map<number, readonly string[]>();
  for (const value of list) {
    const entry = new Fields(value, 'renamed');
    renamed.set(entry.requiredCount('file'), texts(entry.list('path')));
  }
  return renamed;
}

/** A number each, NaN where it is not its own, -1 for `rate`; undefined where none is. */
function encodeLimits<Name extends string>(
  names: readonly Name[],
  limits: Partial<Readonly<Record<Name, UploadSlots>>>,
): Uint8Array | undefined {
  const numbers = names.map(name =>
    limits[name] === 'rate' ? -1 : ((limits[name] as number) ?? Number.NaN),
  );
  return numbers.every(Number.isNaN) ? undefined : packNumbers(numbers);
}

function decodeLimits<Name extends string>(
  names: readonly Name[],
  bytes: Uint8Array,
): { [Each in Name]?: number } {
  const numbers = unpackNumbers(bytes);
  const limits: { [Each in Name]?: number } = {};
  for (const [i, name] of names.entries()) {
    const number = numbers[i] ?? Number.NaN;
    if (number >= 0) limits[name] = number;
  }
  return limits;
}

function decodeTorrentLimits(bytes: Uint8Array): Partial<TorrentLimits> {
  const isByRate = unpackNumbers(bytes)[TORRENT_LIMITS.indexOf('uploadSlots')] === -1;
  return { ...decodeLimits(TORRENT_LIMITS, bytes), ...(isByRate && { uploadSlots: 'rate' as const }) };
}

function orderOf(bytes: Uint8Array): number | undefined {
  const [order] = unpackNumbers(bytes);
  return order !== undefined && Number.isFinite(order) ? order : undefined;
}

/** As eight bytes each, high byte first: times have fractions, which bencoding does not know. */
function packNumbers(numbers: FileNumbers): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 8);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < numbers.length; i++) view.setFloat64(i * 8, numbers[i]!);
  return bytes;
}

function unpackNumbers(bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float64Array.from({ length: Math.floor(bytes.length / 8) }, (_, i) => view.getFloat64(i * 8));
}

function texts(list: readonly BencodeValue[] = []): string[] {
  return list.map(value => textOf(itemBytes(value, 'a list')));
}

function numbers(list: readonly BencodeValue[] = []): number[] {
  return list.map(value => (typeof value === 'number' ? value : invalid('a list', 'is broken')));
}

function oneOf<Word extends string>(words: readonly Word[], word: string): Word {
  return words.find(each => each === word) ?? invalid('a word', 'is unknown');
}

function bytesOf(fields: Fields, key: string): Uint8Array {
  return fields.bytes(key) ?? invalid(fields.at(key), 'is missing');
}

function textOf(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? invalid('a text', 'is not UTF-8');
}

const PRIORITIES: readonly FilePriority[] = ['skip', 'low', 'normal', 'high'];
const TORRENT_LIMITS = ['uploadBytesPerSecond', 'downloadBytesPerSecond', 'maxPeers', 'uploadSlots'] as const;
const SEED_LIMITS = ['seedRatio', 'seedTimeMs', 'seedIdleMs'] as const;
const ALLOCATIONS: readonly Allocation[] = ['sparse', 'full'];
const VERSION = 1;
