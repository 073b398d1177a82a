// A block of lines at the bottom of a terminal, redrawn in place: what was above it stays where it is. The lines must be
// narrower than the terminal. Where it is made narrower while they stand, some terminals wrap them and some cut them off:
// a rest of one picture may stay, but nothing is erased that was not drawn here.

import type { Output } from '../terminal.ts';
import { hideCursor } from './cursor.ts';

export class LiveBlock {
  readonly #stream: Output;
  /** Lines that stand on the screen. */
  #count = 0;
  #showCursor: (() => void) | undefined;

  constructor(stream: Output) {
    this.#stream = stream;
  }

  /** Replaces what stands there. In one write, so that it never blinks. */
  draw(lines: readonly string[]): void {
    this.#showCursor ??= hideCursor(this.#stream);
    const text = lines.map(line => `${line}${ERASE_REST_OF_LINE}\n`).join('');
    this.#write(`${this.#toTop()}${text}${ERASE_BELOW}`);
    this.#count = lines.length;
  }

  /** Takes the block away; the next `draw` draws it again below what is written meanwhile. */
  erase(): void {
    if (this.#count > 0) this.#write(this.#toTop() + ERASE_BELOW);
    this.#count = 0;
  }

  /** Takes the block away for good. */
  close(): void {
    this.erase();
    this.#showCursor?.();
    this.#showCursor = undefined;
  }

  /** To the first column (a Ctrl-C leaves "^C" behind) of the block's first row. */
  #toTop(): string {
    return this.#count === 0 ? '\r' : `\r\u001b[${this.#count}A`;
  }

  #write(text: string): void {
    // A picture that cannot be drawn is no reason to end the job.
    this.#stream.write(text).catch(() => {});
  }
}

const ERASE_REST_OF_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';
