// Holepunching (BEP 55), as the one between and as one of the two. Who cannot be dialled, and was told of by a peer that
// speaks it, is asked for through that peer; both ends then dial at the same time, which opens the way in both routers.
// Whether a dial opens anything is the dialer's: it does by uTP.
//
// As with peer exchange, what is told is an address to try and no more; a peer can have so many tries, and an address so many
// (`punch-limits`), and addresses of this
// network are taken from this network alone. Never for private torrents: their peers come from trackers.

import { type Address, formatAddress } from '../bytes/compact-address.ts';
import {
  decodeHolepunch,
  encodeHolepunch,
  type HolepunchError,
  type HolepunchMessage,
} from '../wire/extensions/ut-holepunch.ts';
import { Allowance } from './allowance.ts';
import type { Peer } from './peer.ts';
import { dialNow } from './peers.ts';
import { isFor, mayPunch } from './pex.ts';
import { PunchLimits } from './punch-limits.ts';
import type { TorrentState } from './state.ts';

/** @throws ProtocolError `EXTENSION_INVALID` */
export function holepunchReceived(state: TorrentState, peer: Peer, payload: Uint8Array, now: number): void {
  const message = decodeHolepunch(payload);
  if (message === undefined || !mayPunch(state)) return;
  peer.punches ??= new Allowance(PUNCH_BURST, PUNCHES_PER_SECOND, now);
  // More than any program needs is passed over: an answer would only help to flood.
  if (!peer.punches.pay(1, now)) return;
  const { type, address } = message;
  if (type === 'rendezvous') introduce(state, peer, address);
  else if (type === 'connect' && isFor(address.host, peer)) {
    // What it has us dial is less than what it may ask for: that costs others.
    peer.punchDials ??= new Allowance(PUNCH_BURST, PUNCH_DIALS_PER_SECOND, now);
    if (!peer.punchDials.pay(1, now)) return;
    state.known.found(address, 'pex', peer.facts.v2);
    state.punchLimits ??= new PunchLimits();
    if (state.punchLimits.mayDial(address, now)) dialNow(state, address, now);
  }
  // An error says that the one between cannot help: the address stays one that is tried less and less.
}

/** A dial came to nothing: asks whoever told of the address, if it can bring both together. Once for each address. */
export function askForPunch(state: TorrentState, address: Address): void {
  if (!mayPunch(state)) return;
  const key = formatAddress(address);
  for (const peer of state.peers.values()) {
    if (peer.pex?.punchable.delete(key) !== true) continue;
    if (sendTo(state, peer, { type: 'rendezvous', address })) return;
  }
}

/** Brings two peers of ours together, or says why not. */
function introduce(state: TorrentState, asker: Peer, address: Address): void {
  const target = askedFor(state, asker, address);
  if (typeof target === 'string') {
    sendTo(state, asker, { type: 'error', address, error: target });
    return;
  }
  sendTo(state, target, { type: 'connect', address: placeOf(asker) });
  sendTo(state, asker, { type: 'connect', address: placeOf(target) });
}

function askedFor(state: TorrentState, asker: Peer, address: Address): Peer | HolepunchError {
  if (address.port === 0) return 'no-such-peer';
  const key = formatAddress(address);
  const target = [...state.peers.values()].find(
    peer =>
      peer.facts.webSeed === undefined &&
      [peer.listenAddress, peer.facts.address].some(place => place && formatAddress(place) === key),
  );
  if (target === undefined) return 'not-connected';
  if (target === asker) return 'no-self';
  // Who is on this network is told to nobody outside.
  if (!isFor(placeOf(target).host, asker) || !isFor(placeOf(asker).host, target)) return 'not-connected';
  return (target.extensions.get('ut_holepunch') ?? 0) === 0 ? 'no-support' : target;
}

/**
 * Where its router lets others in. Who speaks uTP sends everything from the port where it listens, so that what we see of it is
 * the port that its router keeps for that, whatever it says itself. By TCP what it says is all there is.
 */
function placeOf({ listenAddress, facts }: Peer): Address {
  return facts.transport === 'utp' ? facts.address : (listenAddress ?? facts.address);
}

/** False where the peer does not speak it. */
function sendTo(state: TorrentState, peer: Peer, message: HolepunchMessage): boolean {
  const id = peer.extensions.get('ut_holepunch');
  if (id === undefined || id === 0) return false;
  peer.encoder.extended(id, encodeHolepunch(message));
  state.touch(peer);
  return true;
}

const PUNCH_BURST = 20;
const PUNCHES_PER_SECOND = 1;
const PUNCH_DIALS_PER_SECOND = 0.1;
