// The command line's front door: finds the command, loads it alone, runs it, and turns whatever it throws into a
// sentence and an exit status.
//   0 done   1 it failed, and the sentence says why   2 the command line was wrong   70 a bug in this program

import { COMMANDS, type CommandEntry } from './command-table.ts';
import { didYouMean } from './did-you-mean.ts';
import { programVersion } from './program-name.ts';
import { reportError } from './report-error.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Runs one command line, without the names of the program. The answer is the exit status. */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const [name, ...rest] = argv;
  try {
    if (name === undefined) {
      await terminal.err.write(help(terminal.err.paint.strong));
      return 2;
    }
    if (name === '--version' || name === '-V') await terminal.out.line(programVersion());
    else if (name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
      await terminal.out.write(help(terminal.out.paint.strong));
    } else if (name === 'help') await run(find(rest[0]!), ['--help'], terminal);
    else await run(find(name), rest, terminal);
    return terminal.exitStatus;
  } catch (error) {
    return reportError(error, terminal.err);
  }
}

async function run(entry: CommandEntry, args: readonly string[], terminal: Terminal): Promise<void> {
  const { command } = await entry.load();
  await command(terminal).parseAsync(args, { from: 'user' });
}

function find(name: string): CommandEntry {
  const entry = COMMANDS.find(command => command.name === name);
  if (entry !== undefined) return entry;
  if (name.startsWith('-')) throw new UsageError(`There is no option "${name}". See "swarmline --help".`);
  if (/^magnet:/i.test(name))
    throw new UsageError('A command goes before a magnet link, such as "swarmline show MAGNET".');
  if (/\.torrent$/i.test(name))
    throw new UsageError(`A command goes before a file, such as "swarmline show ${name}".`);
  const meant = didYouMean(name, [...COMMANDS.map(command => command.name), 'help']);
  const hint = meant === undefined ? 'See "swarmline --help".' : `Did you mean "${meant}"?`;
  throw new UsageError(`There is no command "${name}". ${hint}`);
}

function help(strong: (text: string) => string): string {
  const width = Math.max(...COMMANDS.map(({ name, takes }) => name.length + takes.length)) + 3;
  const lines = COMMANDS.map(({ name, takes, summary }) => `  ${`${name} ${takes}`.padEnd(width)}${summary}`);
  return `${[
    'Create torrents, share them and fetch them: v1, v2 and hybrid.',
    '',
    `${strong('Usage:')} swarmline COMMAND [options]`,
    '',
    strong('Commands:'),
    ...lines,
    '',
    strong('Options:'),
    '  -h, --help      show this help; "swarmline COMMAND --help" shows a command\'s',
    '  -V, --version   show the version',
  ].join('\n')}\n`;
}
