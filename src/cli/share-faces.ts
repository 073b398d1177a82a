// What answers behind the page of `share`: the daemon's own faces over the one torrent, read-only. A file of its own, for loading
// all this takes longer than to share a small folder: it comes when that is shared.

import { SwarmlineError } from '../core/errors.ts';
import { Daemon } from '../daemon/daemon.ts';
import { RateHistory } from '../daemon/rate-history.ts';
import type { StateFiles } from '../host/state-files.ts';
import { nodeClock } from '../io/clock.ts';
import { nodeHash } from '../io/hash-functions.ts';
import { FreeSpace } from '../node-daemon/folders.ts';
import type { Face } from '../node-daemon/http.ts';
import { pageFace } from '../node-daemon/page-face.ts';
import { rpcFace } from '../node-daemon/rpc-face.ts';
import { ChangeFeed } from '../rpc/changes.ts';
import type { ShareFacts } from '../rpc/share-facts.ts';
import { encodeQr } from './output/qr.ts';
import { programVersion } from './program-name.ts';
import type { SharePageOptions } from './share-page.ts';
import type { Invitation } from './share-show.ts';

export interface ShareFaces {
  readonly faces: readonly Face[];
  close(): Promise<void>;
}

export async function shareFaces(options: SharePageOptions): Promise<ShareFaces> {
  const { session, torrent } = options.exchange;
  const freeSpace = new FreeSpace();
  const daemon = await Daemon.open({
    session,
    clock: nodeClock,
    stateFiles: NOTHING_KEPT,
    stateFolder: '',
    hash: nodeHash,
    localTime: () => ({ day: 0, minute: 0 }),
    downloadDir: torrent.downloadDir,
    admitFolder: nothingDone,
    isThere: async () => false,
    freeSpace: folder => freeSpace.of(folder),
    fetchTorrent: nothingDone,
    makeTorrent: nothingDone,
    version: programVersion(),
    onWarning: () => {},
  });
  const changes = new ChangeFeed(daemon.library, nodeClock);
  const rates = new RateHistory(daemon.library, nodeClock);
  const { id } = daemon.library.entryOf(torrent)!;
  const qr = qrRows(options.invitation);
  const share = () => factsOf(id, qr, options);
  return {
    faces: [
      rpcFace({ daemon, changes, rates, share, isReadOnly: true }),
      pageFace({ token: () => undefined, view: 'share' }),
    ],
    close: async () => {
      changes.close();
      rates.close();
      await daemon.close();
    },
  };
}

function factsOf(
  id: string,
  qr: readonly string[],
  { invitation, receivers, once }: SharePageOptions,
): ShareFacts {
  const { magnet, torrentUrl, command } = invitation;
  const { moved, sent, receivers: count, complete, leftMs } = receivers.facts();
  return {
    id,
    magnet,
    torrentUrl: torrentUrl ?? null,
    command,
    qr: [...qr],
    moved,
    sent,
    receivers: count,
    complete,
    left: leftMs === undefined ? null : Math.round(leftMs),
    once: once ?? null,
  };
}

function qrRows({ magnet, torrentUrl }: Invitation): string[] {
  try {
    return encodeQr(torrentUrl ?? magnet).map(row => row.map(isDark => (isDark ? '1' : '0')).join(''));
  } catch (error) {
    if (error instanceof SwarmlineError) return [];
    throw error;
  }
}

async function nothingDone(): Promise<never> {
  throw new SwarmlineError('READ_ONLY', 'Here it can only be seen what goes on, and nothing changed.');
}

/** What `share` does is over when it ends. */
const NOTHING_KEPT: StateFiles = {
  list: async () => [],
  read: async () => undefined,
  write: async () => {},
  remove: async () => {},
};
