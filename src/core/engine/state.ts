// What a torrent is made of, shared by the files that are named for what happens to it. Holds the outputs until they are
// polled, and the few moves that all of those files need: send, close, end. No policy.

import { Bitfield } from '../bytes/bitfield.ts';
import type { Address } from '../bytes/compact-address.ts';
import { LazyMap, LazySet } from '../bytes/lazy-map.ts';
import { SwarmlineError } from '../errors.ts';
import type { InfoHashes } from '../metainfo/info-hash.ts';
import type { Layout } from '../metainfo/layout.ts';
import type { Doubt } from './doubts.ts';
import { type FilePriority, piecePriorities } from './file-priorities.ts';
import type { HashServing } from './hash-work.ts';
import { giveHaves, giveWaitingHaves, isTellingHave } from './have-telling.ts';
import { KnownPeers } from './known-peers.ts';
import type { LatelyGiven } from './lately-given.ts';
import { LayerDownload } from './layer-download.ts';
import type { Limits } from './limits.ts';
import { LocalShare } from './local-share.ts';
import { MetadataDownload } from './metadata-download.ts';
import { giveMetadata } from './metadata-serving.ts';
import { type EngineOptions, type TorrentDeps, type TorrentOptions, wholeOptions } from './options.ts';
import type { Output, TorrentEvent } from './output.ts';
import type { OwnLayers } from './own-layers.ts';
import type { Peer } from './peer.ts';
import { PeerPlaces } from './peer-places.ts';
import type { Picker } from './picker.ts';
import type { PieceBuffer } from './piece-buffer.ts';
import type { CheckableInfo } from './piece-check.ts';
import { PieceLayers } from './piece-layers.ts';
import type { PunchLimits } from './punch-limits.ts';
import { Rate } from './rate.ts';
import { SmartBan } from './smart-ban.ts';
import type { Spread } from './spread.ts';
import type { UploadSlots } from './upload-slots.ts';
import type { PieceDeadline } from './urgent-pieces.ts';

/**
 * `metadata`: a magnet, asking peers for its info. `layers`: and for v2's piece layers, without which no piece can be
 * proved. `checking`: until `dataChecked` tells what is on the disk. `active`: exchanging. `stopped`: no peers, nothing
 * happens.
 */
export type Phase = 'metadata' | 'layers' | 'checking' | 'active' | 'stopped';

/** By which others reach us from the Internet, as far as that is known. */
/** By family of addresses. */
export interface DhtPorts {
  readonly 4?: number | undefined;
  readonly 6?: number | undefined;
}

export interface OwnAddresses {
  readonly ipv4?: string | undefined;
  readonly ipv6?: string | undefined;
}

/** A range that is being read for a peer; `lengths` are the blocks that it is cut into. */
export interface ReadJob {
  readonly peer: number;
  readonly piece: number;
  readonly begin: number;
  readonly lengths: number[];
}

export class TorrentState {
  readonly options: EngineOptions;
  readonly torrent: TorrentOptions;
  readonly deps: TorrentDeps;
  readonly hashes: InfoHashes;
  phase: Phase;

  info: CheckableInfo | undefined;
  /** Of v2 and hybrids. */
  layers: PieceLayers | undefined;
  /** While layers are missing. */
  layerDownload: LayerDownload | undefined;
  hashServing: HashServing | undefined;
  ownLayers: OwnLayers | undefined;
  /** Pieces that failed with several givers, whose blocks' hashes are asked for. */
  readonly doubts = new LazyMap<number, Doubt>();
  /** Those on parole are asked for nothing before that, or before the liar among them is known. */
  verdictBy = 0;
  have = new Bitfield(0);
  /** How much each file is wanted; undefined: all alike. */
  filePriorities: readonly FilePriority[] | undefined;
  /** How much each piece is wanted, see `PiecePriority`; undefined: all alike. */
  piecePriorities: Uint8Array | undefined;
  picker: Picker | undefined;
  /** Pieces that are whole and being checked and written, by the number of their `store`. */
  readonly storing = new LazyMap<number, PieceBuffer>();
  lastStore = 0;
  /** Bytes of files (padding aside) in the pieces that we have. */
  haveLength = 0;

