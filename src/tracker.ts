// The library's `swarmline/tracker`: a tracker in one call, on Node. One swarm state, and any number of fronts that carry
// announces to it, all on one port number.
//
//   const tracker = await startTracker({ port: 6969 });
//   console.log(tracker.urls('tracker.example'));
//   await tracker.close();

import { randomBytes } from 'node:crypto';
import type { Address } from './core/bytes/compact-address.ts';
import { seededRandom } from './core/bytes/prng.ts';
import { sharedClock as clock } from './io/clock.ts';
import { nodeStateFiles } from './io/state-files.ts';
import { type Front, startFronts } from './node-tracker/fronts.ts';
import { oneAtATime } from './node-tracker/one-at-a-time.ts';
import { createOps } from './node-tracker/ops.ts';
import { OtherCounts } from './node-tracker/other-counts.ts';
import {
  opsOptions,
  type Prepared,
  prepare,
  type StartTrackerOptions,
  storeOptions,
} from './node-tracker/prepare.ts';
import { repeat } from './node-tracker/repeat.ts';
import { restoreTotals, saveTotals, signatureOf } from './node-tracker/rules.ts';
import { givenSecret, restoreSwarms, saveSwarms, trackerSecret } from './node-tracker/state.ts';
import { openStore } from './node-tracker/store.ts';
import type { ThreadRules, Told } from './node-tracker/threads.ts';
import { expiryNote } from './node-tracker/tls.ts';
import { workerCount } from './node-tracker/workers.ts';
import { type KeyTotals, newKeyTableMemory } from './tracker/key-table.ts';
import type { TorrentHashes } from './tracker/served-torrents.ts';
import { DEFAULT_MEMORY, newStoreMemory } from './tracker/stores/memory.ts';
import type { RedisHealth } from './tracker/stores/redis.ts';
import { newTrackerMemory, Tracker } from './tracker/tracker.ts';

export { ProtocolError, SwarmlineError } from './core/errors.ts';
export type { FrontOptions } from './node-tracker/fronts.ts';
export type { OpsStartOptions } from './node-tracker/ops.ts';
export type { StartTrackerOptions } from './node-tracker/prepare.ts';
export type { AccessOptions } from './node-tracker/rules.ts';
export type { SecretOptions } from './node-tracker/state.ts';
export type { TlsOptions } from './node-tracker/tls.ts';
export type { WorkerOptions } from './node-tracker/workers.ts';
export type { KeyTotals } from './tracker/key-table.ts';
export type { TrackerOptions } from './tracker/options.ts';
export type { TorrentHashes } from './tracker/served-torrents.ts';
export type { MemoryStoreOptions } from './tracker/stores/memory.ts';
export type { RedisHealth } from './tracker/stores/redis.ts';

export interface RunningTracker {
  /** Where it listens, with the port that it was given. */
  readonly address: Address;
  /** Threads that answer announces. */
  readonly workers: number;
  /** Of this process: with `store`, what was announced here. */
  readonly swarmCount: number;
  readonly peerCount: number;
  /** Its URLs, one a protocol, for a name or address of this machine. */
  urls(host: string): readonly string[];
  /** Makes a torrent known; a hybrid's two hashes are one swarm from then on. Resolved when all threads know it. */
  register(torrent: TorrentHashes): Promise<void>;
  unregister(torrent: TorrentHashes): Promise<void>;
  /** How it goes with the store beyond this process; undefined where there is none. */
  storeHealth(): RedisHealth | undefined;
  /** Of each key, by its owner's name; empty where there are none. */
  keyTotals(): ReadonlyMap<string, KeyTotals>;
  /**
   * Takes other options, and reads all files anew; swarms stay. What it listens at, the store's limits and `proxyProtocol`
   * stay as they were. Where something is wrong nothing is changed.
   * @throws SwarmlineError by way of the promise, as `startTracker`
   */
  reload(options: StartTrackerOptions): Promise<void>;
  /** It says that it is not ready from now on, and answers as before: the time to take it out of a load balancer. */
  drain(): void;
  /** Takes no more, lets answers under way finish for a second, and ends. */
  close(): Promise<void>;
}

