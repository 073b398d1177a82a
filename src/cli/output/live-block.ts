// A block of lines at the bottom of a terminal, redrawn in place: what was above it stays where it is. The lines must be
// narrower than the terminal when they are drawn; where it is made narrower afterwards, they are still found and erased.

import type { Output } from '../terminal.ts';
import { hideCursor } from './cursor.ts';
import { widthOf } from './display-text.ts';

export class LiveBlock {
  readonly #stream: Output;
  /** Columns that each of the lines on the screen takes. */
  #widths: number[] = [];
  #showCursor: (() => void) | undefined;

  constructor(stream: Output) {
    this.#stream = stream;
  }

  /** Replaces what stands there. In one write, so that it never blinks. */
  draw(lines: readonly string[]): void {
    this.#showCursor ??= hideCursor(this.#stream);
    const text = lines.map(line => `${line}${ERASE_REST_OF_LINE}\n`).join('');
    this.#write(`${this.#toTop()}${text}${ERASE_BELOW}`);
    this.#widths = lines.map(widthOf);
  }

  /** Takes the block away; the next `draw` draws it again below what is written meanwhile. */
  erase(): void {
    if (this.#widths.length > 0) this.#write(this.#toTop() + ERASE_BELOW);
    this.#widths = [];
  }

  /** Takes the block away for good. */
  close(): void {
    this.erase();
    this.#showCursor?.();
    this.#showCursor = undefined;
  }

  /** To the first column (a Ctrl-C leaves "^C" behind) of the block's first row. */
  #toTop(): string {
    const columns = this.#stream.columns ?? Number.POSITIVE_INFINITY;
    const rows = this.#widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return rows === 0 ? '\r' : `\r\u001b[${rows}A`;
  }

  #write(text: string): void {
    // A picture that cannot be drawn is no reason to end the job.
    this.#stream.write(text).catch(() => {});
  }
}

const ERASE_REST_OF_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';
