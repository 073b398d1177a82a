// The completion of zsh: a function a command, each of which tells _arguments what may stand where.

import type { ArgumentFacts, CommandFacts, OptionFacts, ValueKind } from '../command-facts.ts';
import { everyCommand, withHelp } from './every-command.ts';

export function zshCompletion(commands: readonly CommandFacts[]): string {
  const top: CommandFacts = {
    path: [],
    summary: '',
    description: '',
    arguments: [],
    options: [
      {
        short: '-V',
        long: '--version',
        takes: '',
        kind: undefined,
        description: 'show the version',
        isRepeated: false,
      },
    ],
    commands,
    examples: [],
  };
  return `#compdef swarmline
# zsh completion of swarmline: swarmline completion zsh > ~/.zfunc/_swarmline

_swarmline_torrents() {
  local -a names
  names=("\${(@f)$(swarmline completion torrents 2>/dev/null)}")
  compadd -a names
}

${[top, ...everyCommand(commands)].map(functionOf).join('\n\n')}

if [ "$funcstack[1]" = "_swarmline" ]; then
  _swarmline "$@"
else
  compdef _swarmline swarmline
fi
`;
}

function functionOf(command: CommandFacts): string {
  const specs = withHelp(command.options).flatMap(optionSpecs);
  const name = nameOf(command.path);
  if (command.commands.length === 0) {
    const all = [...specs, ...command.arguments.map(argumentSpec)];
    return `${name}() {\n  _arguments -s -S \\\n    ${all.join(' \\\n    ')}\n}`;
  }
  const list = command.commands.map(
    ({ path, summary }) => `      ${quoted(`${path.at(-1)}:${summary.replaceAll(':', '\\:')}`)}`,
  );
  const cases = command.commands.map(({ path }) => `      ${path.at(-1)}) ${nameOf(path)} ;;`);
  return `${name}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C -s -S \\
    ${[...specs, "'1: :->command'", "'*:: :->rest'"].join(' \\\n    ')}
  case $state in
    command)
      local -a commands
      commands=(
${list.join('\n')}
      )
      _describe command commands ;;
    rest)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}`;
}

function optionSpecs({ short, long, takes, kind, description, isRepeated }: OptionFacts): string[] {
  const names = [short, long].filter(name => name !== undefined);
  const value = takes === '' ? '' : `:${plain(takes.replace(/[<>[\].]/g, ''))}:${action(kind)}`;
  const excluded = isRepeated ? '*' : `(${names.join(' ')})`;
  return names.map(name => quoted(`${excluded}${name}[${escaped(description)}]${value}`));
}

function argumentSpec({ shown, kind, isRepeated, description }: ArgumentFacts): string {
  const isOptional = shown.startsWith('[');
  const message = plain(description === '' ? shown : description);
  if (isRepeated) return quoted(`*:${message}:${action(kind)}`);
  return quoted(`:${isOptional ? ':' : ''}${message}:${action(kind)}`);
}

function action(kind: ValueKind): string {
  if (kind === 'file') return '_files';
  if (kind === 'folder') return '_files -/';
  if (kind === 'torrent') return '_swarmline_torrents';
  return kind === undefined ? ' ' : `(${kind.words.join(' ')})`;
}

function nameOf(path: readonly string[]): string {
  return ['_swarmline', ...path].join('_');
}

function plain(text: string): string {
  return text.replaceAll(':', '\\:');
}

function escaped(text: string): string {
  return text.replace(/[[\]\\:]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
