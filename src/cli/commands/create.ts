// `swarmline create`: a torrent file from files and folders.

import { constants, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Command, CommanderError, InvalidArgumentError } from 'commander';
import { fromHex, toHex } from '../../core/bytes/hex.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { formatMagnet, magnetOf } from '../../core/metainfo/magnet.ts';
import { parseMetainfo } from '../../core/metainfo/parse.ts';
import { hashTorrent } from '../../create/create.ts';
import type { CreateOptions } from '../../create/options.ts';
import { type CreatePlan, planTorrent } from '../../create/plan.ts';
import { describeSystemError, systemCode } from '../../io/file-fault.ts';
import { nodeHash } from '../../io/hash-functions.ts';
import { type NodeCreateDeps, withNodeDeps } from '../../io/node-create.ts';
import { replaceFile } from '../../io/replace-file.ts';
import { readPreset } from '../config-file.ts';
import { walkFilter } from '../globs.ts';
import { INTERRUPTED, interruptible } from '../interrupt.ts';
import { addExamples, collect, newCommand } from '../new-command.ts';
import * as values from '../option-values.ts';
import { displayText } from '../output/display-text.ts';
import { drawFields, type Field } from '../output/fields.ts';
import {
  formatBytes,
  formatCount,
  formatElapsed,
  formatPieceLength,
  formatPlural,
  formatRate,
} from '../output/figures.ts';
import { drawFileTree } from '../output/file-tree.ts';
import { createProgress, type Progress } from '../output/progress.ts';
import { programName } from '../program-name.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface Flags {
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
  readonly hidden: boolean;
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

export function command(terminal: Terminal): Command {
  return build(terminal, async (paths, flags, words) => {
    if (flags.preset === undefined) return run(paths, flags, terminal);
    // What is typed comes last, so that it wins over the preset; lists add up.
    const merged = build(terminal, (again, both) => run(again, both, terminal));
    const preset = (await readPreset(flags.preset, flags.config)).filter(word => !isNoSwitch(word, merged));
    try {
      await merged.parseAsync([...preset, ...words], { from: 'user' });
    } catch (error) {
      // The words that were typed have been read once, and were right.
      if (!(error instanceof CommanderError)) throw error;
      throw new UsageError(
        `The preset "${flags.preset}" will not do: ${error.message.replace(/^error: /, '')}`,
      );
    }
  });
}

type Action = (paths: readonly string[], flags: Flags, words: readonly string[]) => Promise<void>;

