import { describe, expect, it } from 'vitest';
import { describePieces, drawPieceMap, gridFor, heightOf } from './piece-map.ts';

describe('a piece map', () => {
  it('has a cell for each piece while there is room, and runs of them beyond', () => {
    expect(gridFor(10, 400)).toEqual({ columns: 10, lines: 1 });
    expect(gridFor(150, 400)).toEqual({ columns: 75, lines: 2 });
    expect(gridFor(100_000, 400)).toEqual({ columns: 100, lines: 3 });
    expect(gridFor(0, 400)).toEqual({ columns: 1, lines: 1 });
  });

  it('draws ours blue, the others as high as they are common, and marks what nobody has', () => {
    const drawn = drawPieceMap(
      { have: [1, 0, 0, 0.5, 0], inFlight: [0, 0, 0, 0, 1], given: [0, 0, 0, 0, 0], copies: [4, 2, 0, 4, 1] },
      { columns: 5, lines: 1 },
      50,
    );
    const of = (cell: number) =>
      drawn
        .filter(({ x, colour }) => x === cell * 10 && colour !== 'ground')
        .map(({ colour, y, height }) => [colour, y, height]);
    expect(of(0)).toEqual([['mine', 0, 14]]);
    expect(of(1)).toEqual([['swarm', 7, 7]]);
    expect(of(2)).toEqual([['nowhere', 12, 2]]);
    expect(of(3)).toEqual([
      ['swarm', 0, 14],
      ['mine', 7, 7],
    ]);
    expect(of(4).at(-1)).toEqual(['flying', 7, 7]);
  });

  it('marks nothing as missing where there is nobody to have it', () => {
    const drawn = drawPieceMap(
      { have: [0, 1], inFlight: [0, 0], given: [0, 0], copies: [0, 0] },
      gridFor(2, 20),
      20,
    );
    expect(drawn.map(({ colour }) => colour)).toEqual(['ground', 'ground', 'mine']);
  });

  it('lights up what is being given', () => {
    const cells = { have: [1, 1], inFlight: [0, 0], given: [0, 1], copies: [1, 1] };
    const drawn = drawPieceMap(cells, gridFor(2, 20), 20);
    expect(drawn.map(({ colour }) => colour)).toEqual(['ground', 'mine', 'ground', 'given']);
  });

  it('stays within its height', () => {
    const grid = gridFor(5000, 100);
    const cells = Array.from({ length: 80 }, () => 1);
    const drawn = drawPieceMap({ have: cells, inFlight: cells, given: cells, copies: cells }, grid, 100);
    expect(Math.max(...drawn.map(({ y, height }) => y + height))).toBeLessThanOrEqual(heightOf(grid));
  });

  it('is told in words too', () => {
    const cells = { have: [], inFlight: [], given: [], copies: [3, 2] };
    expect(describePieces(1, 2, cells, 5)).toBe('1 of 2 pieces; the rarest is with 2 of 5 peers');
    expect(describePieces(2, 2, cells, 5)).toBe('All 2 pieces; the rarest is with 2 of 5 peers');
    expect(describePieces(2, 2, { ...cells, copies: [1, 0] }, 5)).toContain('1 of them with nobody else yet');
    expect(describePieces(2, 2, cells, 0)).toBe('All 2 pieces');
    expect(describePieces(1, 2, { ...cells, copies: [0] }, 1)).toContain('with no peer');
  });
});
