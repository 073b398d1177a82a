// The completion of fish: a line for each command, option and kind of argument, with where it may stand.

import type { CommandFacts, ValueKind } from '../command-facts.ts';
import { everyCommand, withHelp } from './every-command.ts';

export function fishCompletion(commands: readonly CommandFacts[]): string {
  const every = everyCommand(commands);
  const lines = [
    ...commands.map(({ path, summary }) => commandLine([], path.at(-1)!, summary)),
    `complete -c swarmline -n '__swarmline_at' -s h -l help -d 'show this help'`,
    `complete -c swarmline -n '__swarmline_at' -s V -l version -d 'show the version'`,
  ];
  for (const command of every) {
    for (const { path, summary } of command.commands)
      lines.push(commandLine(command.path, path.at(-1)!, summary));
    for (const { short, long, takes, kind, description } of withHelp(command.options)) {
      const names = `${short === undefined ? '' : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
      const value = takes === '' ? '' : ` ${offer(kind)}`;
      lines.push(`${at(command.path)} ${names} -d ${quoted(description)}${value}`);
    }
    const kinds = [...new Set(command.arguments.map(({ kind }) => kind))];
    for (const kind of kinds)
      if (kind !== undefined) lines.push(`${at(command.path)} ${argumentOffer(kind)}`);
  }
  return `# fish completion of swarmline: swarmline completion fish > ~/.config/fish/completions/swarmline.fish
function __swarmline_at
    set -l path
    set -l words (commandline -opc)
    for word in $words[2..-1]
        switch "$path $word"
            case ${every.map(({ path }) => quoted(` ${path.join(' ')}`)).join(' ')}
                set path "$path $word"
        end
    end
    test (string trim -- "$path") = (string trim -- "$argv")
end
function __swarmline_torrents
    swarmline completion torrents (commandline -ct) 2>/dev/null
end
complete -c swarmline -f
${lines.join('\n')}
`;
}

function commandLine(path: readonly string[], name: string, summary: string): string {
  return `${at(path)} -a ${name} -d ${quoted(summary)}`;
}

function at(path: readonly string[]): string {
  return `complete -c swarmline -n ${quoted(['__swarmline_at', ...path].join(' '))}`;
}

/** Of an option that takes a value. */
function offer(kind: ValueKind): string {
  if (kind === 'file') return '-r -F';
  if (kind === 'folder') return "-x -a '(__fish_complete_directories (commandline -ct))'";
  if (kind === 'torrent') return "-x -a '(__swarmline_torrents)'";
  return kind === undefined ? '-x' : `-x -a ${quoted(kind.words.join(' '))}`;
}

function argumentOffer(kind: Exclude<ValueKind, undefined>): string {
  if (kind === 'file') return '-F';
  if (kind === 'folder') return "-a '(__fish_complete_directories (commandline -ct))'";
  if (kind === 'torrent') return "-a '(__swarmline_torrents)'";
  return `-a ${quoted(kind.words.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
