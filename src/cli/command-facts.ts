// Every command with its options as plain facts, read from the definitions that parse the command line: what shell completion
// and man pages are made of, so that neither can say anything else than the commands do.

import type { Command, Option } from 'commander';
import { COMMANDS } from './command-table.ts';
import { examplesOf } from './new-command.ts';
import { wordsOf } from './option-values.ts';
import { Output, type Terminal } from './terminal.ts';

/** What stands in the place of a value: one of some words, a file, a folder, a torrent of the daemon; undefined: anything. */
export type ValueKind = { readonly words: readonly string[] } | 'file' | 'folder' | 'torrent' | undefined;

export interface OptionFacts {
  /** `-o`; undefined where there is none. */
  readonly short: string | undefined;
  /** `--output` */
  readonly long: string;
  /** What it takes, as help shows it: `<file>`; empty for a switch. */
  readonly takes: string;
  readonly kind: ValueKind;
  readonly description: string;
  readonly isRepeated: boolean;
}

export interface ArgumentFacts {
  /** As help shows it: `<path...>` */
  readonly shown: string;
  readonly kind: ValueKind;
  readonly isRepeated: boolean;
  readonly description: string;
}

export interface CommandFacts {
  /** Without the program's own: `['ctl', 'list']`. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly arguments: readonly ArgumentFacts[];
  readonly options: readonly OptionFacts[];
  readonly commands: readonly CommandFacts[];
  readonly examples: readonly (readonly [typed: string, does: string])[];
}

/** Loads all of them. */
export async function allCommands(): Promise<CommandFacts[]> {
  const facts: CommandFacts[] = [];
  for (const { name, summary, load } of COMMANDS) {
    const { command } = await load();
    facts.push(factsOf(command(NOWHERE), [name], summary));
  }
  return facts;
}

function factsOf(command: Command, path: readonly string[], summary: string): CommandFacts {
  const isCtl = path[0] === 'ctl';
  return {
    path,
    summary,
    description: command.description(),
    arguments: command.registeredArguments.map(argument => ({
      shown: shown(argument.name(), argument.required, argument.variadic),
      kind:
        path.at(-1) === 'completion'
          ? { words: ['bash', 'zsh', 'fish'] }
          : kindOf(argument.name(), isCtl && path[1] !== 'add'),
      isRepeated: argument.variadic,
      description: argument.description,
    })),
    options: command.options.filter(option => !option.hidden).map(option => optionFacts(option)),
    commands: command.commands.map(each => factsOf(each, [...path, each.name()], each.description())),
    examples: examplesOf(command),
  };
}

function optionFacts(option: Option): OptionFacts {
  const takes = /[<[].*$/.exec(option.flags)?.[0] ?? '';
  const words = wordsOf(option.parseArg);
  return {
    short: option.short,
    long: option.long!,
    takes,
    kind: words === undefined ? kindOf(takes.replace(/[<>[\].]/g, ''), false) : { words },
    description: option.description,
    // Those that gather begin with nothing and end with a list.
    isRepeated: option.variadic || option.parseArg?.length === 2,
  };
}

function kindOf(name: string, isOfDaemon: boolean): ValueKind {
  if (/folder|dir/i.test(name)) return 'folder';
  if (name === 'torrent' && isOfDaemon) return 'torrent';
  return /^(?:file|path|torrent|paths|program)$/i.test(name) ? 'file' : undefined;
}

function shown(name: string, isRequired: boolean, isRepeated: boolean): string {
  const inside = `${name}${isRepeated ? '...' : ''}`;
  return isRequired ? `<${inside}>` : `[${inside}]`;
}

const silent = new Output({ write: (_, done) => done(), on: () => {} }, {});
const NOWHERE: Terminal = {
  out: silent,
  err: silent,
  stdin: (async function* () {})(),
  stdinIsTerminal: false,
  exitStatus: 0,
};
