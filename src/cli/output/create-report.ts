// What `swarmline create` tells: the plan, the result, for a person and as JSON.

import { toHex } from '../../core/bytes/hex.ts';
import { hashInfo, type InfoHashes } from '../../core/metainfo/info-hash.ts';
import { formatMagnet } from '../../core/metainfo/magnet.ts';
import type { CreatedTorrent } from '../../create/create.ts';
import type { CreateOptions } from '../../create/options.ts';
import type { CreatePlan } from '../../create/plan.ts';
import { nodeHash } from '../../io/hash-functions.ts';
import type { Terminal } from '../terminal.ts';
import { aroundFields } from './around-fields.ts';
import { displayLines, displayText } from './display-text.ts';
import { drawFields, type Field } from './fields.ts';
import {
  formatBytes,
  formatCount,
  formatElapsed,
  formatPieceLength,
  formatPlural,
  formatRate,
} from './figures.ts';
import { drawFileTree } from './file-tree.ts';
import type { Paint } from './paint.ts';

/** What `--dry-run` shows. */
export function drawPlan(plan: CreatePlan, options: CreateOptions, terminal: Terminal): string[] {
  const { paint, columns } = terminal.out;
  const files = plan.files.map(file => ({
    ...file,
    path: plan.isFolder ? [plan.name, ...file.path] : [plan.name],
    executable: file.isExecutable,
  }));
  const tree = drawFileTree(files, { paint, ...(columns === undefined ? {} : { columns: columns - 2 }) });
  return [
    paint.strong(displayText(plan.name)),
    '',
    ...drawFields(
      [
        ...planFields(plan),
        ...aroundFields(options, paint),
        ['Comment', options.comment && displayLines(options.comment)],
      ],
      paint,
    ),
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
      padding > 0 && plan.version === 'hybrid' ? `${formatBytes(padding)}, which nobody stores` : undefined,
    ],
  ];
}

/** A torrent that was made, and what it was asked to be. */
export interface Made extends CreatedTorrent {
  readonly options: CreateOptions;
}

/** What stands there when the torrent is made. `where`: the file, or stdout. */
export function drawResult(made: Made, where: string, elapsedMs: number, paint: Paint): string[] {
  const { bytes, plan } = made;
  const { infoHashV1, infoHashV2 } = hashesOf(made);
  const rate = formatRate((plan.dataLength / elapsedMs) * 1000);
  const fields: Field[] = [
    ...planFields(plan),
    ['Info hash v1', infoHashV1 && toHex(infoHashV1)],
    ['Info hash v2', infoHashV2 && toHex(infoHashV2)],
    ['Magnet', magnetOf(made)],
    ['Hashed in', `${formatElapsed(elapsedMs)}, ${rate}`],
  ];
  return [
    `${paint.complete('✓')} ${paint.strong(displayText(where))}   ${formatBytes(bytes.length)}`,
    '',
    ...drawFields(fields, paint),
  ];
}

/** The same for a program. */
export function resultJson(made: Made, target: string): Record<string, unknown> {
  const { infoHashV1, infoHashV2 } = hashesOf(made);
  return {
    ...planJson(made.plan),
    output: target,
    torrentLength: made.bytes.length,
    infoHashV1: infoHashV1 && toHex(infoHashV1),
    infoHashV2: infoHashV2 && toHex(infoHashV2),
    magnet: magnetOf(made),
  };
}

export function planJson(plan: CreatePlan): Record<string, unknown> {
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
      ...(isExecutable && symlinkTarget === undefined ? { executable: true } : {}),
    })),
  };
}

function hashesOf({ info, plan }: Made): InfoHashes {
  return hashInfo(info, plan.version, nodeHash);
}

function magnetOf(made: Made): string {
  const { trackers = [], webSeeds = [] } = made.options;
  const { name, dataLength } = made.plan;
  return formatMagnet({ ...hashesOf(made), name, length: dataLength, trackers: trackers.flat(), webSeeds });
}
