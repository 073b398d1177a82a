// A disk thread: takes jobs one by one and has them done in order, synchronously: the thread has nothing else to do. What is
// done with pieces is piece-work's, with files file-work's; here it is who does what, and what is said of a fault.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { SwarmlineError } from '../core/errors.ts';
import { diskFault } from './disk-fault.ts';
import type { DiskAnswer, DiskFault, DiskJob, DiskRequest, DiskSettings, OpenedFiles } from './disk-jobs.ts';
import { FileGone } from './file-pool.ts';
import { copy, dropParts, look, reserve, roomOf } from './file-work.ts';
import { finishFiles } from './finish-files.ts';
import { flushFiles } from './flush-files.ts';
import {
  copyNameOf,
  dropCopies,
  planMove,
  relocateFiles,
  type TargetPlace,
  tidyPlace,
} from './move-files.ts';
import { PieceDigests } from './piece-digests.ts';
import { checkPieces, hashBlocks, read, settle, store } from './piece-work.ts';
import { MAX_LANES, shaLanes } from './sha-lanes.ts';
import { ThreadFiles } from './thread-files.ts';
import { adoptTwin } from './twin-file.ts';

const torrents = new Map<number, OpenedFiles>();
const files = new ThreadFiles((workerData as DiskSettings).maxOpenFiles);
const digests = new PieceDigests(shaLanes);

parentPort!.on('message', (first: DiskRequest) => {
  const requests = [first];
  // What has come meanwhile: pieces are hashed side by side.
  while (requests.length < MAX_LANES) {
    const next = receiveMessageOnPort(parentPort!) as { readonly message: DiskRequest } | undefined;
    if (next === undefined) break;
    requests.push(next.message);
  }
  const pieces = requests.map(({ job }) => (job.kind === 'store' ? bytesOf(job) : undefined));
  digests.prepare(requests.flatMap(({ job }, i) => (wantsSha1(job) ? [pieces[i]!] : [])));
  for (const [i, request] of requests.entries()) work(request, pieces[i]);
  digests.clear();
});

/** Does one job, and answers. `piece`: the bytes that are to be stored. */
function work({ id, job }: DiskRequest, piece: Uint8Array | undefined): void {
  files.current = '';
  files.stored = [];
  if (job.kind === 'flush' || job.kind === 'sync copies') {
    flush(id, job);
    return;
  }
  let answer: DiskAnswer;
  try {
    const result = run(job, piece);
    answer = result === undefined ? { id } : { id, result };
  } catch (error) {
    // What is a bug of ours is thrown on, and ends the thread.
    answer = { id, fault: faultOf(diskFault(error, files.current, isWriting(job) ? 'written' : 'read')) };
  }
  parentPort!.postMessage(job.kind === 'store' ? { ...answer, inodes: files.stored } : answer);
}

function wantsSha1(job: DiskJob): boolean {
  return job.kind === 'store' && job.piece.check.kind !== 'merkle';
}

function bytesOf({ bytes, piece }: DiskJob & { readonly kind: 'store' }): Uint8Array {
  return bytes.subarray(0, piece.length);
}

function flush(id: number, job: DiskJob & { readonly kind: 'flush' | 'sync copies' }): void {
  const { folder, files: ofTorrent } = torrents.get(job.torrent)!;
  const flushed =
    job.kind === 'flush'
      ? flushFiles(
          folder,
          job.files.map(index => ofTorrent[index]!.path),
        )
      : flushFiles(job.to.folder, copiesThere(job.to, job.isCopied));
  void flushed.then(result => {
    const answer: DiskAnswer =
      result instanceof SwarmlineError ? { id, fault: faultOf(result) } : { id, result };
    parentPort!.postMessage(answer);
  });
}

function copiesThere(to: TargetPlace, isCopied: Uint8Array): string[][] {
  const names = Array.from(isCopied.keys(), i => copyNameOf(to, i));
  return names
    .filter((name, i) => isCopied[i] === 1 && existsSync(join(to.folder, name)))
    .map(name => [name]);
}

function isWriting({ kind }: DiskJob): boolean {
  return WRITING.has(kind);
}

function faultOf(error: SwarmlineError): DiskFault {
  const { code, message, where = '' } = error;
  return { code, message, where, isGone: error instanceof FileGone };
}

function run(
  job: Exclude<DiskJob, { readonly kind: 'flush' | 'sync copies' }>,
  piece: Uint8Array | undefined,
): DiskAnswer['result'] {
  if (job.kind === 'look') return look(files, job);
  if (job.kind === 'open') {
    torrents.set(job.torrent, { folder: job.folder, files: job.files, markCount: job.markCount });
    return undefined;
  }
  const torrent = torrents.get(job.torrent)!;
  switch (job.kind) {
    case 'store':
      return store(files, torrent, job, piece!, digests.hash);
    case 'read':
      return read(files, torrent, job);
    case 'hash':
      return hashBlocks(files, torrent, job.segments);
    case 'check':
      return checkPieces(files, torrent, job.pieces, digests);
    case 'settle':
      return Uint8Array.from(job.pieces, settled => settle(files, torrent, settled));
    case 'room':
      return roomOf(files, torrent);
    case 'reserve':
      reserve(files, torrent, job);
      return undefined;
    case 'adopt':
      return Uint8Array.of(adoptTwin(files, torrent, job.twin, job.offset));
    case 'plan move':
      return planMove(torrent, job.to, files.working);
    case 'copy':
      copy(files, torrent, job);
      return undefined;
    case 'relocate':
      return relocateFiles(torrent, job.to, job.isCopied, files.working);
    case 'drop copies':
      dropCopies(job.to);
      return undefined;
    case 'tidy':
      tidyPlace(job.folder, job.paths, job.files, path => files.working({ path }));
      return undefined;
    case 'drop parts':
      dropParts(files, torrent);
      return undefined;
    case 'finish':
      finishFiles(torrent.folder, torrent.files, files.working);
      return undefined;
    case 'close':
      files.close(torrent.files);
      torrents.delete(job.torrent);
      return undefined;
    default:
      return job satisfies never;
  }
}

const WRITING: ReadonlySet<DiskJob['kind']> = new Set([
  'store',
  'finish',
  'settle',
  'reserve',
  'adopt',
  'plan move',
  'copy',
  'relocate',
  'tidy',
  'drop parts',
]);
