// The log of a program that runs for long, on stderr: a line an event. Levels say what to do: error, somebody has to look
// now, for it does not serve; warn, somebody should look, for it serves but not as it was told to; info, it has changed; debug,
// what happens to one torrent: to find out why.
// Nothing is written per request: metrics count those.

import type { Output } from '../terminal.ts';
import { displayText } from './display-text.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogForm = 'text' | 'json';

export class Log {
  readonly #output: Output;
  readonly #form: LogForm;
  #most: number;
  readonly #wallTime: () => Date;

  constructor(
    output: Output,
    { form = 'text', level = 'info' }: { readonly form?: LogForm; readonly level?: LogLevel },
    wallTime: () => Date = () => new Date(),
  ) {
    this.#output = output;
    this.#form = form;
    this.#most = LEVELS.indexOf(level);
    this.#wallTime = wallTime;
  }

  get level(): LogLevel {
    return LEVELS[this.#most]!;
  }

  /** From now on. */
  set level(level: LogLevel) {
    this.#most = LEVELS.indexOf(level);
  }

  /** `event` is a word that stays; the sentence may change. */
  line(level: LogLevel, event: string, sentence: string, more: Readonly<Record<string, unknown>> = {}): void {
    if (LEVELS.indexOf(level) > this.#most) return;
    const time = this.#wallTime().toISOString();
    const { paint, isTerminal } = this.#output;
    let text: string;
    if (this.#form === 'json') text = JSON.stringify({ time, level, event, message: sentence, ...more });
    else if (isTerminal)
      text = `${level === 'info' ? paint.idle('·') : paint.failed('✗')} ${displayText(sentence)}`;
    else text = `${time} ${level.padEnd(5)} ${displayText(sentence)}`;
    void this.#output.line(text);
  }
}

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];
