// What happens because time passes, once a second: snubbed and silent peers, keep-alives, the choker's rounds, metadata
// requests that were not answered, addresses that may be dialled again.

import { SwarmlineError } from '../errors.ts';
import { endTakersTurns, fillSlots, rechokePeers } from './choking.ts';
import { askAboutDoubts } from './doubts.ts';
import { refill } from './download.ts';
import { askForMetadata } from './extension-messages.ts';
import { askForHashes } from './hash-messages.ts';
import { tellWaitingHaves } from './have-telling.ts';
import { noticeLateRequests } from './late-requests.ts';
import { limitedTick } from './limited.ts';
import { localTick } from './local-share.ts';
import type { Peer } from './peer.ts';
import { turnOver } from './peer-places.ts';
import { closeIfUnread, closePeer, dialMore } from './peers.ts';
import { pexTick } from './pex.ts';
import { NOT_FRUITLESS } from './picker.ts';
import type { TorrentState } from './state.ts';
import { hurry, measurePace, nextHurry } from './streaming.ts';
import { superSeedingTick } from './super-seeding.ts';

/** It is `nextTimeout` or later. */
export function timePassed(state: TorrentState, now: number): void {
  if (now >= state.nextTickAt) tick(state, now);
  tellWaitingHaves(state, now);
  hurry(state, now);
}

/** When `timePassed` is due; undefined when nothing will happen by itself. */
export function nextTimeout(state: TorrentState): number | undefined {
  const tickAt = nextTick(state);
  if (tickAt === undefined) return undefined;
  return Math.min(tickAt, nextHurry(state) ?? tickAt, state.havesDueAt);
}

function tick(state: TorrentState, now: number): void {
  if (state.phase === 'stopped') return;
  if (state.phase === 'metadata') state.metadata?.timePassed(now);
  state.layerDownload?.timePassed(now);
  askAboutDoubts(state, now);
  for (const peer of [...state.peers.values()]) tickPeer(state, peer, now);
  if (state.limits !== undefined) state.limits.wasReadingHeld = state.limits.isReadingHeld;
  localTick(state, now);
  rechokePeers(state, now);
  endTakersTurns(state, now);
  fillSlots(state, now);
  superSeedingTick(state, now);
  turnOver(state, now);
  pexTick(state, now);
  dialMore(state, now);
  state.nextTickAt = now + TICK_MS;
}

function nextTick(state: TorrentState): number | undefined {
  if (state.phase === 'stopped') return undefined;
  if (state.peers.size > 0) return state.nextTickAt;
  if (state.phase === 'checking' || state.places.isWaitingToDial) return undefined;
  const dialAt = state.known.nextDialAt(state.isComplete);
  return dialAt === undefined ? undefined : Math.max(dialAt, state.nextTickAt);
}

function tickPeer(state: TorrentState, peer: Peer, now: number): void {
  const { inactivityMs, keepAliveMs, wholePieceMs } = state.options;
  limitedTick(state, peer, now);
  if (now - peer.lastReceivedAt >= inactivityMs) {
    closePeer(state, peer, new SwarmlineError('PEER_SILENT', 'The peer has said nothing for too long.'), now);
    return;
  }
  closeIfUnread(state, peer, now);
  if (peer.hasClosed) return;
  if (now - peer.lastSentAt >= keepAliveMs && peer.encoder.length === 0) {
    peer.encoder.keepAlive();
    state.touch(peer);
  }
  measurePace(peer, now);
  const rate = peer.received.perSecond(now);
  if (state.info !== undefined) peer.isFast = (rate * wholePieceMs) / 1000 >= state.info.pieceLength;
  if (peer.outstanding.count > 0) peer.pipeline.rateMeasured(rate);
  noticeLateRequests(state, peer, now);
  peer.isResting = false;
  if (peer.run?.isHoldingBack) peer.fruitlessAt = NOT_FRUITLESS;
  refill(state, peer, now);
  askForMetadata(state, peer, now);
  askForHashes(state, peer, now);
}

const TICK_MS = 1000;
