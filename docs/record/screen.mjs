// A terminal's screen, as far as our programs use one: letters of one column, line feeds, the colours of paint.ts, and what
// live-block.ts and progress.ts redraw with. It refuses what it does not know, so that no picture is quietly wrong.

/** What stands on the screen: `write` what a program has written, in pieces of any length, and look at `rows`. */
export class Screen {
  #columns;
  #rows;
  /** Of each row its cells, `{ character, style }`; a hole is a blank. */
  #cells;
  #row = 0;
  #column = 0;
  #colour = '';
  #isStrong = false;
  #isIdle = false;
  /** The beginning of an escape sequence whose end has not come yet. */
  #rest = '';

  constructor({ columns, rows }) {
    this.#columns = columns;
    this.#rows = rows;
    this.#cells = Array.from({ length: rows }, () => []);
  }

  /** @throws Error where there is something in it that it cannot show */
  write(text) {
    const all = this.#rest + text;
    this.#rest = '';
    for (let at = 0; at < all.length; ) {
      if (all[at] !== '\u001b') {
        const character = String.fromCodePoint(all.codePointAt(at));
        this.#put(character);
        at += character.length;
        continue;
      }
      const [whole, isAsked, number, final] = SEQUENCE.exec(all.slice(at)) ?? [];
      if (whole === undefined) {
        if (!BEGUN.test(all.slice(at))) throw unknown(all.slice(at, at + 8));
        this.#rest = all.slice(at);
        return;
      }
      this.#obey(whole, isAsked, number, final);
      at += whole.length;
    }
  }

  /** Each row as runs of one style, `{ text, column, style }`; blanks at its end are left out. */
  rows() {
    return this.#cells.map(cells => {
      const runs = [];
      for (let column = 0; column < cells.length; column++) {
        const { character, style } = cells[column] ?? BLANK;
        const last = runs.at(-1);
        if (last?.style === style) last.text += character;
        else runs.push({ text: character, column, style });
      }
      while (runs.length > 0 && runs.at(-1).text.trim() === '') runs.pop();
      if (runs.length > 0) runs.at(-1).text = runs.at(-1).text.trimEnd();
      return runs;
    });
  }

  /** The rows as they would be copied. */
  text() {
    return this.rows().map(runs => runs.reduce((line, run) => line.padEnd(run.column) + run.text, ''));
  }

  #put(character) {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#lineFeed();
    else if (!ONE_COLUMN.test(character)) throw unknown(character);
    else {
      // The last column waits: only what comes after it goes to the next row.
      if (this.#column === this.#columns) {
        this.#column = 0;
        this.#lineFeed();
      }
      this.#cells[this.#row][this.#column++] = { character, style: this.#style() };
    }
  }

  #obey(whole, isAsked, number, final) {
    const count = Number(number || 1);
    if (isAsked !== '') {
      // The cursor, shown or hidden: no picture of ours has one.
      if (number === '25' && (final === 'h' || final === 'l')) return;
    } else if (final === 'A') {
      this.#row = Math.max(0, this.#row - count);
      return;
    } else if (final === 'K' && number === '') {
      this.#cells[this.#row].length = Math.min(this.#cells[this.#row].length, this.#column);
      return;
    } else if (final === 'J' && number === '') {
      this.#cells[this.#row].length = Math.min(this.#cells[this.#row].length, this.#column);
      for (let row = this.#row + 1; row < this.#rows; row++) this.#cells[row] = [];
      return;
    } else if (final === 'm' && this.#paint(number)) return;
    throw unknown(whole);
  }

  /** False where it does not know the colour. */
  #paint(number) {
    if (number === '1') this.#isStrong = true;
    else if (number === '2') this.#isIdle = true;
    else if (number === '22') {
      this.#isStrong = false;
      this.#isIdle = false;
    } else if (number === '39') this.#colour = '';
    else if (COLOURS[number] !== undefined) this.#colour = COLOURS[number];
    else return false;
    return true;
  }

  #style() {
    return [this.#colour, this.#isStrong ? 'strong' : '', this.#isIdle ? 'idle' : '']
      .filter(Boolean)
      .join(' ');
  }

  #lineFeed() {
    if (++this.#row < this.#rows) return;
    this.#row = this.#rows - 1;
    this.#cells.shift();
    this.#cells.push([]);
  }
}

/** The rows of a screen every `stepMs`, `count` times. `events` are `{ atMs, text }` in the order of their times. */
export function framesOf(events, { columns, rows, stepMs, count }) {
  const screen = new Screen({ columns, rows });
  const frames = [];
  let next = 0;
  for (let frame = 0; frame < count; frame++) {
    // The last has everything, however short after its time it came.
    const untilMs = frame === count - 1 ? Number.POSITIVE_INFINITY : frame * stepMs;
    while (next < events.length && events[next].atMs <= untilMs) screen.write(events[next++].text);
    frames.push(screen.rows());
  }
  return frames;
}

function unknown(text) {
  return new Error(`The screen does not know ${JSON.stringify(text)}: teach it to docs/record/screen.mjs.`);
}

const BLANK = { character: ' ', style: '' };
const COLOURS = { 31: 'failed', 32: 'complete', 33: 'given', 34: 'received', 35: 'chosen' };
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what it looks for
const SEQUENCE = /^\u001b\[(\??)([0-9;]*)([A-Za-z])/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what it looks for
const BEGUN = /^\u001b(?:\[\??[0-9;]*)?$/;
// ASCII, Latin letters, dashes, quotes and dots, arrows, block elements, and the two marks of paint.ts.
const ONE_COLUMN = /^[\x20-\x7e\u00a0-\u024f\u2010-\u2027\u2190-\u21ff\u2580-\u259f\u2713\u2717]$/;
