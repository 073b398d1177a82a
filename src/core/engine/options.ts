// The engine's settings, with their defaults and where those come from; and what a Torrent is given to work with.

import type { Random } from '../bytes/prng.ts';
import type { HashFunctions, InfoHashes } from '../metainfo/info-hash.ts';
import { CHOKER_DEFAULTS, type ChokerOptions } from './choker.ts';
import { FLOOD_DEFAULTS, type FloodOptions } from './flood-limits.ts';
import { HASH_SERVING_DEFAULTS, type HashServingOptions } from './hash-work.ts';
import { KNOWN_PEERS_DEFAULTS, type KnownPeersBudget, type KnownPeersOptions } from './known-peers.ts';
import { LAYER_DEFAULTS, type LayerOptions } from './layer-download.ts';
import { METADATA_DEFAULTS, type MetadataOptions } from './metadata-download.ts';
import { type DialGate, TURNOVER_DEFAULTS, type TurnoverOptions } from './peer-places.ts';
import { PEX_DEFAULTS, type PexOptions } from './pex-options.ts';
import type { CopyBytes } from './piece-buffer.ts';
import type { CheckableInfo } from './piece-check.ts';
import { PIPELINE_DEFAULTS, type PipelineOptions } from './pipeline.ts';
import { SMART_BAN_DEFAULTS, type SmartBanOptions } from './smart-ban.ts';

export interface EngineOptions {
  /** Connections of one torrent, dialled and accepted; changed while running by `setMaxPeers`. @default 100 */
  readonly maxPeers: number;
  /** Of these, so many are dialled at a time. @default 20 */
  readonly maxDialling: number;
  /** Requests that we keep for a peer (BEP 10, "reqq"). @default 2000 (libtorrent) */
  readonly maxPeerRequests: number;
  /** Pieces that a beginner may have although we choke it; 0 for none. @default 5 (libtorrent; BEP 6 says 10) */
  readonly allowedFast: number;
  /** A peer that owes us blocks and sent none for so long is snubbed. @default 20,000 (libtorrent) */
  readonly snubAfterMs: number;
  /** A request that a peer passes over for so long is made elsewhere. @default 60,000 (libtorrent) */
  readonly requestTimeoutMs: number;
  /** So many pieces are picked at random before rarity counts; Infinity: all are. @default 4 (libtorrent) */
  readonly randomFirstPieces: number;
  /**
   * A seed suggests to each peer pieces that nobody else was given (`spreading.ts`). False: it does as it is asked, as most
   * clients do. @default true
   */
  readonly spreadsPieces: boolean;
  /** A peer that would give a whole piece in so long gets pieces for itself. @default 20,000 (libtorrent) */
  readonly wholePieceMs: number;
  /**
   * A piece that has come is told to peers so much later at most, with others or with what there is to say beside. @default
   * undefined: at once to those that can ask for it, to others so that it takes little of what is sent, within a second
   */
  readonly havesWaitMs: number | undefined;
  /** A connection that is silent for so long is closed. @default 120,000 (BEP 3) */
  readonly inactivityMs: number;
  /** We say something at least this often. @default 60,000 */
  readonly keepAliveMs: number;
  /** @default 10,000 (BEP 3) */
  readonly rechokeMs: number;
  /** @default 30,000 (BEP 3) */
  readonly optimisticMs: number;
  /**
   * One read from the disk is up to so long, for requests that follow one another, and up to half of what is read ahead.
   * @default 1,048,576: four reads of a quarter cost a third more CPU time in all of a seeder
   */
  readonly maxReadLength: number;
  /** What is read ahead of a peer's socket: half a second of its rate, between these. @default 131,072 and 4,194,304 */
  readonly minReadAhead: number;
  readonly maxReadAhead: number;
  /**
   * What waits for a peer that does not read, blocks aside: one that lets more come together is closed.
   * @default 1,048,576: a bitfield of the largest torrent, and half as much metadata and hashes as all of it
   */
  readonly maxUnsent: number;
  /** A peer that has not taken what was sent for so long is closed. @default 300,000: 128 KiB at 450 bytes a second */
  readonly maxBlockedMs: number;
  readonly floods: FloodOptions;
  readonly turnover: TurnoverOptions;
  readonly pipeline: PipelineOptions;
  readonly choker: ChokerOptions;
  readonly knownPeers: KnownPeersOptions;
  readonly metadata: MetadataOptions;
  readonly smartBan: SmartBanOptions;
  readonly pex: PexOptions;
  /** Peers that cannot be dialled are reached with the help of others, and others are helped (BEP 55). @default true */
  readonly holepunch: boolean;
  readonly layers: LayerOptions;
  readonly hashServing: HashServingOptions;
}

