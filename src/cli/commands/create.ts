// `swarmline create`: a torrent file from files and folders.

import { type Command, CommanderError } from 'commander';
import { hashTorrent } from '../../create/create.ts';
import type { CreateOptions } from '../../create/options.ts';
import { type CreatePlan, planTorrent } from '../../create/plan.ts';
import { type NodeCreateDeps, withNodeDeps } from '../../io/node-create.ts';
import { readPreset } from '../config-file.ts';
import { addCreateOptions, type CreateFlags, createOptions, withoutTakenBack } from '../create-options.ts';
import { INTERRUPTED, interruptible } from '../interrupt.ts';
import { sayNameNotes } from '../name-notes.ts';
import { addExamples, newCommand } from '../new-command.ts';
import { drawPlan, drawResult, type Made, planJson, resultJson } from '../output/create-report.ts';
import { displayText } from '../output/display-text.ts';
import { createProgress, type Progress } from '../output/progress.ts';
import type { Terminal } from '../terminal.ts';
import { checkTarget, writeTorrent } from '../torrent-target.ts';
import { UsageError } from '../usage-error.ts';

export function command(terminal: Terminal): Command {
  return build(terminal, async (paths, flags, words) => {
    if (flags.preset === undefined) return run(paths, flags, terminal);
    // What is typed comes last, so that it wins over the preset; lists add up.
    const merged = build(terminal, (again, both) => run(again, both, terminal));
    const preset = (await readPreset(flags.preset, flags.config)).filter(word => !isOutdone(word, flags));
    try {
      await merged.parseAsync([...preset, ...words], { from: 'user' });
    } catch (error) {
      // The words that were typed have been read once, and were right.
      if (!(error instanceof CommanderError)) throw error;
      const why = error.message.replace(/^error: /, '').replace(/\s+/g, ' ');
      throw new UsageError(
        `The preset "${flags.preset}" will not do: ${why}${/[.)?]$/.test(why) ? '' : '.'}`,
      );
    }
  });
}

type Action = (paths: readonly string[], flags: CreateFlags, words: readonly string[]) => Promise<void>;

function build(terminal: Terminal, action: Action): Command {
  const create = newCommand(
    terminal,
    'create',
    'Make a torrent of a file, a folder, or several of them under one name.',
  );
  addCreateOptions(create);
  // The action is given `this`: commander's way to the words that were parsed.
  create.action((paths: readonly string[], flags: CreateFlags) =>
    action(paths, withoutTakenBack(flags), wordsOf(create)),
  );
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

async function run(paths: readonly string[], flags: CreateFlags, terminal: Terminal): Promise<void> {
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
  flags: CreateFlags,
  deps: NodeCreateDeps,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<void> {
  let plan = await planTorrent(paths, options, deps.files, signal);
  const target = flags.output ?? `${plan.name}.torrent`;
  // Made in the folder itself, and made again: the first torrent file is no part of the second.
  const written = deps.files.resolve(target);
  const own = plan.files.find(file => file.source === written && file.path.length > 0);
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
    await sayNameNotes(namesOf(plan), terminal);
    await terminal.out.line(
      flags.json === true
        ? JSON.stringify(planJson(plan), null, 2)
        : drawPlan(plan, options, terminal).join('\n'),
    );
    return;
  }
  if (target !== '-') checkTarget(target, flags.force === true);

  const start = performance.now();
  // Where a program reads the result, nobody watches.
  const progress: Progress | undefined = terminal.out.isTerminal
    ? createProgress({ total: plan.dataLength, label: 'Hashing', stream: terminal.err })
    : undefined;
  let made: Made;
  try {
    const onProgress = (done: number) => progress?.update(done);
    const hashing = hashTorrent(plan, options, deps.hasher, { signal, onProgress });
    // While others read and hash.
    const [hashed] = await Promise.all([hashing, sayNameNotes(namesOf(plan), terminal)]);
    made = { ...hashed, options };
  } finally {
    progress?.clear();
  }
  const elapsedMs = performance.now() - start;
  signal.throwIfAborted();
  if (target === '-') await terminal.out.write(made.bytes);
  else await writeTorrent(target, made.bytes);
  if (options.private === true && options.trackers?.length === 0) {
    await terminal.err.line(
      `${terminal.err.paint.failed('!')} It is private and has no tracker: no peer will find another. Add one with --tracker.`,
    );
  }
  const report = target === '-' ? terminal.err : terminal.out;
  await report.line(
    flags.json === true
      ? JSON.stringify(resultJson(made, target), null, 2)
      : drawResult(made, target === '-' ? 'stdout' : target, elapsedMs, report.paint).join('\n'),
  );
}

function* namesOf({ name, files }: CreatePlan): Iterable<string> {
  yield name;
  for (const { path } of files) yield* path;
}

/** Two options that ask for the same thing in two ways: what is typed wins over the preset's. */
function isOutdone(word: string, typed: CreateFlags): boolean {
  if (word.startsWith('--piece-length')) return typed.targetPieces !== undefined;
  return word.startsWith('--target-pieces') && typed.pieceLength !== undefined;
}

function wordsOf(parsed: Command): readonly string[] {
  return (parsed as Command & { rawArgs: readonly string[] }).rawArgs;
}

function withoutFile(options: CreateOptions, path: readonly string[]): CreateOptions {
  const left = path.join('/');
  return { ...options, accepts: other => other.join('/') !== left && options.accepts?.(other) !== false };
}

const SKIPPED_WORDS = {
  symlink: 'a symbolic link',
  special: 'neither a file nor a folder',
  'empty folder': 'an empty folder, which torrents cannot hold',
};
