// The metadata, given (BEP 9). Some ask for all pieces of it at once (WebTorrent): what is asked for waits as a number of
// the peer, and becomes bytes as the peer reads. A request of 30 bytes must not be 16 KiB in our memory.

import { encodeMetadataMessage, METADATA_PIECE_LENGTH } from '../wire/extensions/ut-metadata.ts';
import type { Peer } from './peer.ts';
import type { TorrentState } from './state.ts';

export function metadataAsked(state: TorrentState, peer: Peer, piece: number): void {
  const id = peer.extensions.get('ut_metadata');
  if (id === undefined || id === 0) return;
  const count = pieceCount(state);
  // BEP 9: "Typically the number of pieces of metadata times a factor."
  if (piece < count && peer.metadataRequests < 4 * count) {
    peer.metadataRequests++;
    peer.metadataAsked.push(piece);
  } else peer.encoder.extended(id, encodeMetadataMessage({ type: 'reject', piece }));
  state.touch(peer);
}

/** To be called before what is there for the peer is sent: adds what it asked for, a little at a time. */
export function giveMetadata(state: TorrentState, peer: Peer): void {
  const raw = state.info?.raw;
  const id = peer.extensions.get('ut_metadata');
  if (raw === undefined || id === undefined) return;
  while (peer.metadataAsked.length > 0 && peer.encoder.length < MAX_UNSENT) {
    const piece = peer.metadataAsked.shift()!;
    const from = piece * METADATA_PIECE_LENGTH;
    const bytes = raw.subarray(from, from + METADATA_PIECE_LENGTH);
    const message = { type: 'data', piece, totalSize: raw.length, bytes } as const;
    peer.encoder.extended(id, encodeMetadataMessage(message));
  }
}

function pieceCount({ info }: TorrentState): number {
  return info === undefined ? 0 : Math.ceil(info.raw.length / METADATA_PIECE_LENGTH);
}

// Four pieces at a time.
const MAX_UNSENT = 65_536;
