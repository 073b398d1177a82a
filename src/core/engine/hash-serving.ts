// Hashes of v2's trees, given (BEP 52, "hash request"). The piece layers are in memory; what the blocks hash to is found
// out by block-hash-serving. Every request is answered: with a reject where the tree has no such hashes, where they are
// not known here, or where the peer asks for more work than it may.

import { treeHeight } from '../metainfo/merkle-proof.ts';
import type { HashRange } from '../wire/hash-range.ts';
import { HASH_LENGTH, MAX_HASHES, uncleCount } from '../wire/hash-range.ts';
import { Allowance } from './allowance.ts';
import { type BlockJob, blocksAsked } from './block-hash-serving.ts';
import type { Peer } from './peer.ts';
import type { CheckableInfo } from './piece-check.ts';
import type { TorrentState } from './state.ts';

export interface HashServingOptions {
  /**
   * Work done for one peer's requests: bytes that are read and hashed, and bytes of answers. So much at once, and so much
   * a second after that; what is beyond is rejected. @default 33,554,432 and 1,048,576
   */
  readonly peerBurst: number;
  readonly peerBytesPerSecond: number;
  /** The same for all peers together. @default 134,217,728 and 8,388,608: about a hundredth of a core */
  readonly burst: number;
  readonly bytesPerSecond: number;
  /** Requests that wait for blocks to be read, of one peer. @default 4 (libtorrent sends two at a time) */
  readonly maxWaitingPerPeer: number;
  /** And of all. @default 64 */
  readonly maxWaiting: number;
  /** A piece that is longer is not read for its hashes. @default 67,108,864 */
  readonly maxPieceLength: number;
}

export const HASH_SERVING_DEFAULTS: HashServingOptions = {
  peerBurst: 33_554_432,
  peerBytesPerSecond: 1_048_576,
  burst: 134_217_728,
  bytesPerSecond: 8_388_608,
  maxWaitingPerPeer: 4,
  maxWaiting: 64,
  maxPieceLength: 67_108_864,
};

/** What is under way for others: one for a torrent, made when the first asks. */
export class HashServing {
  /** Those that wait for blocks; the first is being worked on. */
  readonly jobs: BlockJob[] = [];
  readonly #all: Allowance;
  readonly #ofPeers = new Map<number, Allowance>();
  readonly #options: HashServingOptions;

  constructor(options: HashServingOptions, now: number) {
    this.#options = options;
    this.#all = new Allowance(options.burst, options.bytesPerSecond, now);
  }

  /** Whether so much may be done for the peer now. */
  pays(peer: Peer, cost: number, now: number): boolean {
    const { peerBurst, peerBytesPerSecond } = this.#options;
    let own = this.#ofPeers.get(peer.number);
    if (own === undefined) {
      own = new Allowance(peerBurst, peerBytesPerSecond, now);
      this.#ofPeers.set(peer.number, own);
    }
    return own.pay(cost, now) && this.#all.pay(cost, now);
  }

  left(peer: number): void {
    this.#ofPeers.delete(peer);
  }
}

export function hashRequestReceived(state: TorrentState, peer: Peer, range: HashRange, now: number): void {
  const { layers, info } = state;
  state.hashServing ??= new HashServing(state.options.hashServing, now);
  // Beyond so many a second nothing is said at all: some ask anew as soon as they are refused.
  if (!state.hashServing.pays(peer, REQUEST_COST, now)) return;
  // On a connection by v1's hash too: libtorrent takes our upgrade bit for a promise.
  const file = layers?.fileOf(range.piecesRoot);
  const isFit =
    file !== undefined && isInTree(range, treeHeight(file.length)) && !(info && wouldStop(info, range));
  // A request of 53 bytes must not be 16 KiB in our memory for a peer that reads nothing.
  if (layers === undefined || info === undefined || !isFit || peer.encoder.length > MAX_UNSENT) {
    rejectHashes(state, peer, range);
    return;
  }
  const layer = layers.layerOf(file);
  const isBlind = layer === undefined && file.length > info.pieceLength;
  if (layer !== undefined && range.baseLayer === layer.level) {
    // The uncles that lie within a chunk are computed for each answer.
    const computed = Math.max(0, MAX_HASHES - range.length);
    const cost = HASH_LENGTH * (range.length + 2 * computed);
    if (state.hashServing.pays(peer, cost, now))
      giveHashes(state, peer, range, (level, i) => layer.node(level, i));
    else rejectHashes(state, peer, range);
  } else if (range.baseLayer === 0 && !isBlind) {
    blocksAsked(state, peer, { range, file, layer }, now);
  } else {
    // "Clients are only required to support setting the base layer to the leaf and piece layers."
    rejectHashes(state, peer, range);
  }
}

/** Answers with the run and its uncles, as far as `nodeAt` knows them: else with a reject. */
export function giveHashes(
  state: TorrentState,
  peer: Peer,
  range: HashRange,
  nodeAt: (level: number, index: number) => Uint8Array | undefined,
): void {
  const { baseLayer, index, length } = range;
  const uncles = uncleCount(range);
  const hashes = new Uint8Array((length + uncles) * HASH_LENGTH);
  const levels = Math.log2(length);
  for (let i = 0; i < length + uncles; i++) {
    const level = i < length ? baseLayer : baseLayer + levels + i - length;
    const node =
      i < length ? nodeAt(level, index + i) : nodeAt(level, siblingOf(index / 2 ** (level - baseLayer)));
    if (node === undefined) {
      rejectHashes(state, peer, range);
      return;
    }
    hashes.set(node, i * HASH_LENGTH);
  }
  peer.encoder.hashes(range, hashes);
  state.touch(peer);
}

export function rejectHashes(state: TorrentState, peer: Peer, range: HashRange): void {
  peer.encoder.hashReject(range);
  state.touch(peer);
}

/**
 * libtorrent (2.0.8) asks for one hash where a last piece stands alone. In a hybrid whose pieces are blocks it takes the
 * answer for a proof that the piece is there already, and stops the torrent as contradicting itself. v1's hashes will do.
 */
function wouldStop(info: CheckableInfo, { baseLayer, length }: HashRange): boolean {
  return info.version === 'hybrid' && baseLayer === 0 && length === 1;
}

/** Whether a tree has the run and so many layers above it; libtorrent holds requests against the same. */
function isInTree({ baseLayer, index, length, proofLayers }: HashRange, height: number): boolean {
  if (baseLayer >= height || length > MAX_GIVEN) return false;
  return index + length <= 2 ** (height - baseLayer) && proofLayers < height - baseLayer;
}

function siblingOf(position: number): number {
  const at = Math.floor(position);
  return at % 2 === 0 ? at + 1 : at - 1;
}

// libtorrent asks for all blocks of a piece at once; so many are a piece of 128 MiB.
const MAX_GIVEN = 8192;
const MAX_UNSENT = 1_048_576;
// 8,192 requests at once, and 256 a second.
const REQUEST_COST = 4096;
