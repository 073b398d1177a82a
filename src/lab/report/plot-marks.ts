// The marks of a plot: markers, bars, lines, hatched ground. Each has a class for its kind and one for its colour; what they
// look like is `PLOT_RULES`.

import { type Attributes, element, escaped, short } from './markup.ts';
import type { DrawnSeries, PlotColour } from './plot-series.ts';

export type Place = readonly [x: number, y: number];

export function markerAt(
  { marker, colour, isHollow }: DrawnSeries,
  x: number,
  y: number,
  title = '',
): string {
  const attributes = { class: `mark c-${colour}${isHollow ? ' hollow' : ''}` };
  const inside = title === '' ? [] : [title];
  switch (marker) {
    case 'circle':
      return element('circle', { ...attributes, cx: x, cy: y, r: 3.6 }, ...inside);
    case 'square':
      return element('rect', { ...attributes, x: x - 3.4, y: y - 3.4, width: 6.8, height: 6.8 }, ...inside);
    case 'diamond':
      return element(
        'path',
        { ...attributes, d: around(x, y, [0, -4.8, 4.8, 0, 0, 4.8, -4.8, 0]) },
        ...inside,
      );
    case 'triangle':
      return element('path', { ...attributes, d: around(x, y, [0, -4.4, 4.4, 3.4, -4.4, 3.4]) }, ...inside);
    default:
      return marker satisfies never;
  }
}

/** How sure a point is: from `low` to `high`, which are heights in pixels. */
export function barAt({ colour }: DrawnSeries, x: number, low: number, high: number): string {
  const [a, from, to] = [x, low, high].map(short);
  const cap = (y: string | undefined) => `M${short(x - 3)} ${y}H${short(x + 3)}`;
  return element('path', { class: `bar c-${colour}`, d: `M${a} ${from}V${to}${cap(from)}${cap(to)}` });
}

export function lineThrough(
  { kind, colour, isDense, isHollow }: DrawnSeries,
  places: readonly Place[],
): string {
  const kinds = `${kind}${isDense ? ' dense' : ''}${isHollow ? ' second' : ''}`;
  return element('path', { class: `line ${kinds} c-${colour}`, d: pathThrough(places) });
}

/** Between two lines that run the same way. */
export function areaBetween(
  className: string,
  fill: string | undefined,
  upper: readonly Place[],
  lower: readonly Place[],
): string {
  const d = `${pathThrough([...upper, ...[...lower].reverse()])}Z`;
  return element('path', { class: className, fill, d });
}

export function hatchFill(id: string, colour: PlotColour): string {
  return `url(#${id}-${colour})`;
}

export function hatchPattern(id: string, colour: PlotColour): string {
  return element(
    'pattern',
    {
      id: `${id}-${colour}`,
      width: 6,
      height: 6,
      patternUnits: 'userSpaceOnUse',
      patternTransform: 'rotate(45)',
    },
    element('line', { class: `hatch c-${colour}`, x1: 0, y1: 0, x2: 0, y2: 6 }),
  );
}

/** Lines of text, the first of which has its top at `top`. */
export function textLines(
  lines: readonly string[],
  size: number,
  x: number,
  top: number,
  attributes: Attributes = {},
): string {
  return lines
    .map((line, i) =>
      element('text', { ...attributes, x, y: top + size * (LINE_HEIGHT * i + 1) }, escaped(line)),
    )
    .join('');
}

export function lineSample(series: DrawnSeries, x: number, y: number, width: number): string {
  return lineThrough(series, [
    [x, y],
    [x + width, y],
  ]);
}

export function boundSample(series: DrawnSeries, x: number, y: number, width: number, id: string): string {
  const fill = hatchFill(id, series.colour);
  const ground = element('rect', { class: 'ground', fill, x, y: y - 3, width, height: 8 });
  return ground + lineSample(series, x, y - 3, width);
}

export function pathThrough(places: readonly Place[]): string {
  return places.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join('');
}

function around(x: number, y: number, offsets: readonly number[]): string {
  const places: Place[] = [];
  for (let i = 0; i < offsets.length; i += 2) places.push([x + offsets[i]!, y + offsets[i + 1]!]);
  return `${pathThrough(places)}Z`;
}

/** From one line of text to the next, in parts of the font's size. */
export const LINE_HEIGHT = 1.2;

/** Custom properties are `colourRules`'. */
export const PLOT_RULES = [
  '.plot{font-family:system-ui,sans-serif;font-variant-numeric:tabular-nums}',
  '.plot text{fill:var(--idle)}',
  '.plot .name{fill:var(--text)}',
  ...['received', 'given', 'complete', 'chosen', 'idle'].map(
    name =>
      `.plot .t-${name}{fill:var(--${name})}.plot .c-${name}{--mark:var(--${name === 'given' ? 'given-mark' : name})}`,
  ),
  '.plot .grid{stroke:var(--line)}',
  '.plot .axis{stroke:var(--edge)}',
  '.plot .leader{stroke:var(--idle-mark);stroke-width:.75}',
  '.plot .line{fill:none;stroke:var(--mark);stroke-linejoin:round}',
  '.plot .measured{stroke-width:1;stroke-opacity:.55}',
  '.plot .dense{stroke-width:1.75;stroke-opacity:1}',
  '.plot .theory{stroke-width:1.75;stroke-dasharray:7 4}',
  '.plot .theory.second{stroke-dasharray:2 3}',
  '.plot .measured.second{stroke-dasharray:4 2}',
  '.plot .bound{stroke-width:1.75}',
  '.plot .hatch{stroke:var(--mark);stroke-width:1.5;stroke-opacity:.45}',
  '.plot .band{fill:var(--mark);fill-opacity:.16}',
  '.plot .bar{fill:none;stroke:var(--mark);stroke-width:1.25}',
  '.plot .mark{fill:var(--mark);stroke:var(--card);stroke-width:1}',
  '.plot .hollow{fill:var(--card);stroke:var(--mark);stroke-width:1.5}',
].join('');
