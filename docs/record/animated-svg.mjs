// Screens in the course of time as one SVG that moves without a script: every text that stands still is written once, every
// other once for each time at which it shows. Who wants no motion sees the last frame, as does a program without CSS animation.
//
//   frame        0    1    2    3            text "37 %" at row 4 shows in frames 1 and 2: a group of what shows
//   row 4           37 % 37 % 41 %           then, and one rule that makes it visible from 25 % to 75 % of the time

/**
 * `panes`, one below the other: `{ title, columns, rows, frames }`, of each frame its rows as `Screen` has them, all panes with as
 * many frames. A frame shows for `stepMs`, the last for `holdMs`; then it begins again.
 */
export function animatedSvg({ title, description, panes, stepMs, holdMs }) {
  const count = panes[0].frames.length;
  const totalMs = (count - 1) * stepMs + holdMs;
  const width = Math.max(...panes.map(({ columns }) => columns)) * CELL_WIDTH + 2 * PADDING + 2 * MARGIN;
  /** By the span of frames, `from-end`: what shows in it. */
  const spans = new Map();
  const frames = [];
  let top = MARGIN;
  for (const pane of panes) {
    const height = TITLE_HEIGHT + pane.rows * CELL_HEIGHT + PADDING;
    frames.push(
      `<rect class="pane" x="${MARGIN}.5" y="${top}.5" width="${width - 2 * MARGIN - 1}" height="${height - 1}" rx="6"/>`,
      `<text class="title" x="${MARGIN + PADDING}" y="${top + 17}">${escaped(pane.title)}</text>`,
    );
    gather(pane, top + TITLE_HEIGHT, spans);
    top += height + MARGIN;
  }
  const moving = [...spans].filter(([, { from, end }]) => to(from, end, count) !== 'always');
  const still = [...spans.values()].filter(({ from, end }) => to(from, end, count) === 'always');
  const rules = moving.map(([name, { from, end }]) => {
    const start = from === 0 ? '0%{' : `0%{visibility:hidden}${percent(from * stepMs, totalMs)}{`;
    const stop = end === count ? '' : `${percent(end * stepMs, totalMs)}{visibility:hidden}`;
    return `@keyframes k${name}{${start}visibility:visible}${stop}}.k${name}{animation-name:k${name}}`;
  });
  const groups = moving.map(
    ([name, { end, drawn }]) => `<g class="k${name}${end === count ? ' end' : ''}">${drawn.join('')}</g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" width="${width}" height="${top}" role="img" aria-labelledby="t d">`,
    `<title id="t">${escaped(title)}</title><desc id="d">${escaped(description)}</desc>`,
    `<style>${STYLE}g{visibility:hidden;animation:${totalMs}ms step-end infinite}.end{visibility:visible}`,
    '@media (prefers-reduced-motion:reduce){g{animation:none}}',
    ...rules,
    '</style>',
    `<rect class="ground" width="${width}" height="${top}" rx="8"/>`,
    ...frames,
    ...still.flatMap(({ drawn }) => drawn),
    ...groups,
    '</svg>',
    '',
  ].join('\n');
}

/** Each piece of text of a pane, by the frames in which it shows. */
function gather({ frames }, top, spans) {
  const since = new Map();
  const ends = (drawn, frame) => {
    const from = since.get(drawn);
    since.delete(drawn);
    const name = `${from}-${frame}`;
    if (!spans.has(name)) spans.set(name, { from, end: frame, drawn: [] });
    spans.get(name).drawn.push(drawn);
  };
  frames.forEach((rows, frame) => {
    const shown = new Set(
      rows.flatMap((runs, row) => runs.flatMap(run => draw(run, top + row * CELL_HEIGHT))),
    );
    for (const drawn of [...since.keys()]) if (!shown.has(drawn)) ends(drawn, frame);
    for (const drawn of shown) if (!since.has(drawn)) since.set(drawn, frame);
  });
  for (const drawn of [...since.keys()]) ends(drawn, frames.length);
}

/** A run in pieces that change apart from one another: bars, and words where more than one space lies between them. */
function draw({ text, column, style }, top) {
  const pieces = [];
  for (const { 0: piece, index } of text.matchAll(PIECES)) {
    const x = MARGIN + PADDING + (column + index) * CELL_WIDTH;
    const colour = style === '' ? '' : ` class="${style}"`;
    if (BAR.test(piece)) pieces.push(`<path${colour} d="${outline(piece, x, top)}"/>`);
    else {
      const exact = piece.length < LONG ? '' : ` textLength="${round(piece.length * CELL_WIDTH)}"`;
      pieces.push(`<text${colour} x="${round(x)}" y="${top + BASELINE}"${exact}>${escaped(piece)}</text>`);
    }
  }
  return pieces;
}

/** Block elements as one shape: fonts draw them with gaps, or have none of them. */
function outline(bar, x, top) {
  const bottom = top + CELL_HEIGHT;
  let path = '';
  for (const { 0: cells, index } of bar.matchAll(/(.)\1*/g)) {
    const left = round(x + index * CELL_WIDTH);
    const height = round(((EIGHTHS.indexOf(cells[0]) + 1) / 8) * CELL_HEIGHT);
    if (height > 0) path += `M${left} ${bottom}v${-height}h${round(cells.length * CELL_WIDTH)}v${height}z`;
    else
      for (let i = 0; i < cells.length; i++)
        path += `M${round(x + (index + i + 0.5) * CELL_WIDTH - 1)} ${top + CELL_HEIGHT / 2}h2v2h-2z`;
  }
  return path;
}

function to(from, end, count) {
  return from === 0 && end === count ? 'always' : 'sometimes';
}

function percent(partMs, totalMs) {
  return `${round((partMs / totalMs) * 100)}%`;
}

function round(number) {
  return Math.round(number * 100) / 100;
}

function escaped(text) {
  return text.replace(/[&<>"]/g, character => `&#${character.codePointAt(0)};`);
}

const CELL_WIDTH = 7.8;
const CELL_HEIGHT = 17;
const BASELINE = 13;
const PADDING = 12;
const MARGIN = 10;
const TITLE_HEIGHT = 26;
/** From so many letters on their width is told: fonts differ by a hundredth, and that adds up. */
const LONG = 24;
const EIGHTHS = '▁▂▃▄▅▆▇█';
const BAR = /^(?:[▁-█][▁-█·]*|·[▁-█·]+)$/;
const PIECES = /[▁-█][▁-█·]*|·[▁-█·]+|[^ ▁-█]+(?: [^ ▁-█]+)*/g;
/** The colours of a dark ground, each by what it means (paint.ts), with a contrast of 4.5 : 1 and more. */
const STYLE = [
  'text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e6e8ea;white-space:pre}',
  '.ground{fill:#14171a}.pane{fill:none;stroke:#2a2f34}',
  '.title{font:12px system-ui,sans-serif}.title,.idle{fill:#9ca3af}.strong{font-weight:700}',
  '.received{fill:#56b4e9}.given{fill:#e69f00}.complete{fill:#2bbf96}.failed{fill:#f0794a}.chosen{fill:#b79cf2}',
].join('');
