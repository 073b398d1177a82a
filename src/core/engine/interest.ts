// Who has what: the facts about peers' pieces, and whether we are interested in them (BEP 3). A peer's useful pieces are
// counted as facts come in, never by going over pieces again.

import { Bitfield } from '../bytes/bitfield.ts';
import { ProtocolError } from '../errors.ts';
import { EarlyPieces } from './early-pieces.ts';
import type { Peer } from './peer.ts';
import { NOT_FRUITLESS } from './picker.ts';
import { pieceArrived } from './spreading.ts';
import type { TorrentState } from './state.ts';

/** @throws ProtocolError `PIECE_UNKNOWN` */
export function peerHasPiece(state: TorrentState, peer: Peer, piece: number): void {
  const { layout, picker } = state;
  if (layout === undefined || picker === undefined) {
    if (!earlyOf(peer).has(piece)) throw unknownPiece(piece);
    return;
  }
  if (!layout.hasPiece(piece)) throw unknownPiece(piece);
  if (!peer.pieces.add(piece)) return;
  // One that has become a seed piece by piece stays counted piece by piece.
  picker.rarity.rose(piece);
  pieceArrived(peer, piece);
  if (isUseful(state, piece)) {
    peer.usefulPieces++;
    peer.fruitlessAt = NOT_FRUITLESS;
    if (peer.leaves?.(piece) === false) peer.leavesAll = false;
  }
  updateInterest(state, peer);
}

/** BEP 54. @throws ProtocolError `PIECE_UNKNOWN` */
export function peerHasNoLonger(state: TorrentState, peer: Peer, piece: number): void {
  const { layout, picker } = state;
  if (layout === undefined || picker === undefined) {
    if (!earlyOf(peer).hasNoLonger(piece)) throw unknownPiece(piece);
    return;
  }
  if (!layout.hasPiece(piece)) throw unknownPiece(piece);
  if (peer.isSeed) countSingly(state, peer);
  if (!peer.pieces.delete(piece)) return;
  picker.rarity.fell(piece);
  if (isUseful(state, piece)) peer.usefulPieces--;
  updateInterest(state, peer);
}

/**
 * A bitfield: the first message about pieces, or later one in place of many `have`s, as aria2 sends it.
 * @throws ProtocolError `BITFIELD_INVALID`
 */
export function peerHasPieces(state: TorrentState, peer: Peer, bytes: Uint8Array): void {
  if (state.layout === undefined || state.picker === undefined) {
    earlyOf(peer).hasThose(bytes.slice());
    return;
  }
  const pieces = Bitfield.fromBytes(bytes, state.layout.pieceCount);
  if (pieces === undefined) {
    throw new ProtocolError('BITFIELD_INVALID', 'The peer sent a bitfield that does not fit the torrent.');
  }
  if (peer.pieces.count > 0) {
    hasMore(state, peer, pieces);
    return;
  }
  peer.pieces = pieces;
  countIn(state, peer);
}

/** BEP 6, "Have All" */
export function peerHasAll(state: TorrentState, peer: Peer): void {
  if (state.layout === undefined || state.picker === undefined) {
    earlyOf(peer).hasAll();
    return;
  }
  if (peer.pieces.count > 0) {
    if (!peer.pieces.isFull) hasMore(state, peer, Bitfield.full(state.layout.pieceCount));
    return;
  }
  peer.pieces = Bitfield.full(state.layout.pieceCount);
  countIn(state, peer);
}

/**
 * What was counted stays counted: a peer that had a piece has it. Goes by the bytes that say something new, so that the
 * same bitfield over and over costs no more than its bytes.
 */
function hasMore(state: TorrentState, peer: Peer, { bytes }: Bitfield): void {
  for (let i = 0; i < bytes.length; i++) {
    for (let news = bytes[i]! & ~peer.pieces.bytes[i]!; news !== 0; ) {
      // The highest bit is the first piece.
      const bit = Math.clz32(news) - 24;
      news &= ~(0x80 >>> bit);
      peerHasPiece(state, peer, 8 * i + bit);
    }
  }
}

