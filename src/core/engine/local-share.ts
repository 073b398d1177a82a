// Peers of our own network, as local discovery names them (BEP 14): what passes between them costs no line, and what comes
// from elsewhere should come over the line once for all of them. So what one of them has or is to fetch is not asked of
// others: of each piece the one fetches it from outside whose number comes out highest, mixed with the piece's
// (`piece-shares`), and the rest have it from him. They are given to beyond our upload slots.
//
// Who elsewhere has nothing that is ours to fetch is told that we want nothing: he would keep a slot for us in which nothing
// passes, and the one of us whose piece he has would wait for it.
//
// Only as long as it goes well: while something comes from them, or they get something, every few seconds, and they give
// no less than a part of what was had from elsewhere. Else everybody is asked for everything. Where all we wait for are our
// neighbours, others are tried for a moment in each minute: theirs may be the faster way. Connections to others stand all
// the time, so that nobody is cut off where his neighbours have nothing.

import type { Address } from '../bytes/compact-address.ts';
import { LazySet } from '../bytes/lazy-map.ts';
import { updateInterest } from './interest.ts';
import type { Peer } from './peer.ts';
import { NOT_FRUITLESS } from './picker.ts';
import { isShareOf, shareNumber } from './piece-shares.ts';
import type { TorrentState } from './state.ts';

export class LocalShare {
  /** Of our own network. */
  readonly #hosts = new LazySet<string>();
  #locals: readonly Peer[] = [];
  /** Of those that have not everything. */
  #numbers: readonly number[] = [];
  /** For each piece: 0 not known, 1 ours to fetch, 2 another's. */
  #shares = new Uint8Array(0);
  #own = 0;
  #since = 0;
  #seen = 0;
  #progressAt = 0;
  #bestFromOthers = 0;
  /** For how many looks neighbours have owed us blocks, and when others were tried last. */
  #owed = 0;
  #triedAt = Number.NEGATIVE_INFINITY;

  /** Whether the peer of that address is of our network. */
  isLocal({ host }: Address): boolean {
    return this.#hosts.has(host);
  }

  add({ host }: Address): void {
    if (this.#hosts.size < MAX_HOSTS) this.#hosts.add(host);
  }

  /** Once a second. Whether pieces are to be left to peers of our network until the next time. */
  look(state: TorrentState, now: number): boolean {
    const locals: Peer[] = [];
    let [fromLocals, fromOthers, seen] = [0, 0, 0];
    for (const peer of state.peers.values()) {
      const rate = peer.received.perSecond(now);
      if (!peer.isLocal) {
        fromOthers += rate;
        continue;
      }
      locals.push(peer);
      fromLocals += rate;
      seen += peer.received.total + peer.pieces.count;
    }
    if (this.#locals.length === 0) {
      this.#since = now;
      this.#progressAt = now;
    }
    this.#locals = locals;
    if (locals.length === 0 || state.layout === undefined) return false;
    this.#own = shareNumber(state.torrent.peerId);
    const numbers = locals.flatMap(peer => (peer.pieces.isFull ? [] : [shareNumber(peer.facts.peerId)]));
    const { pieceCount } = state.layout;
    if (this.#shares.length !== pieceCount || numbers.join() !== this.#numbers.join()) {
      this.#numbers = numbers;
      this.#shares = new Uint8Array(pieceCount);
    }
    if (seen !== this.#seen) this.#progressAt = now;
    this.#seen = seen;
    this.#bestFromOthers = Math.max(fromOthers, this.#bestFromOthers * FORGET);
    this.#owed = locals.some(({ outstandingCount }) => outstandingCount > 1) ? this.#owed + 1 : 0;
    if (this.#owed >= OWED_LOOKS && now - this.#triedAt >= TRY_EVERY_MS) this.#triedAt = now;
    if (now - this.#triedAt < TRY_MS) return false;
    const doGive = now - this.#since < GRACE_MS || fromLocals >= LEAST_PART * this.#bestFromOthers;
    return doGive && now - this.#progressAt < PATIENCE_MS;
  }

  /** Asked by the picker, through `Peer.canGive`, for pieces of peers that are not of our network. */
  readonly leaves = (piece: number): boolean => {
    for (const peer of this.#locals) if (!peer.peerChoking && peer.pieces.has(piece)) return true;
    let share = this.#shares[piece];
    if (share === 0) {
      share = isShareOf(this.#own, this.#numbers, piece) ? 1 : 2;
      this.#shares[piece] = share;
    }
    return share === 2;
  };

  /** What is to be had from elsewhere; undefined where that is not known, for there are too many pieces to look at. */
  notLeft({ have, picker }: TorrentState): number[] | undefined {
    if (have.length > MAX_LOOKED_AT) return undefined;
    const pieces: number[] = [];
    for (let piece = 0; piece < have.length; piece++)
      if (!have.has(piece) && picker!.isWanted(piece) && !this.leaves(piece)) pieces.push(piece);
    return pieces;
  }
}

/** Local discovery has named these. */
export function localsFound(state: TorrentState, addresses: readonly Address[]): void {
  for (const address of addresses) {
    state.local.add(address);
    for (const peer of state.peers.values())
      if (peer.facts.address.host === address.host) peer.isLocal = peer.facts.webSeed === undefined;
  }
}

export function localTick(state: TorrentState, now: number): void {
  const { picker, local } = state;
  // What is needed by a time is taken from whoever has it.
  const mayLeave = picker !== undefined && !state.isComplete && picker.urgent.count === 0;
  const isLeaving = local.look(state, now) && mayLeave;
  const ours = isLeaving ? local.notLeft(state) : undefined;
  for (const peer of state.peers.values()) {
    const leaves = isLeaving && !peer.isLocal && peer.facts.webSeed === undefined ? local.leaves : undefined;
    if (leaves === undefined && peer.leaves === undefined) continue;
    peer.leaves = leaves;
    peer.fruitlessAt = NOT_FRUITLESS;
    peer.leavesAll =
      leaves !== undefined &&
      ours !== undefined &&
      peer.outstandingCount === 0 &&
      !ours.some(piece => peer.pieces.has(piece));
    updateInterest(state, peer);
  }
}

// Local discovery is a word of whoever is on the network.
const MAX_HOSTS = 1000;
// Some thousandths of a second.
const MAX_LOOKED_AT = 65_536;
const GRACE_MS = 10_000;
// The first pieces may come slowly.
const PATIENCE_MS = 5000;
const LEAST_PART = 0.25;
/** In a second. */
const FORGET = 0.97;
const OWED_LOOKS = 5;
const TRY_EVERY_MS = 60_000;
const TRY_MS = 3000;
