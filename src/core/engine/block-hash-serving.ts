// Hashes of 16 KiB blocks, for peers that want to know which block of a piece was wrong. Where the torrent file brought
// them they are taken from there; else the pieces are read and hashed where the disk is, one at a time for the whole
// torrent. Either way they are held against the piece's own hash before they are given: the disk may have changed under
// us, and wrong hashes would have us taken for a liar.

import { equalBytes } from '../bytes/bytes.ts';
import { leavesUnderPiece, merkleRoot } from '../metainfo/merkle.ts';
import { BLOCK_LENGTH } from '../metainfo/metainfo.ts';
import { HASH_LENGTH, type HashRange, MAX_HASHES } from '../wire/hash-range.ts';
import { giveHashes, rejectHashes } from './hash-serving.ts';
import { layerBlocksHashed } from './own-layers.ts';
import type { Peer } from './peer.ts';
import { blockHashesOf } from './piece-check.ts';
import type { PieceLayer } from './piece-layer.ts';
import type { HashedFile } from './piece-layers.ts';
import type { TorrentState } from './state.ts';

/** A range of a file's leaves. */
interface BlockQuestion {
  readonly range: HashRange;
  readonly file: HashedFile;
  /** Undefined where the file is one piece. */
  readonly layer: PieceLayer | undefined;
}

export interface BlockJob extends BlockQuestion {
  readonly peer: Peer;
  /** The first piece that the range touches, of the file's, and how many. */
  readonly first: number;
  readonly count: number;
  /** Leaves of a piece; zeros where the file has no data. */
  readonly width: number;
  readonly leaves: Uint8Array;
  done: number;
  /** The number under which the disk's answer is awaited. */
  read: number;
}

export function blocksAsked(state: TorrentState, peer: Peer, question: BlockQuestion, now: number): void {
  const { range } = question;
  const job = jobOf(state, peer, question);
  if (job === undefined || !mayWork(state, job, now)) {
    rejectHashes(state, peer, range);
    return;
  }
  while (job.done < job.count) {
    const known = blockHashesOf(state.info!, pieceOf(state, job, job.done));
    if (known === undefined) break;
    take(job, known);
  }
  if (job.done === job.count) {
    answer(state, job, isProved(job));
    return;
  }
  const { jobs } = state.hashServing!;
  jobs.push(job);
  if (jobs.length === 1) readNext(state, job);
}

/** SHA-256 of each block of a piece that was to be hashed; undefined where it could not be read. */
export function blocksHashed(
  state: TorrentState,
  read: number,
  digests: Uint8Array | undefined,
  now: number,
): void {
  if (layerBlocksHashed(state, read, digests, now)) return;
  const jobs = state.hashServing?.jobs ?? [];
  const job = jobs[0];
  if (job?.read !== read) return;
  if (digests !== undefined) take(job, digests);
  if (digests !== undefined && !job.peer.hasClosed && job.done < job.count) {
    readNext(state, job);
    return;
  }
  jobs.shift();
  if (!job.peer.hasClosed) answer(state, job, digests !== undefined && isProved(job));
  while (jobs[0]?.peer.hasClosed) jobs.shift();
  if (jobs[0] !== undefined) readNext(state, jobs[0]);
}

/** Undefined for a run that begins behind the file's end, or is longer than a piece and than BEP 52 wants it. */
function jobOf(state: TorrentState, peer: Peer, question: BlockQuestion): BlockJob | undefined {
  const { range, file } = question;
  const { pieceLength } = state.info!;
  const width = leavesUnderPiece(file.length, pieceLength);
  const end = Math.min(range.index + range.length, Math.ceil(file.length / BLOCK_LENGTH));
  if (range.index >= end || range.length > Math.max(width, MAX_HASHES)) return undefined;
  const first = Math.floor(range.index / width);
  const count = Math.ceil(end / width) - first;
  const whole = Math.max(count, range.length / width) * width;
  return {
    ...question,
    peer,
    first,
    count,
    width,
    leaves: new Uint8Array(whole * HASH_LENGTH),
    done: 0,
    read: 0,
  };
}

function mayWork(state: TorrentState, job: BlockJob, now: number): boolean {
  const { info, have, hashServing, options } = state;
  if (info === undefined || hashServing === undefined || state.phase !== 'active') return false;
  const { maxWaiting, maxWaitingPerPeer, maxPieceLength } = options.hashServing;
  const { jobs } = hashServing;
  if (info.pieceLength > maxPieceLength || jobs.length >= maxWaiting) return false;
  let own = 0;
  for (const { peer } of jobs) if (peer === job.peer) own++;
  if (own >= maxWaitingPerPeer) return false;
  for (let i = 0; i < job.count; i++) if (!have.has(pieceOf(state, job, i))) return false;
  return hashServing.pays(job.peer, job.count * Math.min(info.pieceLength, job.file.length), now);
}

function readNext(state: TorrentState, job: BlockJob): void {
  job.read = ++state.lastRead;
  state.emit({ type: 'hash', read: job.read, piece: pieceOf(state, job, job.done) });
}

function take(job: BlockJob, digests: Uint8Array): void {
  const most = job.width * HASH_LENGTH;
  job.leaves.set(digests.subarray(0, most), job.done * most);
  job.done++;
}

function isProved({ file, layer, first, count, width, leaves }: BlockJob): boolean {
  for (let piece = 0; piece < count; piece++) {
    const own = leaves.subarray(piece * width * HASH_LENGTH, (piece + 1) * width * HASH_LENGTH);
    const right = layer === undefined ? file.piecesRoot : layer.digestOf(first + piece);
    if (right === undefined || !equalBytes(merkleRoot(own, { width }), right)) return false;
  }
  return true;
}

function answer(
  state: TorrentState,
  { peer, range, layer, first, width, leaves }: BlockJob,
  isRight: boolean,
): void {
  if (!isRight) {
    rejectHashes(state, peer, range);
    return;
  }
  const pieceLevel = layer?.level ?? Number.POSITIVE_INFINITY;
  giveHashes(state, peer, range, (level, index) => {
    if (level >= pieceLevel) return layer!.node(level, index);
    const at = (index * 2 ** level - first * width) * HASH_LENGTH;
    const own = leaves.subarray(at, at + 2 ** level * HASH_LENGTH);
    return level === 0 ? own : merkleRoot(own);
  });
}

/** The torrent's number of the job's piece. */
function pieceOf(state: TorrentState, { file, first }: BlockJob, i: number): number {
  return file.offset / state.info!.pieceLength + first + i;
}
