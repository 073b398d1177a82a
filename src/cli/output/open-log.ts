// The log of a daemon: as text for people, or by pino for programs that collect lines. pino is loaded where it is asked for.

import type { Output } from '../terminal.ts';
import { Log, type LogForm, type LogLevel } from './log.ts';

export interface LineLog {
  /** From now on. */
  level: LogLevel;
  /** `event` is a word that stays; the sentence may change. */
  line(level: LogLevel, event: string, sentence: string, more?: Readonly<Record<string, unknown>>): void;
}

export async function openLog(
  output: Output,
  { form, level }: { readonly form: LogForm; readonly level: LogLevel },
): Promise<LineLog> {
  if (form === 'text') return new Log(output, { form, level });
  const { pino, stdTimeFunctions } = await import('pino');
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    { write: text => void output.write(text) },
  );
  return {
    get level() {
      return logger.level as LogLevel;
    },
    set level(next) {
      logger.level = next;
    },
    line: (at, event, sentence, more = {}) => logger[at]({ event, ...more }, sentence),
  };
}
