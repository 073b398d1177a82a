// The library's `swarmline/tracker`: a tracker in one call, on Node. One swarm state, and any number of fronts that carry
// announces to it, all on one port number.
//
//   const tracker = await startTracker({ port: 6969 });
//   console.log(tracker.urls);
//   await tracker.close();

import { randomBytes } from 'node:crypto';
import type { Address } from './core/bytes/compact-address.ts';
import { seededRandom } from './core/bytes/prng.ts';
import { MemoryStore, type MemoryStoreOptions } from './tracker/stores/memory.ts';
import { type TorrentHashes, Tracker, type TrackerOptions } from './tracker/tracker.ts';
import { type Front, type FrontOptions, startFronts } from './tracker-fronts.ts';

export { ProtocolError, SwarmlineError } from './core/errors.ts';
export type { MemoryStoreOptions } from './tracker/stores/memory.ts';
export type { SwarmAnnounce, SwarmAnswer, SwarmStore } from './tracker/swarm-store.ts';
export type { TorrentHashes, TrackerOptions } from './tracker/tracker.ts';
export type { FrontOptions } from './tracker-fronts.ts';

export interface StartTrackerOptions extends TrackerOptions, MemoryStoreOptions, FrontOptions {}

export interface RunningTracker {
  /** Where it listens, with the port that it was given. */
  readonly address: Address;
  /** One a protocol. */
  readonly fronts: readonly Front[];
  readonly swarmCount: number;
  readonly peerCount: number;
  /** Makes a torrent known; a hybrid's two hashes are one swarm from then on. */
  register(torrent: TorrentHashes): void;
  unregister(torrent: TorrentHashes): void;
  /** Takes no more, lets answers under way finish for a second, and ends. */
  close(): Promise<void>;
}

/** @throws SwarmlineError `LISTEN_FAILED` by way of the promise */
export async function startTracker(options: StartTrackerOptions = {}): Promise<RunningTracker> {
  const random = seededRandom(randomBytes(4).readUInt32LE());
  const store = new MemoryStore(options, { random });
  const tracker = new Tracker(options, { store, random });
  const { address, fronts } = await startFronts(options, { tracker, random });
  return {
    address,
    fronts,
    get swarmCount() {
      return store.swarmCount;
    },
    get peerCount() {
      return store.peerCount;
    },
    register: torrent => tracker.register(torrent),
    unregister: torrent => tracker.unregister(torrent),
    close: async () => {
      await Promise.all(fronts.map(front => front.close()));
    },
  };
}
