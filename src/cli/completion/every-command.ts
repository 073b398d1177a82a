// Commands and their subcommands in one list, for generators that go through all of them.

import type { CommandFacts, OptionFacts } from '../command-facts.ts';

export function everyCommand(commands: readonly CommandFacts[]): CommandFacts[] {
  return commands.flatMap(command => [command, ...everyCommand(command.commands)]);
}

/** Every option has help as well. */
export function withHelp(options: readonly OptionFacts[]): OptionFacts[] {
  const help: OptionFacts = {
    short: '-h',
    long: '--help',
    takes: '',
    kind: undefined,
    description: 'show this help',
    isRepeated: false,
  };
  return [...options, help];
}
