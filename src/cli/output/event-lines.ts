// A transfer as events for a program: one JSON object a line (NDJSON) on stdout, each with `event` and `time`. Lengths in
// bytes, rates in bytes per second, hashes in hexadecimal, null where nothing is known. Fields and events are added in
// later versions, never renamed: docs/events.md lists them.

import { formatAddress } from '../../core/bytes/compact-address.ts';
import { toHex } from '../../core/bytes/hex.ts';
import type { SwarmlineError } from '../../core/errors.ts';
import type { SessionTorrent, SessionTorrentEvents } from '../../session/session-torrent.ts';
import { countBySource } from '../exchange.ts';
import type { Output } from '../terminal.ts';

export interface EventLinesOptions {
  readonly torrent: SessionTorrent;
  readonly stream: Output;
  /** Where peers can dial us. */
  readonly port: number | undefined;
  /** A sentence that says why no peers are found, where something is wrong. */
  readonly fault: () => string | undefined;
  /** Nodes of the DHT that are known; undefined where it is not used. @default undefined */
  readonly dhtNodes?: () => number | undefined;
}

/** Writes until `close`. */
export class EventLines {
  readonly #options: EventLinesOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #removeListeners: (() => void)[] = [];
  readonly #startedAt = performance.now();
  #lastProgress = '';
  #lastFault: string | undefined;

  constructor(options: EventLinesOptions) {
    this.#options = options;
    const { torrent, port } = options;
    this.#write('start', { ...this.#naming(), port: port ?? null, state: torrent.state });
    this.#listen();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** It cannot go on, for a reason that the torrent itself knows nothing of. */
  failed(error: SwarmlineError): void {
    this.#write('error', faultFields(error));
  }

  /** Something that the torrent itself knows nothing of. */
  tell(event: string, fields: Record<string, unknown>): void {
    this.#write(event, fields);
  }

  /** The last words, and no more. */
  close(end: { readonly isComplete: boolean }): void {
    clearInterval(this.#timer);
    for (const remove of this.#removeListeners.splice(0)) remove();
    const { downloaded, uploaded } = this.#options.torrent.stats();
    this.#write('end', { complete: end.isComplete, downloaded, uploaded, elapsedMs: this.#elapsedMs() });
  }

  #listen(): void {
    const { torrent } = this.#options;
    this.#removeListeners.push(
      torrent.on('metadata', info =>
        this.#write('metadata', {
          ...this.#naming(),
          length: info.layout.dataLength,
          pieceLength: info.pieceLength,
          pieceCount: info.layout.pieceCount,
          files: info.files.map(({ path, length }) => ({ path: path.join('/'), length })),
        }),
      ),
      torrent.on('ready', ({ piecesHave, piecesTotal, left }) =>
        this.#write('ready', { piecesHave, piecesTotal, left }),
      ),
      torrent.on('complete', ({ wasThere }) => {
        this.#progress();
        this.#write('complete', { wasThere, elapsedMs: this.#elapsedMs() });
      }),
      torrent.on('seed-limit', ({ limit }) => this.#write('seed-limit', { limit })),
      torrent.on('error', error => this.#write('error', faultFields(error))),
      torrent.on('peer', event => this.#peer(event)),
    );
  }

  #peer(told: SessionTorrentEvents['peer']): void {
    switch (told.type) {
      case 'peer-joined': {
        const peer = this.#options.torrent.peers().find(({ number }) => number === told.peer);
        this.#write('peer-joined', {
          peer: told.peer,
          address: peer === undefined || peer.webSeed !== undefined ? null : formatAddress(peer.address),
          client: peer?.client ?? null,
          incoming: peer?.isIncoming ?? null,
        });
        return;
      }
      case 'peer-left':
        this.#write('peer-left', { peer: told.peer, ...(told.reason && faultFields(told.reason)) });
        return;
      case 'peer-banned':
        this.#write('peer-banned', { address: formatAddress(told.address), piece: told.piece });
        return;
      default:
        told satisfies never;
    }
  }

  #look(): void {
    this.#progress();
    const fault = this.#options.fault();
    if (fault === this.#lastFault) return;
    this.#lastFault = fault;
    if (fault !== undefined) this.#write('warning', { message: fault });
  }

  /** Nothing where nothing has changed: a seed that waits writes no log. */
  #progress(): void {
    const { torrent } = this.#options;
    const stats = torrent.stats();
    const peers = torrent.peers();
    const { downloadBytesPerSecond: rate, left } = stats;
    const fields = {
      state: torrent.state,
      piecesHave: stats.piecesHave,
      piecesTotal: stats.piecesTotal,
      left,
      downloaded: stats.downloaded,
      uploaded: stats.uploaded,
      wasted: stats.wasted,
      downloadBytesPerSecond: Math.round(rate),
      uploadBytesPerSecond: Math.round(stats.uploadBytesPerSecond),
      peers: peers.length,
      seeds: peers.filter(peer => peer.progress >= 1).length,
      peersBySource: Object.fromEntries(countBySource(peers)),
      dhtNodes: this.#options.dhtNodes?.() ?? null,
      ...(torrent.state === 'checking' || torrent.state === 'allocating'
        ? { checkProgress: torrent.checkProgress }
        : {}),
      ...(torrent.state === 'metadata' ? { metadataProgress: stats.metadataProgress } : {}),
      secondsLeft: stats.isComplete ? 0 : rate > 0 ? Math.ceil(left / rate) : null,
    };
    const text = JSON.stringify(fields);
    if (text === this.#lastProgress) return;
    this.#lastProgress = text;
    this.#write('progress', fields);
  }

  #naming(): Record<string, unknown> {
    const { torrent } = this.#options;
    const { infoHashV1, infoHashV2 } = torrent.infoHashes;
    return {
      name: torrent.name ?? null,
      infoHashV1: infoHashV1 === undefined ? null : toHex(infoHashV1),
      infoHashV2: infoHashV2 === undefined ? null : toHex(infoHashV2),
    };
  }

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#startedAt);
  }

  #write(event: string, fields: Record<string, unknown>): void {
    const line = JSON.stringify({ event, time: new Date().toISOString(), ...fields });
    this.#options.stream.line(line).catch(() => {});
  }
}

function faultFields(error: SwarmlineError): Record<string, unknown> {
  return { code: error.code, message: error.message };
}

const LOOK_MS = 1_000;
