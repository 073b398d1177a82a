// Rates of the last minutes: down above the line, up below it, one time axis, limits as thin lines. uPlot comes when it is
// first needed; in words for those who hear it.

import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { formatBytes, formatRate } from '../figures.ts';
import { historyVersion, type RateSeries, SPAN_SECONDS } from '../rate-history.ts';
import { theme } from '../state.ts';

export type RateSpan = 'minutes' | 'day';

export interface RatePlotProps {
  readonly series: RateSeries;
  /** @default minutes */
  readonly span?: RateSpan;
  readonly downLimit: number | null;
  readonly upLimit: number | null;
  readonly label: string;
}

export function RatePlot({ series, span = 'minutes', downLimit, upLimit, label }: RatePlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const limits = useRef({ downLimit, upLimit });
  limits.current = { downLimit, upLimit };
  void historyVersion.value;
  const chosen = theme.value;

  useEffect(() => {
    let isOver = false;
    let observer: ResizeObserver | undefined;
    void import('uplot').then(({ default: UPlot }) => {
      if (isOver) return;
      const element = place.current!;
      plot.current = new UPlot(optionsOf(element.clientWidth, span, limits), dataOf(series), element);
      observer = new ResizeObserver(() =>
        plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
      );
      observer.observe(element);
    });
    return () => {
      isOver = true;
      observer?.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [series, span, chosen]);
  useEffect(() => {
    plot.current?.setData(dataOf(series));
  });

  const words = `${label}: receiving ${formatRate(series.down.at(-1) ?? 0)}, giving ${formatRate(-(series.up.at(-1) ?? 0))}.`;
  return <div ref={place} class="rate-plot" role="img" aria-label={words} />;
}

function dataOf({ times, down, up }: RateSeries): uPlot.AlignedData {
  return [times, down, up];
}

function optionsOf(
  width: number,
  span: RateSpan,
  limits: { current: Pick<RatePlotProps, 'downLimit' | 'upLimit'> },
): uPlot.Options {
  const { seconds, marks } = SPANS[span];
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--idle'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const line = (name: string, label: string): uPlot.Series => ({
    label,
    stroke: colour(name),
    fill: `${colour(name)}26`,
    width: 1.5,
    points: { show: false },
  });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 20, 0, 0],
    scales: {
      x: { time: true, range: () => [Date.now() / 1000 - seconds, Date.now() / 1000] },
      y: {
        range: (_, low, high) => {
          const most = Math.max(MIN_RATE, Math.abs(low ?? 0), Math.abs(high ?? 0)) * 1.1;
          return [(low ?? 0) < 0 ? -most : -most / 4, most];
        },
      },
    },
    series: [{}, line('--received', 'down'), line('--given-mark', 'up')],
    axes: [
      {
        ...axis,
        size: 24,
        splits: () => marks.map(([ago]) => Date.now() / 1000 - ago),
        values: () => marks.map(([, text]) => text),
      },
      {
        ...axis,
        size: 80,
        splits: (_, __, low, high) => rateSplits(low, high),
        values: (_, rates) => rates.map(rate => `${formatBytes(Math.abs(rate))}/s`),
      },
    ],
    hooks: { draw: [plot => drawLimits(plot, limits.current, colour)] },
  };
}

function drawLimits(
  plot: uPlot,
  { downLimit, upLimit }: Pick<RatePlotProps, 'downLimit' | 'upLimit'>,
  colour: (name: string) => string,
): void {
  const { ctx: context, bbox } = plot;
  const lines = [
    [0, '--idle'],
    [downLimit, '--received'],
    [upLimit === null ? null : -upLimit, '--given-mark'],
  ] as const;
  context.save();
  for (const [rate, name] of lines) {
    if (rate === null) continue;
    const y = plot.valToPos(rate, 'y', true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    context.strokeStyle = colour(name);
    context.lineWidth = devicePixelRatio;
    context.setLineDash(rate === 0 ? [] : [4 * devicePixelRatio, 4 * devicePixelRatio]);
    context.beginPath();
    context.moveTo(bbox.left, y);
    context.lineTo(bbox.left + bbox.width, y);
    context.stroke();
  }
  context.restore();
}

/** Two or three lines at whole figures of binary units, and as many below where there is room. */
export function rateSplits(low: number, high: number): number[] {
  const step = 2 ** Math.floor(Math.log2(high / 2));
  const splits: number[] = [];
  for (let rate = Math.ceil(low / step) * step; rate <= high; rate += step) splits.push(rate);
  return splits;
}

/** Seconds ago, and what stands there. */
type Mark = readonly [ago: number, text: string];
const SPANS: Readonly<Record<RateSpan, { readonly seconds: number; readonly marks: readonly Mark[] }>> = {
  minutes: {
    seconds: SPAN_SECONDS,
    marks: [...[5, 4, 3, 2, 1].map((ago): Mark => [60 * ago, `−${ago} min`]), [0, 'now']],
  },
  day: {
    seconds: 86_400,
    marks: [...[24, 18, 12, 6].map((ago): Mark => [3600 * ago, `−${ago} h`]), [0, 'now']],
  },
};
const HEIGHT = 150;
/** So that a few bytes are not a mountain. */
const MIN_RATE = 16 * 1024;
