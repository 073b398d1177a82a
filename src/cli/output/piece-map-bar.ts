// The pieces of a torrent as a row of blocks: one row for what is here, one for what the swarm has.

import type { PieceMap } from '../../core/engine/piece-map.ts';
import { formatPlural } from './figures.ts';
import type { Paint } from './paint.ts';

/**
 * Each cell as high as the share of its pieces that is here; full only where all of them are. Those light up of which something
 * is being given.
 */
export function drawOwnPieces(map: PieceMap, width: number, paint: Paint): string {
  const heights = drawCells(width, map.have.length, cell => {
    const have = map.have[cell]!;
    // What is under way is seen, however little of it has come.
    const lowest = map.inFlight[cell] === 1 ? 1 : 0;
    return have >= 1 ? TOP : Math.max(lowest, Math.floor(have * TOP));
  });
  const given = drawCells(width, map.given.length, cell => (map.given[cell] === 1 ? NONE : 0));
  return paintRuns(heights, column =>
    given[column] === '·' ? paint.given : heights[column] === '▁' ? paint.idle : paint.received,
  );
}

/**
 * Each cell as high as its rarest piece is common, the most common being full; `·` where no peer has it. While some pieces are
 * only here and none is missing, as high as the share of its pieces that others have too: that is what is waited for then.
 */
export function drawSwarmPieces(map: PieceMap, width: number, paint: Paint): string {
  const rarest = rarestOf(map);
  if (rarest === 'only here')
    return drawCells(width, map.elsewhere.length, cell => Math.floor(map.elsewhere[cell]! * TOP)).replace(
      /▁+|[^▁]+/g,
      run => (run.startsWith('▁') ? paint.idle(run) : paint.complete(run)),
    );
  const most = Math.max(...map.copies);
  return drawCells(width, map.copies.length, cell => {
    const copies = map.copies[cell]!;
    return copies === 0 ? NONE : Math.floor((copies / most) * TOP);
  }).replace(/·+|[^·]+/g, run => (run.startsWith('·') ? paint.failed(run) : paint.complete(run)));
}

/** `rarest piece: 2 copies among 11 peers`, or `38 % is only here so far` */
export function describeRarest(map: PieceMap, peerCount: number): string {
  const rarest = rarestOf(map);
  if (rarest === 'only here') {
    const elsewhere = map.elsewhere.reduce((sum, share) => sum + share, 0) / map.elsewhere.length;
    return `${Math.max(1, Math.round((1 - elsewhere) * 100))} % is only here so far`;
  }
  const among = `among ${formatPlural(peerCount, 'peer')}`;
  if (rarest === 'missing') return `some pieces have no copy ${among}`;
  return `rarest piece: ${rarest === 1 ? '1 copy' : `${rarest} copies`} ${among}`;
}

/** Copies of the rarest piece among the peers, or where it is, if it is with none of them. */
function rarestOf(map: PieceMap): number | 'only here' | 'missing' {
  const fewest = Math.min(...map.copies);
  if (fewest > 0) return fewest;
  return map.copies.some((copies, cell) => copies === 0 && map.have[cell]! < 1) ? 'missing' : 'only here';
}

function drawCells(width: number, count: number, heightOf: (cell: number) => number): string {
  let row = '';
  for (let column = 0; column < width; column++) {
    const height = heightOf(Math.floor((column * count) / width));
    row += height === NONE ? '·' : HEIGHTS[height];
  }
  return row;
}

/** Neighbours of one colour together. */
function paintRuns(cells: string, colourOf: (column: number) => (text: string) => string): string {
  let painted = '';
  for (let from = 0, to = 0; from < cells.length; from = to) {
    const colour = colourOf(from);
    while (to < cells.length && colourOf(to) === colour) to++;
    painted += colour(cells.slice(from, to));
  }
  return painted;
}

const HEIGHTS = '▁▂▃▄▅▆▇';
const TOP = HEIGHTS.length - 1;
const NONE = -1;
