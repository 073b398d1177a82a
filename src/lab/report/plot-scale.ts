// Where values stand on an axis, and which of them are named there: an axis of numbers, linear or logarithmic, or of
// categories. Places are parts of the axis, 0…1; pixels are the plot's.

import type { Axis } from '../scenario.ts';
import { formatNumber, formatPlain } from './figure-text.ts';

export interface PlotScale {
  /** 0…1 within the axis. */
  at(value: number): number;
  readonly ticks: readonly Tick[];
  /** Of categories: the part of the axis that each has. Undefined on an axis of numbers. */
  readonly slot: number | undefined;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface ScaleOptions {
  /** About so many ticks. */
  readonly count: number;
  /** How much of the axis a label takes, 0…1: parameters that were chosen are ticks where their labels have room. */
  readonly labelSize?: (label: string) => number;
  /** Room at either end, as a part. @default 0: the ends are ticks */
  readonly padding?: number;
}

export function plotScale(axis: Axis, values: readonly number[], options: ScaleOptions): PlotScale {
  if (axis.categories !== undefined) return categoryScale(axis.categories);
  const finite = values.filter(Number.isFinite);
  const positive = finite.filter(value => value > 0);
  if (axis.scale === 'log' && positive.length > 0) return logScale(positive, options);
  return linearScale(finite.length === 0 ? [0, 1] : finite, options);
}

/** 1, 2 or 5 times a power of ten, of which about `count` make the span. */
export function niceStep(span: number, count: number): number {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find(each => each * power >= rough * 0.999) ?? 10;
  return factor * power;
}

function categoryScale(categories: readonly string[]): PlotScale {
  const slot = 1 / Math.max(1, categories.length);
  const at = (value: number) => (value + 0.5) * slot;
  return { at, ticks: categories.map((label, i) => ({ at: at(i), label })), slot };
}

function linearScale(values: readonly number[], options: ScaleOptions): PlotScale {
  const { count, padding = 0 } = options;
  let [low, high] = [Math.min(...values), Math.max(...values)];
  // From nothing, where nothing is not far.
  if (low > 0 && low < 0.4 * high && padding === 0) low = 0;
  if (low === high)
    [low, high] = low === 0 ? [0, 1] : [low - Math.abs(low) * 0.1, high + Math.abs(high) * 0.1];
  const step = niceStep(high - low, count);
  if (padding === 0) {
    low = Math.floor(low / step + 1e-9) * step;
    high = Math.ceil(high / step - 1e-9) * step;
  }
  const room = (high - low) * padding;
  const from = low - room;
  const span = high - low + 2 * room;
  const at = (value: number) => (value - from) / span;
  const regular: number[] = [];
  for (let i = Math.ceil((low - room) / step - 1e-9); i * step <= high + room + step * 1e-9; i++)
    regular.push(i * step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = chosenTicks(values, at, options) ?? toTicks(regular, at, decimals);
  return { at, ticks, slot: undefined };
}

function logScale(values: readonly number[], options: ScaleOptions): PlotScale {
  const { padding = 0.04 } = options;
  let [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))];
  if (high - low < 0.1) [low, high] = [low - 0.2, high + 0.2];
  const room = (high - low) * Math.max(0.04, padding);
  low -= room;
  high += room;
  const at = (value: number) => (Math.log10(Math.max(value, Number.MIN_VALUE)) - low) / (high - low);
  const factors = high - low > 3 ? [1] : high - low > 1.2 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
  const regular: number[] = [];
  for (let power = Math.floor(low); power <= high; power++) {
    for (const factor of factors) {
      const value = Number((factor * 10 ** power).toPrecision(3));
      if (Math.log10(value) >= low && Math.log10(value) <= high) regular.push(value);
    }
  }
  return { at, ticks: chosenTicks(values, at, options) ?? toTicks(regular, at), slot: undefined };
}

/** The values themselves where they are few: somebody chose them. Undefined where their labels would touch. */
function chosenTicks(
  values: readonly number[],
  at: (value: number) => number,
  { labelSize }: ScaleOptions,
): readonly Tick[] | undefined {
  if (labelSize === undefined) return undefined;
  const chosen = [...new Set(values)].sort((a, b) => a - b);
  if (chosen.length > MOST_CHOSEN) return undefined;
  const ticks = toTicks(chosen, at);
  const touches = ticks.some((tick, i) => {
    const next = ticks[i + 1];
    return next !== undefined && next.at - tick.at < (labelSize(tick.label) + labelSize(next.label)) / 2;
  });
  return touches ? undefined : ticks;
}

/** With as many decimals each, where that is said. */
function toTicks(
  values: readonly number[],
  at: (value: number) => number,
  decimals?: number,
): readonly Tick[] {
  return values.map(value => {
    const plain = Number(value.toPrecision(12));
    const label =
      decimals === undefined || Math.abs(plain) >= 1e7 ? formatPlain(plain) : formatNumber(plain, decimals);
    return { at: at(value), label };
  });
}

const MOST_CHOSEN = 10;
