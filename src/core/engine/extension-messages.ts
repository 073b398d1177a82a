// Extension messages come in (BEP 10): the handshake, and the metadata exchange (BEP 9), given and taken.

import { formatIp } from '../bytes/compact-address.ts';
import { ProtocolError } from '../errors.ts';
import { decodeDontHave } from '../wire/extensions/lt-donthave.ts';
import { decodeExtensionHandshake, OUR_EXTENSIONS } from '../wire/extensions/registry.ts';
import { decodeUploadOnly } from '../wire/extensions/upload-only.ts';
import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  type MetadataMessage,
} from '../wire/extensions/ut-metadata.ts';
import { closeIfUseless } from './completion.ts';
import { sendExtensionHandshake } from './extension-handshake.ts';
import { askForHashes } from './hash-messages.ts';
import { holepunchReceived } from './holepunch.ts';
import { applyEarlyPieces } from './interest.ts';
import { peerLostPiece } from './lost-pieces.ts';
import { metadataAsked } from './metadata-serving.ts';
import type { Peer } from './peer.ts';
import { closePeer, listensAt } from './peers.ts';
import { pexReceived } from './pex.ts';
import type { CheckableInfo } from './piece-check.ts';
import type { TorrentState } from './state.ts';

/** @throws ProtocolError `EXTENSION_INVALID`, `PEER_FLOODS` */
export function extendedReceived(
  state: TorrentState,
  peer: Peer,
  id: number,
  payload: Uint8Array,
  now: number,
): void {
  peer.floods.extensionCame(now);
  if (id !== OUR_EXTENSIONS.ut_metadata) peer.floods.bytesWereInVain(payload.length - FREE_LENGTH, now);
  if (id === 0) handshakeReceived(state, peer, payload, now);
  else if (id === OUR_EXTENSIONS.ut_metadata) metadataMessageReceived(state, peer, payload, now);
  else if (id === OUR_EXTENSIONS.lt_donthave) peerLostPiece(state, peer, decodeDontHave(payload));
  else if (id === OUR_EXTENSIONS.upload_only) uploadOnlyTold(state, peer, decodeUploadOnly(payload), now);
  else if (id === OUR_EXTENSIONS.ut_pex) pexReceived(state, peer, payload, now);
  else if (id === OUR_EXTENSIONS.ut_holepunch) holepunchReceived(state, peer, payload, now);
  // Anything else is an extension that we never offered: skipped.
}

/** Asks peers for what is missing of the metadata. */
export function askForMetadata(state: TorrentState, peer: Peer, now: number): void {
  const id = peer.extensions.get('ut_metadata');
  const { metadata } = state;
  if (state.phase !== 'metadata' || metadata === undefined || id === undefined || id === 0) return;
  for (
    let piece = metadata.next(peer.number, now);
    piece !== undefined;
    piece = metadata.next(peer.number, now)
  ) {
    peer.encoder.extended(id, encodeMetadataMessage({ type: 'request', piece }));
    state.touch(peer);
  }
}

function handshakeReceived(state: TorrentState, peer: Peer, payload: Uint8Array, now: number): void {
  const handshake = decodeExtensionHandshake(payload);
  // BEP 10: what a later handshake does not name stays as it was.
  for (const [name, id] of handshake.extensions) peer.extensions.set(name, id);
  peer.client = handshake.client ?? peer.client;
  if (handshake.uploadOnly !== undefined) uploadOnlyTold(state, peer, handshake.uploadOnly, now);
  if (peer.hasClosed) return;
  if (handshake.yourIp !== undefined) seenAs(state, peer, formatIp(handshake.yourIp));
  if (handshake.maxRequests !== undefined) peer.pipeline.limitTold(handshake.maxRequests);
  if (handshake.port !== undefined && peer.facts.isIncoming && peer.listenAddress === undefined) {
    listensAt(state, peer, { host: peer.facts.address.host, port: handshake.port }, now);
    if (peer.hasClosed) return;
  }
  if (handshake.metadataSize !== undefined) {
    peer.hasInfo = true;
    if (state.phase === 'metadata') state.metadata?.offered(peer.number, handshake.metadataSize, now);
    askForMetadata(state, peer, now);
    askForHashes(state, peer, now);
  }
}

