// Hashes of v2's trees, asked for (BEP 52, "hash request"): what was asked of a peer is kept with the peer until it is
// answered, and an answer to nothing ends the connection. What is asked for, and what becomes of an answer, is decided in
// layer-download for piece layers, in doubts for the blocks of pieces that failed. Answering others is hash-serving's.

import { ProtocolError } from '../errors.ts';
import { type HashRange, isSameRange } from '../wire/hash-range.ts';
import { leavesReceived, leavesRefused } from './doubts.ts';
import type { LayerRequest } from './layer-download.ts';
import type { Peer } from './peer.ts';
import type { TorrentState } from './state.ts';

/** A request of ours that is not answered. */
export type HashQuestion =
  | { readonly kind: 'layer'; readonly range: HashRange; readonly request: LayerRequest }
  | { readonly kind: 'leaves'; readonly range: HashRange; readonly piece: number };

/** To one peer. Those that were not answered in time are still awaited. */
export const MAX_QUESTIONS = 16;

/** Asks a peer for what is missing of the piece layers. */
export function askForHashes(state: TorrentState, peer: Peer, now: number): void {
  const { layerDownload } = state;
  if (layerDownload === undefined || !peer.facts.v2 || !knowsInfo(peer) || peer.hasClosed) return;
  if (state.phase === 'stopped') return;
  while (peer.hashQuestions.length < MAX_QUESTIONS) {
    const request = layerDownload.next(peer.number, now);
    if (request === undefined) return;
    ask(state, peer, { kind: 'layer', range: request.range, request });
  }
}

/** @throws ProtocolError `HASHES_UNASKED`, `HASHES_CORRUPT` */
export function hashesReceived(
  state: TorrentState,
  peer: Peer,
  range: HashRange,
  hashes: Uint8Array,
  now: number,
): void {
  const question = takeQuestion(peer, range);
  if (question.kind === 'leaves') {
    if (!leavesReceived(state, peer, question.piece, range, hashes, now)) throw corrupt(state, peer);
    return;
  }
  if (state.layerDownload?.answered(question.request, hashes) === false) throw corrupt(state, peer);
  if (state.layers?.isWhole === true) layersKnown(state);
  else askForHashes(state, peer, now);
}

/** @throws ProtocolError `HASHES_UNASKED` */
export function hashesRejected(state: TorrentState, peer: Peer, range: HashRange, now: number): void {
  const question = takeQuestion(peer, range);
  if (question.kind === 'leaves') {
    leavesRefused(state, peer, question.piece, now);
    return;
  }
  state.layerDownload?.refused(question.request, now);
  askForHashes(state, peer, now);
}

export function ask(state: TorrentState, peer: Peer, question: HashQuestion): void {
  peer.hashQuestions.push(question);
  peer.encoder.hashRequest(question.range);
  state.touch(peer);
}

/** libtorrent closes the connection where it is asked before it has the metadata itself. */
function knowsInfo({ hasInfo, pieces, early }: Peer): boolean {
  return hasInfo || pieces.count > 0 || early !== undefined;
}

/** The last of the layers is there. */
export function layersKnown(state: TorrentState): void {
  state.layerDownload = undefined;
  if (state.phase === 'layers') {
    state.phase = 'checking';
    state.event({ type: 'metadata', info: state.info! });
  } else {
    state.event({ type: 'layers', info: state.info! });
  }
}

/** BEP 52, "hashes": "This message MUST correlate with a 'hash request' message." */
function takeQuestion(peer: Peer, range: HashRange): HashQuestion {
  const at = peer.hashQuestions.findIndex(question => isSameRange(question.range, range));
  const question = peer.hashQuestions[at];
  if (question === undefined)
    throw new ProtocolError('HASHES_UNASKED', 'The peer answers a request for hashes that was never made.');
  peer.hashQuestions.splice(at, 1);
  return question;
}

function corrupt(state: TorrentState, peer: Peer): ProtocolError {
  state.known.ban(peer.facts.address);
  if (peer.listenAddress !== undefined) state.known.ban(peer.listenAddress);
  return new ProtocolError('HASHES_CORRUPT', 'The peer sent hashes that do not belong to the torrent.');
}
