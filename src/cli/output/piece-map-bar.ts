// The pieces of a torrent as a row of blocks: one row for what is here, one for what the swarm has.

import type { PieceMap } from '../../core/engine/piece-map.ts';
import { formatPlural } from './figures.ts';
import type { Paint } from './paint.ts';

/** Each cell as high as the share of its pieces that is here; full only where all of them are. */
export function drawOwnPieces(map: PieceMap, width: number, paint: Paint): string {
  return drawCells(width, map.have.length, cell => {
    const have = map.have[cell]!;
    // What is under way is seen, however little of it has come.
    const lowest = map.inFlight[cell] === 1 ? 1 : 0;
    return have >= 1 ? TOP : Math.max(lowest, Math.floor(have * TOP));
  }).replace(/▁+|[^▁]+/g, run => (run.startsWith('▁') ? paint.idle(run) : paint.received(run)));
}

/** Each cell as high as its rarest piece is common, the most common being full; `·` where no peer has it. */
export function drawSwarmPieces(map: PieceMap, width: number, paint: Paint): string {
  const most = Math.max(...map.copies);
  return drawCells(width, map.copies.length, cell => {
    const copies = map.copies[cell]!;
    return copies === 0 ? NONE : Math.floor((copies / most) * TOP);
  }).replace(/·+|[^·]+/g, run => (run.startsWith('·') ? paint.failed(run) : paint.complete(run)));
}

/** `rarest piece: 2 copies among 11 peers` */
export function describeRarest(map: PieceMap, peerCount: number): string {
  const fewest = Math.min(...map.copies);
  const among = `among ${formatPlural(peerCount, 'peer')}`;
  if (fewest > 0) return `rarest piece: ${fewest === 1 ? '1 copy' : `${fewest} copies`} ${among}`;
  const isMissing = map.copies.some((copies, cell) => copies === 0 && map.have[cell]! < 1);
  return isMissing ? `some pieces have no copy ${among}` : `some pieces are only here, ${among}`;
}

function drawCells(width: number, count: number, heightOf: (cell: number) => number): string {
  let row = '';
  for (let column = 0; column < width; column++) {
    const height = heightOf(Math.floor((column * count) / width));
    row += height === NONE ? '·' : HEIGHTS[height];
  }
  return row;
}

const HEIGHTS = '▁▂▃▄▅▆▇';
const TOP = HEIGHTS.length - 1;
const NONE = -1;
