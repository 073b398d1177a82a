// A plot of the lab as SVG, drawn the same everywhere: measured as points with bars, theory as a dashed line, the bound as a
// line on hatched ground, which nobody may enter. In a page its colours are the page's; as a file it brings them along, light
// and dark. It is told in words too.

import type { Plot } from '../scenario.ts';
import { colourRules } from './colours.ts';
import { element, escaped } from './markup.ts';
import { categoryLabels } from './plot-categories.ts';
import { drawBounds, drawLines, drawMeasured, finite, type PlotField, placesOf } from './plot-drawing.ts';
import { drawEndLabels, drawLegend, endLabels } from './plot-legend.ts';
import { hatchPattern, PLOT_RULES } from './plot-marks.ts';
import { type PlotScale, plotScale } from './plot-scale.ts';
import { type DrawnSeries, drawnSeries } from './plot-series.ts';
import { plotWords } from './plot-words.ts';
import { textWidth } from './text-width.ts';

export interface SvgPlotOptions {
  /** Of this plot alone in its page. */
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Pixels. @default 12 */
  readonly fontSize?: number;
  /** For the page's style. */
  readonly className?: string;
  /** A file of its own, with its title and ground. @default false: part of a page, which has the title */
  readonly isFile?: boolean;
}

export function svgPlot(plot: Plot, options: SvgPlotOptions): string {
  const { id, width, height, fontSize = 12, isFile = false, className } = options;
  const titleHeight = isFile ? fontSize * 2.4 : 0;
  const edge = isFile ? 16 : 0;
  const parts = drawPlot(plot, {
    ...{ id, size: fontSize, left: edge, top: titleHeight + edge * 0.5 },
    ...{ right: width - edge, bottom: height - edge * 0.5 },
  });
  const attributes = {
    xmlns: isFile ? 'http://www.w3.org/2000/svg' : undefined,
    class: className === undefined ? 'plot' : `plot ${className}`,
    viewBox: `0 0 ${width} ${height}`,
    ...(isFile && { width, height }),
    role: 'img',
    'aria-labelledby': `${id}-t ${id}-d`,
    'font-size': fontSize,
  };
  const title = element(
    'text',
    { class: 'name', x: edge, y: edge + fontSize, 'font-size': fontSize + 2, 'font-weight': 600 },
    escaped(plot.title),
  );
  return element(
    'svg',
    attributes,
    element('title', { id: `${id}-t` }, escaped(plot.title)),
    element('desc', { id: `${id}-d` }, escaped(plotWords(plot))),
    ...(isFile
      ? [
          `<style>${colourRules(':root')}${PLOT_RULES}.sheet{fill:var(--card);stroke:var(--line)}</style>`,
          element('rect', { class: 'sheet', x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 6 }),
          title,
        ]
      : []),
    parts,
  );
}

interface Room {
  readonly id: string;
  readonly size: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function drawPlot(plot: Plot, room: Room): string {
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
  const top = room.top + legend.height + size * 2.1;
  const yScale = plotScale(plot.y, heightsOf(series, plot), { count: (room.bottom - top) / 48 });
  const left = room.left + Math.max(...yScale.ticks.map(({ label }) => textWidth(label, size))) + 8;
  const right = room.right - (labels === undefined ? 6 : Math.max(...labels.map(each => each.width)) + 16);
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x));
  const xScale = plotScale(plot.x, xs, {
    count: (right - left) / 80,
    labelSize: label => (textWidth(label, size) + 8) / (right - left),
    padding: 0.04,
  });
  const categories =
    plot.x.categories && categoryLabels(xScale.ticks, right - left, { size, mostHeight: size * 6 });
  const bottom = room.bottom - size * 1.6 - (categories?.height ?? size * 1.4);
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
    element('text', { x: room.left, y: top - size * 0.9 }, escaped(plot.y.label)),
    ...yScale.ticks.flatMap(({ at, label }) => {
      const y = bottom - at * (bottom - top);
      return [
        element('line', { class: 'grid', x1: left, y1: y, x2: right, y2: y }),
        element('text', { x: left - 6, y: y + size * 0.36, 'text-anchor': 'end' }, label),
      ];
    }),
    categories?.draw(left, bottom + 4) ?? numberLabels(xScale, field, size),
    element('text', { x: right, y: room.bottom - 3, 'text-anchor': 'end' }, escaped(plot.x.label)),
    ...drawBounds(series, field, id),
    element('line', { class: 'axis', x1: left, y1: bottom, x2: right, y2: bottom }),
    ...series.filter(({ kind }) => kind === 'theory').map(each => drawLines(each, field)),
    ...series.filter(({ kind }) => kind === 'measured').map(each => drawMeasured(plot, each, field)),
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
