// `swarmline verify`: the data on disk against a torrent. Says what is missing, short, long or corrupt; changes nothing.

import { dirname } from 'node:path';
import type { Command } from 'commander';
import { SwarmlineError } from '../../core/errors.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { type Verification, type VerifiedFile, verifyData } from '../../create/verify.ts';
import { nodeFiles } from '../../io/files.ts';
import { withNodeDeps } from '../../io/node-create.ts';
import { INTERRUPTED, interruptible } from '../interrupt.ts';
import { addExamples, newCommand } from '../new-command.ts';
import { positiveCount } from '../option-values.ts';
import { displayText } from '../output/display-text.ts';
import { formatBytes, formatCount, formatElapsed, formatPlural, formatRate } from '../output/figures.ts';
import type { Paint } from '../output/paint.ts';
import { createProgress } from '../output/progress.ts';
import { formatRanges } from '../output/ranges.ts';
import type { Terminal } from '../terminal.ts';
import { parseTorrentFile, readTorrentFileArgument } from '../torrent-argument.ts';

interface Flags {
  readonly data?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly threads?: number;
}

export function command(terminal: Terminal): Command {
  const verify = newCommand(
    terminal,
    'verify',
    'Check data on disk against a torrent. Exits with 0 only if all is well.',
  )
    .argument('<torrent>', 'a torrent file, or "-" for one that is piped in')
    .option(
      '-d, --data <path>',
      'the data, or the folder that holds it (default: this folder, or the one of the torrent file)',
    )
    .option('--json', 'print JSON for a program')
    .option('-q, --quiet', 'say nothing: the exit status is the answer')
    .option('--threads <count>', 'threads that hash (default: one for each core)', positiveCount)
    .action((argument: string, flags: Flags) => run(argument, flags, terminal));
  return addExamples(verify, terminal, [
    ['swarmline verify album.torrent', 'the folder "album" here, or beside the torrent file'],
    [
      'swarmline verify album.torrent --data /media/music',
      'the folder /media/music/album, or /media/music itself',
    ],
    [
      'swarmline verify --json album.torrent | jq -r \'.files[] | select(.state != "ok") | .path\'',
      'what to fetch again',
    ],
  ]);
}

async function run(argument: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { metainfo } = parseTorrentFile(await readTorrentFileArgument(argument, terminal));
  const dataPath = flags.data ?? (await whereDataIs(metainfo, argument));
  if ((await nodeFiles().look(dataPath, { follow: true })) === undefined) {
    throw new SwarmlineError('FILE_MISSING', `"${dataPath}" does not exist: there is nothing to check.`, {
      where: dataPath,
    });
  }
  const isWatched = flags.quiet !== true && terminal.out.isTerminal;
  const progress = isWatched
    ? createProgress({ total: metainfo.layout.dataLength, label: 'Checking', stream: terminal.err })
    : undefined;
  const start = performance.now();
  await interruptible(async signal => {
    try {
      const threads = flags.threads === undefined ? {} : { threads: flags.threads };
      const onProgress = (done: number) => progress?.update(done);
      const result = await withNodeDeps({ ...threads, useCallingThread: true }, deps =>
        verifyData(metainfo, dataPath, deps, { signal, onProgress }),
      );
      progress?.clear();
      if (!result.isComplete) terminal.exitStatus = 1;
      if (flags.quiet === true) return;
      if (flags.json === true)
        await terminal.out.line(JSON.stringify(toJson(metainfo, result, dataPath), null, 2));
      else
        await terminal.out.line(
          draw(metainfo, result, performance.now() - start, terminal.out.paint).join('\n'),
        );
    } catch (error) {
      progress?.clear();
      if (!signal.aborted) throw error;
      terminal.exitStatus = INTERRUPTED;
      await terminal.err.line('Stopped before everything was checked.');
    }
  });
}

/** This folder where the data is in it; else the torrent file's. */
async function whereDataIs(metainfo: Metainfo, argument: string): Promise<string> {
  if (argument === '-') return '.';
  const disk = nodeFiles();
  const isHere = (await disk.look(disk.resolve('.', metainfo.name))) !== undefined;
  return isHere ? '.' : dirname(argument);
}

