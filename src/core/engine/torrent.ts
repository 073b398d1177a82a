// One torrent as a value: facts in (past tense), outputs polled out (verbs). It touches nothing: no socket, file, clock
// or global randomness. One input, then `poll` until it is empty, then the next input.
//
// This is only the door. What happens is in the files named for it: peers, messages, interest, download, upload,
// choking, extension-messages, tick; the policies beside them (picker, choker, pipeline, known-peers,
// metadata-download) know nothing of this file.

import { Bitfield } from '../bytes/bitfield.ts';
import type { Address } from '../bytes/compact-address.ts';
import { ProtocolError, type SwarmlineError } from '../errors.ts';
import type { PieceVerdict } from '../metainfo/piece-proof.ts';
import type { BandwidthAllowances } from './bandwidth-allowance.ts';
import { blocksHashed } from './block-hash-serving.ts';
import { uploadSlotsChanged } from './choking.ts';
import { completionChanged } from './completion.ts';
import { pieceNotStored, pieceStored, refill, refillAll } from './download.ts';
import { applyAllEarlyPieces, infoFound } from './extension-messages.ts';
import type { FilePriority } from './file-priorities.ts';
import { tellHaves } from './have-telling.ts';
import type { PeerSource } from './known-peers.ts';
import { limitsChanged, rateAllows, readingHeld } from './limited.ts';
import { piecesLost } from './lost-pieces.ts';
import { messageReceived } from './messages.ts';
import type { TorrentDeps, TorrentOptions } from './options.ts';
import type { Output, PeerFacts } from './output.ts';
import { dropWorst, type MayGo, makeRoom, placesChanged, seenAs } from './peer-places.ts';
import {
  addressesFound,
  closeAtFault,
  closeIfUnread,
  closePeer,
  connectFailed,
  connectPutOff,
  dialMore,
  dialsAllowed,
  leaveFiltered,
  leavePeers,
  peerConnected,
  peerLeft,
} from './peers.ts';
import { Picker } from './picker.ts';
import type { CheckableInfo } from './piece-check.ts';
import { type PieceMap, pieceMap } from './piece-map.ts';
import { setFilePriorities, setSequential } from './selection.ts';
import { type DhtPorts, dataLengthOf, type OwnAddresses, type Phase, TorrentState } from './state.ts';
import {
  type AnnounceFacts,
  announceFacts,
  type PeerStats,
  peerStats,
  type TorrentStats,
  torrentStats,
} from './stats.ts';
import { applyDeadlines, clearDeadlines, setDeadlines } from './streaming.ts';
import { beginSuperSeeding, hide, reveal, setSuperSeeding } from './super-seeding.ts';
import { nextTimeout, timePassed } from './tick.ts';
import { blockRead, serve } from './upload.ts';
import type { UploadSlots } from './upload-slots.ts';
import type { PieceDeadline } from './urgent-pieces.ts';
import { type SwarmSupply, swarmSupply } from './web-seed.ts';

export class Torrent {
  readonly #state: TorrentState;

  constructor(options: TorrentOptions, deps: TorrentDeps) {
    this.#state = new TorrentState(options, deps);
  }

  get phase(): Phase {
    return this.#state.phase;
  }

  /** Undefined until a magnet's metadata has come. */
  get info(): CheckableInfo | undefined {
    return this.#state.info;
  }

  /** The pieces that are there. Read it, do not write it. */
  get have(): Bitfield {
    return this.#state.have;
  }

