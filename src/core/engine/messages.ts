// Messages come in: each is handed to the file that is named for what it brings about. The rules of order and of BEP 6
// that belong to no other file are kept here.

import { ProtocolError } from '../errors.ts';
import type { Message } from '../wire/message.ts';
import { fillSlots, peerBecameInterested } from './choking.ts';
import { closeIfUseless } from './completion.ts';
import { dhtPortReceived } from './dht-port.ts';
import { blockReceived, refill, releaseRequests, requestRejected } from './download.ts';
import { extendedReceived } from './extension-messages.ts';
import { offerFast } from './fast-grants.ts';
import { askForHashes, hashesReceived, hashesRejected } from './hash-messages.ts';
import { hashRequestReceived } from './hash-serving.ts';
import { peerHasAll, peerHasPiece, peerHasPieces } from './interest.ts';
import type { Peer } from './peer.ts';
import { NOT_FRUITLESS } from './picker.ts';
import type { TorrentState } from './state.ts';
import { pieceSeen, piecesSeen } from './super-seeding.ts';
import { refuseRequests, requestCancelled, requestReceived } from './upload.ts';

/** @throws ProtocolError: the peer is to be closed */
export function messageReceived(state: TorrentState, peer: Peer, message: Message, now: number): void {
  switch (message.type) {
    case 'piece':
      blockReceived(state, peer, message.piece, message.begin, message.block, now);
      return;
    case 'request':
      requestReceived(state, peer, message.piece, message.begin, message.length, now);
      return;
    case 'have': {
      const told = toldCount(peer);
      peerHasPiece(state, peer, message.piece);
      if (toldCount(peer) === told) peer.floods.bytesWereInVain(HAVE_LENGTH, now);
      pieceSeen(state, peer, message.piece, now);
      closeIfUseless(state, peer, now);
      return;
    }
    case 'bitfield': {
      const told = toldCount(peer);
      peerHasPieces(state, peer, message.bytes);
      piecesTold(peer, SHORT_LENGTH + message.bytes.length, told, now);
      piecesSeen(state, peer, now);
      askForHashes(state, peer, now);
      offerFast(state, peer);
      closeIfUseless(state, peer, now);
      return;
    }
    case 'have-all': {
      speaksFast(peer);
      const told = toldCount(peer);
      peerHasAll(state, peer);
      piecesTold(peer, SHORT_LENGTH, told, now);
      piecesSeen(state, peer, now);
      askForHashes(state, peer, now);
      closeIfUseless(state, peer, now);
      return;
    }
    case 'have-none':
      speaksFast(peer);
      hasNone(peer);
      piecesTold(peer, SHORT_LENGTH, toldCount(peer), now);
      offerFast(state, peer);
      return;
    case 'choke':
      // Who chokes and unchokes us all the time is not asked for a pipeline of blocks each time.
      if (!peer.peerChoking) peer.isResting = true;
      changesItsMind(state, peer, now);
      peer.peerChoking = true;
      // BEP 6: a choke refuses nothing, rejects follow. BEP 3: it refuses all.
      if (peer.facts.fast) state.picker?.abandoned(peer);
      else releaseRequests(state, peer, false);
      return;
    case 'unchoke':
      changesItsMind(state, peer, now);
      if (peer.peerChoking) peer.fruitlessAt = NOT_FRUITLESS;
      peer.peerChoking = false;
      return;
    case 'interested':
      changesItsMind(state, peer, now);
      peer.peerInterested = true;
      peerBecameInterested(state, peer, now);
      return;
    case 'not-interested':
      changesItsMind(state, peer, now);
      peer.floods.requestWasInVain(now, peer.requested.count);
      peer.peerInterested = false;
      refuseRequests(state, peer, () => true);
      if (!peer.amChoking) fillSlots(state, now);
      return;
    case 'cancel':
      requestCancelled(state, peer, message.piece, message.begin, message.length, now);
      return;
    case 'reject':
      speaksFast(peer);
      requestRejected(state, peer, message.piece, message.begin);
      return;
    case 'allowed-fast':
      speaksFast(peer);
      peer.floods.bytesWereInVain(HAVE_LENGTH, now);
      allowedFast(state, peer, message.piece, now);
      return;
    case 'extended':
      if (peer.facts.extended) extendedReceived(state, peer, message.id, message.payload, now);
      else peer.floods.bytesWereInVain(message.payload.length, now);
      return;
    case 'suggest':
      speaksFast(peer);
      peer.floods.bytesWereInVain(HAVE_LENGTH, now);
      pieceSuggested(state, peer, message.piece, now);
      return;
    case 'hashes':
      hashesReceived(state, peer, message, message.hashes, now);
      return;
    case 'hash-reject':
      hashesRejected(state, peer, message, now);
      return;
    case 'hash-request':
      hashRequestReceived(state, peer, message, now);
      return;
    case 'port':
      peer.floods.bytesWereInVain(SHORT_LENGTH, now);
      dhtPortReceived(state, peer, message.port);
      return;
    case 'keep-alive':
      peer.floods.bytesWereInVain(SHORT_LENGTH, now);
      return;
    case 'unknown':
      peer.floods.bytesWereInVain(SHORT_LENGTH + message.length, now);
      return;
    default:
      message satisfies never;
  }
}