function draw(metainfo: Metainfo, result: Verification, elapsedMs: number, paint: Paint): string[] {
  const { dataLength } = metainfo.layout;
  const speed = `${formatElapsed(elapsedMs)}, ${formatRate((dataLength / elapsedMs) * 1000)}`;
  const pieces = `${formatCount(result.goodPieces)} of ${formatPlural(result.pieceCount, 'piece')}`;
  if (result.isComplete) {
    const all = `${formatPlural(metainfo.files.length, 'file')}, ${formatBytes(dataLength)}, ${pieces}`;
    return [
      `${paint.complete('✓')} ${paint.strong(displayText(metainfo.name))} is complete: ${all} (${speed}).`,
    ];
  }
  const bad = result.files.filter(file => file.state !== 'ok');
  const summary = `${formatPlural(bad.length, 'file')} of ${formatCount(metainfo.files.length)} not right, ${pieces} good (${speed}).`;
  return [
    ...bad.flatMap(file => drawFile(file, paint)),
    `${paint.failed('✗')} ${paint.strong(displayText(metainfo.name))}: ${summary}`,
    ...(metainfo.version !== 'v1' && bad.some(hasUnknownBlocks) ? [`  ${paint.idle(BLOCKS_HINT)}`] : []),
    ...(bad.every(file => file.state === 'missing') && result.goodPieces === 0
      ? [
          `  Nothing of it was found at "${displayText(bad[0]!.source)}": name the place of the data with --data.`,
        ]
      : []),
  ];
}

/** A torrent of v2 has hashes of its pieces; those of blocks it has to be made with. */
function hasUnknownBlocks(file: VerifiedFile): boolean {
  return file.badPieces.length > 0 && file.badBlocks === undefined;
}

function drawFile(file: VerifiedFile, paint: Paint): string[] {
  const lines = [`${paint.failed('✗')} ${displayText(file.path.join('/'))}: ${describe(file)}`];
  if (file.state === 'missing') return lines;
  if (file.badPieces.length > 0)
    lines.push(`    ${paint.idle('corrupt pieces')} ${formatRanges(file.badPieces)}`);
  if (file.missingPieces.length > 0)
    lines.push(`    ${paint.idle('missing pieces')} ${formatRanges(file.missingPieces)}`);
  if (file.badBlocks !== undefined && file.badBlocks.length > 0) {
    const [first] = file.badBlocks;
    const at = `${paint.idle('from byte')} ${formatCount(first! * BLOCK)}`;
    lines.push(`    ${paint.idle('16 KiB blocks')} ${formatRanges(file.badBlocks)} ${at}`);
  }
  return lines;
}

function describe(file: VerifiedFile): string {
  switch (file.state) {
    case 'missing':
      return 'missing';
    case 'short':
    case 'long':
      return `too ${file.state}: ${formatCount(file.actualLength ?? 0)} bytes, not ${formatCount(file.length)}`;
    case 'unreadable':
      return file.message === undefined ? 'cannot be read' : displayText(file.message);
    case 'unknown':
      return 'cannot be checked: it shares a piece with a file that is not there';
    case 'corrupt':
      return file.message === undefined ? 'corrupt' : `corrupt: ${displayText(file.message)}`;
    case 'ok':
      return 'ok';
    default:
      return file.state satisfies never;
  }
}

function toJson(metainfo: Metainfo, result: Verification, dataPath: string): Record<string, unknown> {
  return {
    name: metainfo.name,
    dataPath,
    complete: result.isComplete,
    pieceLength: metainfo.pieceLength,
    pieceCount: result.pieceCount,
    goodPieces: result.goodPieces,
    badPieces: result.badPieces,
    missingPieces: result.missingPieces,
    files: result.files.map(({ index: _, ...file }) => ({ ...file, path: file.path.join('/') })),
  };
}

const BLOCK = 16_384;
const BLOCKS_HINT =
  'The exact blocks of 16 KiB can be told of torrents that were made with "swarmline create --block-hashes".';
