// Files are chosen while the torrent runs: what is not wanted any more is given up and its requests taken back, what is
// wanted now is listed, and peers hear whether they are interesting still.

import { Bitfield } from '../bytes/bitfield.ts';
import { completionChanged } from './completion.ts';
import { cancelRequests, refillAll } from './download.ts';
import { type FilePriority, piecePriorities } from './file-priorities.ts';
import { recountUseful } from './interest.ts';
import type { TorrentState } from './state.ts';

/**
 * One priority a file.
 * @throws TypeError while a magnet's files are not known, or where the number of priorities is not that of the files
 */
export function setFilePriorities(
  state: TorrentState,
  priorities: readonly FilePriority[],
  now: number,
): void {
  const { info, picker } = state;
  if (info === undefined) throw new TypeError('The files are not known yet.');
  if (priorities.length !== info.files.length) {
    throw new TypeError(`There are ${info.files.length} files, and ${priorities.length} priorities.`);
  }
  state.filePriorities = [...priorities];
  state.piecePriorities = piecePriorities(info, priorities);
  if (picker === undefined) return;
  const storing = new Bitfield(state.have.length);
  for (const { piece } of state.storing.values()) storing.add(piece);
  const dropped = picker.prioritise(
    state.piecePriorities,
    piece => !state.have.has(piece) && !storing.has(piece),
  );
  if (dropped.length > 0) {
    const isDropped = new Set(dropped);
    for (const peer of state.peers.values()) cancelRequests(state, peer, piece => isDropped.has(piece));
  }
  recountUseful(state);
  completionChanged(state, now);
  refillAll(state, now);
}

/** Pieces in order, rather than the rarest first. */
export function setSequential(state: TorrentState, isSequential: boolean): void {
  state.isSequential = isSequential;
  if (state.picker !== undefined) state.picker.isSequential = isSequential;
}
