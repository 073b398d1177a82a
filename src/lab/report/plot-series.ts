// What each series of a plot looks like: colour and marker by what it is about, so that swarm and server look the same in
// every plot, and never by colour alone. Points that no axis has a place for are left out.

import type { Plot, Point, Series } from '../scenario.ts';

export type PlotColour = 'received' | 'given' | 'complete' | 'chosen' | 'idle';
export type Marker = 'circle' | 'square' | 'diamond' | 'triangle';

export interface DrawnSeries {
  /** No two of a plot are the same. */
  readonly name: string;
  readonly kind: Series['kind'];
  readonly colour: PlotColour;
  readonly marker: Marker;
  /** The second of its colour. */
  readonly isHollow: boolean;
  readonly isJoined: boolean;
  /** So many points that they are a line, and their bars a band. */
  readonly isDense: boolean;
  /** In the order of x. */
  readonly points: readonly Point[];
  /** Of a category's place: which of how many columns. Undefined where it has all of it. */
  readonly column: { readonly index: number; readonly count: number } | undefined;
}

export function drawnSeries(plot: Plot): readonly DrawnSeries[] {
  const { series, x, y } = plot;
  const bounds = series.filter(({ kind }) => kind === 'bound').length;
  const columns = columnsOf(plot);
  return series.map((each, i): DrawnSeries => {
    const { kind, of = 'swarm' } = each;
    const [colour, marker] = LOOKS[of];
    const points = each.points
      .filter(point => isOn(x, point.x) && isOn(y, point.y))
      .sort((a, b) => a.x - b.x);
    const column = columns.indexOf(each);
    // A line that is of something stands with what is measured of it, where that is one series.
    const same =
      kind === 'measured' || each.of === undefined ? [] : columns.filter(own => own.of === each.of);
    const index = same.length === 1 ? columns.indexOf(same[0]!) : column;
    return {
      name: series.some((other, at) => at !== i && other.name === each.name)
        ? `${each.name}, ${kind}`
        : each.name,
      kind,
      // One bound is nobody's: it holds for all that is drawn.
      colour: kind === 'bound' && bounds === 1 ? 'idle' : colour,
      marker,
      isHollow: series.findIndex(other => other.kind === kind && (other.of ?? 'swarm') === of) !== i,
      isJoined: isJoined(plot, each),
      isDense: points.length > DENSE && isJoined(plot, each),
      points,
      column: columns.length < 2 || index === -1 ? undefined : { index, count: columns.length },
    };
  });
}

function isJoined({ x }: Plot, series: Series): boolean {
  return series.isJoined ?? (x.categories === undefined || x.categories.length > FEW_CATEGORIES);
}

/** Where a line is, at a place that it has a point at; on an axis of numbers a line of one point is there everywhere. */
export function heightAt({ x: axis }: Plot, { points }: DrawnSeries, x: number): number | undefined {
  if (points.length === 1 && axis.categories === undefined) return points[0]!.y;
  return points.find(point => point.x === x)?.y;
}

/** Of a plot of categories, the series that stand side by side in each. */
function columnsOf(plot: Plot): readonly Series[] {
  if (plot.x.categories === undefined) return [];
  return plot.series.filter(each => each.kind === 'measured' && !isJoined(plot, each));
}

function isOn({ scale, categories }: Plot['x'], value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (categories !== undefined) return value >= 0 && value < categories.length;
  return scale !== 'log' || value > 0;
}

const LOOKS = {
  swarm: ['received', 'circle'],
  server: ['given', 'square'],
  other: ['complete', 'diamond'],
  third: ['chosen', 'triangle'],
} as const satisfies Record<NonNullable<Series['of']>, readonly [PlotColour, Marker]>;

const DENSE = 40;
const FEW_CATEGORIES = 8;
