// Man pages, of the same facts as help: one for the program, one for each command with its subcommands.

import type { CommandFacts, OptionFacts } from './command-facts.ts';
import { withHelp } from './completion/every-command.ts';

export interface ManPage {
  /** `swarmline-create.1` */
  readonly name: string;
  /** In the language of man(7). */
  readonly text: string;
}

export function manPages(commands: readonly CommandFacts[], version: string): ManPage[] {
  return [overview(commands, version), ...commands.map(command => commandPage(command, commands, version))];
}

function overview(commands: readonly CommandFacts[], version: string): ManPage {
  const lines = [
    title('swarmline', version),
    '.SH NAME',
    line('swarmline - create torrents, share them and fetch them: v1, v2 and hybrid'),
    '.SH SYNOPSIS',
    '.B swarmline',
    '.I COMMAND',
    line('[options]'),
    '.SH COMMANDS',
    ...commands.flatMap(({ path, summary }) => [
      '.TP',
      `.BR swarmline\\-${escaped(path[0]!)} (1)`,
      line(summary),
    ]),
    '.SH OPTIONS',
    ...tagged('-h, --help', 'show help; "swarmline COMMAND --help" shows that of a command'),
    ...tagged('-V, --version', 'show the version'),
    '.SH EXIT STATUS',
    ...tagged('0', 'done'),
    ...tagged('1', 'it failed, and a sentence says why'),
    ...tagged('2', 'the command line was wrong'),
    ...tagged('70', 'a bug in swarmline'),
    ...tagged('130', 'stopped by Ctrl-C'),
    '.SH ENVIRONMENT',
    ...tagged('NO_COLOR', 'no colours'),
    ...tagged('SWARMLINE_CONFIG', 'the config file'),
    ...tagged('SWARMLINE_DAEMON_…', 'options of the daemon: swarmline-daemon(1)'),
    ...tagged(
      'SWARMLINE_RPC_URL, SWARMLINE_TOKEN, SWARMLINE_TOKEN_FILE',
      'for "swarmline ctl": where the daemon is, and its token',
    ),
    '.SH FILES',
    ...tagged(
      '~/.config/swarmline/config.toml',
      'presets of "swarmline create", and the configuration of the daemon',
    ),
    ...tagged('~/.local/state/swarmline', 'what is remembered of torrents'),
  ];
  return { name: 'swarmline.1', text: `${lines.join('\n')}\n` };
}

function commandPage(command: CommandFacts, all: readonly CommandFacts[], version: string): ManPage {
  const name = `swarmline-${command.path[0]}`;
  const lines = [
    title(name, version),
    '.SH NAME',
    line(`${name} - ${command.summary}`),
    '.SH SYNOPSIS',
    ...synopsis(command),
    '.SH DESCRIPTION',
    line(command.description),
    ...section('ARGUMENTS', argumentLines(command)),
    '.SH OPTIONS',
    ...optionLines(command.options),
    ...section('COMMANDS', command.commands.flatMap(subcommand)),
    ...section(
      'EXAMPLES',
      command.examples.flatMap(([typed, does]) => ['.TP', `.B ${escaped(typed)}`, line(does)]),
    ),
    '.SH SEE ALSO',
    line(
      [
        'swarmline(1)',
        ...all.filter(each => each !== command).map(({ path }) => `swarmline-${path[0]}(1)`),
      ].join(', '),
    ),
  ];
  return { name: `${name}.1`, text: `${lines.join('\n')}\n` };
}

function subcommand(command: CommandFacts): string[] {
  return [
    `.SS ${escaped(`swarmline ${command.path.join(' ')}`)}`,
    ...synopsis(command),
    '.PP',
    line(command.description),
    ...argumentLines(command),
    ...optionLines(command.options),
  ];
}

function synopsis({ path, arguments: list, commands }: CommandFacts): string[] {
  const takes = commands.length > 0 && list.length === 0 ? ['[COMMAND]'] : list.map(({ shown }) => shown);
  return [`.B ${escaped(`swarmline ${path.join(' ')}`)}`, line(['[options]', ...takes].join(' '))];
}

function argumentLines({ arguments: list }: CommandFacts): string[] {
  return list.flatMap(({ shown, description }) => tagged(shown, description));
}

function optionLines(options: readonly OptionFacts[]): string[] {
  return withHelp(options).flatMap(({ short, long, takes, description }) =>
    tagged([short, long].filter(name => name !== undefined).join(', ') + (takes && ` ${takes}`), description),
  );
}

function section(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${name}`, ...lines];
}

function tagged(tag: string, text: string): string[] {
  return ['.TP', `.B ${escaped(tag)}`, line(text)];
}

function title(name: string, version: string): string {
  // No date: the same version makes the same pages.
  return `.TH ${escaped(name.toUpperCase())} 1 "" "swarmline ${version}" "Swarmline"`;
}

/** A line of text; one that begins with a dot or a quote would be a request. */
function line(text: string): string {
  const safe = escaped(text);
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha');
}
