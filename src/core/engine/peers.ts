// Peers come and go: dialling, greeting, closing, and what becomes of their addresses.

import { equalBytes } from '../bytes/bytes.ts';
import { type Address, formatAddress, isSameAddress } from '../bytes/compact-address.ts';
import { ProtocolError, SwarmlineError } from '../errors.ts';
import { giverLeft, recognise } from './blame.ts';
import { tellDhtPort } from './dht-port.ts';
import { releaseRequests } from './download.ts';
import { sendExtensionHandshake } from './extension-handshake.ts';
import { askForPunch } from './holepunch.ts';
import { countOut } from './interest.ts';
import type { PeerSource } from './known-peers.ts';
import { noLongerLimited } from './limited.ts';
import { localsFound } from './local-share.ts';
import type { PeerFacts } from './output.ts';
import { Peer } from './peer.ts';
import { makeRoom } from './peer-places.ts';
import { takeBackPieces } from './spreading.ts';
import type { TorrentState } from './state.ts';
import { greetInDisguise, reveal } from './super-seeding.ts';
import { webSeedRun } from './web-seed.ts';

export function addressesFound(
  state: TorrentState,
  addresses: readonly Address[],
  source: PeerSource,
  isV2: boolean,
  now: number,
): void {
  for (const address of addresses) state.known.found(address, source, isV2);
  if (source === 'lsd') localsFound(state, addresses);
  dialMore(state, now);
}

/** Dials as many known peers as there is room for. */
export function dialMore(state: TorrentState, now: number): void {
  if (state.phase === 'stopped' || state.phase === 'checking') return;
  const { places, known } = state;
  if (places.isWaitingToDial) return;
  const isRoom = () =>
    state.dialling - state.punching.size < state.options.maxDialling &&
    state.peers.size + state.dialling < places.max;
  while (isRoom()) {
    const address = known.next(now, state.isComplete);
    if (address === undefined) return;
    if (places.gate?.mayDial() === false) {
      known.notDialled(address);
      places.isWaitingToDial = true;
      return;
    }
    state.dialling++;
    state.emit({ type: 'connect', address, isV2: state.known.isV2(address) });
  }
}

/**
 * It dials us at this moment, too: it is not put behind others, nor counted among them. BEP 55. Who told us may be lying: no more than
 * `maxDialling` at a time; what is told beyond that is a known peer like any.
 */
export function dialNow(state: TorrentState, address: Address, now: number): void {
  const { places, known, phase } = state;
  if (phase === 'stopped' || phase === 'checking' || !known.take(address)) return;
  const isRoom = state.peers.size + state.dialling < places.max && !places.isWaitingToDial;
  const isAmongFew = state.punching.size < state.options.maxDialling;
  if (isRoom && isAmongFew && places.gate?.mayDial() !== false) {
    state.dialling++;
    state.punching.add(formatAddress(address));
    state.emit({ type: 'connect', address, isV2: known.isV2(address) });
    return;
  }
  known.notDialled(address);
  if (isRoom && isAmongFew) places.isWaitingToDial = true;
  dialMore(state, now);
}

/** The gate that was closed is open. */
export function dialsAllowed(state: TorrentState, now: number): void {
  state.places.isWaitingToDial = false;
  dialMore(state, now);
}

/** Refusals, haves and hashes gather for a peer that does not read. Blocks do not: `serve` stops. */
export function closeIfUnread(state: TorrentState, peer: Peer, now: number): void {
  const { maxUnsent, maxBlockedMs } = state.options;
  if (peer.isBlocked) peer.blockedAt ??= now;
  const isStuck = peer.blockedAt !== undefined && now - peer.blockedAt >= maxBlockedMs;
  if (!isStuck && peer.encoder.length - peer.unsentBlockBytes <= maxUnsent) return;
  const reason = new SwarmlineError('PEER_TOO_SLOW', 'The peer asks for much and reads none of it.');
  closePeer(state, peer, reason, now);
}

export function connectFailed(state: TorrentState, address: Address, now: number): void {
  dialEnded(state, address);
  state.known.ended(address, now, { isFailure: true });
  askForPunch(state, address);
  dialMore(state, now);
}

