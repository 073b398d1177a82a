// Rows with a title a column. Where the terminal is narrower one column gives way; where there is none nothing is cut off.

import { padEnd, padStart, shortenMiddle, widthOf } from './display-text.ts';
import type { Paint } from './paint.ts';

export interface Column {
  readonly title: string;
  readonly isFigure?: boolean;
  /** It gives way: its cells have no colours. */
  readonly shrinks?: boolean;
}

export interface TableOptions {
  readonly paint: Paint;
  /** Of the terminal. */
  readonly columns?: number | undefined;
}

/** Cells are fit to show (`displayText`). */
export function drawTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { paint, columns: room }: TableOptions,
): string[] {
  const widths = columns.map(({ title }, i) =>
    Math.max(widthOf(title), ...rows.map(row => widthOf(row[i]!))),
  );
  const between = 2 * (columns.length - 1);
  const total = widths.reduce((sum, width) => sum + width, between);
  const shrinking = columns.findIndex(({ shrinks }) => shrinks === true);
  if (room !== undefined && total > room && shrinking >= 0)
    widths[shrinking] = Math.max(MIN_WIDTH, widths[shrinking]! - (total - room));
  const line = (cells: readonly string[], style: (text: string) => string = text => text) =>
    columns
      .map(({ isFigure }, i) => {
        const cell = i === shrinking ? shortenMiddle(cells[i]!, widths[i]!) : cells[i]!;
        return isFigure === true ? padStart(style(cell), widths[i]!) : padEnd(style(cell), widths[i]!);
      })
      .join('  ')
      .trimEnd();
  const titles = line(
    columns.map(({ title }) => title),
    paint.idle,
  );
  return [titles, ...rows.map(row => line(row))];
}

const MIN_WIDTH = 8;