export const ENGINE_DEFAULTS: EngineOptions = {
  maxPeers: 100,
  maxDialling: 20,
  maxPeerRequests: 2000,
  allowedFast: 5,
  snubAfterMs: 20_000,
  requestTimeoutMs: 60_000,
  randomFirstPieces: 4,
  spreadsPieces: true,
  wholePieceMs: 20_000,
  havesWaitMs: undefined,
  inactivityMs: 120_000,
  keepAliveMs: 60_000,
  rechokeMs: 10_000,
  optimisticMs: 30_000,
  maxReadLength: 1_048_576,
  minReadAhead: 131_072,
  maxReadAhead: 4_194_304,
  maxUnsent: 1_048_576,
  maxBlockedMs: 300_000,
  floods: FLOOD_DEFAULTS,
  turnover: TURNOVER_DEFAULTS,
  pipeline: PIPELINE_DEFAULTS,
  choker: CHOKER_DEFAULTS,
  knownPeers: KNOWN_PEERS_DEFAULTS,
  metadata: METADATA_DEFAULTS,
  smartBan: SMART_BAN_DEFAULTS,
  pex: PEX_DEFAULTS,
  holepunch: true,
  layers: LAYER_DEFAULTS,
  hashServing: HASH_SERVING_DEFAULTS,
};

/** Those that are all there are used as they are, so that torrents can share them. */
export function wholeOptions(options: EngineSettings = ENGINE_DEFAULTS): EngineOptions {
  const { choker = CHOKER_DEFAULTS } = options;
  const isWhole =
    Object.keys(ENGINE_DEFAULTS).every(name => name in options) &&
    Object.keys(CHOKER_DEFAULTS).every(name => name in choker);
  if (isWhole) return options as EngineOptions;
  return { ...ENGINE_DEFAULTS, ...options, choker: { ...CHOKER_DEFAULTS, ...own(choker) } };
}

/** Who chooses a number of slots means it. */
function own(choker: Partial<ChokerOptions>): Partial<ChokerOptions> {
  return choker.slots === undefined ? choker : { maxFedSlots: 0, maxFedSeedSlots: 0, ...choker };
}

/** What a torrent is: its `info`, or for a magnet the hashes that will prove it. */
export type TorrentSource = { readonly info: CheckableInfo } | InfoHashes;

/** What is not named is as in the defaults. */
export type EngineSettings = Partial<Omit<EngineOptions, 'choker'>> & {
  readonly choker?: Partial<ChokerOptions>;
};

export interface TorrentOptions {
  readonly source: TorrentSource;
  /** Indices into `info.files` of what is to be downloaded. @default all */
  readonly wantedFiles?: readonly number[] | undefined;
  /** Our own. */
  readonly peerId: Uint8Array;
  /** What we call ourselves (BEP 10, "v"). */
  readonly client: string;
  readonly engine?: EngineSettings | undefined;
}

/**
 * Lends buffers of a piece's length. A torrent gives back those of pieces that it abandons; those of pieces that it wants
 * stored go with the `store` output to the disk, which returns them to the pool when it is done.
 */
export interface PiecePool {
  /** Undefined when memory is short; `held` is how many the asker has. The buffer may hold old bytes. */
  lend(length: number, held: number): Uint8Array | undefined;
  giveBack(bytes: Uint8Array): void;
  /** Copies a block into a lent buffer. @default as `set` does */
  readonly copy?: CopyBytes;
}

export interface TorrentDeps {
  readonly random: Random;
  readonly pool: PiecePool;
  /** @default always open */
  readonly dialGate?: DialGate | undefined;
  /** Shared with other torrents. @default none: each may know as many as its own options say */
  readonly knownBudget?: KnownPeersBudget | undefined;
  readonly hash: HashFunctions;
  /** Reads a magnet's metadata. @throws ProtocolError */
  readonly parseInfo: (raw: Uint8Array) => CheckableInfo;
}
