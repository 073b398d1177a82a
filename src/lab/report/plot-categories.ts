// The names of categories below an axis: in lines where their places are wide enough, else aslant.

import { element, escaped } from './markup.ts';
import type { Tick } from './plot-scale.ts';
import { textWidth, wrapped } from './text-width.ts';

export interface CategoryLabels {
  readonly height: number;
  /** `left` is where the axis begins, `top` the height from which there is room. */
  draw(left: number, top: number): string;
}

export function categoryLabels(
  ticks: readonly Tick[],
  axisWidth: number,
  { size, mostHeight }: { readonly size: number; readonly mostHeight: number },
): CategoryLabels {
  const slot = axisWidth / Math.max(1, ticks.length) - 6;
  const line = size * 1.15;
  const labels = ticks.map(tick => ({ ...tick, lines: wrapped(tick.label, slot, size) }));
  const isLevel = labels.every(
    ({ lines }) => lines.length <= 3 && lines.every(text => textWidth(text, size) <= slot + 2),
  );
  if (isLevel) {
    return {
      height: Math.max(...labels.map(({ lines }) => lines.length)) * line + 2,
      draw: (left, top) =>
        labels
          .flatMap(({ at, lines }) =>
            lines.map((text, i) =>
              element(
                'text',
                { x: left + at * axisWidth, y: top + size * 0.9 + i * line, 'text-anchor': 'middle' },
                escaped(text),
              ),
            ),
          )
          .join(''),
    };
  }
  const widest = Math.max(...ticks.map(({ label }) => textWidth(label, size)));
  const height = Math.min(mostHeight, widest * SLANT + size);
  return {
    height,
    draw: (left, top) =>
      ticks
        .map(({ at, label }) => {
          const x = left + at * axisWidth;
          const transform = `translate(${Math.round(x)} ${Math.round(top + size * 0.8)}) rotate(-35)`;
          return element('text', { transform, 'text-anchor': 'end' }, escaped(label));
        })
        .join(''),
  };
}

/** The sine of 35 degrees. */
const SLANT = 0.574;
