// The piece map on a canvas, drawn anew as pieces come; in words for those who hear it.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { PieceCells, TorrentDetails } from '../api-types.ts';
import {
  type CellColour,
  describePieces,
  drawPieceMap,
  type Grid,
  gridFor,
  heightOf,
} from '../draw/piece-map.ts';
import { theme } from '../state.ts';
import { usePolled } from './polled.ts';

export function PieceMap({ details }: { readonly details: TorrentDetails }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(canvas.current!.parentElement!);
    return () => observer.disconnect();
  }, []);
  const grid = gridFor(details.pieceCount, Math.max(1, width));
  const isStill = details.peers === 0 && details.state !== 'checking';
  const { answer } = usePolled(
    'torrents.pieces',
    { id: details.id, cells: Math.max(1, Math.min(details.pieceCount, grid.columns * grid.lines)) },
    isStill ? 5000 : 1000,
  );
  void theme.value;
  useEffect(() => {
    if (answer !== undefined && width > 0) paint(canvas.current!, answer, grid, width);
  });
  const text =
    answer === undefined
      ? 'Pieces'
      : describePieces(details.piecesHave, details.pieceCount, answer, details.peers);
  return (
    <figure class="piece-map">
      <div class="piece-map-place" style={{ height: `${heightOf(grid)}px` }}>
        <canvas ref={canvas} role="img" aria-label={text} />
      </div>
      <figcaption>
        <span>{text}</span>
        <span class="legend" aria-hidden="true">
          {KEYS.map(([name, words]) => (
            <span key={name}>
              <i class={name} /> {words}
            </span>
          ))}
        </span>
      </figcaption>
    </figure>
  );
}

function paint(canvas: HTMLCanvasElement, cells: PieceCells, grid: Grid, width: number): void {
  const height = heightOf(grid);
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d')!;
  context.scale(scale, scale);
  const style = getComputedStyle(document.documentElement);
  const colours: Record<CellColour, string> = {
    ground: style.getPropertyValue('--line'),
    mine: style.getPropertyValue('--received'),
    flying: style.getPropertyValue('--received'),
    given: style.getPropertyValue('--given-mark'),
    swarm: style.getPropertyValue('--idle-mark'),
    nowhere: style.getPropertyValue('--failed'),
  };
  for (const { x, y, width: wide, height: high, colour, opacity } of drawPieceMap(cells, grid, width)) {
    context.globalAlpha = opacity;
    context.fillStyle = colours[colour];
    context.fillRect(x, y, wide, high);
  }
}

const KEYS = [
  ['key-mine', 'here'],
  ['key-flying', 'under way'],
  ['key-given', 'being given'],
  ['key-swarm', 'in the swarm'],
] as const;
