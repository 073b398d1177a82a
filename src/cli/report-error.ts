// What was thrown, told to a person: one sentence for what they can act on, the stack for what is a bug here.

import { SwarmlineError } from '../core/errors.ts';
import { displayText } from './output/display-text.ts';
import type { Output } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Writes it to stderr; the answer is the exit status. */
export async function reportError(error: unknown, err: Output): Promise<number> {
  const commander = commanderFault(error);
  if (commander?.isHelp === true) return 0;
  const say = (sentence: string) => err.line(`${err.paint.failed('swarmline:')} ${displayText(sentence)}`);
  if (commander !== undefined) {
    await say(commander.sentence);
    return 2;
  }
  if (error instanceof UsageError) {
    await say(error.message);
    return 2;
  }
  if (error instanceof SwarmlineError) {
    await say(error.message);
    return 1;
  }
  const bug =
    error instanceof Error ? error : new Error(`Something that is no error was thrown: ${String(error)}`);
  await say(`This is a bug in Swarmline; please report it with the lines below. ${bug.message}`);
  await err.line(bug.stack ?? '');
  return 70; // EX_SOFTWARE of sysexits.h
}

/** What commander throws under `exitOverride`, told by its shape: it is not loaded for the commands' sake alone. */
function commanderFault(error: unknown): { isHelp: boolean; sentence: string } | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (!error.code.startsWith('commander.')) return undefined;
  const text = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return {
    isHelp: 'exitCode' in error && error.exitCode === 0,
    sentence: /[.?)]$/.test(sentence) ? sentence : `${sentence}.`,
  };
}
