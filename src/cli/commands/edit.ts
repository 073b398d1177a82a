// `swarmline edit`: changes a torrent file, in place or into another. Says what changed, and above all whether the torrent
// is still the same one to its swarm.

import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { toHex } from '../../core/bytes/hex.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { type EditResult, editMetainfo } from '../../core/metainfo/edit.ts';
import { describeSystemError } from '../../io/file-fault.ts';
import { nodeHash } from '../../io/hash-functions.ts';
import { replaceFile } from '../../io/replace-file.ts';
import { type EditOptions, readEdit } from '../edit-options.ts';
import { interruptible } from '../interrupt.ts';
import { sayNameNotes } from '../name-notes.ts';
import { addExamples, collect, newCommand } from '../new-command.ts';
import { type Change, changesBetween, describeChanges } from '../output/changes.ts';
import type { Paint } from '../output/paint.ts';
import type { Terminal } from '../terminal.ts';
import { parseTorrentFile, readTorrentFileArgument } from '../torrent-argument.ts';
import { checkTarget } from '../torrent-target.ts';
import { UsageError } from '../usage-error.ts';

interface CommandOptions extends EditOptions {
  readonly output?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function command(terminal: Terminal): Command {
  const edit = newCommand(terminal, 'edit', 'Change a torrent file.')
    .argument('<torrent>', 'a torrent file, or "-" for what is piped in')
    .option('-o, --output <file>', 'write there, "-" for the standard output (default: in place)')
    .option('-f, --force', 'overwrite another file that is there')
    .option('--dry-run', 'say what would change, and write nothing')
    .option('--json', 'print JSON for a program')
    .optionsGroup('Around the info, so that the torrent stays the same one:')
    .option('--add-tracker <url>', 'add a tracker, in a tier of its own; may be repeated', collect)
    .option('--tier <number>', 'add trackers to this tier, counted from 1', tierNumber)
    .option('--remove-tracker <url>', 'take a tracker out; may be repeated', collect)
    .option('--replace-tracker <url>', 'put another tracker in the place of this one', collect)
    .option('--by <url>', 'the tracker that --replace-tracker puts there', collect)
    .option('--no-trackers', 'take all trackers out (before others are added)')
    .option('--add-web-seed <url>', 'add a web seed; may be repeated', collect)
    .option('--remove-web-seed <url>', 'take a web seed out; may be repeated', collect)
    .option('--no-web-seeds', 'take all web seeds out')
    .option('--add-node <host:port>', 'add a DHT node to begin with; may be repeated', collect)
    .option('--no-nodes', 'take all DHT nodes out')
    .option('--comment <text>', 'set the comment')
    .option('--no-comment', 'take the comment out')
    .option('--created-by <text>', 'set the name of the program that made it')
    .option('--no-created-by', 'take that name out')
    .option('--no-date', 'take the date of its creation out')
    .optionsGroup('In the info, which makes another torrent of it, with another swarm:')
    .option('--name <name>', 'rename the file or folder')
    .option('--private', 'let peers come from its trackers alone')
    .option('--public', 'let peers come from anywhere')
    .option('--source <text>', 'set the source, which makes it another torrent for another tracker')
    .option('--no-source', 'take the source out')
    .option('--add-collection <name>', 'add it to a collection (BEP 38); may be repeated', collect)
    .option('--no-collections', 'take it out of all collections')
    .option(
      '--add-similar <hash>',
      'name a torrent that shares files with it (BEP 38); may be repeated',
      collect,
    )
    .option('--no-similar', 'take the similar torrents out')
    .action((argument: string, options: CommandOptions) => run(argument, options, edit, terminal));
  return addExamples(edit, terminal, [
    [
      'swarmline edit --add-tracker udp://tracker.example:6969 a.torrent',
      'one more tracker; the info hash stays',
    ],
    ['swarmline edit --no-comment --no-created-by --no-date a.torrent', 'forget who made it and when'],
    [
      'swarmline edit --private --source ABC -o b.torrent a.torrent',
      'a copy for a private tracker: another torrent',
    ],
    ['swarmline edit --dry-run --no-trackers a.torrent', 'look first'],
  ]);
}

async function run(
  argument: string,
  options: CommandOptions,
  edit: Command,
  terminal: Terminal,
): Promise<void> {
  const asked = edit.options.filter(option => edit.getOptionValueSource(option.attributeName()) === 'cli');
  if (asked.every(option => NO_CHANGE.includes(option.attributeName()))) {
    throw new UsageError('Say what to change, such as --add-tracker URL. See "swarmline edit --help".');
  }
  const file = await readTorrentFileArgument(argument, terminal);
  const { metainfo, faultOfForm } = parseTorrentFile(file);
  const lenient = faultOfForm !== undefined;
  const result = editMetainfo(file.bytes, readEdit(options, metainfo), {
    lenient,
    hash: nodeHash,
    checkPieceLayers: false,
  });

  if (options.name !== undefined) await sayNameNotes([options.name], terminal);
  const target = options.output ?? file.path ?? '-';
  const changes = changesBetween(result.before, result.after);
  const repaired = repairedBy(result, changes);
  const isChanged = result.changed.length > 0;
  const isWritten = options.dryRun !== true && (isChanged || options.output !== undefined || target === '-');
  if (isWritten && target === '-' && terminal.out.isTerminal) {
    throw new UsageError(
      'A torrent file is no text for a terminal: pipe it on, or name a file with --output.',
    );
  }
  const isElsewhere = target !== '-' && (file.path === undefined || resolve(target) !== resolve(file.path));
  if (isWritten && isElsewhere) checkTarget(target, options.force === true);
  if (isWritten && target !== '-') await write(target, result.bytes);
  if (isWritten && target === '-') await terminal.out.write(result.bytes);

  // Where the torrent itself goes to stdout, what is said about it must not.
  const report = isWritten && target === '-' ? terminal.err : terminal.out;
  if (options.json === true) {
    await report.line(
      JSON.stringify(resultJson(result, changes, repaired, isWritten ? target : null), null, 2),
    );
    return;
  }
  const lines = isChanged
    ? describeChanges(changes, report.paint)
    : ['Nothing to change: all is so already.'];
  if (repaired.length > 0)
    lines.push(`Put right, so that every program can read it: ${repaired.join(', ')}.`);
  if (lenient && isWritten)
    lines.push('The bencoding around the info is canonical now; the info is as it was.');
  await report.line(
    [...lines, ...swarmLines(result, report.paint), ...targetLines(options, isWritten, target)].join('\n'),
  );
}

/** Keys that are others now, in what nobody could read: no change shows them. */
function repairedBy({ changed }: EditResult, changes: readonly Change[]): string[] {
  const shown = changes.map(({ field }) => field);
  return changed.filter(key => !shown.includes(FIELDS[key] ?? key.replace('info.', '')));
}

/** Whether it is the same torrent still. */
function swarmLines({ before, after, isOtherTorrent }: EditResult, paint: Paint): string[] {
  const hashes = (torrent: EditResult['before']) =>
    [
      torrent.infoHashV1 && `v1 ${toHex(torrent.infoHashV1)}`,
      torrent.infoHashV2 && `v2 ${toHex(torrent.infoHashV2)}`,
    ].filter(line => line !== undefined);
  if (!isOtherTorrent) {
    return [
      '',
      `${paint.complete('✓')} The info hash is the same.`,
      ...hashes(after).map(line => `  ${paint.idle(line)}`),
    ];
  }
  return [
    '',
    paint.strong('This is another torrent now, with another swarm: who has the old one does not see it.'),
    ...hashes(before).map(line => `  ${paint.failed('−')} ${line}`),
    ...hashes(after).map(line => `  ${paint.complete('+')} ${line}`),
  ];
}

function targetLines(options: CommandOptions, isWritten: boolean, target: string): string[] {
  if (options.dryRun === true) return ['', 'Nothing was written: --dry-run.'];
  return isWritten && target !== '-' ? ['', `Written to ${target}.`] : [];
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  try {
    // Ctrl-C waits until the file is whole.
    await interruptible(() => replaceFile(path, bytes));
  } catch (error) {
    const why = describeSystemError(error);
    throw new SwarmlineError('FILE_NOT_WRITTEN', `${path} cannot be written: ${why}. Nothing was changed.`, {
      where: path,
      cause: error,
    });
  }
}

function resultJson(
  result: EditResult,
  changes: readonly Change[],
  repaired: readonly string[],
  output: string | null,
): unknown {
  const hashes = (torrent: EditResult['before']) => ({
    infoHashV1: torrent.infoHashV1 === undefined ? null : toHex(torrent.infoHashV1),
    infoHashV2: torrent.infoHashV2 === undefined ? null : toHex(torrent.infoHashV2),
  });
  const { before, after, isOtherTorrent } = result;
  return { isOtherTorrent, before: hashes(before), after: hashes(after), changes, repaired, output };
}

function tierNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Tiers are counted from 1.');
  return Number(text);
}

/** Options that change nothing in a torrent, and `--tier`, which needs another. */
const NO_CHANGE = ['output', 'force', 'dryRun', 'json', 'tier'];

/** What changes call a key, where that is another word. */
const FIELDS: Readonly<Record<string, string>> = {
  announce: 'trackers',
  'announce-list': 'trackers',
  'url-list': 'web seeds',
  nodes: 'DHT nodes',
  'info.name.utf-8': 'name',
  'info.file tree': 'name',
};
