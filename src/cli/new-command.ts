// The frame of every command: help in the house's look, and errors that `main` reports instead of ending the process.

import { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** A commander command named `swarmline NAME` that writes where the terminal says. */
export function newCommand(terminal: Terminal, name: string, description: string): Command {
  const { out } = terminal;
  return new Command(`swarmline ${name}`)
    .description(description)
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput({
      writeOut: text => void out.write(text),
      // Usage errors are thrown, and told by `main`.
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(out.columns ?? 100, 110),
      getOutHasColors: () => true,
    })
    .configureHelp({ styleTitle: title => out.paint.strong(title) });
}

/** Examples at the end of `--help`: what is typed, and what it does. */
export function addExamples(
  command: Command,
  terminal: Terminal,
  examples: readonly (readonly [string, string])[],
): Command {
  EXAMPLES.set(command, examples);
  const { paint } = terminal.out;
  const lines = examples.map(([typed, does]) => `  ${paint.idle('$')} ${typed}\n      ${paint.idle(does)}`);
  return command.addHelpText('after', `\n${paint.strong('Examples:')}\n${lines.join('\n')}`);
}

/** As they were added. */
export function examplesOf(command: Command): readonly (readonly [string, string])[] {
  return EXAMPLES.get(command) ?? [];
}

/** For options that may be given many times: `--peer a --peer b`. `false`: what was given before was taken back. */
export function collect(value: string, before: readonly string[] | false | undefined): readonly string[] {
  return [...(before || []), value];
}

const EXAMPLES = new WeakMap<Command, readonly (readonly [string, string])[]>();