function build(terminal: Terminal, action: Action): Command {
  const create = newCommand(
    terminal,
    'create',
    'Make a torrent of a file, a folder, or several of them under one name.',
  )
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
    .option('--source <text>', 'where it is published; makes another info hash')
    .option('-c, --comment <text>', 'a comment')
    .option('--created-by <text>', 'the program that made it', programName())
    .option('--no-created-by', 'do not say')
    .option(
      '--date <date>',
      'creation date, such as 2026-01-31 or seconds since 1970 (default: now, or SOURCE_DATE_EPOCH)',
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
  // The action is given `this`: commander's way to the words that were parsed.
  create.action((paths: readonly string[], flags: Flags) => action(paths, flags, wordsOf(create)));
  return addExamples(create, terminal, [
    ['swarmline create album', 'album.torrent, v1 and v2 in one, of the folder "album"'],
    [
      'swarmline create album -t udp://one.example:6969/announce,https://one.example/announce -t https://two.example/announce',
      'two tiers of trackers',
    ],
    ['swarmline create --no-date --output - image.iso | sha256sum', 'reproducible, to a pipe'],
    [
      'swarmline create docs src README.md --name project-1.0 --exclude node_modules',
      'several paths under one name',
    ],
  ]);
}

async function run(paths: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const options = createOptions(flags);
  if (flags.output === '-' && flags.json === true)
    throw new UsageError('With "--output -" the torrent itself goes to stdout: leave out --json.');
  if (flags.output === '-' && terminal.out.isTerminal && flags.dryRun !== true) {
    throw new UsageError(
      'A torrent is not for the eyes: pipe stdout somewhere, or name a file with --output.',
    );
  }
  // Small jobs never need the threads, but a walk takes as long as their start: they start now.
  const threads = flags.threads === undefined ? {} : { threads: flags.threads };
  await interruptible(async signal => {
    try {
      await withNodeDeps({ ...threads, useCallingThread: true }, deps =>
        make(paths, options, flags, deps, signal, terminal),
      );
    } catch (error) {
      if (!signal.aborted) throw error;
      await terminal.err.line('Stopped; nothing was written.');
      terminal.exitStatus = INTERRUPTED;
    }
  });
}

async function make(
  paths: readonly string[],
  options: CreateOptions,
  flags: Flags,
  deps: NodeCreateDeps,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<void> {
  let plan = await planTorrent(paths, options, deps.files, signal);
  const target = flags.output ?? `${plan.name}.torrent`;
  // Made in the folder itself, and made again: the first torrent file is no part of the second.
  const own = plan.files.find(file => file.source === deps.files.resolve(target) && file.path.length > 0);
  if (own !== undefined) {
    plan = await planTorrent(paths, withoutFile(options, own.path), deps.files, signal);
    await terminal.err.line(
      `${terminal.err.paint.idle('·')} Left out: ${displayText(own.source)} (the torrent file that will be written)`,
    );
  }
  for (const { source, why } of plan.skipped) {
    await terminal.err.line(
      `${terminal.err.paint.idle('·')} Left out: ${displayText(source)} (${SKIPPED_WORDS[why]})`,
    );
  }
  if (flags.dryRun === true) {
    await terminal.out.line(
      flags.json === true ? JSON.stringify(planJson(plan), null, 2) : drawPlan(plan, terminal).join('\n'),
    );
    return;
  }
  if (target !== '-') await checkTarget(target, flags.force === true);

  const start = performance.now();
  // Where a program reads the result, nobody watches.
  const progress: Progress | undefined = terminal.out.isTerminal
    ? createProgress({ total: plan.dataLength, label: 'Hashing', stream: terminal.err })
    : undefined;
  let bytes: Uint8Array;
  try {
    const onProgress = (done: number) => progress?.update(done);
    ({ bytes } = await hashTorrent(plan, options, deps.hasher, { signal, onProgress }));
  } finally {
    progress?.clear();
  }
  const elapsedMs = performance.now() - start;
  signal.throwIfAborted();
  if (target === '-') await terminal.out.write(bytes);
  else await writeTorrent(target, bytes);
  const report = target === '-' ? terminal.err : terminal.out;
  await report.line(
    flags.json === true
      ? JSON.stringify({ ...planJson(plan), ...resultJson(bytes, target) }, null, 2)
      : drawResult(plan, bytes, target, elapsedMs, terminal).join('\n'),
  );
}

function createOptions(flags: Flags): CreateOptions {
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
    hidden: flags.hidden,
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
  return epoch !== undefined && /^\d{1,12}$/.test(epoch) ? Number(epoch) : Math.floor(Date.now() / 1000);
}

function dateValue(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  if (Number.isNaN(date) || date < 0)
    throw new InvalidArgumentError('It should be a date such as 2026-01-31, or seconds since 1970.');
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

/** `private = false` in a preset: the word "--no-private", which there is no need to have. */
function isNoSwitch(word: string, command: Command): boolean {
  const positive = word.replace(/^--no-/, '--');
  const option = command.options.find(({ long }) => long === positive);
  const isSwitch = option?.isBoolean() === true && !command.options.some(({ long }) => long === word);
  return word !== positive && isSwitch;
}

function wordsOf(parsed: Command): readonly string[] {
  return (parsed as Command & { rawArgs: readonly string[] }).rawArgs;
}

function withoutFile(options: CreateOptions, path: readonly string[]): CreateOptions {
  const left = path.join('/');
  return { ...options, accepts: other => other.join('/') !== left && options.accepts?.(other) !== false };
}

/** Before the data is read, which can take hours: whether the torrent file can be written at all. */
async function checkTarget(path: string, force: boolean): Promise<void> {
  const there = await statOrNothing(path);
  if (there?.isDirectory()) {
    throw new SwarmlineError('OUTPUT_FAILED', `"${path}" is a folder: name a file with --output.`, {
      where: path,
    });
  }
  if (there?.isFile() && !force) {
    throw new SwarmlineError(
      'OUTPUT_EXISTS',
      `"${path}" is there already: overwrite it with --force, or name another with --output.`,
      { where: path },
    );
  }
  if (there !== undefined) return;
  const folder = dirname(path);
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw outputFailed(path, `there is no folder "${folder}"`, error);
    throw outputFailed(path, `the folder: ${describeSystemError(error)}`, error);
  }
}

async function statOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw outputFailed(path, describeSystemError(error), error);
  }
}

