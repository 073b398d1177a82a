// A command that is nothing but a name for others: `swarmline ctl`, `channel`, `config`, `lab`. By itself it shows its help; a word
// that none of them has is answered by the nearest one.

import type { Command } from 'commander';
import { didYouMean } from './did-you-mean.ts';
import { newCommand } from './new-command.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Its subcommands are added to it. */
export function newGroup(terminal: Terminal, name: string, description: string): Command {
  const group = newCommand(terminal, name, description)
    .usage('COMMAND [options]')
    .enablePositionalOptions()
    .allowExcessArguments()
    .action(async () => {
      const [word] = group.args;
      if (word !== undefined) throw unknown(word, name, group);
      await terminal.err.write(group.helpInformation());
      terminal.exitStatus = 2;
    });
  return group;
}

function unknown(word: string, name: string, group: Command): UsageError {
  const meant = didYouMean(
    word,
    group.commands.map(each => each.name()),
  );
  const hint = meant === undefined ? `See "swarmline ${name} --help".` : `Did you mean "${meant}"?`;
  return new UsageError(`There is no command "${name} ${word}". ${hint}`);
}
