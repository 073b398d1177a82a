// Pieces that a beginner may have although we choke it (BEP 6, "Allowed Fast"), so that it has something to trade. Offered
// once, to who has next to nothing; each block of them is given about once, for whoever asks on and on is no beginner. Who
// has everything offers none: it trades with nobody, and in a crowd of beginners it would give the same pieces to many
// instead of different ones (32 leechers, simulated: 1.42 copies sent by the seed instead of 1.2).

import { addressBytes } from '../bytes/compact-address.ts';
import { wireInfoHashes } from '../metainfo/metainfo.ts';
import { allowedFastSet } from '../wire/allowed-fast.ts';
import type { Peer } from './peer.ts';
import type { TorrentState } from './state.ts';

/** To be called when the peer has said what it has. */
export function offerFast(state: TorrentState, peer: Peer): void {
  const { layout, info, have } = state;
  const count = state.options.allowedFast;
  if (count === 0 || layout === undefined || info === undefined || state.phase !== 'active') return;
  if (!peer.facts.fast || peer.grants !== undefined || peer.pieces.count >= count) return;
  if (have.count === 0 || state.isComplete) return;
  // BEP 6: "We currently have no provisions for IPv6."
  const ip = addressBytes(peer.facts.address.host);
  if (ip?.length !== 4) return;
  const pieces = allowedFastSet(ip, wireInfoHashes(info)[0]!, layout.pieceCount, count).filter(
    piece => have.has(piece) && !peer.pieces.has(piece),
  );
  peer.grants = { pieces, bytesLeft: pieces.length * layout.pieceLength };
  for (const piece of pieces) peer.encoder.allowedFast(piece);
  if (pieces.length > 0) state.touch(peer);
}

/** Whether a request of a choked peer is served; paid for where it is. */
export function takesGrant(state: TorrentState, peer: Peer, piece: number, length: number): boolean {
  const { grants } = peer;
  if (grants === undefined || !grants.pieces.includes(piece) || grants.bytesLeft < length) return false;
  // "Our current implementation rejects requests for Allowed Fast messages whenever the requesting peer has more than k pieces."
  if (peer.pieces.count > state.options.allowedFast) return false;
  grants.bytesLeft -= length;
  return true;
}

export function isGranted(peer: Peer, piece: number): boolean {
  return peer.grants?.pieces.includes(piece) === true;
}
