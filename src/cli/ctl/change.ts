// Subcommands of `swarmline ctl` that change torrents. What was done is said in one line.

import { SwarmlineError } from '../../core/errors.ts';
import type { Params, TorrentRow } from '../../rpc/methods.ts';
import type { CtlFlags } from '../commands/ctl.ts';
import { displayText } from '../output/display-text.ts';
import { formatBytes, formatPlural } from '../output/figures.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { connect } from './connect.ts';
import { findTorrent, findTorrents } from './find-torrents.ts';
import { print } from './show.ts';
import { nameOf } from './views.ts';

export interface ManyFlags extends CtlFlags {
  readonly all?: boolean;
}

const DONE = {
  start: 'Started',
  stop: 'Paused',
  recheck: 'Being hashed again',
  reannounce: 'Trackers are asked',
} as const;

export async function act(
  name: keyof typeof DONE,
  words: readonly string[],
  flags: ManyFlags,
  terminal: Terminal,
): Promise<void> {
  const client = await connect(flags);
  const rows = await findTorrents(client, words, flags.all ?? false);
  const result = await client.ask(`torrents.${name}`, { ids: idsOf(rows) });
  await print(flags, result, terminal, () => [`${DONE[name]}: ${describe(rows)}.`]);
}

interface RemoveFlags extends ManyFlags {
  readonly deleteData?: boolean;
  readonly yes?: boolean;
}

export async function remove(
  words: readonly string[],
  flags: RemoveFlags,
  terminal: Terminal,
): Promise<void> {
  const { all = false, deleteData = false, yes } = flags;
  const client = await connect(flags);
  const rows = await findTorrents(client, words, all);
  const length = rows.reduce((sum, row) => sum + Math.max(0, (row.length ?? 0) - row.left), 0);
  const what = `${describe(rows)}${deleteData ? ` and ${formatBytes(length)} of data` : ''}`;
  if (yes !== true && terminal.stdinIsTerminal && !(await isConfirmed(`Remove ${what}?`, terminal)))
    throw new SwarmlineError('ABORTED', 'Nothing was removed.');
  const result = await client.ask('torrents.remove', { ids: idsOf(rows), deleteData });
  await print(flags, result, terminal, () => [`Removed: ${what}.`]);
}

interface MoveFlags extends CtlFlags {
  readonly overwrite?: boolean;
  readonly adopt?: boolean;
}

export async function move(word: string, to: string, flags: MoveFlags, terminal: Terminal): Promise<void> {
  const client = await connect(flags);
  const { id } = await findTorrent(client, word);
  const ifThere = flags.overwrite ? 'overwrite' : flags.adopt ? 'adopt' : 'refuse';
  const row = await client.ask('torrents.move', { id, to, ifThere });
  await print(flags, row, terminal, () => [`Moved: ${nameOf(row)} is in ${displayText(row.downloadDir)}.`]);
}

interface RenameFlags extends CtlFlags {
  readonly file?: number;
}

export async function rename(
  word: string,
  name: string,
  flags: RenameFlags,
  terminal: Terminal,
): Promise<void> {
  const client = await connect(flags);
  const before = await findTorrent(client, word);
  const row = await client.ask('torrents.rename', { id: before.id, index: flags.file, name });
  const what = flags.file === undefined ? nameOf(before) : `File ${flags.file} of ${nameOf(before)}`;
  await print(flags, row, terminal, () => [`Renamed: ${what} is "${displayText(name)}" now.`]);
}

export async function queue(
  word: string,
  words: readonly string[],
  flags: CtlFlags,
  terminal: Terminal,
): Promise<void> {
  const to = placeOf(word);
  const client = await connect(flags);
  const rows = await findTorrents(client, words, false);
  const result = await client.ask('torrents.queue', { ids: idsOf(rows), to });
  await print(flags, result, terminal, () => [`Moved in the queue: ${describe(rows)}.`]);
}

function placeOf(word: string): Params<'torrents.queue'>['to'] {
  if (word === 'top' || word === 'up' || word === 'down' || word === 'bottom') return word;
  const place = Number(word);
  if (/^\d+$/.test(word) && place > 0) return place - 1;
  throw new UsageError(
    `"${word}" is no place in the queue: it should be top, up, down, bottom, or a number from 1 on.`,
  );
}

export function idsOf(rows: readonly TorrentRow[]): string[] {
  return rows.map(({ id }) => id);
}

/** `"album"`, or how many. */
export function describe(rows: readonly TorrentRow[]): string {
  return rows.length === 1 ? nameOf(rows[0]!) : formatPlural(rows.length, 'torrent');
}

async function isConfirmed(question: string, { err, stdin }: Terminal): Promise<boolean> {
  await err.write(`${question} [y/N] `);
  let answer = '';
  for await (const bytes of stdin) {
    answer += Buffer.from(bytes).toString('utf8');
    if (answer.includes('\n')) break;
  }
  return /^\s*y(?:es)?\s*$/i.test(answer.split('\n')[0]!);
}
