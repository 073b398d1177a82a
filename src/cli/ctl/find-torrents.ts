// Which torrents are meant by what was typed: an info hash, a beginning of one that only one torrent has, or a whole name.

import { SwarmlineError } from '../../core/errors.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { TorrentRow } from '../../rpc/methods.ts';
import { shortHash } from '../output/display-text.ts';
import { UsageError } from '../usage-error.ts';

/** @throws SwarmlineError `TORRENT_UNKNOWN`, `TORRENT_AMBIGUOUS`, and what `RpcClient.ask` throws */
export async function findTorrent(client: RpcClient, word: string): Promise<TorrentRow> {
  const { rows, total } = await client.ask('torrents.list', { match: word, limit: MOST });
  const named = rows.filter(({ name }) => name === word);
  const meant = named.length > 0 ? named : rows;
  if (meant.length === 1 && (named.length > 0 || total === 1)) return meant[0]!;
  if (meant.length === 0) {
    throw new SwarmlineError(
      'TORRENT_UNKNOWN',
      `There is no torrent "${word}" in the daemon, by its name or the beginning of its hash: "swarmline ctl list" shows them.`,
      { where: word },
    );
  }
  const shown = meant.slice(0, 5).map(({ id, name }) => `${shortHash(id)} ("${name}")`);
  const more = total > shown.length ? ' and others' : '';
  throw new SwarmlineError(
    'TORRENT_AMBIGUOUS',
    `"${word}" can be ${shown.join(', ')}${more}: give more of the hash.`,
    { where: word },
  );
}

/** Each once, in the order in which they were typed; all that there are with `all`. */
export async function findTorrents(
  client: RpcClient,
  words: readonly string[],
  all: boolean,
): Promise<TorrentRow[]> {
  if (all && words.length > 0) throw new UsageError('Either torrents or --all.');
  if (all) return allTorrents(client);
  if (words.length === 0) throw new UsageError('Which torrents? Name them, or give --all.');
  const found = new Map<string, TorrentRow>();
  for (const word of words) {
    const row = await findTorrent(client, word);
    found.set(row.id, row);
  }
  return [...found.values()];
}

/** Page by page. */
export async function allTorrents(
  client: RpcClient,
  query: Omit<Parameters<typeof client.ask<'torrents.list'>>[1], 'offset' | 'limit'> = {},
): Promise<TorrentRow[]> {
  const rows: TorrentRow[] = [];
  for (;;) {
    const page = await client.ask('torrents.list', { ...query, offset: rows.length, limit: PAGE });
    rows.push(...page.rows);
    if (page.rows.length < PAGE || rows.length >= page.total) return rows;
  }
}

const MOST = 100;
const PAGE = 10_000;