async function writeTorrent(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await replaceFile(path, bytes);
  } catch (error) {
    throw outputFailed(path, describeSystemError(error), error);
  }
}

function outputFailed(path: string, why: string, cause: unknown): SwarmlineError {
  const message = `"${path}" cannot be written: ${why}. Name another place with --output.`;
  return new SwarmlineError('OUTPUT_FAILED', message, { where: path, cause });
}

function drawPlan(plan: CreatePlan, terminal: Terminal): string[] {
  const { paint, columns } = terminal.out;
  const files = plan.files.map(file => ({
    ...file,
    path: plan.isFolder ? [plan.name, ...file.path] : [plan.name],
  }));
  const tree = drawFileTree(files, { paint, ...(columns === undefined ? {} : { columns: columns - 2 }) });
  return [
    paint.strong(displayText(plan.name)),
    '',
    ...drawFields(planFields(plan), paint),
    '',
    ...tree.map(line => `  ${line}`),
  ];
}

function planFields(plan: CreatePlan): Field[] {
  const padding = plan.spaceLength - plan.dataLength;
  return [
    ['Version', plan.version],
    ['Size', `${formatBytes(plan.dataLength)} in ${formatPlural(plan.files.length, 'file')}`],
    ['Pieces', `${formatCount(plan.pieceCount)} of ${formatPieceLength(plan.pieceLength)}`],
    [
      'Padding',
      padding > 0 && plan.version === 'hybrid'
        ? `${formatBytes(padding)}, which is neither stored nor sent among new programs`
        : undefined,
    ],
  ];
}

function drawResult(
  plan: CreatePlan,
  bytes: Uint8Array,
  target: string,
  elapsedMs: number,
  terminal: Terminal,
): string[] {
  const { paint } = target === '-' ? terminal.err : terminal.out;
  const torrent = parseMetainfo(bytes, { hash: nodeHash, checkPieceLayers: false });
  const rate = formatRate((plan.dataLength / elapsedMs) * 1000);
  const fields: Field[] = [
    ...planFields(plan),
    ['Info hash v1', torrent.infoHashV1 && toHex(torrent.infoHashV1)],
    ['Info hash v2', torrent.infoHashV2 && toHex(torrent.infoHashV2)],
    ['Magnet', formatMagnet(magnetOf(torrent))],
    ['Hashed in', `${formatElapsed(elapsedMs)}, ${rate}`],
  ];
  const where = target === '-' ? 'stdout' : displayText(target);
  return [
    `${paint.complete('✓')} ${paint.strong(where)}   ${formatBytes(bytes.length)}`,
    '',
    ...drawFields(fields, paint),
  ];
}

function planJson(plan: CreatePlan): Record<string, unknown> {
  const { name, version, pieceLength, pieceCount, dataLength, files } = plan;
  return {
    name,
    version,
    pieceLength,
    pieceCount,
    length: dataLength,
    files: files.map(({ path, length, source, symlinkTarget, isExecutable }) => ({
      path: path.length === 0 ? [name] : [name, ...path],
      length,
      source,
      ...(symlinkTarget === undefined ? {} : { symlinkTarget }),
      ...(isExecutable ? { executable: true } : {}),
    })),
  };
}

function resultJson(bytes: Uint8Array, target: string): Record<string, unknown> {
  const torrent = parseMetainfo(bytes, { hash: nodeHash, checkPieceLayers: false });
  return {
    output: target,
    torrentLength: bytes.length,
    infoHashV1: torrent.infoHashV1 && toHex(torrent.infoHashV1),
    infoHashV2: torrent.infoHashV2 && toHex(torrent.infoHashV2),
    magnet: formatMagnet(magnetOf(torrent)),
  };
}

const SKIPPED_WORDS = {
  symlink: 'a symbolic link',
  special: 'neither a file nor a folder',
  'empty folder': 'an empty folder, which torrents cannot hold',
};
