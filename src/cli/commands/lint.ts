// `swarmline lint`: looks a torrent file or a magnet link over for what will hurt its swarm. The exit status is the verdict.

import type { Command } from 'commander';
import { SwarmlineError } from '../../core/errors.ts';
import { checkMagnet, checkTorrent } from '../../core/metainfo/check.ts';
import type { Finding, Severity } from '../../core/metainfo/finding.ts';
import { nodeHash } from '../../io/hash-functions.ts';
import { addExamples, newCommand } from '../new-command.ts';
import { displayText } from '../output/display-text.ts';
import { formatPlural } from '../output/figures.ts';
import type { Paint } from '../output/paint.ts';
import type { Terminal } from '../terminal.ts';
import { readTorrentArgument } from '../torrent-argument.ts';

interface LintOptions {
  readonly json?: boolean;
  readonly strict?: boolean;
}

export function command(terminal: Terminal): Command {
  const lint = newCommand(
    terminal,
    'lint',
    'Warn of what in a torrent file or a magnet link will hurt its swarm.',
  )
    .argument('<torrent>', 'a torrent file, a magnet link, or "-" for what is piped in')
    .option('--strict', 'let warnings count as errors')
    .option('--json', 'print JSON for a program')
    .action((argument: string, options: LintOptions) => run(argument, options, terminal));
  addExamples(lint, terminal, [
    ['swarmline lint album.torrent', 'every finding with what to do about it'],
    ['swarmline lint --strict album.torrent && upload album.torrent', 'go on only where nothing is wrong'],
    ["swarmline lint --json album.torrent | jq -r '.findings[].code'", 'the codes alone'],
  ]);
  return lint.addHelpText(
    'after',
    '\nThe exit status is 0 where there are no errors (with --strict: no warnings either), else 1.',
  );
}

async function run(argument: string, options: LintOptions, terminal: Terminal): Promise<void> {
  const findings = await check(argument, terminal);
  const count = (severity: Severity) => findings.filter(finding => finding.severity === severity).length;
  const counts = { errors: count('error'), warnings: count('warning'), notes: count('note') };
  const isFine = counts.errors === 0 && (options.strict !== true || counts.warnings === 0);
  terminal.exitStatus = isFine ? 0 : 1;
  const { out } = terminal;
  if (options.json === true) {
    await out.line(JSON.stringify({ ok: isFine, ...counts, findings }, null, 2));
    return;
  }
  const blocks = findings.map(finding => describe(finding, out.paint));
  blocks.push(verdict(counts, out.paint));
  await out.line(blocks.join('\n\n'));
}

/** What cannot be read as a torrent at all is a finding too; what cannot be read at all is an error of the command. */
async function check(argument: string, terminal: Terminal): Promise<Finding[]> {
  try {
    const read = await readTorrentArgument(argument, terminal);
    return read.kind === 'magnet' ? checkMagnet(read.magnet) : checkTorrent(read.bytes, { hash: nodeHash });
  } catch (error) {
    if (!(error instanceof SwarmlineError) || !ABOUT_CONTENTS.includes(error.code)) throw error;
    const advice = 'Get the torrent file or the link anew.';
    return [
      { severity: 'error', code: error.code, where: error.where ?? '', message: error.message, advice },
    ];
  }
}

function describe({ severity, code, where, message, advice }: Finding, paint: Paint): string {
  const place = where === '' ? '' : `  ${paint.idle(displayText(where))}`;
  const lines = [`${SIGNS[severity](paint)}  ${paint.strong(code)}${place}`, `  ${displayText(message)}`];
  if (advice !== '') lines.push(`  ${paint.idle('→')} ${displayText(advice)}`);
  return lines.join('\n');
}

function verdict(counts: { errors: number; warnings: number; notes: number }, paint: Paint): string {
  const parts = [
    counts.errors > 0 ? formatPlural(counts.errors, 'error') : '',
    counts.warnings > 0 ? formatPlural(counts.warnings, 'warning') : '',
    counts.notes > 0 ? formatPlural(counts.notes, 'note') : '',
  ].filter(part => part !== '');
  return parts.length === 0 ? `${paint.complete('✓')} Nothing in it will hurt.` : parts.join(', ');
}

const SIGNS: Readonly<Record<Severity, (paint: Paint) => string>> = {
  error: paint => paint.failed('✗ error'),
  warning: paint => paint.given('! warning'),
  note: paint => paint.idle('· note'),
};

/** Codes of errors that tell of what a file or a link holds. */
const ABOUT_CONTENTS = ['NOT_A_TORRENT', 'FILE_EMPTY', 'MAGNET_INVALID'];