  /** Pieces in order. */
  isSequential = false;
  /** What each reader said last, for a picker that is made after that; undefined where nobody has read. */
  deadlines: Map<number, readonly PieceDeadline[]> | undefined;
  /** The owner and peers know that everything wanted is there. */
  hasSaidComplete = false;

  readonly peers = new LazyMap<number, Peer>();
  readonly places: PeerPlaces;
  readonly known: KnownPeers;
  readonly local = new LocalShare();
  dialling = 0;
  /** Of these, those that were told of by who brings two together (BEP 55). */
  readonly punching = new LazySet<string>();
  /** What was dialled lately as others said so; undefined until somebody has. */
  punchLimits: PunchLimits | undefined;
  /** Where we listen, told to peers. */
  listenPort: number | undefined;
  /** Where our DHT nodes are, by family of addresses; none where there are none. BEP 5, BEP 32 */
  dhtPorts: DhtPorts = NO_PORTS;
  ownAddresses: OwnAddresses = {};
  readonly metadata: MetadataDownload | undefined;
  /** Undefined where no rate is limited. */
  limits: Limits | undefined;
  readonly reads = new LazyMap<number, ReadJob>();
  lastRead = 0;

  /** BEP 16. `wanted`: as soon as everything is there. */
  superSeeding: 'off' | 'wanted' | 'on' = 'off';
  /** The piece that nobody has and that was revealed last, and when. */
  firstCopy = -1;
  firstCopyAt = 0;
  /** While we have everything: what was given to nobody. */
  spread: Spread | undefined;
  /**
   * The last of what was given once goes out alone until then, which is put off up to `end` while it arrives; `left` pieces are
   * still on their way. Undefined: it has not come to that.
   */
  lastCopies: { left: number; until: number; readonly end: number } | undefined;

  readonly received = new Rate();
  readonly sent = new Rate();
  /** Made with the first block. */
  latelyGiven: LatelyGiven | undefined;
  readonly smartBan: SmartBan;
  /** Where those are to be found who gave blocks and have left: by their numbers. */
  readonly formerGivers = new LazyMap<number, Address>();
  /** Bytes that came in vain: unasked, twice, or wrong. */
  wastedBytes = 0;
  /** Pieces whose hash was wrong. */
  failedPieces = 0;
  nextTickAt = 0;
  /** Pieces that came and are told to peers a little later, in order; each peer knows how many of them it was told. */
  readonly waitingHaves: number[] = [];
  /** When they are told at the latest; Infinity where none waits. */
  havesDueAt = Number.POSITIVE_INFINITY;
  /** When all peers were told last. */
  havesToldAt = Number.NEGATIVE_INFINITY;
  nextPexAt = 0;
  nextHurryAt = 0;
  nextRechokeAt = 0;
  /** How long the round is that goes on. */
  roundMs = 0;
  nextRotationAt = 0;
  /** How many peers are uploaded to at a time. */
  uploadSlots: UploadSlots;
  /** Somebody has chosen that number. */
  hasOwnSlots = false;

  #outputs: Output[] = [];
  #polled = 0;
  readonly #dirty: Peer[] = [];

  constructor(options: TorrentOptions, deps: TorrentDeps) {
    this.torrent = options;
    this.deps = deps;
    this.options = wholeOptions(options.engine);
    this.uploadSlots = this.options.choker.slots;
    this.places = new PeerPlaces(this.options.maxPeers, deps.dialGate);
    this.known = new KnownPeers(this.options.knownPeers, deps.knownBudget);
    this.smartBan = new SmartBan(this.options.smartBan);
    const { source } = options;
    if ('info' in source) {
      this.hashes = source.info;
      this.infoKnown(source.info);
      this.phase = this.needsLayers ? 'layers' : 'checking';
    } else {
      this.hashes = source;
      this.phase = 'metadata';
      this.metadata = new MetadataDownload(source, deps.hash, this.options.metadata);
    }
  }

  get layout(): Layout | undefined {
    return this.info?.layout;
  }

