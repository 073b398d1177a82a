// The series of a plot, drawn into its field: bounds with their hatched ground, lines of theory, and what was measured with
// its bars.

import type { Plot } from '../scenario.ts';
import { formatEstimate, formatPlain } from './figure-text.ts';
import { element, escaped } from './markup.ts';
import { areaBetween, barAt, hatchFill, lineThrough, markerAt, type Place } from './plot-marks.ts';
import type { PlotScale } from './plot-scale.ts';
import type { DrawnSeries } from './plot-series.ts';

/** Pixels of values. */
export interface PlotField {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly xScale: PlotScale;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** Bounds with their hatched ground: all of it below the lowest, a fence below others, under which something may be. */
export function drawBounds(series: readonly DrawnSeries[], field: PlotField, id: string): readonly string[] {
  const bounds = series.filter(({ kind }) => kind === 'bound');
  const meanOf = ({ points }: DrawnSeries) => points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const lowest = [...bounds].sort((a, b) => meanOf(a) - meanOf(b))[0];
  return bounds.map(bound => {
    const grounds = linesOf(bound, field).map(line => {
      const foot = line.map(
        ([x, y]): Place => [x, bound === lowest ? field.bottom : Math.min(field.bottom, y + FENCE)],
      );
      return areaBetween('ground', hatchFill(id, bound.colour), line, foot);
    });
    return grounds.join('') + drawLines(bound, field);
  });
}

export function drawLines(series: DrawnSeries, field: PlotField): string {
  return linesOf(series, field)
    .map(line => lineThrough(series, line))
    .join('');
}

export function drawMeasured(plot: Plot, series: DrawnSeries, field: PlotField, hasTips: boolean): string {
  const places = placesOf(series, field);
  const parts: string[] = [];
  const spans = series.points.map(({ y, margin = 0 }) => {
    const low = y - finite(margin);
    const foot = plot.y.scale === 'log' && low <= 0 ? field.bottom : field.y(low);
    return [Math.min(field.bottom, foot), field.y(y + finite(margin))] as const;
  });
  if (series.isDense && series.points.some(({ margin = 0 }) => margin > 0)) {
    const at = (side: 0 | 1) => places.map(([x], i): Place => [x, spans[i]![side]]);
    parts.push(areaBetween(`band c-${series.colour}`, undefined, at(1), at(0)));
  }
  if (series.isJoined && places.length > 1) parts.push(lineThrough(series, places));
  if (series.isDense) return parts.join('');
  for (const [i, [x]] of places.entries()) {
    const [low, high] = spans[i]!;
    if (low - high > 1) parts.push(barAt(series, x, low, high));
  }
  for (const [i, [x, y]] of places.entries()) {
    const point = series.points[i]!;
    const place = plot.x.categories?.[point.x] ?? formatPlain(point.x);
    const words = `${series.name}, ${place}: ${formatEstimate({ mean: point.y, margin: point.margin ?? Number.NaN })}`;
    parts.push(markerAt(series, x, y, hasTips ? element('title', {}, escaped(words)) : ''));
  }
  return parts.join('');
}

export function placesOf({ points, column }: DrawnSeries, field: PlotField): readonly Place[] {
  const slot = (field.xScale.slot ?? 0) * (field.right - field.left) * SLOT_USED;
  const shift = column === undefined ? 0 : ((column.index + 0.5) / column.count - 0.5) * slot;
  return points.map(({ x, y }): Place => [field.x(x) + shift, field.y(y)]);
}

/** A line through its points; of one point, or not joined, level ones: across the plot, or each category's place. */
function linesOf(series: DrawnSeries, field: PlotField): readonly (readonly Place[])[] {
  const places = placesOf(series, field);
  const { left, right, xScale } = field;
  if (series.isJoined && places.length > 1) return [places];
  if (xScale.slot === undefined) {
    return places.map(([, y]): readonly Place[] => [
      [left, y],
      [right, y],
    ]);
  }
  const slot = xScale.slot * (right - left);
  const half = (slot * SLOT_USED) / 2 / (series.column?.count ?? 1);
  return places.map(([x, y]): readonly Place[] => [
    [x - half, y],
    [x + half, y],
  ]);
}

export function finite(margin: number): number {
  return Number.isFinite(margin) ? margin : 0;
}

/** How deep the hatched ground is below a bound that is not the lowest. */
const FENCE = 12;
/** Of a category's place, what its marks use. */
const SLOT_USED = 0.7;
