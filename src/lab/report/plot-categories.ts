// The names of categories below an axis: in lines where their places are wide enough, else aslant.

import { element, escaped } from './markup.ts';
import type { Tick } from './plot-scale.ts';
import { textWidth, wrapped } from './text-width.ts';

export interface CategoryLabels {
  readonly height: number;
  /** How far the first stands out to the left of the axis. */
  readonly overhang: number;
  /** `left` is where the axis begins, `top` the height from which there is room, `edge` where all room begins. */
  draw(left: number, top: number, edge: number): string;
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
      overhang: 0,
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
  const height = Math.min(mostHeight, widest * SINE + size);
  const first = ticks[0]!;
  const firstWidth = Math.min((height - size) / SINE, textWidth(first.label, size));
  return {
    height,
    overhang: firstWidth * COSINE + size - first.at * axisWidth,
    draw: (left, top, edge) =>
      ticks
        .map(({ at, label }) => {
          const x = left + at * axisWidth;
          const room = Math.min((height - size) / SINE, (x - edge - size) / COSINE);
          const transform = `translate(${Math.round(x)} ${Math.round(top + size * 0.8)}) rotate(-35)`;
          return element('text', { transform, 'text-anchor': 'end' }, escaped(shortened(label, room, size)));
        })
        .join(''),
  };
}

/** The middle left out: names that are alike differ at an end. */
function shortened(text: string, width: number, size: number): string {
  let [head, tail] = [text, ''];
  while (head !== '' && textWidth(head + tail, size) > width) {
    const kept = (tail === '' ? head.length : head.length + tail.length - 1) - 1;
    head = text.slice(0, Math.ceil(kept / 2));
    tail = `…${text.slice(text.length - Math.floor(kept / 2))}`;
  }
  return head + tail;
}

/** Of 35 degrees. */
const SINE = 0.574;
const COSINE = 0.819;
