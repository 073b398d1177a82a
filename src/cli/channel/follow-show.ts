// What a follower shows: a line for each thing that happens, and the release that is being fetched; or events for a program.

import { toHex } from '../../core/bytes/hex.ts';
import type { SwarmlineError } from '../../core/errors.ts';
import type { Session } from '../../session/session.ts';
import type { SessionTorrent } from '../../session/session-torrent.ts';
import { displayText } from '../output/display-text.ts';
import { formatBytes, formatPercent, formatPlural } from '../output/figures.ts';
import { createProgress, type Progress } from '../output/progress.ts';
import type { Terminal } from '../terminal.ts';

export interface FollowShow {
  begun(seq: number, torrent: SessionTorrent): void;
  complete(seq: number, torrent: SessionTorrent, wasThere: boolean): void;
  removed(seq: number): void;
  failed(seq: number, error: SwarmlineError): void;
  /** The channel was not found. `nodes`: of the DHT that answer. */
  silent(tries: number, nodes: number): void;
  close(): void;
}

export function eventsOf({ out }: Terminal): FollowShow {
  const tell = (event: string, fields: object) => void out.line(JSON.stringify({ event, ...fields }));
  return {
    begun: (seq, torrent) => tell('release', { release: seq, infoHashes: torrent.wireInfoHashes.map(toHex) }),
    complete: (seq, torrent, wasThere) =>
      tell('complete', { release: seq, ...figuresOf(torrent), wasThere, folder: torrent.downloadDir }),
    removed: seq => tell('removed', { release: seq }),
    failed: (seq, { code, message }) => tell('error', { release: seq, code, message }),
    silent: (tries, nodes) => tell('silent', { tries, nodes }),
    close: () => {},
  };
}

export function linesOf({ out, err }: Terminal, session: Session): FollowShow {
  let progress: Progress | undefined;
  let shown: SessionTorrent | undefined;
  const timer = setInterval(() => {
    const loading = session.torrents.findLast(torrent => torrent.state === 'downloading');
    if (loading !== shown) progress?.clear();
    if (loading === undefined) progress = undefined;
    else if (loading !== shown)
      progress = createProgress({ total: loading.info!.layout.dataLength, label: 'Fetching', stream: err });
    shown = loading;
    if (loading !== undefined) progress?.update(loading.info!.layout.dataLength - loading.stats().left);
  }, DRAW_MS);
  const say = (line: string) => {
    progress?.clear();
    void out.line(line);
  };
  return {
    begun: seq => say(`Release ${out.paint.strong(`${seq}`)} is in the channel.`),
    complete: (seq, torrent, wasThere) => {
      const { length, fetched } = figuresOf(torrent);
      const name = displayText(torrent.name ?? '');
      const what = `${formatPlural(torrent.files.length, 'file')}, ${formatBytes(length)}`;
      const how = wasThere
        ? ''
        : `; fetched were ${formatBytes(fetched)} (${formatPercent(Math.min(fetched, length), length)})`;
      say(`${out.paint.complete('✓')} Release ${seq} is complete: ${out.paint.strong(name)}, ${what}${how}.`);
    },
    removed: seq => say(`${out.paint.idle('·')} Release ${seq} was removed: newer ones are here.`),
    failed: (seq, { message }) => say(`${out.paint.failed('✗')} Release ${seq}: ${message}`),
    silent: (tries, nodes) => {
      if (tries !== SAID_AT) return;
      say(
        nodes === 0
          ? 'No node of the DHT answers yet: name one with --dht-router.'
          : `Nobody in the DHT knows the channel yet (${formatPlural(nodes, 'node')} answer): its publisher may be away. It is looked for again and again.`,
      );
    },
    close: () => {
      clearInterval(timer);
      progress?.clear();
    },
  };
}

/** Bytes, and how many of them came over the network. */
function figuresOf(torrent: SessionTorrent): { readonly length: number; readonly fetched: number } {
  return { length: torrent.info?.layout.dataLength ?? 0, fetched: torrent.stats().downloaded };
}

const DRAW_MS = 250;
const SAID_AT = 3;
