// `swarmline ctl watch`: the torrents of a daemon, live, by its stream of changes. On a terminal a picture that is redrawn, else a
// line for each torrent that is there, has come, gone, or changed its state; with --json the messages as they are. A daemon that goes
// away is waited for, and what was missed meanwhile is caught up.

import { SwarmlineError } from '../../core/errors.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { Changes } from '../../rpc/methods.ts';
import type { CtlFlags } from '../commands/ctl.ts';
import { INTERRUPTED, interruptible } from '../interrupt.ts';
import { formatPlural, formatRate } from '../output/figures.ts';
import { LiveBlock } from '../output/live-block.ts';
import type { Terminal } from '../terminal.ts';
import { connect } from './connect.ts';
import { allTorrents } from './find-torrents.ts';
import { drawList, formatShare, nameOf } from './views.ts';
import { WatchedList, type WatchFilter, type WatchNews } from './watched-list.ts';

interface WatchFlags extends CtlFlags {
  readonly label?: string;
  readonly state?: readonly string[];
}

export async function watch(flags: WatchFlags, terminal: Terminal): Promise<void> {
  const client = await connect(flags);
  // Said at once where it is not there; only later is it waited for.
  await client.ask('session.get', {});
  const filter = { label: flags.label, states: flags.state };
  const view =
    flags.json === true
      ? jsonView(terminal)
      : terminal.out.canRedraw
        ? liveView(filter, terminal)
        : lineView(filter, terminal);
  try {
    await interruptible(signal => follow(client, view, signal));
  } catch (error) {
    if (!(error instanceof SwarmlineError && error.code === 'ABORTED')) throw error;
    terminal.exitStatus = INTERRUPTED;
  } finally {
    view.close();
  }
}

interface View {
  /** The list is made, or made anew. */
  filled(news: WatchNews, list: WatchedList): void;
  told(changes: Changes, list: WatchedList): void;
  /** The daemon does not answer. */
  lost(why: SwarmlineError): void;
  close(): void;
}

async function follow(client: RpcClient, view: View, signal: AbortSignal): Promise<void> {
  const list = new WatchedList();
  let after: number | undefined;
  for (;;) {
    try {
      if (after === undefined) after = await fill(list, client, view);
      for await (const changes of client.changes(after, signal)) {
        if (changes.isReset) view.filled(list.fill(await allTorrents(client)), list);
        after = changes.sequence;
        view.told(changes, list);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SwarmlineError) || !IS_WAITED_FOR.includes(error.code)) throw error;
      view.lost(error);
    }
    await pause(signal);
  }
}

async function fill(list: WatchedList, client: RpcClient, view: View): Promise<number> {
  const { sequence } = await client.ask('torrents.list', { limit: 0 });
  view.filled(list.fill(await allTorrents(client)), list);
  return sequence;
}

function liveView(filter: WatchFilter, { out }: Terminal): View {
  const block = new LiveBlock(out);
  const draw = (list: WatchedList) => {
    const { columns = 80, rows: height = 24, paint } = out;
    const rows = list.rows(filter);
    const { downRate, upRate, connections = 0 } = list.session;
    const table = drawList(rows.slice(0, Math.max(1, height - 4)), { paint, columns: columns - 1 });
    const more = rows.length - (table.length - 1);
    block.draw([
      ...(rows.length === 0 ? ['There is no such torrent.'] : table),
      ...(more > 0 ? [paint.idle(`and ${formatPlural(more, 'more', 'more')}`)] : []),
      `↓ ${formatRate(downRate ?? 0)}   ↑ ${formatRate(upRate ?? 0)}   ${formatPlural(connections, 'peer')}`,
    ]);
  };
  return {
    filled: (_, list) => draw(list),
    told: (changes, list) => {
      list.apply(changes);
      draw(list);
    },
    lost: why =>
      block.draw([out.paint.failed(why.message.slice(0, (out.columns ?? 80) - 1)), 'It is waited for.']),
    close: () => block.close(),
  };
}

function lineView(filter: WatchFilter, { out, err }: Terminal): View {
  let isLost = false;
  const say = ({ told, removed }: WatchNews, list: WatchedList) => {
    isLost = false;
    const shown = new Set(list.rows(filter));
    for (const row of told)
      if (shown.has(row))
        void out.line(`${row.id.slice(0, 8)} ${row.state} ${formatShare(row.progress)} ${nameOf(row)}`);
    for (const row of removed) void out.line(`${row.id.slice(0, 8)} removed ${nameOf(row)}`);
  };
  return {
    filled: say,
    told: (changes, list) => say(list.apply(changes), list),
    lost: why => {
      if (!isLost) void err.line(`${why.message} It is waited for.`);
      isLost = true;
    },
    close: () => {},
  };
}

function jsonView({ out }: Terminal): View {
  return {
    filled: () => {},
    told: (changes, list) => {
      list.apply(changes);
      void out.line(JSON.stringify(changes));
    },
    lost: ({ code, message }) => void out.line(JSON.stringify({ error: { code, message } })),
    close: () => {},
  };
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, AGAIN_MS);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort);
  });
}

const IS_WAITED_FOR = ['CONNECTION_LOST', 'DAEMON_NOT_RUNNING'];
const AGAIN_MS = 1000;
