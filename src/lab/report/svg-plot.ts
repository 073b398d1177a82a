// A plot of the lab as SVG, the same everywhere: in a page its colours are the page's, as a file it brings them along, light and
// dark, with its title and its ground. It is told in words too.

import type { Plot } from '../scenario.ts';
import { colourRules } from './colours.ts';
import { element, escaped } from './markup.ts';
import { drawPlot } from './plot-body.ts';
import { PLOT_RULES, textLines } from './plot-marks.ts';
import { plotWords } from './plot-words.ts';
import { wrapped } from './text-width.ts';

export interface SvgPlotOptions {
  /** Of this plot alone in its page. */
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Pixels. @default 12 */
  readonly fontSize?: number;
  /** For the page's style. */
  readonly className?: string;
  /** The id of another drawing of the same plot in the page, whose words are this one's too. */
  readonly wordsOf?: string;
  /** A file of its own, with its title and ground. @default false: part of a page, which has the title */
  readonly isFile?: boolean;
}

export function svgPlot(plot: Plot, options: SvgPlotOptions): string {
  const { id, width, height, fontSize = 12, isFile = false, className, wordsOf } = options;
  const edge = isFile ? 16 : 0;
  const titleSize = fontSize + 2;
  const titleLines = isFile ? wrapped(plot.title, width - 2 * edge, titleSize * BOLD) : [];
  const top = titleLines.length * titleSize * 1.2 + edge;
  const body = drawPlot(plot, {
    ...{ id, size: fontSize, hasTips: wordsOf === undefined, left: edge, top: isFile ? top + 4 : 0 },
    ...{ right: width - edge, bottom: height - edge / 2 },
  });
  const sheet = [
    `<style>${colourRules(':root')}${PLOT_RULES}.sheet{fill:var(--card);stroke:var(--line)}</style>`,
    element('rect', { class: 'sheet', x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 6 }),
    textLines(titleLines, titleSize, edge, edge, {
      class: 'name',
      'font-size': titleSize,
      'font-weight': 600,
    }),
  ];
  const words = [
    element('title', { id: `${id}-t` }, escaped(plot.title)),
    element('desc', { id: `${id}-d` }, escaped(plotWords(plot))),
  ];
  return element(
    'svg',
    {
      xmlns: isFile ? 'http://www.w3.org/2000/svg' : undefined,
      class: className === undefined ? 'plot' : `plot ${className}`,
      viewBox: `0 0 ${width} ${height}`,
      ...(isFile && { width, height }),
      role: 'img',
      'aria-labelledby': `${wordsOf ?? id}-t ${wordsOf ?? id}-d`,
      'font-size': fontSize,
    },
    ...(wordsOf === undefined ? words : []),
    ...(isFile ? sheet : []),
    body,
  );
}

/** How much wider bold letters are. */
const BOLD = 1.1;
