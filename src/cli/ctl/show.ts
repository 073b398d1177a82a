// Subcommands of `swarmline ctl` that only ask.

import type { Params, TorrentRow } from '../../rpc/methods.ts';
import type { CtlFlags } from '../commands/ctl.ts';
import type { Terminal } from '../terminal.ts';
import { connect } from './connect.ts';
import { allTorrents, findTorrent } from './find-torrents.ts';
import { drawReach } from './reach-view.ts';
import { drawDetails, drawList, drawLog, drawPeers, drawSession, drawTrackers } from './views.ts';

interface ListFlags extends CtlFlags {
  readonly state?: Params<'torrents.list'>['states'];
  readonly label?: string;
  readonly tracker?: string;
  readonly text?: string;
  readonly sort: keyof TorrentRow;
  readonly descending?: boolean;
  readonly limit?: number;
}

export async function list(flags: ListFlags, terminal: Terminal): Promise<void> {
  const { state: states, label, tracker, text, sort, descending = false, limit } = flags;
  const client = await connect(flags);
  const query = { states, label, tracker, text, sort, descending };
  const rows =
    limit === undefined || limit > 10_000
      ? (await allTorrents(client, query)).slice(0, limit)
      : (await client.ask('torrents.list', { ...query, limit })).rows;
  await print(flags, rows, terminal, () =>
    rows.length === 0 ? ['There is no such torrent.'] : drawList(rows, tableOf(terminal)),
  );
}

export async function show(word: string, flags: CtlFlags, terminal: Terminal): Promise<void> {
  const client = await connect(flags);
  const { id } = await findTorrent(client, word);
  const details = await client.ask('torrents.get', { id });
  await print(flags, details, terminal, () => drawDetails(details, terminal.out.paint));
}

export async function peers(word: string, flags: CtlFlags, terminal: Terminal): Promise<void> {
  const client = await connect(flags);
  const found = await client.ask('torrents.peers', { id: (await findTorrent(client, word)).id });
  await print(flags, found.peers, terminal, () =>
    found.peers.length === 0 ? ['Nobody is connected.'] : drawPeers(found.peers, tableOf(terminal)),
  );
}

export async function trackers(word: string, flags: CtlFlags, terminal: Terminal): Promise<void> {
  const client = await connect(flags);
  const found = await client.ask('torrents.trackers', { id: (await findTorrent(client, word)).id });
  await print(flags, found, terminal, () => drawTrackers(found, Date.now(), tableOf(terminal)));
}

export async function log(word: string, flags: CtlFlags, terminal: Terminal): Promise<void> {
  const client = await connect(flags);
  const { lines } = await client.ask('torrents.log', { id: (await findTorrent(client, word)).id });
  await print(flags, lines, terminal, () =>
    lines.length === 0 ? ['Nothing has happened to it.'] : drawLog(lines, terminal.out.paint),
  );
}

export async function stats(flags: CtlFlags, terminal: Terminal): Promise<void> {
  const client = await connect(flags);
  const facts = await client.ask('session.get', {});
  await print(flags, facts, terminal, () => drawSession(facts, terminal.out.paint));
}

export async function reach(flags: CtlFlags, terminal: Terminal): Promise<void> {
  const client = await connect(flags);
  const { reach: facts, now } = await client.ask('session.get', {});
  await print(flags, facts, terminal, () => drawReach(facts, now, terminal.out.paint));
}

/** `value` for a program, or lines for a person. */
export async function print(
  { json }: CtlFlags,
  value: unknown,
  { out }: Terminal,
  draw: () => readonly string[],
): Promise<void> {
  await out.line(json === true ? JSON.stringify(value, null, 2) : draw().join('\n'));
}

export function tableOf({ out }: Terminal) {
  return { paint: out.paint, columns: out.columns };
}
