// A torrent's places for peers: how many there are, and who makes room when they are taken. Of no use is who neither wants
// anything of us nor has anything for us; next comes whoever BEP 40 ranks lowest among those that are not exchanging. From
// time to time a torrent that is full parts with its worst peers, so that others are met (libtorrent, `peer_turnover`).

import type { Address } from '../bytes/compact-address.ts';
import { SwarmlineError } from '../errors.ts';
import type { PeerFacts } from './output.ts';
import type { Peer } from './peer.ts';
import { peerPriority } from './peer-priority.ts';
import { closePeer } from './peers.ts';
import type { OwnAddresses, TorrentState } from './state.ts';

export interface TurnoverOptions {
  /** So often the worst peers of a full torrent make room. @default 300,000 (libtorrent) */
  readonly everyMs: number;
  /** So many of them, one at least. @default 0.04 (libtorrent) */
  readonly share: number;
  /** Full is who has so many of the peers that he may have. @default 0.9 (libtorrent) */
  readonly from: number;
  /** Nobody goes who has been here for less: he has had no time to be of use. @default 30,000 */
  readonly graceMs: number;
}

export const TURNOVER_DEFAULTS: TurnoverOptions = {
  everyMs: 300_000,
  share: 0.04,
  from: 0.9,
  graceMs: 30_000,
};

/** Asked before each dial: how many there may be is shared among torrents. */
export interface DialGate {
  /** True: this one is counted, until it is told what became of it. False: the owner tells `dialsAllowed` later. */
  mayDial(): boolean;
}

export class PeerPlaces {
  max: number;
  /** Where others see us, of each kind of address one. */
  ownAddresses: readonly Address[] = [];
  readonly gate: DialGate | undefined;
  /** The gate was closed: it is told when it opens. */
  isWaitingToDial = false;
  nextTurnoverAt = 0;

  constructor(max: number, gate: DialGate | undefined) {
    this.max = max;
    this.gate = gate;
  }

  /** Undefined where it is not known where we are. */
  rankOf(address: Address): number | undefined {
    for (const own of this.ownAddresses) {
      const priority = peerPriority(own, address);
      if (priority !== undefined) return priority;
    }
    return undefined;
  }
}

/** By which addresses others see us: BEP 40 ranks peers by them. */
export function seenAs(state: TorrentState, addresses: OwnAddresses): void {
  const { places, known, peers, listenPort = 0 } = state;
  state.ownAddresses = addresses;
  places.ownAddresses = [addresses.ipv4, addresses.ipv6].flatMap(host =>
    host === undefined ? [] : { host, port: listenPort },
  );
  if (places.ownAddresses.length === 0) return;
  known.rankBy(address => places.rankOf(address));
  for (const peer of peers.values()) peer.rank = places.rankOf(peer.facts.address);
}

/** One peer makes room for a newcomer, where there is one worth less. */
export function makeRoom(state: TorrentState, newcomer: PeerFacts, now: number): boolean {
  const leaving = whoMakesRoom(state, newcomer.address, now);
  if (leaving === undefined) return false;
  closePeer(state, leaving, madeRoom(), now);
  return true;
}

/** `any`: whoever is worst. `settled`: of those that have been here for a while. `idle`: of these, who exchanges nothing. */
export type MayGo = 'any' | 'settled' | 'idle';

/** The worst peers go, at most so many. Says how many went. */
export function dropWorst(state: TorrentState, count: number, mayGo: MayGo, now: number): number {
  const worst = [...state.peers.values()]
    .filter(peer => mayGo === 'any' || isSettled(state, peer, now))
    .filter(peer => mayGo !== 'idle' || !isExchanging(peer, now))
    .sort((a, b) => compareWorth(state, a, b, now))
    .slice(0, Math.max(0, count));
  for (const peer of worst) closePeer(state, peer, madeRoom(), now);
  return worst.length;
}

/** The number of places is another one: whoever has none any more goes. */
export function placesChanged(state: TorrentState, max: number, now: number): void {
  state.places.max = max;
  dropWorst(state, state.peers.size - max, 'any', now);
}

/** Once a second. */
export function turnOver(state: TorrentState, now: number): void {
  const { places, peers, options } = state;
  const { everyMs, share, from } = options.turnover;
  if (places.nextTurnoverAt === 0) places.nextTurnoverAt = now + everyMs;
  if (now < places.nextTurnoverAt) return;
  places.nextTurnoverAt = now + everyMs;
  // With a handful of places each is worth more than what may come (libtorrent).
  if (places.max < MIN_PLACES || peers.size < from * places.max) return;
  const count = Math.max(1, Math.floor(share * peers.size));
  dropWorst(state, Math.min(count, state.known.diallableCount(now, state.isComplete)), 'settled', now);
}

function whoMakesRoom(state: TorrentState, newcomer: Address, now: number): Peer | undefined {
  const { places } = state;
  const rank = places.rankOf(newcomer);
  let useless: Peer | undefined;
  let lowest: Peer | undefined;
  let lowestRank = rank ?? 0;
  for (const peer of state.peers.values()) {
    if (!isSettled(state, peer, now) || isExchanging(peer, now)) continue;
    if (!isOfUse(state, peer) && (useless === undefined || peer.lastReceivedAt < useless.lastReceivedAt))
      useless = peer;
    if (rank === undefined || peer.rank === undefined || peer.rank >= lowestRank) continue;
    lowest = peer;
    lowestRank = peer.rank;
  }
  return useless ?? lowest;
}

/** Below zero: `a` goes before `b`. */
function compareWorth(state: TorrentState, a: Peer, b: Peer, now: number): number {
  return (
    Number(isOfUse(state, a)) - Number(isOfUse(state, b)) ||
    rateOf(state, a, now) - rateOf(state, b, now) ||
    Number(b.peerChoking) - Number(a.peerChoking) ||
    a.lastReceivedAt - b.lastReceivedAt
  );
}

/** While its pieces cannot be judged, everybody is. */
function isOfUse(state: TorrentState, peer: Peer): boolean {
  if (state.phase !== 'active') return true;
  return peer.amInterested || peer.peerInterested;
}

function isSettled(state: TorrentState, peer: Peer, now: number): boolean {
  return now - peer.connectedAt >= state.options.turnover.graceMs;
}

function isExchanging(peer: Peer, now: number): boolean {
  return peer.received.perSecond(now) > 0 || peer.sent.perSecond(now) > 0;
}

/** What it gave us, or took from us once we have everything, for the time that it was here. */
function rateOf(state: TorrentState, peer: Peer, now: number): number {
  const moved = state.isComplete ? peer.sent : peer.received;
  return moved.total / (now - peer.connectedAt + 1000);
}

function madeRoom(): SwarmlineError {
  return new SwarmlineError('PEER_MADE_ROOM', 'All places are taken, and the peer made room for others.');
}

const MIN_PLACES = 6;
