// Pieces of v2 (or of a hybrid whose layers are known) that failed with several givers. Peers are asked what the blocks of
// the piece hash to (BEP 52, base layer 0); the answer proves itself against the piece's own hash, so anybody will do, the
// liar included. With it exactly the wrong blocks have names, before anybody has fetched the piece anew.

import { equalBytes } from '../bytes/bytes.ts';
import { leavesUnderPiece } from '../metainfo/merkle.ts';
import { rootOfProof } from '../metainfo/merkle-proof.ts';
import { BLOCK_LENGTH } from '../metainfo/metainfo.ts';
import { HASH_LENGTH, type HashRange, MAX_HASHES } from '../wire/hash-range.ts';
import { blameBlocks, piecesInDoubt } from './blame.ts';
import { refillAll } from './download.ts';
import { ask, MAX_QUESTIONS } from './hash-messages.ts';
import type { Peer } from './peer.ts';
import { pieceChecks } from './piece-check.ts';
import { isHashed } from './piece-layers.ts';
import type { TorrentState } from './state.ts';

/** What is known of a piece's blocks, and who is being asked. */
export interface Doubt {
  readonly piece: number;
  readonly piecesRoot: Uint8Array;
  /** The piece's hash in its file's layer. */
  readonly digest: Uint8Array;
  /** The first leaf of the piece in its file, and how many a whole piece has. */
  readonly first: number;
  readonly width: number;
  readonly leaves: Uint8Array;
  /** Leaves that are proved, from the first on. */
  proved: number;
  /** Who was asked, and when. */
  readonly asked: Map<number, number>;
  /** Who refused, gave no answer or lied. */
  readonly passedOver: Set<number>;
}

/** A piece has failed. Those who gave of it rest for a little: the answer is worth more than another piece of theirs. */
export function doubtArose(state: TorrentState, now: number): void {
  askAboutDoubts(state, now);
  for (const { asked } of state.doubts.values())
    for (const at of asked.values()) if (at === now) state.verdictBy = now + VERDICT_PATIENCE_MS;
}

/** About once a second, and when a piece has failed. */
export function askAboutDoubts(state: TorrentState, now: number): void {
  if (state.layers === undefined || state.phase !== 'active') return;
  const { doubts } = state;
  const pieces = new Set(piecesInDoubt(state));
  for (const piece of doubts.keys()) if (!pieces.has(piece)) doubts.delete(piece);
  for (const piece of pieces) {
    const doubt = doubts.get(piece) ?? doubtOf(state, piece);
    if (doubt === undefined) continue;
    doubts.set(piece, doubt);
    for (const number of doubt.passedOver) if (!state.peers.has(number)) doubt.passedOver.delete(number);
    pursue(state, doubt, now);
  }
}

/** An answer. False where it does not prove itself: the peer lies. */
export function leavesReceived(
  state: TorrentState,
  peer: Peer,
  piece: number,
  range: HashRange,
  hashes: Uint8Array,
  now: number,
): boolean {
  const doubt = state.doubts.get(piece);
  if (doubt === undefined) return true;
  doubt.asked.delete(peer.number);
  const from = range.index - doubt.first;
  if (!equalBytes(rootOfProof(hashes, from, range.length), doubt.digest)) {
    doubt.passedOver.add(peer.number);
    return false;
  }
  if (from === doubt.proved) {
    doubt.leaves.set(hashes.subarray(0, range.length * HASH_LENGTH), from * HASH_LENGTH);
    doubt.proved += range.length;
    doubt.asked.clear();
  }
  if (doubt.proved * HASH_LENGTH < doubt.leaves.length) {
    pursue(state, doubt, now);
    return true;
  }
  state.doubts.delete(piece);
  state.verdictBy = 0;
  blameBlocks(state, piece, doubt.leaves, now);
  refillAll(state, now);
  return true;
}

export function leavesRefused(state: TorrentState, peer: Peer, piece: number, now: number): void {
  const doubt = state.doubts.get(piece);
  if (doubt === undefined) return;
  doubt.passedOver.add(peer.number);
  doubt.asked.delete(peer.number);
  pursue(state, doubt, now);
  // Where nobody is left who could tell there is nothing to wait for.
  if ([...state.doubts.values()].every(({ asked }) => asked.size === 0)) state.verdictBy = 0;
}

/** Asks for the next leaves: one who is trusted, else several, for a liar among them would say nothing. */
function pursue(state: TorrentState, doubt: Doubt, now: number): void {
  const { asked, passedOver, piece } = doubt;
  for (const [number, at] of asked) {
    const isHere = state.peers.has(number);
    if (isHere && now - at < state.options.layers.timeoutMs) continue;
    asked.delete(number);
    if (isHere) passedOver.add(number);
  }
  while (asked.size < MAX_ASKED) {
    for (const number of asked.keys()) if (state.peers.get(number)?.isOnParole === false) return;
    const peer = candidate(state, doubt);
    if (peer === undefined) return;
    asked.set(peer.number, now);
    ask(state, peer, { kind: 'leaves', range: rangeOf(doubt), piece });
  }
}

/** Who has the piece and is trusted, before who only has it. */
function candidate(state: TorrentState, { piece, passedOver, asked }: Doubt): Peer | undefined {
  let suspect: Peer | undefined;
  for (const peer of state.peers.values()) {
    if (!peer.facts.v2 || !peer.pieces.has(piece) || passedOver.has(peer.number)) continue;
    if (asked.has(peer.number) || peer.hashQuestions.length >= MAX_QUESTIONS) continue;
    if (!peer.isOnParole) return peer;
    suspect ??= peer;
  }
  return suspect;
}

/** So many leaves as one may ask for, with the uncles that lead to the piece's hash. */
function rangeOf({ piecesRoot, first, width, proved }: Doubt): HashRange {
  const length = Math.min(width, MAX_HASHES);
  return { piecesRoot, baseLayer: 0, index: first + proved, length, proofLayers: Math.log2(width) - 1 };
}

/** Undefined where there is no tree, or the piece is a block: its hash has said all. */
function doubtOf(state: TorrentState, piece: number): Doubt | undefined {
  const info = state.info!;
  const file = info.files[info.layout.fileAt(piece * info.pieceLength)]!;
  const check = pieceChecks(info)(piece);
  const proof = check.kind === 'both' ? check.v2 : check;
  if (!isHashed(file) || proof.kind !== 'merkle') return undefined;
  const width = leavesUnderPiece(file.length, info.pieceLength);
  if (width < 2) return undefined;
  const first = (piece - file.offset / info.pieceLength) * width;
  const blocks = Math.min(width, Math.ceil(file.length / BLOCK_LENGTH) - first);
  const step = Math.min(width, MAX_HASHES);
  return {
    piece,
    piecesRoot: file.piecesRoot,
    digest: proof.digest,
    first,
    width,
    leaves: new Uint8Array(Math.ceil(blocks / step) * step * HASH_LENGTH),
    proved: 0,
    asked: new Map(),
    passedOver: new Set(),
  };
}

// An answer waits behind the blocks that are on their way: a second or two on a slow line.
const VERDICT_PATIENCE_MS = 5000;
// Each reads and hashes the piece once.
const MAX_ASKED = 4;
