// What is within a plot's frame: the names of series, axes, and above them measured points with bars, theory as a dashed line,
// the bound as a line on hatched ground, which nobody may enter.

import type { Plot } from '../scenario.ts';
import { formatPlain } from './figure-text.ts';
import { element } from './markup.ts';
import { categoryLabels } from './plot-categories.ts';
import { drawBounds, drawLines, drawMeasured, finite, type PlotField, placesOf } from './plot-drawing.ts';
import { drawEndLabels, drawLegend, endLabels } from './plot-legend.ts';
import { hatchPattern, LINE_HEIGHT, textLines } from './plot-marks.ts';
import { type PlotScale, plotScale } from './plot-scale.ts';
import { type DrawnSeries, drawnSeries } from './plot-series.ts';
import { textWidth, wrapped } from './text-width.ts';

/** Where there is room, and the size of the font. */
export interface PlotRoom {
  readonly id: string;
  readonly size: number;
  /** Each point says what it is under the mouse. */
  readonly hasTips: boolean;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function drawPlot(plot: Plot, room: PlotRoom): string {
  const { id, size } = room;
  const series = drawnSeries(plot).filter(({ points }) => points.length > 0);
  if (series.length === 0)
    return element('text', { x: room.left, y: room.top + 2 * size }, 'Nothing was measured.');
  const width = room.right - room.left;
  const labels = endLabels(series, width, room.bottom - room.top - 4 * size, size);
  const legend =
    labels === undefined && (series.length > 1 || series[0]!.name !== plot.title)
      ? drawLegend(series, [room.left, room.top], width, size, id)
      : { height: 0, drawn: '' };
  const yTitle = wrapped(plot.y.label, width, size);
  const xTitle = wrapped(plot.x.label, width * 0.9, size);
  const yTitleTop = room.top + legend.height + 2;
  const top = yTitleTop + yTitle.length * size * LINE_HEIGHT + size * 0.8;
  const yScale = plotScale(plot.y, heightsOf(series, plot), { count: (room.bottom - top) / 48 });
  const axisLeft = room.left + Math.max(...yScale.ticks.map(({ label }) => textWidth(label, size))) + 8;
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x));
  // The last number's name stands out on the right.
  const half = plot.x.categories === undefined ? textWidth(formatPlain(Math.max(...xs)), size) / 2 : 0;
  const right =
    room.right -
    (labels === undefined ? Math.max(6, half - 8) : Math.max(...labels.map(each => each.width)) + 16);
  const categoriesFrom = (from: number) =>
    plot.x.categories &&
    categoryLabels(plotScale(plot.x, [], { count: 1 }).ticks, right - from, { size, mostHeight: size * 7 });
  // Room for the first name, where names stand aslant.
  const overhang = Math.min(width * MOST_OVERHANG, categoriesFrom(axisLeft)?.overhang ?? 0);
  const left = Math.max(axisLeft, room.left + overhang);
  const categories = categoriesFrom(left);
  const xScale = plotScale(plot.x, xs, {
    count: (right - left) / 80,
    labelSize: label => (textWidth(label, size) + 8) / (right - left),
    padding: 0.04,
  });
  const xTitleTop = room.bottom - xTitle.length * size * LINE_HEIGHT - 2;
  const bottom = xTitleTop - 6 - (categories?.height ?? size * 1.4);
  const field: PlotField = {
    ...{ left, right, top, bottom, xScale },
    x: value => left + xScale.at(value) * (right - left),
    y: value => bottom - yScale.at(value) * (bottom - top),
  };
  const ends = labels?.map(label => {
    const places = placesOf(label.series, field);
    const [fromX, wanted] = places.at(-1)!;
    return { ...label, wanted, fromX };
  });
  return [
    patternsOf(series, id),
    legend.drawn,
    textLines(yTitle, size, room.left, yTitleTop),
    ...yScale.ticks.flatMap(({ at, label }) => {
      const y = bottom - at * (bottom - top);
      return [
        element('line', { class: 'grid', x1: left, y1: y, x2: right, y2: y }),
        element('text', { x: left - 6, y: y + size * 0.36, 'text-anchor': 'end' }, label),
      ];
    }),
    categories?.draw(left, bottom + 4, room.left) ?? numberLabels(xScale, field, size),
    textLines(xTitle, size, xTitle.length > 1 ? room.right : right, xTitleTop, { 'text-anchor': 'end' }),
    ...drawBounds(series, field, id),
    element('line', { class: 'axis', x1: left, y1: bottom, x2: right, y2: bottom }),
    ...series.filter(({ kind }) => kind === 'theory').map(each => drawLines(each, field)),
    ...series
      .filter(({ kind }) => kind === 'measured')
      .map(each => drawMeasured(plot, each, field, room.hasTips)),
    ends === undefined ? '' : drawEndLabels(ends, right + 10, [top - size * 0.5, bottom + size * 0.5], size),
  ].join('');
}

function numberLabels({ ticks }: PlotScale, { left, right, bottom }: PlotField, size: number): string {
  return ticks
    .map(({ at, label }) => {
      const x = left + at * (right - left);
      return (
        element('line', { class: 'axis', x1: x, y1: bottom, x2: x, y2: bottom + 4 }) +
        element('text', { x, y: bottom + size * 1.4, 'text-anchor': 'middle' }, label)
      );
    })
    .join('');
}

/** All heights that are to be seen; room below a bound, so that its ground is seen. */
function heightsOf(series: readonly DrawnSeries[], { y }: Plot): readonly number[] {
  const isLog = y.scale === 'log';
  const heights = series
    .flatMap(({ points }) =>
      points.flatMap(({ y, margin = 0 }) => {
        const low = y - finite(margin);
        // What cannot be below nothing gets no room there.
        return [y, y >= 0 ? Math.max(0, low) : low, y + finite(margin)];
      }),
    )
    .filter(height => Number.isFinite(height) && (!isLog || height > 0));
  const bounds = series
    .filter(({ kind }) => kind === 'bound')
    .flatMap(({ points }) => points.map(point => point.y));
  if (bounds.length === 0) return heights;
  const [low, high] = [Math.min(...bounds), Math.max(...heights)];
  const below = isLog ? low / Math.max(1.1, high / low) ** 0.15 : Math.max(0, low - 0.15 * (high - low));
  return isLog || low > 0 ? [...heights, below] : heights;
}

function patternsOf(series: readonly DrawnSeries[], id: string): string {
  const colours = new Set(series.filter(({ kind }) => kind === 'bound').map(({ colour }) => colour));
  return colours.size === 0
    ? ''
    : element('defs', {}, ...[...colours].map(colour => hatchPattern(id, colour)));
}

/** Of a plot's width, at most, what the first category's name may take on the left of the axis. */
const MOST_OVERHANG = 0.3;