/** @throws SwarmlineError `LISTEN_FAILED`, `CONFIG_INVALID`, `LIST_INVALID`, `KEYS_INVALID`, `FILE_UNREADABLE`, `TOKEN_INVALID`, `BANS_INVALID`, `SECRET_INVALID`, `TLS_INVALID`, and those of `openStore` by way of the promise */
export async function startTracker(options: StartTrackerOptions = {}): Promise<RunningTracker> {
  const random = seededRandom(randomBytes(4).readUInt32LE());
  const { memoryBytes = DEFAULT_MEMORY, stateFolder } = options;
  const forFronts = (of: StartTrackerOptions) => ({
    ...of,
    maxWebSocketPeers: of.maxWebSocketPeers ?? Math.floor(memoryBytes / 1_024),
  });
  const newMemory = () => newKeyTableMemory({ maxPeers: Math.max(4_096, memoryBytes / 256) });
  const deps = { random, wallTime: () => clock.wallTime(), newMemory };
  const first = await prepare(options, deps);
  const commonSecret = await givenSecret(options);
  const { keys } = first.rules;
  if (keys !== undefined && options.keyTotals !== undefined) await restoreTotals(keys, options.keyTotals);
  const { count: workers, whyOne } = await workerCount(options);
  if (whyOne !== undefined && options.workers !== undefined) options.warned?.(whyOne);
  const store = storeOptions(options);
  const common =
    workers > 1
      ? { storeMemory: newStoreMemory(store), trackerMemory: newTrackerMemory(workers) }
      : undefined;
  const storeInCommon = { ...store, ...(common !== undefined && { memory: common.storeMemory }) };
  const opened = await openStore(options.store, storeInCommon, clock);
  const { memory } = opened;
  const tracker = new Tracker(first.trackerOptions, {
    ...{ store: opened.store, random },
    memory: common?.trackerMemory,
  });
  const live = { trustedProxies: first.trustedProxies, files: first.rules.files, tls: first.tls };
  let current = options;
  let { rules } = first;
  let fronts: readonly Front[] = [];
  const tell = async (what: Told) => {
    await Promise.all(fronts.map(front => front.tell?.(what)));
  };
  const reload = oneAtATime(async (changed: StartTrackerOptions) => {
    const prepared = await prepare(changed, deps, rules);
    current = changed;
    use(prepared);
    for (const front of fronts) front.configure?.(forFronts(changed));
    await tell({ type: 'configure', rules: rulesForThreads(prepared) });
    await tell({ type: 'ban', bans: tracker.bans.all() });
  });
  const ops = createOps(
    opsOptions(first, options),
    {
      tracker,
      store: memory,
      ...(options.store !== undefined && { storeHealth: () => healthOf(opened.health()) }),
      isReadyAlone: () => current.readyWithoutStore ?? false,
      clock,
      mode: () => rules.mode,
      lists: () => ({
        allowed: rules.list.allowedCount,
        denied: rules.list.deniedCount,
        files: [...rules.files.keys()],
      }),
      keys: () => [...(rules.keys?.totals() ?? [])].map(([name, known]) => ({ name, ...known })),
      bansFile: () => current.bans,
      bansChanged: () => tell({ type: 'ban', bans: tracker.bans.all() }),
      noted: sentence => current.noted?.(sentence),
      reload: async () => reload((await current.reread?.()) ?? current),
    },
    workers,
  );
  const use = (prepared: Prepared) => {
    tracker.configure(prepared.trackerOptions, prepared.rules);
    live.trustedProxies = prepared.trustedProxies;
    live.files = prepared.rules.files;
    live.tls = prepared.tls;
    if (prepared.bans !== undefined) tracker.bans.replace(prepared.bans);
    ops.front.configure(opsOptions(prepared, current));
    rules = prepared.rules;
    const expiring = prepared.tls && expiryNote(prepared.tls, clock.wallTime());
    for (const note of rules.notes) current.warned?.(note);
    if (expiring !== undefined) current.warned?.(expiring);
  };
  use(first);
  const state = { files: nodeStateFiles, clock };
  let secret: Uint8Array = new Uint8Array(randomBytes(16));
  if (stateFolder !== undefined) {
    secret = await trackerSecret(stateFolder, state);
    const amiss = await restoreSwarms(stateFolder, memory, state);
    if (amiss !== undefined) options.warned?.(amiss);
  }
  secret = commonSecret ?? (await opened.sharedSecret(secret));
  const started = await startFronts(forFronts(options), {
    ...{ tracker, random, clock, secret, live, ops, answersLater: options.store !== undefined },
    ...(common !== undefined && {
      workers: {
        count: workers,
        settings: {
          ...{ ...common, store, counts: ops.countsMemory },
          ...{ rules: rulesForThreads(first), bans: tracker.bans.all() },
        },
      },
    }),
  }).catch(async error => {
    await opened.close();
    throw error;
  });
  const { address } = started;
  fronts = started.fronts;
  ops.view.isListening = true;

  // One that is under way when it ends is waited for: two that write to one file would leave neither.
  const saveKeyTotals = oneAtATime(async () => {
    if (rules.keys === undefined || current.keyTotals === undefined) return;
    await saveTotals(rules.keys, current.keyTotals);
  });
  const saveSnapshot = oneAtATime(async () => {
    if (stateFolder !== undefined) await saveSwarms(stateFolder, memory, state);
  });
  const lookForChanges = async () => {
    const signature = await signatureOf(current);
    if (signature === rules.signature) return;
    await reload(current).catch(error => {
      // Told once: the same files are not tried again.
      rules = { ...rules, signature };
      throw error;
    });
  };
  const others = new OtherCounts();
  const tellOthers = async () => {
    const changes = others.step(ops.view.webSockets?.swarms ?? [], OTHERS_A_STEP);
    if (changes.length > 0) await tell({ type: 'others', changes });
  };
  const failed = (sentence: string) => current.warned?.(sentence);
  const repeated = [
    repeat({ everyMs: options.watchMs ?? 5_000, clock, failed }, lookForChanges),
    repeat({ everyMs: SNAPSHOT_MS, clock, failed }, saveSnapshot),
    repeat({ everyMs: SAVE_MS, clock, failed }, saveKeyTotals),
    repeat({ everyMs: workers > 1 ? OTHERS_MS : 0, clock, failed }, tellOthers),
  ];
  return {
    address,
    workers,
    get swarmCount() {
      return memory.swarmCount;
    },
    get peerCount() {
      return memory.peerCount;
    },
    urls: host => {
      const shown = host.includes(':') ? `[${host}]` : host;
      return fronts.flatMap(front =>
        front.schemes.map(scheme => `${scheme}://${shown}:${front.address.port}/announce`),
      );
    },
    register: torrent => {
      tracker.register(torrent);
      return tell({ type: 'register', torrent });
    },
    unregister: torrent => {
      tracker.unregister(torrent);
      return tell({ type: 'unregister', torrent });
    },
    storeHealth: () => opened.health(),
    keyTotals: () => rules.keys?.totals() ?? new Map(),
    reload,
    drain: () => {
      ops.view.isDraining = true;
    },
    close: async () => {
      ops.view.isDraining = true;
      for (const end of repeated) end();
      await Promise.all(fronts.map(front => front.close()));
      await opened.close();
      // That one cannot be written is no reason to lose the other.
      const [swarms, totals] = await Promise.allSettled([saveSnapshot(), saveKeyTotals()]);
      for (const saved of [swarms, totals]) if (saved.status === 'rejected') throw saved.reason;
    },
  };
}

function rulesForThreads({ trackerOptions, rules, trustedProxies, tls }: Prepared): ThreadRules {
  const { list, keys, torrents } = rules;
  return {
    ...{ options: trackerOptions, list: list.share(), keys: keys?.share(), torrents },
    ...{ trustedProxies, hasTls: tls !== undefined },
  };
}

/** For those who watch: whether the store beyond this process is there. */
function healthOf(health: RedisHealth | undefined) {
  return { kind: 'redis', isReachable: health?.state !== 'down', awayMs: health?.downForMs ?? 0 };
}

const SAVE_MS = 60_000;
const SNAPSHOT_MS = 300_000;
/** What WebSockets add to the counts is told to threads so often, and of so many swarms at a time. */
const OTHERS_MS = 250;
const OTHERS_A_STEP = 2_000;