  /** v2 alone cannot be proved without its layers; a hybrid has v1's hashes meanwhile. */
  get needsLayers(): boolean {
    return this.info?.version === 'v2' && this.layers?.isWhole === false;
  }

  /** Everything that was wanted is there. */
  get isComplete(): boolean {
    const { picker } = this;
    if (picker === undefined) return false;
    return picker.openCount === 0 && picker.partials.length === 0 && this.storing.size === 0;
  }

  /** @throws ProtocolError `METAINFO_INVALID` */
  infoKnown(info: CheckableInfo): void {
    this.info = info;
    if (info.version !== 'v1') this.#layersNeeded(info);
    this.have = new Bitfield(info.layout.pieceCount);
    const { wantedFiles } = this.torrent;
    if (wantedFiles === undefined) return;
    // As a set: a magnet link may choose a million.
    const chosen = new Set(wantedFiles);
    this.filePriorities = info.files.map((_, file) => (chosen.has(file) ? 'normal' : 'skip'));
    this.piecePriorities = piecePriorities(info, this.filePriorities);
  }

  #layersNeeded(info: CheckableInfo): void {
    const layers = new PieceLayers(info, info.pieceLayers);
    this.layers = layers;
    if (layers.isWhole) return;
    this.info = { ...info, pieceLayers: layers.whole };
    this.layerDownload = new LayerDownload(layers, this.options.layers);
  }

  /** What is on the disk is not known any more. What is said of pieces being stored comes too late. */
  forgetData(): void {
    if (this.info === undefined) return;
    this.have = new Bitfield(this.info.layout.pieceCount);
    this.haveLength = 0;
    this.picker = undefined;
    this.spread = undefined;
    this.lastCopies = undefined;
    if (this.superSeeding === 'on') this.superSeeding = 'wanted';
    this.storing.clear();
    this.doubts.clear();
    this.hasSaidComplete = false;
  }

  emit(output: Output): void {
    this.#outputs.push(output);
  }

  event(event: TorrentEvent): void {
    this.#outputs.push({ type: 'event', event });
  }

  /** The peer's encoder has something for it: to be sent when this dip ends. */
  touch(peer: Peer): void {
    if (peer.isDirty) return;
    peer.isDirty = true;
    this.#dirty.push(peer);
  }

  /** The next output: what was emitted, in order; then one `send` for each peer that there is something for. */
  poll(now: number): Output | undefined {
    if (this.#polled < this.#outputs.length) return this.#outputs[this.#polled++];
    if (this.#polled > 0) {
      this.#outputs = [];
      this.#polled = 0;
    }
    for (let peer = this.#dirty.pop(); peer !== undefined; peer = this.#dirty.pop()) {
      peer.isDirty = false;
      // While the stream is full, blocks that were read ahead wait here, and a choke can still take them back.
      if (peer.hasClosed || peer.isBlocked) continue;
      // In this order: once it has been told what was there, what came since would be told again.
      giveWaitingHaves(this, peer);
      if (isTellingHave(peer)) giveHaves(this, peer);
      if (peer.metadataAsked.length > 0) giveMetadata(this, peer);
      if (peer.encoder.length === 0) continue;
      const hasMore = isTellingHave(peer) || peer.waitingHavesTold < this.waitingHaves.length;
      if (hasMore || peer.metadataAsked.length > 0) this.touch(peer);
      peer.lastSentAt = now;
      this.limits?.sent(peer);
      peer.unsentBlockBytes = 0;
      return { type: 'send', peer: peer.number, chunks: peer.encoder.take() };
    }
    return undefined;
  }

  /** Says that the torrent cannot go on. Whoever runs it stops it. */
  fail(code: string, sentence: string): void {
    this.event({ type: 'failed', error: new SwarmlineError(code, sentence) });
  }
}

/** Bytes of files in a piece: padding counts for nothing. */
export function dataLengthOf(layout: Layout, piece: number): number {
  let length = 0;
  for (const segment of layout.segments(piece * layout.pieceLength, layout.pieceSize(piece)))
    length += segment.length;
  return length;
}

const NO_PORTS: DhtPorts = {};
