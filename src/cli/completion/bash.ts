// The completion of bash: one function, and tables of what may stand where. Needs nothing but bash ≥ 4.

import type { CommandFacts, ValueKind } from '../command-facts.ts';
import { everyCommand, withHelp } from './every-command.ts';

export function bashCompletion(commands: readonly CommandFacts[]): string {
  const every = everyCommand(commands);
  const paths = every.map(({ path }) => `    ${quoted(path.join(' '))}) path="$next" ;;`);
  const values = every.flatMap(({ path, options }) =>
    options
      .filter(({ takes }) => takes !== '')
      .map(({ short, long, kind }) => {
        const names = [short, long].filter(name => name !== undefined);
        const patterns = names.map(name => quoted(`${path.join(' ')}:${name}`)).join('|');
        return `    ${patterns}) ${offer(kind)}; return ;;`;
      }),
  );
  const top = { path: [], options: [], commands, arguments: [] };
  const words = [top, ...every].map(command => {
    const options = withHelp(command.options).flatMap(({ short, long }) => [short, long]);
    const names = command.path.length === 0 ? [...options, '--version', '-V'] : options;
    const offered = [
      `if [[ $current == -* ]]; then _swarmline_words ${quoted(names.filter(Boolean).join(' '))}`,
      command.commands.length > 0
        ? `; else _swarmline_words ${quoted(command.commands.map(({ path }) => path.at(-1)).join(' '))}`
        : command.arguments.length > 0
          ? `; else ${argumentOffers(command.arguments)}`
          : '',
      '; fi',
    ];
    return `    ${quoted(command.path.join(' '))}) ${offered.join('')} ;;`;
  });
  return `# bash completion of swarmline: source <(swarmline completion bash)
_swarmline_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}
_swarmline_files() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
}
_swarmline_folders() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen -d -- "$current")
}
_swarmline_torrents() {
  local name
  COMPREPLY=()
  while IFS= read -r name; do
    name="$(printf '%q' "$name")"
    [[ $name == "$current"* ]] && COMPREPLY+=("$name")
  done < <("\${COMP_WORDS[0]}" completion torrents 2>/dev/null)
}
_swarmline() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local path="" next word i count=0
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    next="\${path:+$path }$word"
    case "$next" in
${paths.join('\n')}
    *) [[ $word != -* ]] && ((++count)) ;;
    esac
  done
  COMPREPLY=()
  case "$path:$previous" in
${values.join('\n')}
  esac
  case "$path" in
${words.join('\n')}
  esac
}
complete -F _swarmline swarmline
`;
}

/** By the number of the argument; the last for all that come. */
function argumentOffers(list: CommandFacts['arguments']): string {
  if (list.length === 1) return offer(list[0]!.kind);
  const cases = list.map(({ kind }, i) => `${i === list.length - 1 ? '*' : i}) ${offer(kind)} ;;`);
  return `case $count in ${cases.join(' ')} esac`;
}

function offer(kind: ValueKind): string {
  if (kind === 'file') return '_swarmline_files';
  if (kind === 'folder') return '_swarmline_folders';
  if (kind === 'torrent') return '_swarmline_torrents';
  return kind === undefined ? ':' : `_swarmline_words ${quoted(kind.words.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
