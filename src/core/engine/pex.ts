// Peer exchange (BEP 11), given and taken: each peer that speaks it is told once a minute who has come and gone. Never for
// private torrents (BEP 27), and while a magnet's metadata is awaited, and may show it to be private, nothing is given.
//
// What is told is believed as far as it goes: an address to try. One peer can tell so many, and all together can fill half
// of what is known, so that liars do not crowd out what trackers say. Addresses of this network or this machine are taken
// from peers there and from nobody else, and told to nobody else.

import { addressScope } from '../bytes/address-scope.ts';
import { type Address, formatAddress } from '../bytes/compact-address.ts';
import { decodePex, encodePex, MAX_PEX_PEERS, PEX_FLAGS, type PexPeer } from '../wire/extensions/ut-pex.ts';
import type { Peer } from './peer.ts';
import { addressesFound } from './peers.ts';
import type { TorrentState } from './state.ts';

/** Of one peer that speaks it. */
export interface PexWith {
  /** What it was told and not untold. */
  readonly told: Map<string, Address>;
  nextAt: number;
  /** When it told us last, and how much in all. */
  heardAt: number;
  taken: number;
  /** Of what it told, those that it can bring us together with: BEP 55. */
  readonly punchable: Set<string>;
}

/** Whether the torrent may exchange peers at all. */
export function mayPex({ options, info }: TorrentState): boolean {
  return options.pex.isOn && info?.private !== true;
}

/** Whether peers behind routers are helped to each other: by what peer exchange tells. */
export function mayPunch(state: TorrentState): boolean {
  return state.options.holepunch && mayPex(state);
}

/** Once a second: tells those whose minute is over. */
export function pexTick(state: TorrentState, now: number): void {
  if (now < state.nextPexAt || state.info === undefined || !mayPex(state)) return;
  state.nextPexAt = now + LOOK_MS;
  let others: readonly PexPeer[] | undefined;
  for (const peer of state.peers.values()) {
    const id = peer.extensions.get('ut_pex');
    if (id === undefined || id === 0 || peer.isBlocked) continue;
    peer.pex ??= newPex();
    if (now < peer.pex.nextAt) continue;
    others ??= worthTelling(state);
    tell(state, peer, id, others, now);
  }
}

/** @throws ProtocolError `EXTENSION_INVALID` */
export function pexReceived(state: TorrentState, peer: Peer, payload: Uint8Array, now: number): void {
  const { added } = decodePex(payload);
  if (!mayPex(state)) return;
  peer.pex ??= newPex();
  const { pex } = peer;
  const { intervalMs, maxFromPeer } = state.options.pex;
  // Clocks differ, and some send their first two close together; who sends more is not listened to.
  if (now - pex.heardAt < intervalMs / 2) return;
  pex.heardAt = now;
  const believed = added
    .filter(({ address }) => isFor(address.host, peer))
    .slice(0, Math.max(0, maxFromPeer - pex.taken));
  pex.taken += believed.length;
  for (const { address, flags } of believed)
    if ((flags & PEX_FLAGS.speaksHolepunch) !== 0) pex.punchable.add(formatAddress(address));
  const addresses = believed.map(({ address }) => address);
  addressesFound(state, addresses, 'pex', peer.facts.v2, now);
}

function tell(state: TorrentState, peer: Peer, id: number, others: readonly PexPeer[], now: number): void {
  const pex = peer.pex!;
  pex.nextAt = now + state.options.pex.intervalMs;
  const own = peer.listenAddress && formatAddress(peer.listenAddress);
  const here = new Set<string>();
  const added: PexPeer[] = [];
  for (const other of others) {
    const key = formatAddress(other.address);
    here.add(key);
    if (added.length >= MAX_PEX_PEERS || pex.told.has(key) || key === own) continue;
    if (!isFor(other.address.host, peer)) continue;
    added.push(other);
    pex.told.set(key, other.address);
  }
  const dropped: Address[] = [];
  for (const [key, address] of pex.told) {
    if (here.has(key)) continue;
    pex.told.delete(key);
    if (dropped.push(address) === MAX_PEX_PEERS) break;
  }
  if (added.length + dropped.length === 0) return;
  peer.encoder.extended(id, encodePex({ added, dropped }));
  state.touch(peer);
}

/** Whom others can dial. */
function worthTelling(state: TorrentState): PexPeer[] {
  const others: PexPeer[] = [];
  for (const peer of state.peers.values()) {
    if (peer.listenAddress === undefined || peer.facts.webSeed !== undefined) continue;
    const isSeed = peer.isUploadOnly || (peer.pieces.length > 0 && peer.pieces.isFull);
    const flags =
      (peer.facts.isEncrypted === true ? PEX_FLAGS.prefersEncryption : 0) |
      (isSeed ? PEX_FLAGS.isUploadOnly : 0) |
      (peer.facts.transport === 'utp' ? PEX_FLAGS.speaksUtp : 0) |
      ((peer.extensions.get('ut_holepunch') ?? 0) > 0 ? PEX_FLAGS.speaksHolepunch : 0) |
      (peer.facts.isIncoming ? 0 : PEX_FLAGS.isReachable);
    others.push({ address: peer.listenAddress, flags });
  }
  return others;
}

/** Of the Internet for everybody; of this network or this machine for those who are there too. */
export function isFor(host: string, peer: Peer): boolean {
  const scope = addressScope(host);
  return scope === 'public' || (scope !== 'none' && scope === addressScope(peer.facts.address.host));
}

function newPex(): PexWith {
  return { told: new Map(), nextAt: 0, heardAt: Number.NEGATIVE_INFINITY, taken: 0, punchable: new Set() };
}

/** A peer that has just come is told within this time. */
const LOOK_MS = 5000;
