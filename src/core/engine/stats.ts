// What a user is told about a torrent and its peers: plain data, made when asked for.

import { type Address, formatAddress } from '../bytes/compact-address.ts';
import { BLOCK_LENGTH } from '../metainfo/metainfo.ts';
import { clientOfPeerId } from './client-name.ts';
import type { PeerSource } from './known-peers.ts';
import type { Peer } from './peer.ts';
import type { Phase, TorrentState } from './state.ts';

export interface PeerStats {
  readonly number: number;
  readonly address: Address;
  /** As it said when it was greeted; most clients tell their trackers the same. */
  readonly peerId: Uint8Array;
  readonly isIncoming: boolean;
  /** Where its address was first heard of; a web seed's: the user, who named it. */
  readonly source: PeerSource;
  /** By RC4 (Message Stream Encryption). */
  readonly isEncrypted: boolean;
  /** uTP (BEP 29) or TCP. */
  readonly transport: 'tcp' | 'utp';
  /** What it calls itself, else what its peer id tells. */
  readonly client: string;
  /** The URL of a web seed; undefined for a peer. `address` says nothing then. */
  readonly webSeed: string | undefined;
  /** How much it has, 0…1. */
  readonly progress: number;
  readonly downloadBytesPerSecond: number;
  readonly uploadBytesPerSecond: number;
  readonly downloaded: number;
  readonly uploaded: number;
  readonly amChoking: boolean;
  readonly amInterested: boolean;
  readonly peerChoking: boolean;
  readonly peerInterested: boolean;
  readonly isSnubbed: boolean;
  readonly isOptimistic: boolean;
  /** Requests that it owes us, and that we owe it. */
  readonly outstanding: number;
  readonly requested: number;
}

export interface TorrentStats {
  readonly phase: Phase;
  readonly piecesHave: number;
  /** 0 while the metadata is not known. */
  readonly piecesTotal: number;
  /** How much of a magnet's metadata is there, 0…1. */
  readonly metadataProgress: number;
  readonly isComplete: boolean;
  readonly downloadBytesPerSecond: number;
  readonly uploadBytesPerSecond: number;
  /** Bytes of blocks, since the torrent was added. */
  readonly downloaded: number;
  readonly uploaded: number;
  readonly wasted: number;
  /** Pieces that came and whose hash was wrong. */
  readonly failedPieces: number;
  /** Of all files. */
  readonly left: number;
  /** Of those that are wanted; whole pieces where some are not. */
  readonly wantedLeft: number;
  readonly peerCount: number;
  readonly knownPeerCount: number;
  /** Addresses that were heard of and cannot be reached from the one that dials are to leave from. */
  readonly outOfReachCount: number;
}

/** What is announced to trackers. */
export interface AnnounceFacts {
  readonly left: number;
  readonly downloaded: number;
  readonly uploaded: number;
  readonly isComplete: boolean;
}

export function torrentStats(state: TorrentState, now: number): TorrentStats {
  return {
    phase: state.phase,
    piecesHave: state.have.count,
    piecesTotal: state.have.length,
    metadataProgress: metadataProgress(state),
    isComplete: state.isComplete,
    downloadBytesPerSecond: state.received.perSecond(now),
    uploadBytesPerSecond: state.sent.perSecond(now),
    downloaded: state.received.total,
    uploaded: state.sent.total,
    wasted: state.wastedBytes,
    failedPieces: state.failedPieces,
    left: leftOf(state),
    wantedLeft: wantedLeftOf(state),
    peerCount: state.peers.size,
    knownPeerCount: state.known.count,
    outOfReachCount: state.known.outOfReachCount,
  };
}

export function announceFacts(state: TorrentState): AnnounceFacts {
  return {
    left: leftOf(state),
    downloaded: state.received.total,
    uploaded: state.sent.total,
    isComplete: state.isComplete,
  };
}

export function peerStats(state: TorrentState, now: number): PeerStats[] {
  return Array.from(state.peers.values(), peer => statsOf(peer, state, now));
}

function statsOf(peer: Peer, state: TorrentState, now: number): PeerStats {
  return {
    number: peer.number,
    address: peer.listenAddress ?? peer.facts.address,
    peerId: peer.facts.peerId,
    isIncoming: peer.facts.isIncoming,
    source: state.known.sourceOf(peer.listenAddress ?? peer.facts.address) ?? unknownSource(peer),
    isEncrypted: peer.facts.isEncrypted ?? false,
    transport: peer.facts.transport ?? 'tcp',
    webSeed: peer.facts.webSeed,
    client:
      peer.facts.webSeed ??
      peer.client ??
      clientOfPeerId(peer.facts.peerId) ??
      formatAddress(peer.facts.address),
    progress: peer.pieces.length === 0 ? 0 : peer.pieces.count / peer.pieces.length,
    downloadBytesPerSecond: peer.received.perSecond(now),
    uploadBytesPerSecond: peer.sent.perSecond(now),
    downloaded: peer.received.total,
    uploaded: peer.sent.total,
    amChoking: peer.amChoking,
    amInterested: peer.amInterested,
    peerChoking: peer.peerChoking,
    peerInterested: peer.peerInterested,
    isSnubbed: peer.isSnubbed,
    isOptimistic: peer.isOptimistic,
    outstanding: peer.outstanding.count,
    requested: peer.requested.count,
  };
}

/** Of one whose address is forgotten, or was never known. */
function unknownSource({ facts }: Peer): PeerSource {
  return facts.isIncoming ? 'incoming' : 'user';
}

function metadataProgress(state: TorrentState): number {
  if (state.info === undefined) return state.metadata?.progress ?? 0;
  return state.needsLayers ? (state.layerDownload?.progress ?? 0) : 1;
}

/** Without metadata nobody knows; one block says that it is not nothing (as libtorrent does). */
function leftOf(state: TorrentState): number {
  return state.layout === undefined ? BLOCK_LENGTH : state.layout.dataLength - state.haveLength;
}

function wantedLeftOf(state: TorrentState): number {
  const { picker, layout, piecePriorities, storing } = state;
  const left = leftOf(state);
  if (layout === undefined || picker === undefined || piecePriorities === undefined) return left;
  const pieces = picker.rarity.count + picker.partials.length + storing.size;
  return Math.min(left, pieces * layout.pieceLength);
}
