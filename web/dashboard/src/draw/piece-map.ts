// The piece map, as rectangles: one cell a piece, or a run of pieces where there are more pieces than cells. Blue is ours;
// half blue is under way; orange for a moment, as long as something of it is given; what is missing stands grey as high as it is common in the swarm, and has a red foot where nobody
// has it. Knows no canvas.

import type { PieceCells } from '../api-types.ts';

export type CellColour = 'ground' | 'mine' | 'flying' | 'given' | 'swarm' | 'nowhere';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly colour: CellColour;
  /** 0…1 */
  readonly opacity: number;
}

export interface Grid {
  readonly columns: number;
  readonly lines: number;
}

/** How many cells are to be asked for, of pieces that many, in a map that wide. */
export function gridFor(pieceCount: number, width: number): Grid {
  const perLine = Math.max(1, Math.floor(width / MIN_CELL_WIDTH));
  const lines = Math.max(1, Math.min(MAX_LINES, Math.ceil(pieceCount / perLine)));
  const cells = Math.min(pieceCount, perLine * lines);
  return { columns: Math.max(1, Math.ceil(cells / lines)), lines };
}

export function heightOf({ lines }: Grid): number {
  return lines * (LINE_HEIGHT + GAP) - GAP;
}

export function drawPieceMap(
  { have, inFlight, given, copies }: PieceCells,
  grid: Grid,
  width: number,
): Rectangle[] {
  const rectangles: Rectangle[] = [];
  const most = Math.max(1, ...copies);
  const isAlone = copies.every(count => count === 0);
  const step = width / grid.columns;
  const gap = step >= 5 ? GAP : 0;
  for (let i = 0; i < have.length; i++) {
    const x = (i % grid.columns) * step;
    const y = Math.floor(i / grid.columns) * (LINE_HEIGHT + GAP);
    if (y >= heightOf(grid)) break;
    const share = have[i]!;
    const common = (copies[i] ?? 0) / most;
    const cell = (top: number, height: number, colour: CellColour, opacity = 1) =>
      rectangles.push({ x, y: y + top, width: step - gap, height, colour, opacity });
    cell(0, LINE_HEIGHT, 'ground');
    if (given[i] === 1) {
      cell(0, LINE_HEIGHT, 'given');
      continue;
    }
    if (share >= 1) {
      // The rarer, the fainter; alone, there is nothing to compare with.
      cell(0, LINE_HEIGHT, 'mine', isAlone ? 1 : 0.6 + 0.4 * common);
      continue;
    }
    if (common > 0) cell(LINE_HEIGHT * (1 - common), LINE_HEIGHT * common, 'swarm');
    else if (!isAlone) cell(LINE_HEIGHT - 2, 2, 'nowhere');
    if (share > 0) cell(LINE_HEIGHT * (1 - share), LINE_HEIGHT * share, 'mine');
    if (inFlight[i] === 1) cell(LINE_HEIGHT / 2, LINE_HEIGHT / 2, 'flying');
  }
  return rectangles;
}

/** `212 of 480 pieces; the rarest is with 2 peers` */
export function describePieces(have: number, total: number, { copies }: PieceCells, peers: number): string {
  const pieces = have === total ? `All ${total} pieces` : `${have} of ${total} pieces`;
  if (peers === 0) return pieces;
  const rarest = Math.min(...copies);
  if (have === total && rarest === 0) {
    const alone = copies.filter(count => count === 0).length;
    return `${pieces}; ${copies.length === total ? `${alone} of them` : 'some of them'} with nobody else yet`;
  }
  return rarest === 0
    ? `${pieces}; some are with no peer that is connected`
    : `${pieces}; the rarest is with ${rarest} of ${peers} peers`;
}

const MIN_CELL_WIDTH = 4;
const MAX_LINES = 3;
const LINE_HEIGHT = 14;
const GAP = 1;
