// `swarmline completion SHELL`: a script that makes a shell complete our commands, options and their values; it asks this program
// for the names of a daemon's torrents, and for nothing else, so that a Tab is answered at once.
//
// Our own generator, of the definitions that parse the command line: @bomb.sh/tab and its like start the program for every Tab,
// which costs a start of Node each time, and want the options once more in their own form.

import type { Command } from 'commander';
import { addExamples, newCommand } from '../new-command.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export function command(terminal: Terminal): Command {
  const completion = newCommand(
    terminal,
    'completion',
    'Print a script that makes a shell complete commands, options, values, and the names of torrents.',
  )
    .argument('<shell>', 'bash, zsh or fish')
    .argument('[beginning]', 'with "torrents" in the place of a shell: print the names that begin so')
    .action((shell: string, beginning = '') => run(shell, beginning, terminal));
  return addExamples(completion, terminal, [
    [
      'swarmline completion bash > ~/.local/share/bash-completion/completions/swarmline',
      'from the next shell on; "source <(swarmline completion bash)" for this one',
    ],
    [
      'swarmline completion zsh > ~/.zfunc/_swarmline',
      'with "fpath+=~/.zfunc" before "compinit" in ~/.zshrc',
    ],
    ['swarmline completion fish > ~/.config/fish/completions/swarmline.fish', 'from the next shell on'],
  ]);
}

async function run(shell: string, beginning: string, terminal: Terminal): Promise<void> {
  if (shell === 'torrents') {
    const { torrentNames } = await import('../completion/torrent-names.ts');
    for (const name of await torrentNames(beginning)) await terminal.out.line(name);
    return;
  }
  const { allCommands } = await import('../command-facts.ts');
  const commands = await allCommands();
  switch (shell) {
    case 'bash':
      return terminal.out.write((await import('../completion/bash.ts')).bashCompletion(commands));
    case 'zsh':
      return terminal.out.write((await import('../completion/zsh.ts')).zshCompletion(commands));
    case 'fish':
      return terminal.out.write((await import('../completion/fish.ts')).fishCompletion(commands));
    default:
      throw new UsageError(`There is no completion for "${shell}": there is one for bash, zsh and fish.`);
  }
}