/** BEP 21 */
function uploadOnlyTold(state: TorrentState, peer: Peer, isUploadOnly: boolean, now: number): void {
  peer.isUploadOnly = isUploadOnly;
  closeIfUseless(state, peer, now);
}

/** Once a peer: it tells what it knows at the greeting. */
function seenAs(state: TorrentState, peer: Peer, host: string): void {
  if (peer.hasToldOurs) return;
  peer.hasToldOurs = true;
  state.event({ type: 'address-seen', host, by: peer.facts.address });
}

function metadataMessageReceived(state: TorrentState, peer: Peer, payload: Uint8Array, now: number): void {
  const message = decodeMetadataMessage(payload);
  peer.floods.bytesWereInVain(payload.length - neededLength(state, peer, message) - FREE_LENGTH, now);
  if (message === undefined) return;
  switch (message.type) {
    case 'request':
      metadataAsked(state, peer, message.piece);
      return;
    case 'reject':
      state.metadata?.refused(peer.number, message.piece, now);
      return;
    case 'data':
      takeMetadata(state, peer, message, now);
      return;
    default:
      message satisfies never;
  }
}

/** Of a message about the metadata: what we had asked for. */
function neededLength({ phase, metadata }: TorrentState, peer: Peer, message?: MetadataMessage): number {
  if (phase !== 'metadata' || message?.type !== 'data') return 0;
  return metadata?.isAskedOf(peer.number, message.piece) === true ? message.bytes.length : 0;
}

function takeMetadata(
  state: TorrentState,
  peer: Peer,
  message: MetadataMessage & { readonly type: 'data' },
  now: number,
): void {
  if (state.phase !== 'metadata' || state.metadata === undefined) return;
  const result = state.metadata.received(peer.number, message.piece, message.bytes, now);
  if (result !== undefined && 'whole' in result) {
    metadataKnown(state, result.whole, now);
    return;
  }
  for (const number of result?.wrong ?? []) {
    const liar = state.peers.get(number);
    if (liar === undefined) continue;
    state.known.ban(liar.facts.address);
    closePeer(
      state,
      liar,
      new ProtocolError('METADATA_CORRUPT', 'The peer sent metadata that is not the torrent’s.'),
      now,
    );
  }
  for (const other of state.peers.values()) askForMetadata(state, other, now);
}

function metadataKnown(state: TorrentState, raw: Uint8Array, now: number): void {
  try {
    infoFound(state, state.deps.parseInfo(raw), now);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    // It hashes right: this is the torrent, and no peer is to blame.
    state.phase = 'stopped';
    state.info = undefined;
    state.event({ type: 'failed', error });
  }
}

/**
 * It is known what the magnet names.
 * @throws ProtocolError `METAINFO_INVALID`
 */
export function infoFound(state: TorrentState, info: CheckableInfo, now: number): void {
  state.infoKnown(info);
  state.phase = state.needsLayers ? 'layers' : 'checking';
  // BEP 27: its trackers alone say who takes part.
  if (info.private) state.known.forgetFrom('pex', 'lsd', 'dht');
  for (const peer of state.peers.values()) sendExtensionHandshake(state, peer);
  if (state.phase === 'checking') state.event({ type: 'metadata', info: state.info! });
  for (const peer of state.peers.values()) askForHashes(state, peer, now);
}

/** The metadata has come: peers whose earlier words do not fit it are closed. */
export function applyAllEarlyPieces(state: TorrentState, now: number): void {
  for (const peer of [...state.peers.values()]) {
    try {
      applyEarlyPieces(state, peer);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      closePeer(state, peer, error, now);
    }
  }
}

// As long as those are of which there may be many: requests for metadata, pieces that were lost, holes to punch.
const FREE_LENGTH = 64;