/** It was not tried, or given up by us: that says nothing about the address. Another is not dialled in its place. */
export function connectPutOff(state: TorrentState, address: Address, now: number): void {
  dialEnded(state, address);
  state.known.ended(address, now, { isFailure: false });
}

function dialEnded(state: TorrentState, address: Address): void {
  state.dialling = Math.max(0, state.dialling - 1);
  state.punching.delete(formatAddress(address));
}

/** A new connection is greeted, or closed where it is not welcome. */
export function peerConnected(state: TorrentState, number: number, facts: PeerFacts, now: number): void {
  const { known } = state;
  if (!facts.isIncoming) dialEnded(state, facts.address);
  const objection = objectionTo(state, facts, now);
  if (objection !== undefined) {
    if (!facts.isIncoming && !known.isBanned(facts.address))
      known.ended(facts.address, now, { isFailure: false });
    state.emit({ type: 'close', peer: number, reason: objection });
    return;
  }
  const twin = twinOf(state, facts);
  if (twin !== undefined) {
    // Both ends dialled: both keep the connection that the greater peer id dialled.
    if (twin.facts.isIncoming === facts.isIncoming || keepsOlder(state, twin, now)) {
      if (!facts.isIncoming) secondAddress(state, twin, facts.address, now);
      state.emit({ type: 'close', peer: number, reason: new SwarmlineError('PEER_TWICE', TWICE) });
      return;
    }
    closePeer(state, twin, new SwarmlineError('PEER_TWICE', TWICE), now);
  }
  const peer = new Peer(number, facts, state.layout?.pieceCount ?? 0, state.options, now);
  peer.rank = state.places.rankOf(facts.address);
  peer.waitingHavesTold = state.waitingHaves.length;
  if (facts.webSeed !== undefined) peer.run = webSeedRun(state, peer);
  peer.isLocal = facts.webSeed === undefined && state.local.isLocal(facts.address);
  state.peers.set(number, peer);
  peerCountChanged(state);
  recognise(state, peer);
  if (!facts.isIncoming) known.connected(facts.address, facts.v2);
  state.event({ type: 'peer-joined', peer: number });
  greet(state, peer);
  reveal(state, peer, now);
  if (state.nextTickAt === 0) state.nextTickAt = now + 1000;
}

/** The connection is gone, by the peer's will or the network's. */
export function peerLeft(state: TorrentState, number: number, now: number): void {
  const peer = state.peers.get(number);
  if (peer !== undefined) remove(state, peer, undefined, now);
}

/** We end the connection. */
export function closePeer(state: TorrentState, peer: Peer, reason: SwarmlineError, now: number): void {
  if (peer.hasClosed) return;
  remove(state, peer, reason, now);
  state.emit({ type: 'close', peer: peer.number, reason });
}

/** We end the connection, for the peer has broken the protocol. */
export function closeAtFault(state: TorrentState, peer: Peer, fault: ProtocolError, now: number): void {
  if (fault.code === 'PEER_FLOODS' || fault.code === 'UNASKED') state.known.flooded(peer.facts.address);
  closePeer(state, peer, fault, now);
}

/** Ends all connections and forgets all addresses; the torrent goes on with those that are found from here on. */
export function leavePeers(state: TorrentState, reason: SwarmlineError, now: number): void {
  state.known.forgetAll();
  for (const peer of [...state.peers.values()]) closePeer(state, peer, reason, now);
}

/** Ends the connections to whoever is not to be spoken to any more. Web seeds are no peers, and go on. */
export function leaveFiltered(state: TorrentState, isFiltered: (host: string) => boolean, now: number): void {
  for (const peer of [...state.peers.values()]) {
    if (peer.facts.webSeed !== undefined || !isFiltered(peer.facts.address.host)) continue;
    const reason = 'The address is in the list of those not to be spoken to.';
    closePeer(state, peer, new SwarmlineError('ADDRESS_FILTERED', reason), now);
  }
}

function greet(state: TorrentState, peer: Peer): void {
  const { encoder, facts } = peer;
  // BEP 6: exactly one of the three, and first. BEP 3: a bitfield without any bit may be left out.
  if (state.superSeeding === 'on' && facts.webSeed === undefined) greetInDisguise(state, peer);
  else if (facts.fast && state.info !== undefined && state.have.isFull) encoder.haveAll();
  else if (facts.fast && state.have.count === 0) encoder.haveNone();
  else if (state.have.count > 0) encoder.bitfield(state.have.bytes.slice());
  sendExtensionHandshake(state, peer);
  tellDhtPort(state, peer);
  state.touch(peer);
}