function changesItsMind(state: TorrentState, peer: Peer, now: number): void {
  peer.floods.changedItsMind(state.layout?.pieceCount ?? 0, now);
}

/** It has said what it has. Once that is a matter of course; later in place of many haves, as aria2 does it. */
function piecesTold(peer: Peer, length: number, toldBefore: number, now: number): void {
  const news = toldCount(peer) - toldBefore;
  if (peer.hasToldPieces) peer.floods.bytesWereInVain(length - HAVE_LENGTH * news, now);
  peer.hasToldPieces = true;
}

/** Of pieces that it has, or has no more. */
function toldCount({ pieces, early }: Peer): number {
  return pieces.count + (early?.toldCount ?? 0);
}

/** BEP 6: "Exactly one of Have All, Have None, or Have Bitfield MUST appear". More than said before may come later. */
function hasNone({ pieces, early }: Peer): void {
  if (pieces.count === 0 && early === undefined) return;
  throw new ProtocolError('PIECES_CONTRADICT', 'The peer says that it has nothing, after it had something.');
}

function allowedFast(state: TorrentState, peer: Peer, piece: number, now: number): void {
  // Advice, and at most so much of it: BEP 6 has sets of ten. Before the metadata is there any number may be a piece.
  if (state.layout?.hasPiece(piece) === false) return;
  if (peer.allowedFast.length >= MAX_ALLOWED_FAST || peer.allowedFast.includes(piece)) return;
  // One that is refused leaves the list: the same ones allowed and refused, on and on, must have an end.
  if (peer.allowedFastCount >= MAX_EVER_ALLOWED_FAST) return;
  peer.allowedFastCount++;
  peer.allowedFast.push(piece);
  peer.fruitlessAt = NOT_FRUITLESS;
  refill(state, peer, now);
}

/** A hint, and the newest counts most: what the peer has at hand. BEP 6, "Suggest Piece" */
function pieceSuggested(state: TorrentState, peer: Peer, piece: number, now: number): void {
  if (state.layout?.hasPiece(piece) === false || peer.suggested.includes(piece)) return;
  const { picker } = state;
  const { suggested } = peer;
  suggested.unshift(piece);
  if (suggested.length > MAX_SUGGESTED) {
    // Those that are begun have served their turn; else the oldest goes.
    const spent =
      picker === undefined ? -1 : suggested.findLastIndex(other => !picker.rarity.isListed(other));
    suggested.splice(spent < 0 ? suggested.length - 1 : spent, 1);
  }
  refill(state, peer, now);
}

function speaksFast(peer: Peer): void {
  if (peer.facts.fast) return;
  throw new ProtocolError('FAST_UNEXPECTED', 'The peer uses the fast extension without having offered it.');
}

// On the wire: a kind alone, and one with a piece's number.
const SHORT_LENGTH = 5;
const HAVE_LENGTH = 9;
const MAX_ALLOWED_FAST = 32;
const MAX_EVER_ALLOWED_FAST = 128;
const MAX_SUGGESTED = 10;
