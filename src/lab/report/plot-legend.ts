// The names of a plot's series: at the ends of their lines where there is room, else in rows above, each with its sample.

import { element } from './markup.ts';
import { boundSample, LINE_HEIGHT, lineSample, markerAt, textLines } from './plot-marks.ts';
import type { DrawnSeries } from './plot-series.ts';
import { textWidth, wrapped } from './text-width.ts';

export interface EndLabel {
  readonly series: DrawnSeries;
  readonly lines: readonly string[];
  readonly width: number;
}

/** Labels for the ends of lines; undefined where not every series has an end, or they would take too much. */
export function endLabels(
  series: readonly DrawnSeries[],
  width: number,
  height: number,
  size: number,
): readonly EndLabel[] | undefined {
  if (width < NARROW || series.some(each => !each.isJoined)) return undefined;
  const most = Math.min(MAX_LABEL, width * 0.26);
  const labels = series.map(each => {
    const lines = wrapped(each.name, most, size);
    return { series: each, lines, width: Math.max(...lines.map(line => textWidth(line, size))) };
  });
  const lineCount = labels.reduce((sum, { lines }) => sum + lines.length, 0);
  const fits = labels.every(label => label.width <= most * 1.1 && label.lines.length <= 3);
  return fits && lineCount * size * LINE_HEIGHT < height * 0.9 ? labels : undefined;
}

/** The labels at `x`, each as near to its `wanted` height as the others let it; a thin line leads to those that were moved. */
export function drawEndLabels(
  labels: readonly (EndLabel & { readonly wanted: number; readonly fromX: number })[],
  x: number,
  [top, bottom]: readonly [number, number],
  size: number,
): string {
  const sorted = [...labels].sort((a, b) => a.wanted - b.wanted);
  const heights = sorted.map(({ lines }) => lines.length * size * LINE_HEIGHT);
  const tops = sorted.map(({ wanted }, i) => wanted - heights[i]! / 2);
  for (let i = 0; i < tops.length; i++)
    tops[i] = Math.max(tops[i]!, i === 0 ? top : tops[i - 1]! + heights[i - 1]! + 2);
  for (let i = tops.length - 1; i >= 0; i--)
    tops[i] = Math.min(
      tops[i]!,
      i === tops.length - 1 ? bottom - heights[i]! : tops[i + 1]! - heights[i]! - 2,
    );
  return sorted
    .map(({ series, lines, wanted, fromX }, i) => {
      const middle = tops[i]! + heights[i]! / 2;
      const leader = element('line', { class: 'leader', x1: fromX + 5, y1: wanted, x2: x - 4, y2: middle });
      const text = textLines(lines, size, x, tops[i]!, { class: `name t-${series.colour}` });
      return (x - fromX > 14 || Math.abs(middle - wanted) > 3 ? leader : '') + text;
    })
    .join('');
}

export interface Legend {
  readonly height: number;
  readonly drawn: string;
}

/** Rows of samples and names from (`left`, `top`) on. */
export function drawLegend(
  series: readonly DrawnSeries[],
  [left, top]: readonly [number, number],
  width: number,
  size: number,
  id: string,
): Legend {
  const line = size * LINE_HEIGHT;
  const gap = size * 0.4;
  let x = left;
  let y = top;
  let lineCount = 1;
  const drawn: string[] = [];
  for (const each of series) {
    const lines = wrapped(each.name, width - SAMPLE - 6, size);
    const taken = SAMPLE + 6 + Math.max(...lines.map(text => textWidth(text, size)));
    if (x > left && x + taken > left + width) {
      x = left;
      y += lineCount * line + gap;
      lineCount = 1;
    }
    drawn.push(sampleOf(each, x, y + line * 0.58, id));
    drawn.push(textLines(lines, size, x + SAMPLE + 6, y, { class: 'name' }));
    lineCount = Math.max(lineCount, lines.length);
    x += taken + 16;
  }
  return { height: series.length === 0 ? 0 : y + lineCount * line + gap - top, drawn: drawn.join('') };
}

function sampleOf(series: DrawnSeries, x: number, y: number, id: string): string {
  switch (series.kind) {
    case 'bound':
      return boundSample(series, x, y, SAMPLE, id);
    case 'theory':
      return lineSample(series, x, y, SAMPLE);
    case 'measured':
      return (
        (series.isJoined ? lineSample(series, x, y, SAMPLE) : '') +
        (series.isDense ? '' : markerAt(series, x + SAMPLE / 2, y))
      );
    default:
      return series.kind satisfies never;
  }
}

const SAMPLE = 22;
const MAX_LABEL = 132;
/** Below this the names stand above. */
const NARROW = 460;
