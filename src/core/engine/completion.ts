// All that was wanted is there, or it no longer is since more is wanted: said once each time, to the owner and to peers
// (BEP 21, "upload_only"). Connections that are of no use to either end are closed.

import { SwarmlineError } from '../errors.ts';
import { tellUploadOnly } from './extension-handshake.ts';
import type { Peer } from './peer.ts';
import { closePeer, dialMore } from './peers.ts';
import type { TorrentState } from './state.ts';
import { beginSuperSeeding } from './super-seeding.ts';

/** To be called whenever a piece has come or what is wanted has changed. */
export function completionChanged(state: TorrentState, now: number): void {
  const { isComplete } = state;
  if (isComplete === state.hasSaidComplete) return;
  state.hasSaidComplete = isComplete;
  if (isComplete) state.event({ type: 'complete' });
  beginSuperSeeding(state);
  for (const peer of [...state.peers.values()]) {
    closeIfUseless(state, peer, now);
    // BEP 21: from here on we only upload, or do no longer.
    if (!peer.hasClosed) tellUploadOnly(state, peer);
  }
  if (!isComplete) dialMore(state, now);
}

/** Between two that want nothing there is nothing to do. */
export function closeIfUseless(state: TorrentState, peer: Peer, now: number): void {
  if (!state.isComplete || !(peer.pieces.isFull || peer.isUploadOnly)) return;
  closePeer(state, peer, new SwarmlineError('PEER_NOT_NEEDED', 'Neither end wants anything more.'), now);
}
