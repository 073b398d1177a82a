// A promise for what the event `complete` says, so that a program can wait for one torrent in one line.

import type { TorrentStats } from '../core/engine/stats.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { SessionTorrentEvents, SessionTorrentState } from './session-torrent-events.ts';

/** What a `SessionTorrent` is to whoever waits for it. */
export interface CompletingTorrent {
  readonly state: SessionTorrentState;
  readonly error: SwarmlineError | undefined;
  stats(): Pick<TorrentStats, 'isComplete'>;
  on<Name extends 'complete' | 'error' | 'state'>(
    name: Name,
    listener: (event: SessionTorrentEvents[Name]) => void,
  ): () => void;
}

export interface CompletedOptions {
  /** Waits no longer; the torrent goes on. @default for ever */
  readonly signal?: AbortSignal;
}

/**
 * Waits until all that is wanted of a torrent is on the disk, at once where it is. A pause and a queue are waited out.
 * @throws SwarmlineError what stopped the torrent (its `error`), `TORRENT_CLOSED`; the signal's reason
 */
export function completed(torrent: CompletingTorrent, { signal }: CompletedOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const undo: (() => void)[] = [];
    const settle = (end: () => void) => {
      for (const call of undo.splice(0)) call();
      end();
    };
    const look = (state: SessionTorrentState) => {
      if (state === 'closed')
        settle(() => reject(new SwarmlineError('TORRENT_CLOSED', 'The torrent was closed.')));
      else if (state === 'failed') settle(() => reject(torrent.error));
      else if (torrent.stats().isComplete) settle(resolve);
    };
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => settle(() => reject(signal!.reason));
    signal?.addEventListener('abort', onAbort);
    undo.push(
      () => signal?.removeEventListener('abort', onAbort),
      torrent.on('complete', () => settle(resolve)),
      torrent.on('error', error => settle(() => reject(error))),
      torrent.on('state', look),
    );
    look(torrent.state);
  });
}
