// One line that tells how far a job is, redrawn in place on a terminal and absent everywhere else.
//
//   Hashing   ▇▇▇▇▇▇▇▇▇▇▅▁▁▁▁▁▁▁▁▁   62.4 %   3.6 of 5.8 GiB   84.1 MiB/s   26 s left

import type { Output } from '../terminal.ts';
import { hideCursor } from './cursor.ts';
import { shortenMiddle, widthOf } from './display-text.ts';
import { formatAmount, formatBytes, formatDuration, formatPercent, formatRate } from './figures.ts';
import type { Paint } from './paint.ts';
import { RateMeter } from './rate-meter.ts';

export interface ProgressOptions {
  /** Bytes in all. */
  readonly total: number;
  /** A word for what is being done. */
  readonly label: string;
  /** Where to draw; usually `terminal.err`. */
  readonly stream: Output;
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
}

export interface Progress {
  /** `done` is the sum so far. May be called as often as one likes: ten times a second something is drawn. */
  update(done: number): void;
  /** Takes the line away; in its place `line`, if any, stays. */
  finish(line?: string): void;
  /** Takes the line away, so that something else can be written; the next `update` draws it again. */
  clear(): void;
}

export function createProgress(options: ProgressOptions): Progress {
  return options.stream.canRedraw ? new ProgressLine(options) : new NoProgress(options.stream);
}

class ProgressLine implements Progress {
  readonly #options: ProgressOptions;
  readonly #meter = new RateMeter();
  readonly #now: () => number;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #showCursor: (() => void) | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  update(done: number): void {
    const now = this.#now();
    this.#meter.note(done, now);
    if (now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    const { stream } = this.#options;
    this.#showCursor ??= hideCursor(stream);
    const rate = this.#meter.ratePerSecond(done, now);
    const line = drawProgress({
      ...this.#options,
      done,
      rate,
      columns: stream.columns ?? 80,
      paint: stream.paint,
    });
    write(stream, `\r${line}${ERASE_REST}`);
  }

  clear(): void {
    if (this.#showCursor === undefined) return;
    write(this.#options.stream, `\r${ERASE_REST}`);
    this.#showCursor();
    this.#showCursor = undefined;
    this.#drawnAt = Number.NEGATIVE_INFINITY;
  }

  finish(line?: string): void {
    this.clear();
    if (line !== undefined) write(this.#options.stream, `${line}\n`);
  }
}

/** Where nothing can be redrawn: only what `finish` leaves. */
class NoProgress implements Progress {
  readonly #stream: Output;

  constructor(stream: Output) {
    this.#stream = stream;
  }

  update(): void {}

  clear(): void {}

  finish(line?: string): void {
    if (line !== undefined) write(this.#stream, `${line}\n`);
  }
}

export interface ProgressPicture {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Bytes per second; undefined where it is not known yet. */
  readonly rate: number | undefined;
  readonly columns: number;
  readonly paint: Paint;
}

/** The line, in fewer columns than the terminal has, so that it never wraps. */
export function drawProgress({ label, done, total, rate, columns, paint }: ProgressPicture): string {
  const left = rate === undefined || rate <= 0 ? undefined : ((total - done) / rate) * 1000;
  const percent = formatPercent(done, total).padStart(6);
  const amount = amountOf(done, total);
  const speed = formatRate(rate).padStart(10);
  // As wide as `59 min 59 s left`: the bar must not move when a figure changes its length.
  const time = (done >= total ? '' : `${formatDuration(left)} left`).padEnd(16);
  // What there is no room for falls away from the second on: in 80 columns the amount, which the share tells too.
  const facts = [percent, amount, speed, time];
  const room = columns - 3;
  while (facts.length > 1 && textWidth(label, facts) + SHORTEST_BAR + 3 > room) facts.splice(1, 1);
  const bar = Math.min(LONGEST_BAR, room - textWidth(label, facts) - 3);
  const name = shortenMiddle(label, Math.max(1, room - facts[0]!.length - 3));
  const parts =
    bar < SHORTEST_BAR ? [name, ...facts] : [name, drawBar(done / Math.max(1, total), bar, paint), ...facts];
  return `  ${parts.join(GAP)}`.slice(0, bar < SHORTEST_BAR ? columns - 1 : undefined).trimEnd();
}

/** A bar of `width` cells: full ones, one that is as full as it is, and a line to run along. */
export function drawBar(share: number, width: number, paint: Paint): string {
  const eighths = Math.floor(Math.min(1, Math.max(0, share)) * width * (EIGHTHS.length - 1));
  const full = Math.floor(eighths / (EIGHTHS.length - 1));
  const part = eighths % (EIGHTHS.length - 1);
  const filled = FULL.repeat(full) + (part === 0 ? '' : EIGHTHS[part]);
  return paint.received(filled) + paint.idle(EMPTY.repeat(width - filled.length));
}

/** `3.6 of 5.8 GiB`, the unit once where both have it, in the width of the longest that will come. */
function amountOf(done: number, total: number): string {
  return formatAmount(done, total).padStart(formatBytes(total).length + 10);
}

function textWidth(label: string, facts: readonly string[]): number {
  return facts.reduce((width, fact) => width + GAP.length + fact.length, widthOf(label));
}

function write(stream: Output, text: string): void {
  // Progress that cannot be written is no reason to end the job.
  stream.write(text).catch(() => {});
}

const REDRAW_MS = 100;
const GAP = '   ';
const SHORTEST_BAR = 8;
const LONGEST_BAR = 40;
const ERASE_REST = '\u001b[K';
const EIGHTHS = '▁▂▃▄▅▆▇';
const FULL = '▇';
const EMPTY = '▁';
