// `swarmline ctl files`: the files of a torrent, and how much each is wanted. What no option names stays as it is, except with
// `--only`.

import type { RpcClient } from '../../rpc/client.ts';
import type { FileRow } from '../../rpc/methods.ts';
import type { CtlFlags } from '../commands/ctl.ts';
import { fileChoice } from '../file-choice.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { connect } from './connect.ts';
import { findTorrent } from './find-torrents.ts';
import { print, tableOf } from './show.ts';
import { drawFiles } from './views.ts';

interface FilesFlags extends CtlFlags {
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly normal?: readonly string[];
  readonly high?: readonly string[];
  readonly low?: readonly string[];
}

export async function files(word: string, flags: FilesFlags, terminal: Terminal): Promise<void> {
  const client = await connect(flags);
  const { id } = await findTorrent(client, word);
  const before = await allFiles(client, id);
  const changes = changesOf(flags, before);
  if (changes.length > 0) await client.ask('torrents.setFiles', { id, files: changes });
  const after = changes.length > 0 ? await allFiles(client, id) : before;
  await print(flags, after, terminal, () =>
    after.length === 0 ? ['It is not known yet what is in it.'] : drawFiles(after, tableOf(terminal)),
  );
}

/** @throws UsageError */
export function changesOf(
  flags: FilesFlags,
  files: readonly FileRow[],
): { index: number; priority: FileRow['priority'] }[] {
  const paths = files.map(({ path }) => ({ path: path.split('/') }));
  const named = (['skip', 'low', 'normal', 'high'] as const).map(
    priority => [priority, fileChoice(`--${priority}`, flags[priority] ?? [], paths)] as const,
  );
  const isOnly = flags.only && fileChoice('--only', flags.only, paths);
  const changes = files.flatMap(({ index, priority: before }) => {
    let priority = named.findLast(([, isNamed]) => isNamed(index))?.[0];
    if (isOnly !== undefined) {
      if (!isOnly(index)) priority = 'skip';
      else if (before === 'skip') priority ??= 'normal';
    }
    return priority === undefined || priority === before ? [] : [{ index, priority }];
  });
  const isAsked = isOnly !== undefined || named.some(([priority]) => flags[priority] !== undefined);
  const priorities = files.map(
    file => changes.find(({ index }) => index === file.index)?.priority ?? file.priority,
  );
  if (isAsked && priorities.every(priority => priority === 'skip'))
    throw new UsageError('None of its files would be fetched: "swarmline ctl stop" or "remove" does that.');
  return changes;
}

async function allFiles(client: RpcClient, id: string): Promise<FileRow[]> {
  const found: FileRow[] = [];
  for (;;) {
    const { files, total } = await client.ask('torrents.files', { id, offset: found.length, limit: PAGE });
    found.push(...files);
    if (files.length === 0 || found.length >= total) return found;
  }
}

const PAGE = 100_000;
