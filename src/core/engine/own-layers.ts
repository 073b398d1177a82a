// The piece layer of a hybrid's file that nobody gave us: a magnet of v1's hash brings none, and v1's hashes did for the
// download. BEP 52 has whoever has pieces answer for their hashes: so the first who asks has the file read and hashed, one
// piece at a time, and waits for that, as do others. What comes out is held against the file's root. Once for a file, to
// its end even where those who asked have left: nobody can have it begun again and again.

import { equalBytes } from '../bytes/bytes.ts';
import { leavesUnderPiece, merkleRoot, rootOfPieceLayer } from '../metainfo/merkle.ts';
import { HASH_LENGTH, type HashRange } from '../wire/hash-range.ts';
import { layersKnown } from './hash-messages.ts';
import { hashRequestReceived, rejectHashes } from './hash-serving.ts';
import type { Peer } from './peer.ts';
import type { HashedFile } from './piece-layers.ts';
import type { TorrentState } from './state.ts';

export interface OwnLayers {
  /** Who asked for what of which file. */
  readonly waiting: { readonly peer: Peer; readonly range: HashRange; readonly file: HashedFile }[];
  /** Files that did not come out as they should: they are not read again. */
  readonly failed: Set<HashedFile>;
  current:
    | { readonly file: HashedFile; readonly digests: Uint8Array; pieces: number; read: number }
    | undefined;
}

export function layerAsked(state: TorrentState, peer: Peer, range: HashRange, file: HashedFile): void {
  const { maxWaiting, maxWaitingPerPeer } = state.options.hashServing;
  state.ownLayers ??= { waiting: [], failed: new Set(), current: undefined };
  const { waiting, failed } = state.ownLayers;
  const own = waiting.filter(question => question.peer === peer).length;
  const isFull = waiting.length >= maxWaiting || own >= maxWaitingPerPeer;
  if (isFull || failed.has(file) || !mayRead(state, file)) {
    rejectHashes(state, peer, range);
    return;
  }
  waiting.push({ peer, range, file });
  if (state.ownLayers.current === undefined) begin(state, file);
}

/** True where the answer was awaited here. */
export function layerBlocksHashed(
  state: TorrentState,
  read: number,
  blocks: Uint8Array | undefined,
  now: number,
): boolean {
  const own = state.ownLayers;
  const current = own?.current;
  if (own === undefined || current?.read !== read) return false;
  const { file, digests } = current;
  const width = leavesUnderPiece(file.length, state.info!.pieceLength);
  if (blocks === undefined || blocks.length === 0) {
    settle(state, own, file, now);
    return true;
  }
  digests.set(merkleRoot(blocks, { width }), current.pieces++ * HASH_LENGTH);
  if (current.pieces * HASH_LENGTH < digests.length) {
    readNext(state, current);
    return true;
  }
  if (equalBytes(rootOfPieceLayer(digests, state.info!.pieceLength), file.piecesRoot)) {
    state.layers!.learned(file, digests);
    if (state.layers!.isWhole) layersKnown(state);
  } else own.failed.add(file);
  settle(state, own, file, now);
  return true;
}

function mayRead(state: TorrentState, file: HashedFile): boolean {
  const { info, have, phase } = state;
  if (info?.version !== 'hybrid' || phase !== 'active') return false;
  if (info.pieceLength > state.options.hashServing.maxPieceLength) return false;
  const { first, end } = info.layout.piecesOf(info.files.indexOf(file));
  for (let piece = first; piece < end; piece++) if (!have.has(piece)) return false;
  return true;
}

function begin(state: TorrentState, file: HashedFile): void {
  const count = Math.ceil(file.length / state.info!.pieceLength);
  const current = { file, digests: new Uint8Array(count * HASH_LENGTH), pieces: 0, read: 0 };
  state.ownLayers!.current = current;
  readNext(state, current);
}

function readNext(state: TorrentState, current: NonNullable<OwnLayers['current']>): void {
  current.read = ++state.lastRead;
  const piece = current.file.offset / state.info!.pieceLength + current.pieces;
  state.emit({ type: 'hash', read: current.read, piece });
}

/** Those who waited for the file are answered, and the next file's turn comes. */
function settle(state: TorrentState, own: OwnLayers, file: HashedFile, now: number): void {
  own.current = undefined;
  const asked = own.waiting.splice(0);
  for (const question of asked) {
    if (question.peer.hasClosed) continue;
    if (question.file !== file) own.waiting.push(question);
    else if (state.layers?.layerOf(file) === undefined) rejectHashes(state, question.peer, question.range);
    else hashRequestReceived(state, question.peer, question.range, now);
  }
  const next = own.waiting[0];
  if (next !== undefined) begin(state, next.file);
}