/** The exchange begins: what a magnet's peer said before is now about pieces. @throws ProtocolError */
export function applyEarlyPieces(state: TorrentState, peer: Peer): void {
  const { early } = peer;
  peer.early = undefined;
  peer.pieces = new Bitfield(state.layout!.pieceCount);
  peer.decoder.piecesKnown(state.layout!.pieceCount);
  if (early === undefined) return;
  if (early.those === 'all') peerHasAll(state, peer);
  else if (early.those !== undefined) peerHasPieces(state, peer, early.those);
  early.each(
    piece => peerHasPiece(state, peer, piece),
    piece => peerHasNoLonger(state, peer, piece),
  );
}

/** Takes a peer's pieces into the picker's counts. */
function countIn(state: TorrentState, peer: Peer): void {
  const { picker, layout } = state;
  if (picker === undefined || layout === undefined) return;
  const { pieces } = peer;
  if (pieces.isFull && layout.pieceCount > 0) {
    peer.isSeed = true;
    picker.rarity.seeds++;
  }
  peer.usefulPieces = usefulIn(state, pieces);
  peer.fruitlessAt = NOT_FRUITLESS;
  peer.leavesAll = false;
  if (!peer.isSeed) pieces.each(piece => picker.rarity.rose(piece));
  updateInterest(state, peer);
}

/** By whole bytes where all pieces are wanted alike: a seed says so in five bytes, of two million pieces. */
function usefulIn(state: TorrentState, pieces: Bitfield): number {
  if (state.piecePriorities === undefined) return pieces.count - pieces.countCommon(state.have);
  let count = 0;
  pieces.each(piece => {
    if (isUseful(state, piece)) count++;
  });
  return count;
}

/** The peer is gone. */
export function countOut(state: TorrentState, peer: Peer): void {
  const { picker, layout } = state;
  if (picker === undefined || layout === undefined) return;
  if (peer.isSeed) {
    picker.rarity.seeds--;
    return;
  }
  peer.pieces.each(piece => picker.rarity.fell(piece));
}

/** We have one more piece: each peer that has it is useful for one fewer. */
export function pieceNoLongerUseful(state: TorrentState, piece: number): void {
  for (const peer of state.peers.values()) {
    if (!peer.pieces.has(piece)) continue;
    peer.usefulPieces--;
    updateInterest(state, peer);
  }
}

/** We have one piece fewer: each peer that has it is useful for one more, where it is wanted. */
export function pieceUsefulAgain(state: TorrentState, piece: number): void {
  if (!isUseful(state, piece)) return;
  for (const peer of state.peers.values()) {
    if (!peer.pieces.has(piece)) continue;
    peer.usefulPieces++;
    peer.fruitlessAt = NOT_FRUITLESS;
    updateInterest(state, peer);
  }
}

/** Other pieces are wanted than before. */
export function recountUseful(state: TorrentState): void {
  const { have } = state;
  const useful = new Bitfield(have.length);
  for (let piece = 0; piece < have.length; piece++) if (isUseful(state, piece)) useful.add(piece);
  for (const peer of state.peers.values()) {
    peer.usefulPieces = peer.pieces.countCommon(useful);
    updateInterest(state, peer);
  }
}

export function updateInterest(state: TorrentState, peer: Peer): void {
  const isInterested = peer.usefulPieces > 0 && !peer.leavesAll;
  if (isInterested === peer.amInterested) return;
  peer.amInterested = isInterested;
  if (isInterested) peer.encoder.interested();
  else peer.encoder.notInterested();
  state.touch(peer);
}

function isUseful(state: TorrentState, piece: number): boolean {
  return !state.have.has(piece) && state.picker!.isWanted(piece);
}

/** From a peer that has everything to one that has each piece: it may lose some, and is counted so from here on. */
function countSingly({ picker, layout }: TorrentState, peer: Peer): void {
  peer.isSeed = false;
  picker!.rarity.seeds--;
  for (let piece = 0; piece < layout!.pieceCount; piece++) picker!.rarity.rose(piece);
}

function earlyOf(peer: Peer): EarlyPieces {
  peer.early ??= new EarlyPieces();
  return peer.early;
}

function unknownPiece(piece: number): ProtocolError {
  return new ProtocolError(
    'PIECE_UNKNOWN',
    `The peer speaks of piece ${piece}, which the torrent does not have.`,
  );
}
