// A piece was wrong, or has come right: who gave the wrong bytes is banned, who may have is on parole. A peer on parole
// fetches whole pieces alone, so that the next failure has one name; a right piece of its own ends that. What is
// remembered, and who follows from it, is smart-ban's.

import type { Address } from '../bytes/compact-address.ts';
import { ProtocolError } from '../errors.ts';
import type { PieceVerdict } from '../metainfo/piece-proof.ts';
import { doubtArose } from './doubts.ts';
import { releaseRequests } from './download.ts';
import { isSameHost } from './known-peers.ts';
import type { Peer } from './peer.ts';
import { closePeer } from './peers.ts';
import { NOT_FRUITLESS } from './picker.ts';
import { NOBODY, type PieceBuffer } from './piece-buffer.ts';
import { blockHashesOf } from './piece-check.ts';
import type { TorrentState } from './state.ts';

/** A piece's bytes were wrong. */
export function pieceFailed(
  state: TorrentState,
  buffer: PieceBuffer,
  verdict: PieceVerdict,
  now: number,
): void {
  const { piece, givers } = buffer;
  const sole = buffer.soleGiver();
  if (sole !== undefined) {
    const address = addressOf(state, sole);
    if (address !== undefined) ban(state, address, piece, now);
    return;
  }
  const addresses = new Map<number, Address>();
  for (const giver of givers) {
    if (giver === NOBODY || addresses.has(giver)) continue;
    const address = addressOf(state, giver);
    if (address !== undefined) addresses.set(giver, address);
    const peer = state.peers.get(giver);
    if (peer !== undefined && !peer.isOnParole) {
      peer.isOnParole = true;
      // What it still owes goes into pieces of others: they would fail too.
      releaseRequests(state, peer, true);
    }
  }
  if (typeof verdict === 'boolean') return;
  const { blockDigests } = verdict;
  banAll(state, state.smartBan.failed({ piece, givers, blockDigests, addresses }), piece, now);
  const known = blockHashesOf(state.info!, piece);
  if (known !== undefined) blameBlocks(state, piece, known, now);
  else doubtArose(state, now);
}

/** A piece is right: whoever gave other bytes of it before lied. */
export function piecePassed(
  state: TorrentState,
  buffer: PieceBuffer,
  verdict: PieceVerdict,
  now: number,
): void {
  if (typeof verdict !== 'boolean') {
    banAll(state, state.smartBan.known(buffer.piece, verdict.blockDigests), buffer.piece, now);
  }
  for (const peer of state.peers.values()) {
    if (!peer.isOnParole) continue;
    if (buffer.soleGiver() !== peer.number) continue;
    peer.isOnParole = false;
    peer.fruitlessAt = NOT_FRUITLESS;
  }
}

/**
 * The SHA-256 of a piece's blocks are known (BEP 52: the leaves of its file's tree, 32 bytes each): exactly those who gave
 * other bytes are banned, before anybody has fetched the piece anew.
 */
export function blameBlocks(state: TorrentState, piece: number, leafHashes: Uint8Array, now: number): void {
  banAll(state, state.smartBan.known(piece, leafHashes), piece, now);
}

/** Pieces that failed with several givers: the hashes of their blocks would tell who lied. */
export function piecesInDoubt(state: TorrentState): Iterable<number> {
  return state.smartBan.pieces;
}

/** The peer is new: a suspect stays one though it hung up. */
export function recognise(state: TorrentState, peer: Peer): void {
  peer.isOnParole = state.smartBan.isSuspect(address => isSameHost(address, peer.facts.address));
}

/** The peer is gone, and may have given blocks of pieces that are not proved yet. */
export function giverLeft(state: TorrentState, peer: Peer): void {
  if (peer.received.total === 0 || state.isComplete) return;
  const { formerGivers } = state;
  formerGivers.set(peer.number, peer.facts.address);
  if (formerGivers.size <= MAX_FORMER_GIVERS) return;
  for (const oldest of formerGivers.keys()) {
    formerGivers.delete(oldest);
    return;
  }
}

function banAll(state: TorrentState, addresses: readonly Address[], piece: number, now: number): void {
  for (const address of addresses) ban(state, address, piece, now);
}

function ban(state: TorrentState, address: Address, piece: number, now: number): void {
  if (state.known.isBanned(address)) return;
  state.known.ban(address);
  const reason = new ProtocolError('PIECE_CORRUPT', `The peer sent wrong data of piece ${piece}.`);
  let named = address;
  for (const peer of [...state.peers.values()]) {
    if (!isSameHost(peer.facts.address, address)) continue;
    // What else it gave is not waited for: it would be one wrong piece more.
    state.picker?.distrust(peer.number);
    if (peer.listenAddress !== undefined) {
      named = peer.listenAddress;
      state.known.ban(named);
    }
    closePeer(state, peer, reason, now);
  }
  state.event({ type: 'peer-banned', address: named, piece });
}

function addressOf(state: TorrentState, giver: number): Address | undefined {
  return state.peers.get(giver)?.facts.address ?? state.formerGivers.get(giver);
}

// Connections that ended lately: a piece is proved within seconds.
const MAX_FORMER_GIVERS = 256;
