// What we have, told to peers: each piece as it comes, in a message of its own or with others a little later
// (`havesWaitMs`). And what we had, told to those that were there before we knew it: those of a magnet, whose data was looked at once its metadata
// had come. BEP 3 and 6 allow a bitfield as the first message alone, so it is one `have` a piece: 18 MB for two million. They
// wait as a number of the peer, and become bytes as it reads.

import type { Peer } from './peer.ts';
import type { TorrentState } from './state.ts';

/**
 * The piece has come. Those that have it too, seeds among them, are told: nine bytes, by which they see how far we are
 * (libtorrent, `send_redundant_have`).
 */
export function tellHave(state: TorrentState, piece: number, now: number): void {
  const { havesWaitMs } = state.options;
  if (havesWaitMs > 0) {
    // Noted once, and not with each peer: a swarm's peers are too many to be looked at for each piece.
    state.waitingHaves.push(piece);
    state.havesDueAt = Math.min(state.havesDueAt, now + havesWaitMs);
    return;
  }
  for (const peer of state.peers.values()) {
    if (isTellingHave(peer, piece)) continue;
    peer.encoder.have(piece);
    state.touch(peer);
  }
}

/** To be called before what is there for the peer is sent: what has waited goes along. */
export function giveWaitingHaves(
  { have, waitingHaves }: Pick<TorrentState, 'have' | 'waitingHaves'>,
  peer: Pick<Peer, 'waitingHavesTold' | 'nextHave' | 'encoder'>,
): void {
  while (peer.waitingHavesTold < waitingHaves.length) {
    const piece = waitingHaves[peer.waitingHavesTold++]!;
    // It may be lost again by now.
    if (have.has(piece) && !isTellingHave(peer, piece)) peer.encoder.have(piece);
  }
}

/** Those that have waited long enough go, where nothing else has taken them along. */
export function tellWaitingHaves(state: TorrentState, now: number): void {
  if (now < state.havesDueAt) return;
  state.havesDueAt = Number.POSITIVE_INFINITY;
  const { length } = state.waitingHaves;
  for (const peer of state.peers.values()) if (peer.waitingHavesTold < length) state.touch(peer);
}

export function tellHaves(state: TorrentState, peer: Peer): void {
  peer.nextHave = state.have.count === 0 ? Number.POSITIVE_INFINITY : 0;
  if (state.have.count > 0) state.touch(peer);
}

/** Whether it is still to be told of pieces; that one among them. */
export function isTellingHave(peer: Pick<Peer, 'nextHave'>, piece = Number.MAX_SAFE_INTEGER): boolean {
  return peer.nextHave <= piece && peer.nextHave !== Number.POSITIVE_INFINITY;
}

/** To be called before what is there for the peer is sent: adds some, a little at a time. */
export function giveHaves(
  { have }: Pick<TorrentState, 'have'>,
  peer: Pick<Peer, 'nextHave' | 'encoder'>,
): void {
  while (peer.nextHave < have.length && peer.encoder.length < MAX_UNSENT) {
    const piece = peer.nextHave++;
    if (have.has(piece)) peer.encoder.have(piece);
  }
  if (peer.nextHave >= have.length) peer.nextHave = Number.POSITIVE_INFINITY;
}

// As of metadata. Seven thousand pieces.
const MAX_UNSENT = 65_536;
