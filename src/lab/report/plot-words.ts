// A plot in words, for those who do not see it: what each measured series goes from and to, and how it stands to theory and
// to the bound. Says what the figures say, and judges nothing.

import type { Plot, Point } from '../scenario.ts';
import { formatEstimate, formatNumber, formatPlain } from './figure-text.ts';
import { type DrawnSeries, drawnSeries, heightAt } from './plot-series.ts';

export function plotWords(plot: Plot): string {
  const series = drawnSeries(plot);
  const measured = series.filter(({ kind, points }) => kind === 'measured' && points.length > 0);
  if (measured.length === 0) return 'Nothing was measured.';
  const axes = `${sentence(plot.y.label)}, by ${lowered(plot.x.label)}.`;
  return [axes, ...measured.map(each => seriesWords(plot, each, series))].join(' ');
}

function seriesWords(plot: Plot, series: DrawnSeries, all: readonly DrawnSeries[]): string {
  const { name, points } = series;
  const text = [`${sentence(name)}: ${pointsWords(plot, points)}`];
  for (const kind of ['theory', 'bound'] as const) {
    const lines = all.filter(each => each.kind === kind && each.points.length > 0);
    const line =
      lines.find(({ colour }) => colour === series.colour) ?? (lines.length === 1 ? lines[0] : undefined);
    if (line === undefined) continue;
    const ratios = points.flatMap(({ x, y }) => {
      const height = heightAt(plot, line, x);
      return height === undefined || height === 0 ? [] : [y / height];
    });
    if (ratios.length > 0) text.push(`${rangeWords(ratios)} times ${lowered(line.name)}`);
  }
  return `${text.join('; ')}.`;
}

function pointsWords({ x }: Plot, points: readonly Point[]): string {
  const place = (value: number) => x.categories?.[value] ?? formatPlain(value);
  const one = ({ x: value, y, margin = Number.NaN }: Point) =>
    `${formatEstimate({ mean: y, margin })} at ${place(value)}`;
  if (points.length <= FEW_POINTS) return points.map(one).join(', ');
  const heights = points.map(({ y }) => y);
  return `from ${one(points[0]!)} to ${one(points.at(-1)!)}, ${formatNumber(Math.min(...heights))} at the least and ${formatNumber(Math.max(...heights))} at the most`;
}

function rangeWords(ratios: readonly number[]): string {
  const least = formatNumber(Math.min(...ratios), 2);
  const most = formatNumber(Math.max(...ratios), 2);
  return least === most ? least : `${least} to ${most}`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Within a sentence; an abbreviation or a variable stays as it is. */
function lowered(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

const FEW_POINTS = 6;
