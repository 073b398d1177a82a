// The options of `swarmline create`: how they are written, and what they come to.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { fromHex } from '../core/bytes/hex.ts';
import type { CreateOptions } from '../create/options.ts';
import { walkFilter } from './globs.ts';
import { collect } from './new-command.ts';
import * as values from './option-values.ts';
import { programName } from './program-name.ts';
import { UsageError } from './usage-error.ts';

export interface CreateFlags {
  readonly output?: string;
  readonly force?: boolean;
  readonly version: 'v1' | 'v2' | 'hybrid';
  readonly name?: string;
  readonly pieceLength?: number | 'auto';
  readonly targetPieces?: number;
  readonly tracker?: readonly string[];
  readonly webSeed?: readonly string[];
  readonly node?: readonly { host: string; port: number }[];
  readonly private?: boolean;
  readonly source?: string;
  readonly comment?: string;
  readonly createdBy: string | false;
  readonly date: number | false | undefined;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly hidden?: boolean;
  readonly symlinks: 'keep' | 'follow' | 'skip';
  readonly order: 'path' | 'given' | 'smallest-first' | 'largest-first';
  readonly similar?: readonly Uint8Array[];
  readonly collection?: readonly string[];
  readonly blockHashes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly threads?: number;
  readonly preset?: string;
  readonly config?: string;
}

/** Adds them to the command. */
export function addCreateOptions(create: Command): Command {
  addOptions(create);
  for (const name of TAKEN_BACK) create.addOption(new Option(`--no-${name}`).hideHelp());
  return create.addHelpText(
    'after',
    '\nWhat a preset says, "--no-" and the option takes back: --no-comment, --no-json. Of a list, such as the\ntrackers after --no-tracker, what is given after that begins it anew.',
  );
}

/** As if what was taken back had never been given. */
export function withoutTakenBack(flags: CreateFlags): CreateFlags {
  const names = TAKEN_BACK.map(name => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()));
  const kept = Object.entries(flags).filter(([name, value]) => value !== false || !names.includes(name));
  return Object.fromEntries(kept) as unknown as CreateFlags;
}

function addOptions(create: Command): void {
  create
    .argument('<path...>', 'a file or a folder; several become one folder, with --name')
    .option('-o, --output <file>', 'where to write, "-" for stdout (default: NAME.torrent in this folder)')
    .option('-f, --force', 'overwrite a file that is there')
    .option(
      '--version <version>',
      'v1, v2 or hybrid, which both old and new programs take',
      values.oneOf('v1', 'v2', 'hybrid'),
      'hybrid',
    )
    .option('-n, --name <name>', "the torrent's name (default: the path's last element)")
    .option(
      '-t, --tracker <urls>',
      'a tracker; again for another tier; commas join one tier',
      values.many(text => text),
    )
    .option(
      '-w, --web-seed <url>',
      'an HTTP address of the same data (BEP 19)',
      values.many(values.urlWith(...values.WEB_SEED_SCHEMES)),
    )
    .option('--node <host:port>', 'a DHT node to begin with', values.many(values.hostAndPort))
    .option('-p, --private', 'peers from the trackers alone: no DHT, no exchange (BEP 27)')
    .option('--no-private', 'for everybody, whatever a preset says')
    .option('--source <text>', 'where it is published; makes another info hash')
    .option('-c, --comment <text>', 'a comment')
    .option('--created-by <text>', 'the program that made it', programName())
    .option('--no-created-by', 'do not say')
    .option(
      '--date <date>',
      'creation date: 2026-01-31, seconds since 1970, or "now" (default: now, or SOURCE_DATE_EPOCH)',
      dateValue,
    )
    .option('--no-date', 'no creation date: the same data gives the same torrent')
    .option(
      '-l, --piece-length <size>',
      'bytes in a piece, such as 256K or 1MiB, or "auto"',
      pieceLengthValue,
    )
    .option(
      '--target-pieces <count>',
      'choose the piece length for about so many pieces',
      values.positiveCount,
    )
    .option('--include <glob>', 'take only what fits, such as "*.flac" or "docs/**"', collect)
    .option('--exclude <glob>', 'leave out what fits', collect)
    .option('--no-hidden', 'leave out names that begin with a dot')
    .option('--hidden', 'take them too, as is done anyway, whatever a preset says')
    .option(
      '--symlinks <how>',
      'keep them as links, follow or skip them',
      values.oneOf('keep', 'follow', 'skip'),
      'keep',
    )
    .option(
      '--order <order>',
      'of the files in v1: path, given, smallest-first or largest-first',
      values.oneOf('path', 'given', 'smallest-first', 'largest-first'),
      'path',
    )
    .option(
      '--similar <hash>',
      'info hash of a torrent that may share files (BEP 38)',
      values.many(infoHashValue),
    )
    .option('--collection <name>', 'name of a collection that this belongs to (BEP 38)', collect)
    .option('--block-hashes', 'add the hash of every 16 KiB, so that "verify" can blame the exact block')
    .option('--threads <count>', 'threads that hash (default: one for each core)', values.positiveCount)
    .option('--preset <name>', 'options from the config file, under [presets.NAME]')
    .option(
      '--config <file>',
      'the config file (default: SWARMLINE_CONFIG, or swarmline/config.toml where the system keeps such)',
    )
    .option('--dry-run', 'show what would be made, read no data, write nothing')
    .option('--json', 'print JSON for a program');
}