function objectionTo(state: TorrentState, facts: PeerFacts, now: number): SwarmlineError | undefined {
  if (equalBytes(facts.peerId, state.torrent.peerId)) {
    if (!facts.isIncoming) state.known.isSelf(facts.address);
    return new SwarmlineError('PEER_IS_SELF', 'The address is our own.');
  }
  if (state.known.isBanned(facts.address)) {
    return new ProtocolError('PEER_BANNED', 'The peer has sent wrong data before.');
  }
  if (state.phase === 'stopped' || state.phase === 'checking') {
    return new SwarmlineError('TORRENT_NOT_READY', 'The torrent is being checked or is stopped.');
  }
  if (state.peers.size >= state.places.max && !makeRoom(state, facts, now)) {
    return new SwarmlineError('TOO_MANY_PEERS', 'The torrent has as many peers as it may.');
  }
  return undefined;
}

function twinOf(state: TorrentState, facts: PeerFacts): Peer | undefined {
  for (const peer of state.peers.values()) {
    if (equalBytes(peer.facts.peerId, facts.peerId)) return peer;
    if (!facts.isIncoming && peer.listenAddress && isSameAddress(peer.listenAddress, facts.address))
      return peer;
  }
  return undefined;
}

/**
 * A peer said where it listens. Some have an id for each connection (libtorrent's anonymous mode), and a hybrid's peer may
 * be met in both swarms: it is the same where somebody who is here listens there.
 */
export function listensAt(state: TorrentState, peer: Peer, address: Address, now: number): void {
  for (const other of state.peers.values()) {
    if (other === peer || other.listenAddress === undefined) continue;
    if (!isSameAddress(other.listenAddress, address)) continue;
    closePeer(state, peer, new SwarmlineError('PEER_TWICE', TWICE), now);
    return;
  }
  peer.listenAddress = address;
  state.known.found(address, 'incoming', peer.facts.v2);
  state.known.connected(address, peer.facts.v2);
}

/** The address that we dialled led to a peer that is here: it is free again when that peer leaves. */
function secondAddress(state: TorrentState, twin: Peer, address: Address, now: number): void {
  twin.listenAddress ??= address;
  if (isSameAddress(twin.listenAddress, address)) state.known.connected(address, twin.facts.v2);
  // One peer with two addresses: the other one is tried less and less.
  else state.known.ended(address, now, { isFailure: true });
}

/** Ids are no secret: whoever has taken a peer's may not end a connection that has stood for long. */
function keepsOlder(state: TorrentState, older: Peer, now: number): boolean {
  if (now - older.connectedAt > CROSSING_MS) return true;
  const weAreGreater = isGreater(state.torrent.peerId, older.facts.peerId);
  return older.facts.isIncoming ? !weAreGreater : weAreGreater;
}

function isGreater(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! > b[i]!;
  return false;
}

function peerCountChanged({ picker, peers }: TorrentState): void {
  if (picker !== undefined) picker.peerCount = peers.size;
}

function remove(state: TorrentState, peer: Peer, reason: SwarmlineError | undefined, now: number): void {
  peer.hasClosed = true;
  state.peers.delete(peer.number);
  peerCountChanged(state);
  giverLeft(state, peer);
  releaseRequests(state, peer, false);
  noLongerLimited(state, peer);
  countOut(state, peer);
  takeBackPieces(state, peer);
  state.metadata?.left(peer.number, now);
  state.layerDownload?.left(peer.number);
  state.hashServing?.left(peer.number);
  if (peer.listenAddress !== undefined) {
    const isSeed = peer.pieces.isFull && peer.pieces.length > 0;
    state.known.ended(peer.listenAddress, now, { isFailure: reason instanceof ProtocolError, isSeed });
  }
  state.event({ type: 'peer-left', peer: peer.number, reason });
  dialMore(state, now);
}

// Two dials that cross: a connection's time limit, and its handshake's.
const CROSSING_MS = 20_000;
const TWICE = 'There is a connection to this peer already.';
