// One torrent exchanged in the foreground, from its start to what ends it: what `get` and `seed` have in common. Shows it
// live on a terminal, in lines elsewhere, or as events for a program. The exit status tells whether the data is complete.

import { SwarmlineError } from '../core/errors.ts';
import type { SessionTorrent } from '../session/session-torrent.ts';
import { Exchange, type ExchangeOptions } from './exchange.ts';
import { INTERRUPTED, untilAborted } from './interrupt.ts';
import { displayText } from './output/display-text.ts';
import { EventLines } from './output/event-lines.ts';
import {
  formatBytes,
  formatCount,
  formatElapsed,
  formatGiven,
  formatPercent,
  formatPlural,
  formatRate,
} from './output/figures.ts';
import { portForwardFields, portForwardLine } from './output/port-forward-line.ts';
import { sayOfProxy, tellProxy } from './output/proxy-line.ts';
import { SwarmView } from './output/swarm-view.ts';
import type { Terminal } from './terminal.ts';

export interface TransferOptions {
  readonly exchange: ExchangeOptions;
  /** Goes on when all is there, until it has been seeded enough. */
  readonly seed: boolean;
  /** Events for a program on stdout, and nothing for a person. */
  readonly json: boolean;
  /** What is to be said when all is there. */
  readonly completeLine: (torrent: SessionTorrent, elapsedMs: number | undefined) => string;
  /** Told once it is known what a magnet is; what it throws ends the transfer. */
  readonly metadata?: (torrent: SessionTorrent) => void;
  /** Told once the data has been looked at; an error ends the transfer. */
  readonly checked?: (torrent: SessionTorrent) => SwarmlineError | undefined;
}

/** @throws SwarmlineError what ended it, where that is a fault */
export async function transfer(
  options: TransferOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  const exchange = await Exchange.start(options.exchange);
  const { torrent } = exchange;
  const show = options.json ? eventLines(exchange, terminal) : swarmView(exchange, terminal);
  if (!options.json) sayOfProxy(exchange.session, show.warning);
  let isComplete = false;
  let hasWarned = false;
  torrent.on('warning', ({ message }) => {
    // The first says it: the next piece would bring the same again.
    if (!hasWarned) show.warning(`${message} What was done will not be remembered.`);
    hasWarned = true;
  });
  torrent.on('complete', ({ wasThere }) => {
    isComplete = true;
    const elapsedMs = wasThere ? undefined : performance.now() - startedAt;
    show.result(() => options.completeLine(torrent, elapsedMs));
  });
  try {
    const end = await untilAborted(ending(torrent, options, show), signal);
    // What a fault has left of it is not known.
    show.close(isComplete && !(end instanceof SwarmlineError));
    if (end instanceof SwarmlineError) {
      if (!options.json && !isComplete && end.code === 'DISK_FULL')
        await terminal.err.line(stoppedLine(torrent, 'make room, and '));
      throw end;
    }
    if (!isComplete) terminal.exitStatus = INTERRUPTED;
    if ((end === 'interrupted' || end === 'seeded') && !options.json)
      await terminal.err.line(isComplete ? gaveLine(torrent) : stoppedLine(torrent));
  } finally {
    show.close(isComplete);
    await exchange.close();
  }
}

/** `✓ album is complete: 12 files, 3.4 GiB, every piece checked (2 min 10 s, 26.1 MiB/s).` */
export function completeLine(
  torrent: SessionTorrent,
  elapsedMs: number | undefined,
  { out }: Terminal,
): string {
  const { files, layout, name } = torrent.info!;
  const { filePriorities } = torrent;
  const wanted = files.filter((_, file) => filePriorities?.[file] !== 'skip');
  const length = wanted.reduce((sum, file) => sum + file.length, 0);
  const count =
    wanted.length === files.length
      ? formatPlural(files.length, 'file')
      : `${formatPlural(wanted.length, 'file')} of ${formatCount(files.length)}`;
  const fetched = Math.min(torrent.stats().downloaded, layout.dataLength);
  const speed =
    elapsedMs === undefined
      ? 'it was here already'
      : `${formatElapsed(elapsedMs)}, ${formatRate((fetched / elapsedMs) * 1000)}`;
  const what = `${count}, ${formatBytes(length)}, every piece checked`;
  return `${out.paint.complete('✓')} ${out.paint.strong(displayText(name))} is complete: ${what} (${speed}).`;
}

/** What shows a transfer. `close` may be called twice. */
interface Show {
  result(line: () => string): void;
  warning(line: string): void;
  /** It is not right as it is, and ends: `transfer` throws the same. */
  objection(error: SwarmlineError): void;
  close(isComplete: boolean): void;
}

function swarmView(exchange: Exchange, terminal: Terminal): Show {
  const { torrent } = exchange;
  const view = new SwarmView({
    torrent,
    stream: terminal.err,
    fault: () => exchange.fault,
    hasTitle: true,
    reach: () => exchange.reach,
    notes: () => {
      const { portForward } = exchange.session;
      return portForward.state === 'open' ? [portForwardLine(portForward)!] : [];
    },
  });
  return {
    result: line => view.pause(() => terminal.out.line(line())),
    warning: line => view.pause(() => terminal.err.line(line)),
    objection: () => {},
    close: () => view.close(),
  };
}

function eventLines(exchange: Exchange, terminal: Terminal): Show {
  let lines: EventLines | undefined = new EventLines({
    torrent: exchange.torrent,
    stream: terminal.out,
    port: exchange.session.address?.port,
    fault: () => exchange.fault,
    dhtNodes: () => exchange.session.dht?.status.nodes,
  });
  const { session } = exchange;
  session.on('port-forward', status => lines?.tell('port-forward', portForwardFields(status)));
  tellProxy(session, fields => lines?.tell('proxy', fields));
  return {
    result: () => {},
    warning: line => void terminal.err.line(line),
    objection: error => lines?.failed(error),
    close: isComplete => {
      lines?.close({ isComplete });
      lines = undefined;
    },
  };
}

/** When there is nothing more to do: an error, completion where nobody wants to seed, or enough of that. */
function ending(
  torrent: SessionTorrent,
  { seed, checked, metadata }: TransferOptions,
  show: Show,
): Promise<SwarmlineError | 'complete' | 'seeded'> {
  return new Promise((resolve, reject) => {
    torrent.on('error', resolve);
    torrent.on('metadata', () => {
      try {
        metadata?.(torrent);
      } catch (error) {
        reject(error);
      }
    });
    torrent.on('ready', () => {
      const objection = checked?.(torrent);
      if (objection === undefined) return;
      show.objection(objection);
      resolve(objection);
    });
    torrent.on('complete', () => {
      if (!seed) resolve('complete');
    });
    torrent.on('seed-limit', () => resolve('seeded'));
    if (torrent.error !== undefined) resolve(torrent.error);
  });
}

/** After seeding. */
function gaveLine(torrent: SessionTorrent): string {
  return `Gave ${formatGiven(torrent.stats().uploaded)} to others.`;
}

function stoppedLine(torrent: SessionTorrent, first = ''): string {
  const total = torrent.info?.layout.dataLength;
  const done = total === undefined ? 0 : total - torrent.stats().left;
  const share =
    total === undefined || done === 0 ? 'before it was complete' : `at ${formatPercent(done, total)}`;
  return `Stopped ${share}; ${first}run the same command again to go on.`;
}
