// How much files are wanted, and what that makes of pieces: a piece is wanted as much as the most wanted file in it.

import type { Info } from '../metainfo/metainfo.ts';
import type { PiecePriority } from './rarity.ts';

/** `skip`: not downloaded, and not written, though a piece that it shares with a wanted file is. */
export type FilePriority = 'skip' | 'low' | 'normal' | 'high';

/** One number a piece; undefined where all are alike. Pieces of nothing but padding cost nothing, and are wanted. */
export function piecePriorities(
  info: Pick<Info, 'files' | 'layout'>,
  priorities: readonly FilePriority[],
): Uint8Array | undefined {
  if (priorities.every(priority => priority === 'normal')) return undefined;
  const { layout } = info;
  const touched = new Uint8Array(layout.pieceCount);
  const pieces = new Uint8Array(layout.pieceCount);
  for (const [file, priority] of priorities.entries()) {
    const number = NUMBERS[priority];
    const { first, end } = layout.piecesOf(file);
    for (let piece = first; piece < end; piece++) {
      touched[piece] = 1;
      if (number > pieces[piece]!) pieces[piece] = number;
    }
  }
  for (let piece = 0; piece < pieces.length; piece++)
    if (touched[piece] === 0) pieces[piece] = NUMBERS.normal;
  return pieces;
}

const NUMBERS: Readonly<Record<FilePriority, PiecePriority>> = { skip: 0, low: 1, normal: 2, high: 3 };
