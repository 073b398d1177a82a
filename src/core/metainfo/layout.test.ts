import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Layout, type LayoutFile } from './layout.ts';

/** `a:offset+length@at` of each segment. */
const drawn = (layout: Layout, start: number, length: number) =>
  layout
    .segments(start, length)
    .map(({ file, offset, length, at }) => `${file}:${offset}+${length}@${at}`)
    .join(' ');

const touching: LayoutFile[] = [
  { offset: 0, length: 70 },
  { offset: 70, length: 0 },
  { offset: 70, length: 5 },
  { offset: 75, length: 45 },
  { offset: 120, length: 0 },
];
const aligned: LayoutFile[] = [
  { offset: 0, length: 70 },
  { offset: 70, length: 0 },
  { offset: 100, length: 5 },
  { offset: 150, length: 50 },
];

describe('the piece space of v1', () => {
  const layout = new Layout(touching, 50, { shortPieces: false });

  it('has pieces across files, and a short one at its end', () => {
    expect([layout.pieceCount, layout.length, layout.dataLength]).toEqual([3, 120, 120]);
    expect([0, 1, 2].map(piece => layout.pieceSize(piece))).toEqual([50, 50, 20]);
    expect(drawn(layout, 50, 50)).toBe('0:50+20@0 2:0+5@20 3:0+25@25');
    expect(drawn(layout, 0, 120)).toBe('0:0+70@0 2:0+5@70 3:0+45@75');
    expect(drawn(layout, 119, 1)).toBe('3:44+1@0');
  });

  it('tells which pieces hold a file', () => {
    expect(touching.map((_, file) => layout.piecesOf(file))).toEqual([
      { first: 0, end: 2 },
      { first: 1, end: 1 },
      { first: 1, end: 2 },
      { first: 1, end: 3 },
      { first: 2, end: 2 },
    ]);
  });

  it('never finds an empty file at a position', () => {
    expect([0, 69, 70, 74, 75, 119].map(position => layout.fileAt(position))).toEqual([0, 0, 2, 2, 3, 3]);
  });
});

describe('the piece space of v2', () => {
  it('ends its pieces with their files, and has nothing in the gaps', () => {
    const layout = new Layout(aligned, 50, { shortPieces: true });
    expect([0, 1, 2, 3].map(piece => layout.pieceSize(piece))).toEqual([50, 20, 5, 50]);
    expect([layout.length, layout.dataLength]).toEqual([200, 125]);
    expect(drawn(layout, 50, 100)).toBe('0:50+20@0 2:0+5@50');
  });

  it('has whole pieces with zeros in the gaps in a hybrid, to the end of the padding', () => {
    const layout = new Layout(aligned.slice(0, 3), 50, { shortPieces: false, length: 150 });
    expect([0, 1, 2].map(piece => layout.pieceSize(piece))).toEqual([50, 50, 50]);
    expect(drawn(layout, 100, 50)).toBe('2:0+5@0');
  });
});

describe('numbers from the wire', () => {
  const layout = new Layout([{ offset: 0, length: 40_000 }], 32_768, { shortPieces: false });

  it('are pieces and ranges, or not', () => {
    expect([0, 1, 2, -1, 0.5, Number.NaN, 2 ** 32].map(index => layout.hasPiece(index))).toEqual([
      ...[true, true, false, false, false, false, false],
    ]);
    expect(layout.hasRange(0, 0, 32_768)).toBe(true);
    expect(layout.hasRange(1, 7231, 1)).toBe(true);
    for (const [index, begin, length] of [
      [0, 0, 0],
      [0, -1, 5],
      [0, 1, 32_768],
      [1, 7232, 1],
      [2, 0, 1],
    ] as const)
      expect(layout.hasRange(index, begin, length)).toBe(false);
  });

  it('reach into the padding behind a file only where peers are known to ask for it, in v2', () => {
    const padded = new Layout([{ offset: 0, length: 40_000 }], 32_768, { shortPieces: true });
    expect(padded.mayRequest(1, 0, 16_384)).toBe(true);
    expect(padded.mayRequest(1, 0, 32_769)).toBe(false);
    expect(padded.mayRequest(1, 7232, 1)).toBe(false);
    expect(padded.mayRequest(2, 0, 16_384)).toBe(false);
    expect(layout.mayRequest(1, 0, 16_384)).toBe(false);
  });

  it('are blocks, the last one shorter', () => {
    expect([layout.blocksIn(0), layout.blocksIn(1)]).toEqual([2, 1]);
    expect([layout.blockSize(0, 0), layout.blockSize(0, 1), layout.blockSize(1, 0)]).toEqual([
      16_384, 16_384, 7232,
    ]);
  });

  it('are asked for without the padding at their end', () => {
    const files = [
      { offset: 0, length: 20_000 },
      { offset: 65_536, length: 0 },
      { offset: 65_536, length: 16_384 },
      { offset: 131_072, length: 5 },
    ];
    const hybrid = new Layout(files, 65_536, { shortPieces: false, length: 196_608 });
    const sizes = (piece: number) => [0, 1].map(block => hybrid.requestSize(piece, block));
    expect([sizes(0), sizes(1)[0], sizes(2)[0]]).toEqual([[16_384, 3616], 16_384, 5]);
    const v2 = new Layout(files, 65_536, { shortPieces: true });
    expect([v2.requestSize(0, 1), v2.requestSize(2, 0)]).toEqual([3616, 5]);
    // Padding between two files within a block is asked for with them.
    const odd = new Layout([files[0]!, { offset: 30_000, length: 10 }], 65_536, { shortPieces: false });
    expect([odd.requestSize(0, 0), odd.requestSize(0, 1)]).toEqual([16_384, 13_626]);
  });

  it('of nothing are none', () => {
    const empty = new Layout([], 16_384, { shortPieces: false });
    expect([empty.pieceCount, empty.length, empty.hasPiece(0)]).toEqual([0, 0, false]);
    expect(empty.segments(0, 10)).toEqual([]);
  });
});

describe('segments', () => {
  it('cover every byte of every file once, in order, however the space is cut', () => {
    const lengths = fc.array(fc.nat(60), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        lengths,
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        (lengths, pieceLength, isAligned) => {
          let end = 0;
          const files = lengths.map(length => {
            const offset = isAligned && length > 0 ? Math.ceil(end / pieceLength) * pieceLength : end;
            end = offset + length;
            return { offset, length };
          });
          const layout = new Layout(files, pieceLength, { shortPieces: isAligned });
          const seen = lengths.map(() => 0);
          for (let piece = 0; piece < layout.pieceCount; piece++) {
            const start = piece * pieceLength;
            for (const { file, offset, length, at } of layout.segments(start, layout.pieceSize(piece))) {
              expect(offset).toBe(seen[file]);
              expect(files[file]!.offset + offset).toBe(start + at);
              expect(layout.fileAt(start + at)).toBe(file);
              const { first, end } = layout.piecesOf(file);
              expect(piece >= first && piece < end).toBe(true);
              seen[file]! += length;
            }
          }
          expect(seen).toEqual(lengths);
        },
      ),
    );
  });
});
