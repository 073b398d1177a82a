// Hashes of v2's trees, given (BEP 52, "hash request"). The piece layers are in memory; what the blocks hash to is found
// out by block-hash-serving. Every request is answered: with a reject where the tree has no such hashes, where they are
// not known here, or where the peer asks for more work than it may.

import { treeHeight } from '../metainfo/merkle-proof.ts';
import type { HashRange } from '../wire/hash-range.ts';
import { HASH_LENGTH, MAX_HASHES, uncleCount } from '../wire/hash-range.ts';
import { blocksAsked } from './block-hash-serving.ts';
import { HashServing } from './hash-work.ts';
import { layerAsked } from './own-layers.ts';
import type { Peer } from './peer.ts';
import type { CheckableInfo } from './piece-check.ts';
import type { TorrentState } from './state.ts';

/** @throws ProtocolError `PEER_FLOODS` */
export function hashRequestReceived(state: TorrentState, peer: Peer, range: HashRange, now: number): void {
  const { layers, info } = state;
  state.hashServing ??= new HashServing(state.options.hashServing, now);
  // Beyond so many a second nothing is said at all: some ask anew as soon as they are refused.
  if (!state.hashServing.pays(peer, REQUEST_COST, now)) {
    peer.floods.bytesWereInVain(REQUEST_LENGTH, now);
    return;
  }
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
  } else if (isBlind) {
    layerAsked(state, peer, range, file);
  } else if (range.baseLayer === 0) {
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
const MAX_UNSENT = 524_288;
// 8,192 requests at once, and 256 a second.
const REQUEST_COST = 4096;
const REQUEST_LENGTH = 53;
