// Pieces that somebody no longer has (BEP 54): a peer says so, and counts for one fewer; or they are lost here, and peers
// are told, their requests refused, and the pieces fetched anew.

import { BLOCK_LENGTH } from '../metainfo/metainfo.ts';
import { encodeDontHave } from '../wire/extensions/lt-donthave.ts';
import { completionChanged } from './completion.ts';
import { refillAll } from './download.ts';
import { giveWaitingHaves } from './have-telling.ts';
import { peerHasNoLonger, pieceUsefulAgain } from './interest.ts';
import type { Peer } from './peer.ts';
import { dataLengthOf, type TorrentState } from './state.ts';
import { refuseRequests } from './upload.ts';

/** @throws ProtocolError `PIECE_UNKNOWN` */
export function peerLostPiece(state: TorrentState, peer: Peer, piece: number): void {
  peerHasNoLonger(state, peer, piece);
  const { picker } = state;
  if (picker === undefined) return;
  if (peer.current?.piece === piece) picker.abandoned(peer);
  // With the fast extension each request is refused by itself.
  if (peer.facts.fast) return;
  const { outstanding } = peer;
  for (let i = outstanding.count - 1; i >= 0; i--) {
    if (outstanding.piece(i) !== piece) continue;
    const block = outstanding.begin(i) / BLOCK_LENGTH;
    outstanding.remove(i);
    picker.released(piece, block, peer.number);
  }
}

/** They were here, and are not right any more, or cannot be read. */
export function piecesLost(state: TorrentState, pieces: readonly number[], now: number): void {
  const { picker, layout, have } = state;
  if (picker === undefined || layout === undefined) return;
  for (const piece of pieces) {
    if (!layout.hasPiece(piece) || !have.delete(piece)) continue;
    state.haveLength -= dataLengthOf(layout, piece);
    picker.lost(piece);
    for (const peer of state.peers.values()) tellLost(state, peer, piece);
    pieceUsefulAgain(state, piece);
  }
  completionChanged(state, now);
  refillAll(state, now);
}

function tellLost(state: TorrentState, peer: Peer, piece: number): void {
  // It is passed over for good, and told once when it is here again.
  giveWaitingHaves(state, peer);
  const id = peer.extensions.get('lt_donthave');
  if (id !== undefined && id !== 0) {
    peer.encoder.extended(id, encodeDontHave(piece));
    state.touch(peer);
  }
  refuseRequests(state, peer, asked => asked === piece);
}
