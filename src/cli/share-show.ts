// What `share` shows: what the sender passes on, then live who receives it, and what the swarm has moved beside what was sent
// from here. Events for a program instead, where that is asked for.

import type { Metainfo } from '../core/metainfo/metainfo.ts';
import type { Exchange } from './exchange.ts';
import { displayText } from './output/display-text.ts';
import { EventLines } from './output/event-lines.ts';
import { drawFields } from './output/fields.ts';
import { formatBytes, formatDuration, formatGiven, formatPlural } from './output/figures.ts';
import { portForwardFields, portForwardLine } from './output/port-forward-line.ts';
import { sayOfProxy, tellProxy } from './output/proxy-line.ts';
import { drawQr, qrWidth } from './output/qr.ts';
import { SwarmView } from './output/swarm-view.ts';
import type { ReceivedFacts, Receivers } from './receivers.ts';
import type { Terminal } from './terminal.ts';

export interface Invitation {
  readonly magnet: string;
  /** Of the torrent file, where there is an embedded tracker. */
  readonly torrentUrl: string | undefined;
  /** What the receiver types. */
  readonly command: string;
  /** Where a browser on this machine sees it. */
  readonly pageUrl?: string | undefined;
}

export interface Show {
  /** So many receivers have everything now. */
  received(count: number): void;
  /** Says what was shared. Once. */
  close(): Promise<void>;
}

export function receiveCommand(link: string): string {
  return `swarmline get '${link.replaceAll("'", '%27')}'`;
}

export function eventsFor(exchange: Exchange, invitation: Invitation, terminal: Terminal): Show {
  const { torrent, session } = exchange;
  const events = new EventLines({
    torrent,
    stream: terminal.out,
    port: session.address?.port,
    fault: () => exchange.fault,
  });
  const { magnet, torrentUrl, command, pageUrl } = invitation;
  events.tell('shared', { magnet, torrent: torrentUrl ?? null, command, page: pageUrl ?? null });
  session.on('port-forward', status => events.tell('port-forward', portForwardFields(status)));
  tellProxy(session, fields => events.tell('proxy', fields));
  let isClosed = false;
  return {
    received: count => events.tell('received', { receivers: count }),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      events.close({ isComplete: true });
    },
  };
}

/** @throws SwarmlineError `OUTPUT_FAILED` */
export async function viewFor(
  exchange: Exchange,
  what: Invitation & { readonly metainfo: Metainfo; readonly receivers: Receivers; readonly hasQr: boolean },
  terminal: Terminal,
): Promise<Show> {
  const { torrent } = exchange;
  const { receivers, metainfo } = what;
  await terminal.out.line(invitationText(what, terminal));
  const view = new SwarmView({
    torrent,
    stream: terminal.err,
    fault: () => exchange.fault,
    hasTitle: false,
    // It was hashed a moment ago, or is known from before: that its files are looked at is not worth an empty bar.
    isQuiet: () => torrent.state === 'checking' && torrent.checkProgress === 0,
    notes: () => [...notesOf(receivers.facts()), portForwardLine(exchange.session.portForward) ?? []].flat(),
  });
  sayOfProxy(exchange.session, line => view.pause(() => terminal.err.line(line)));
  let isClosed = false;
  return {
    received: () => {},
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      view.close();
      const { receivers: count, complete, moved } = receivers.facts();
      const sent = torrent.stats().uploaded;
      const swarm = moved > sent && count > 1 ? `; the swarm moved ${formatBytes(moved)}` : '';
      const who =
        count === 0
          ? ''
          : `, ${complete} of ${formatPlural(count, 'receiver')} ${count === 1 ? 'has' : 'have'} everything`;
      await terminal.err.line(
        `Shared ${displayText(metainfo.name)}: gave ${formatGiven(sent)} to others${swarm}${who}.`,
      );
    },
  };
}

/** `you sent 1.2 GiB, the swarm moved 9.8 GiB   2 of 3 have everything   the last in 2 min 10 s` */
export function notesOf({ moved, sent, receivers, complete, leftMs }: ReceivedFacts): string[] {
  if (receivers === 0) return [];
  const parts = [`you sent ${formatBytes(sent)}, the swarm moved ${formatBytes(moved)}`];
  parts.push(
    complete === receivers
      ? `all ${receivers} have everything`
      : `${complete} of ${receivers} have everything`,
  );
  if (complete < receivers) parts.push(`the last in ${formatDuration(leftMs)}`);
  return [parts.join('   ')];
}

function invitationText(
  {
    magnet,
    torrentUrl,
    command,
    pageUrl,
    metainfo,
    hasQr,
  }: Invitation & { readonly metainfo: Metainfo; readonly hasQr: boolean },
  { out }: Terminal,
): string {
  const size = `${formatBytes(metainfo.layout.dataLength)} in ${formatPlural(metainfo.files.length, 'file')}`;
  return [
    `${out.paint.strong(displayText(metainfo.name))}   ${size}`,
    '',
    ...drawFields(
      [
        ['To receive', out.paint.strong(command)],
        ['Torrent', torrentUrl],
        ['Magnet', magnet],
        ['Page', pageUrl && `${pageUrl}   on this machine: QR code, peers`],
      ],
      out.paint,
    ),
    '',
    ...(hasQr && torrentUrl !== undefined ? qrOf(torrentUrl, out) : []),
  ].join('\n');
}

/** Where it fits, and leaves room for what is shown live below it. */
function qrOf(link: string, out: Terminal['out']): string[] {
  if (!out.isTerminal) return [];
  const lines = drawQr(link, out.hasColours);
  const { columns = 80, rows = 24 } = out;
  if (qrWidth(lines) + 2 > columns || lines.length + ROWS_BESIDE > rows) return [];
  return [...lines.map(line => `  ${line}`), ''];
}

const ROWS_BESIDE = 16;