  /** A magnet's metadata, known from another place than its peers; whoever tells has made sure that it is the magnet's. */
  infoFound(info: CheckableInfo, now: number): void {
    if (this.#state.phase === 'metadata') infoFound(this.#state, info, now);
  }

  /** Whether nothing is wanted beside these pieces; asked before it is told that they are there. */
  isAllWanted(have: Bitfield): boolean {
    const { piecePriorities } = this.#state;
    if (have.isFull) return true;
    if (piecePriorities === undefined) return false;
    return piecePriorities.every((priority, piece) => priority === 0 || have.has(piece));
  }

  /** Everything that was wanted is there. */
  get isComplete(): boolean {
    return this.#state.isComplete;
  }

  /** When a block was last given away; undefined: never. */
  get lastGivenAt(): number | undefined {
    return this.#state.sent.lastAt;
  }

  /**
   * What is on the disk, told once after the start or after the event `metadata`: the exchange begins, or waits for
   * `resume` where there is a reason to.
   */
  dataChecked(have: Bitfield, now: number, waitsFor?: SwarmlineError): void {
    const state = this.#state;
    const { info } = state;
    if (state.phase !== 'checking' || info === undefined) return;
    if (have.length !== info.layout.pieceCount) throw new TypeError('The bitfield does not fit the torrent.');
    state.phase = 'active';
    state.have = Bitfield.fromBytes(have.bytes, have.length)!;
    if (have.isFull) state.haveLength = info.layout.dataLength;
    for (let piece = 0; piece < have.length && !have.isFull; piece++) {
      if (have.has(piece)) state.haveLength += dataLengthOf(info.layout, piece);
    }
    state.picker = new Picker(
      {
        layout: info.layout,
        have: state.have,
        priorities: state.piecePriorities,
        randomFirstPieces: state.options.randomFirstPieces,
      },
      {
        random: state.deps.random,
        lend: held => state.deps.pool.lend(info.pieceLength, held),
        giveBack: bytes => state.deps.pool.giveBack(bytes),
        copy: state.deps.pool.copy,
      },
    );
    state.picker.isSequential = state.isSequential;
    state.picker.peerCount = state.peers.size;
    if (waitsFor !== undefined) {
      this.stop(waitsFor, now);
      completionChanged(state, now);
      return;
    }
    // Peers of a magnet are here already: they were told that we have nothing.
    applyAllEarlyPieces(state, now);
    beginSuperSeeding(state);
    for (const peer of state.peers.values()) {
      if (state.superSeeding === 'on') {
        hide(state, peer);
        reveal(state, peer, now);
        continue;
      }
      tellHaves(state, peer);
    }
    dialMore(state, now);
    completionChanged(state, now);
    applyDeadlines(state, now);
    refillAll(this.#state, now);
  }

  /** Peers can dial us there; told before they connect. */
  listeningOn(port: number): void {
    this.#state.listenPort = port;
  }

  /** Our DHT nodes are there; peers that connect from here on are told, unless the torrent is private. */
  dhtOn(ports: DhtPorts): void {
    this.#state.dhtPorts = ports;
  }

  /** By which addresses others see us; told to peers that connect from here on. */
  seenAs(addresses: OwnAddresses): void {
    seenAs(this.#state, addresses);
  }

  peerConnected(peer: number, facts: PeerFacts, now: number): void {
    peerConnected(this.#state, peer, facts, now);
  }

  connectFailed(address: Address, now: number): void {
    connectFailed(this.#state, address, now);
  }

  /** A `connect` that could not be carried out for want of room, or was given up: not the address's fault. */
  connectPutOff(address: Address, now: number): void {
    connectPutOff(this.#state, address, now);
  }

  peerLeft(peer: number, now: number): void {
    peerLeft(this.#state, peer, now);
    refillAll(this.#state, now);
  }

  /** Bytes from a peer, after the handshakes; lent for the call. A peer that breaks the protocol is closed. */
  receive(number: number, bytes: Uint8Array, now: number): void {
    const state = this.#state;
    const peer = state.peers.get(number);
    if (peer === undefined) return;
    peer.lastReceivedAt = now;
    state.limits?.received(peer, bytes.length);
    try {
      peer.decoder.push(bytes);
      for (let message = peer.decoder.next(); message !== undefined; message = peer.decoder.next()) {
        messageReceived(state, peer, message, now);
        if (peer.hasClosed) return;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      closeAtFault(state, peer, error, now);
      return;
    }
    refill(state, peer, now);
    serve(state, peer, now);
    closeIfUnread(state, peer, now);
  }

  /** The peer's stream said "wait" to what was sent last. */
  peerBlocked(number: number): void {
    const peer = this.#state.peers.get(number);
    if (peer !== undefined) peer.isBlocked = true;
  }

  /** The peer's stream has taken everything. */
  peerDrained(number: number, now: number): void {
    const peer = this.#state.peers.get(number);
    if (peer === undefined) return;
    if (peer.isBlocked) {
      peer.isBlocked = false;
      // What was kept back while the stream was full.
      this.#state.touch(peer);
    }
    peer.blockedAt = undefined;
    serve(this.#state, peer, now);
  }

  /**
   * A piece that was to be stored is on the disk, or its hash is wrong. Of no account where the data was forgotten since.
   */
  pieceStored(store: number, verdict: PieceVerdict, now: number): void {
    pieceStored(this.#state, store, verdict, now);
  }

  /** A piece could not be written. Whoever tells this also stops the torrent, or not. */
  pieceNotStored(store: number): void {
    pieceNotStored(this.#state, store);
  }

  /**
   * How much each file is wanted from here on, one priority a file. What is not wanted is given up; 'complete' is said
   * again where everything that is wanted now is there.
   * @throws TypeError while a magnet's files are not known, or where there are not as many priorities as files
   */
  setFilePriorities(priorities: readonly FilePriority[], now: number): void {
    setFilePriorities(this.#state, priorities, now);
  }

  /** How much each file is wanted; undefined while all are alike. */
  get filePriorities(): readonly FilePriority[] | undefined {
    return this.#state.filePriorities;
  }

  /** Pieces in the torrent's order, rather than the rarest first: for whoever looks at the beginning early. */
  get isSequential(): boolean {
    return this.#state.isSequential;
  }

  setSequential(isSequential: boolean): void {
    setSequential(this.#state, isSequential);
  }

  /**
   * What a reader needs next, and by when; in the place of what it said before, so that its window slides. Until then these
   * pieces come before all others, the earliest first, from peers that can give them in time. `reader` is the caller's
   * number for one that reads: there may be several. Pieces that are there, or not wanted, are left out.
   */
  setDeadlines(reader: number, deadlines: readonly PieceDeadline[], now: number): void {
    setDeadlines(this.#state, reader, deadlines, now);
  }

  /** The reader needs nothing any more. */
  clearDeadlines(reader: number, now: number): void {
    clearDeadlines(this.#state, reader, now);
  }

  /** Pieces that were here are not right any more, or cannot be read: they are fetched anew, and peers told. BEP 54 */
  piecesLost(pieces: readonly number[], now: number): void {
    piecesLost(this.#state, pieces, now);
  }

  /** What a `read` asked for, given away; undefined where the disk failed. */
  blockRead(read: number, bytes: Uint8Array | undefined, now: number): void {
    blockRead(this.#state, read, bytes, now);
  }

  /** What a `hash` asked for, 32 bytes a block; undefined where the disk failed. */
  blocksHashed(read: number, digests: Uint8Array | undefined, now: number): void {
    blocksHashed(this.#state, read, digests, now);
  }

  /** The gate that `dialGate` is has said no, and says yes now. */
  dialsAllowed(now: number): void {
    dialsAllowed(this.#state, now);
  }

  /** It has so many places for peers from now on; the worst go where there are too many. */
  setMaxPeers(count: number, now: number): void {
    placesChanged(this.#state, count, now);
    dialMore(this.#state, now);
  }

  /** It hides what it has and reveals pieces one by one, as soon as it has all of them; or does so no more. BEP 16 */
  setSuperSeeding(isWanted: boolean): void {
    setSuperSeeding(this.#state, isWanted);
  }

  /** `wanted`: not yet, pieces are missing. It ends by itself when others have everything. */
  get superSeeding(): 'off' | 'wanted' | 'on' {
    return this.#state.superSeeding;
  }

  /** It uploads to so many peers at a time from now on, or to as many as its uplink feeds. */
  setUploadSlots(slots: UploadSlots, now: number): void {
    uploadSlotsChanged(this.#state, slots, now);
  }

  /** One peer goes for a newcomer's sake, where there is one that is worth less. */
  makeRoomFor(newcomer: PeerFacts, now: number): boolean {
    return makeRoom(this.#state, newcomer, now);
  }

  /** The worst peers go, at most so many, of those that may. Says how many went. */
  dropWorst(count: number, mayGo: MayGo, now: number): number {
    return dropWorst(this.#state, count, mayGo, now);
  }

  /** It is over: the addresses that it knows are room for others'. */
  forgetAddresses(): void {
    this.#state.known.forgetAll();
  }

  /** From now on its rates have these limits; undefined: none. */
  limitRates(allowances: BandwidthAllowances | undefined, now: number): void {
    limitsChanged(this.#state, allowances, now);
  }

  /** An allowance that was used up may have something again. */
  rateAllows(now: number): void {
    rateAllows(this.#state, now);
  }

  /** Peers are not read from for a while, or are again: what they say meanwhile comes later. */
  readingHeld(isHeld: boolean): void {
    readingHeld(this.#state, isHeld);
  }

  /** `isV2`: they were found by the hash of v2. */
  peersFound(addresses: readonly Address[], source: PeerSource, now: number, isV2 = false): void {
    addressesFound(this.#state, addresses, source, isV2, now);
  }

  /** What the swarm gives without its web seeds. */
  swarmSupply(now: number): SwarmSupply {
    return swarmSupply(this.#state, now);
  }

  /** Ends all connections and forgets all addresses; goes on with those that are found from here on. BEP 27 */
  leavePeers(reason: SwarmlineError, now: number): void {
    leavePeers(this.#state, reason, now);
  }

  /** Ends the connections to whoever is not to be spoken to any more. */
  leaveFiltered(isFiltered: (host: string) => boolean, now: number): void {
    leaveFiltered(this.#state, isFiltered, now);
  }

  /** Ends all connections; nothing more comes but their `close`. Pieces that are being stored are still to be told. */
  stop(reason: SwarmlineError, now: number): void {
    const state = this.#state;
    state.phase = 'stopped';
    for (const peer of [...state.peers.values()]) closePeer(state, peer, reason, now);
    state.picker?.abandonAll();
    state.hashServing = undefined;
    state.ownLayers = undefined;
  }

  /** Goes on after `stop`. `recheck`: what is on the disk is not known any more, and `dataChecked` is to be told anew. */
  resume(recheck: boolean, now: number): void {
    const state = this.#state;
    if (state.phase !== 'stopped') return;
    state.known.resumed();
    if (recheck) state.forgetData();
    if (state.picker !== undefined) state.phase = 'active';
    else if (state.info === undefined) state.phase = 'metadata';
    else state.phase = state.needsLayers ? 'layers' : 'checking';
    beginSuperSeeding(state);
    dialMore(state, now);
  }

  /** It is `nextTimeout()` or later. */
  timePassed(now: number): void {
    timePassed(this.#state, now);
  }

  nextTimeout(): number | undefined {
    return nextTimeout(this.#state);
  }

  /** What is to be done next; undefined when all has been said. */
  poll(now: number): Output | undefined {
    return this.#state.poll(now);
  }

  stats(now: number): TorrentStats {
    return torrentStats(this.#state, now);
  }

  peers(now: number): PeerStats[] {
    return peerStats(this.#state, now);
  }

  /** The pieces summed up in at most so many cells: what is here, what is under way or being given, how rare the rarest is. */
  pieceMap(cells: number, now: number): PieceMap {
    return pieceMap(this.#state, cells, now);
  }

  /** Addresses that are worth dialling in another run. */
  bestAddresses(limit: number): Address[] {
    return this.#state.known.best(limit);
  }

  announceFacts(): AnnounceFacts {
    return announceFacts(this.#state);
  }
}