/** What they ask of the torrent. @throws UsageError */
export function createOptions(flags: CreateFlags): CreateOptions {
  if (typeof flags.pieceLength === 'number' && flags.targetPieces !== undefined) {
    throw new UsageError(
      '--piece-length and --target-pieces ask for two different things: give one of them.',
    );
  }
  const { name, source, comment, similar } = flags;
  return {
    version: flags.version,
    symlinks: flags.symlinks,
    order: flags.order,
    hidden: flags.hidden ?? true,
    ...walkFilter(flags.include ?? [], flags.exclude ?? []),
    trackers: readTiers(flags.tracker ?? []),
    webSeeds: flags.webSeed ?? [],
    nodes: flags.node ?? [],
    private: flags.private ?? false,
    collections: flags.collection ?? [],
    blockHashes: flags.blockHashes ?? false,
    ...(name === undefined ? {} : { name }),
    ...(typeof flags.pieceLength === 'number' ? { pieceLength: flags.pieceLength } : {}),
    ...(flags.targetPieces === undefined ? {} : { targetPieces: flags.targetPieces }),
    ...(source === undefined ? {} : { source }),
    ...(comment === undefined ? {} : { comment }),
    ...(flags.createdBy === false ? {} : { createdBy: flags.createdBy }),
    ...(flags.date === false ? {} : { creationDate: flags.date ?? defaultDate() }),
    ...(similar === undefined ? {} : { similar }),
  };
}

/** `--tracker a,b --tracker c`: a and b are one tier, c the next (BEP 12). */
function readTiers(tiers: readonly string[]): string[][] {
  const read = values.urlWith(...values.TRACKER_SCHEMES);
  return tiers.map(tier => {
    try {
      return tier.split(',').map(url => read(url.trim()));
    } catch (error) {
      throw new UsageError(`--tracker: ${(error as Error).message}`);
    }
  });
}

/** Reproducible builds set SOURCE_DATE_EPOCH; it is the date then. */
function defaultDate(): number {
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  if (epoch === undefined || epoch === '') return Math.floor(Date.now() / 1000);
  if (/^\d{1,12}$/.test(epoch)) return Number(epoch);
  throw new UsageError(`SOURCE_DATE_EPOCH is "${epoch}"; it should be seconds since 1970.`);
}

function dateValue(text: string): number {
  if (text === 'now') return Math.floor(Date.now() / 1000);
  if (/^\d{1,12}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  if (Number.isNaN(date) || date < 0)
    throw new InvalidArgumentError('It should be a date such as 2026-01-31, seconds since 1970, or now.');
  return Math.floor(date / 1000);
}

function pieceLengthValue(text: string): number | 'auto' {
  return text === 'auto' ? 'auto' : values.byteCount(text);
}

function infoHashValue(text: string): Uint8Array {
  const hash = fromHex(text);
  if (hash === undefined || (hash.length !== 20 && hash.length !== 32)) {
    throw new InvalidArgumentError('It should be an info hash: 40 or 64 hexadecimal digits.');
  }
  return hash;
}

/** Options that have no `--no-…` of their own, and that a preset may have given; those with a default are given anew. */
const TAKEN_BACK: readonly string[] = [
  ...['output', 'force', 'name', 'tracker', 'web-seed', 'node', 'source', 'comment'],
  ...['piece-length', 'target-pieces', 'include', 'exclude', 'similar', 'collection'],
  ...['block-hashes', 'threads', 'dry-run', 'json'],
];
