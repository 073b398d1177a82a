// The library's `swarmline/tracker`: a tracker in one call, on Node. One swarm state, and any number of fronts that carry
// announces to it, all on one port number.
//
//   const tracker = await startTracker({ port: 6969 });
//   console.log(tracker.urls('tracker.example'));
//   await tracker.close();

import { randomBytes } from 'node:crypto';
import type { Address } from './core/bytes/compact-address.ts';
import { type IpPrefix, parseIpPrefix } from './core/bytes/ip-prefix.ts';
import { seededRandom } from './core/bytes/prng.ts';
import { SwarmlineError } from './core/errors.ts';
import { sharedClock as clock } from './io/clock.ts';
import { nodeStateFiles } from './io/state-files.ts';
import { type Front, type FrontOptions, startFronts } from './node-tracker/fronts.ts';
import { createOps, type OpsStartOptions, readBans, readToken } from './node-tracker/ops.ts';
import {
  type AccessOptions,
  type LoadedRules,
  loadRules,
  restoreTotals,
  saveTotals,
  signatureOf,
} from './node-tracker/rules.ts';
import { restoreSwarms, saveSwarms, trackerSecret } from './node-tracker/state.ts';
import { openStore } from './node-tracker/store.ts';
import type { Ban } from './tracker/bans.ts';
import type { OpsOptions } from './tracker/ops/front.ts';
import type { TrackerOptions } from './tracker/options.ts';
import type { KeyTotals } from './tracker/passkeys.ts';
import type { TorrentHashes } from './tracker/served-torrents.ts';
import type { MemoryStoreOptions } from './tracker/stores/memory.ts';
import type { RedisHealth } from './tracker/stores/redis.ts';
import { Tracker } from './tracker/tracker.ts';

export { ProtocolError, SwarmlineError } from './core/errors.ts';
export type { FrontOptions } from './node-tracker/fronts.ts';
export type { OpsStartOptions } from './node-tracker/ops.ts';
export type { AccessOptions } from './node-tracker/rules.ts';
export type { TrackerOptions } from './tracker/options.ts';
export type { KeyTotals } from './tracker/passkeys.ts';
export type { TorrentHashes } from './tracker/served-torrents.ts';
export type { MemoryStoreOptions } from './tracker/stores/memory.ts';
export type { RedisHealth } from './tracker/stores/redis.ts';

export interface StartTrackerOptions
  extends Omit<TrackerOptions, 'open' | 'near' | 'rateLimits'>,
    Omit<MemoryStoreOptions, 'peerTimeoutMs' | 'maxPeers'>,
    FrontOptions,
    OpsStartOptions,
    AccessOptions {
  /** Networks of proxies whose word on whom they ask for is believed: `10.0.0.0/8`. @default none */
  readonly trustedProxies?: readonly string[];
  /** Requests that one address (IPv4 /32, IPv6 /56) may make in a second, lastingly. 0 is no limit. @default 50: a client with 50,000 torrents announces 28 times a second */
  readonly requestsPerSecond?: number;
  /** And at once. @default 1000: a client that starts announces all its torrents */
  readonly requestBurst?: number;
  /** How much of an answer may be peers near the asker (IPv4 /24, IPv6 /48, or its zone): 0…0.9. @default 0: they are as likely as others */
  readonly nearShare?: number;
  /** Networks that are near one another, a list each. */
  readonly zones?: readonly (readonly string[])[];
  /**
   * Where the swarms are kept that several trackers have in common: `redis://…` and its like (docs/tracker-redis.md). @default
   * nowhere: they are this tracker's alone, in its memory
   */
  readonly store?: string;
  /** A folder in which swarms outlive the program: written every five minutes and at the end. @default they do not */
  readonly stateFolder?: string;
  /** How often the files of lists, keys and torrents are looked at for changes; 0 is never. @default 5000 */
  readonly watchMs?: number;
  /** Told in sentences of what is amiss and ends nothing: a file that is passed over, a list that cannot be read any more. @default nobody is */
  readonly warned?: (sentence: string) => void;
  /** Told in sentences of what was changed by the API. @default nobody is */
  readonly noted?: (sentence: string) => void;
  /** What a reload by the API takes for options. @default those of the start, or of the last `reload` */
  readonly reread?: () => Promise<StartTrackerOptions>;
}

export interface RunningTracker {
  /** Where it listens, with the port that it was given. */
  readonly address: Address;
  /** Of this process: with `store`, what was announced here. */
  readonly swarmCount: number;
  readonly peerCount: number;
  /** Its URLs, one a protocol, for a name or address of this machine. */
  urls(host: string): readonly string[];
  /** Makes a torrent known; a hybrid's two hashes are one swarm from then on. */
  register(torrent: TorrentHashes): void;
  unregister(torrent: TorrentHashes): void;
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

/** @throws SwarmlineError `LISTEN_FAILED`, `CONFIG_INVALID`, `LIST_INVALID`, `KEYS_INVALID`, `FILE_UNREADABLE`, `TOKEN_INVALID`, `BANS_INVALID`, and those of `openStore` by way of the promise */
export async function startTracker(options: StartTrackerOptions = {}): Promise<RunningTracker> {
  const random = seededRandom(randomBytes(4).readUInt32LE());
  const deps = { random, wallTime: () => clock.wallTime() };
  const first = await prepare(options, deps);
  if (first.rules.keys !== undefined && options.keyTotals !== undefined)
    await restoreTotals(first.rules.keys, options.keyTotals);
  const opened = await openStore(options.store, storeOptions(options), clock);
  const { memory } = opened;
  const tracker = new Tracker(first.trackerOptions, { store: opened.store, random });
  const live = { trustedProxies: first.trustedProxies, files: first.rules.files };
  let current = options;
  let { rules } = first;
  const reload = async (changed: StartTrackerOptions) => {
    const prepared = await prepare(changed, deps, rules);
    current = changed;
    use(prepared);
    for (const front of fronts) front.configure?.(changed);
  };
  const ops = createOps(opsOptions(first, options), {
    tracker,
    store: memory,
    ...(options.store !== undefined && { storeHealth: () => healthOf(opened.health()) }),
    clock,
    mode: () => rules.mode,
    lists: () => ({
      allowed: rules.list.allowedCount,
      denied: rules.list.deniedCount,
      files: [...rules.files.keys()],
    }),
    keys: () => [...(rules.keys?.totals() ?? [])].map(([name, known]) => ({ name, ...known })),
    bansFile: () => current.bans,
    noted: sentence => current.noted?.(sentence),
    reload: async () => reload((await current.reread?.()) ?? current),
  });
  let fronts: readonly Front[] = [];
  const use = (prepared: Prepared) => {
    tracker.configure(prepared.trackerOptions, prepared.rules);
    live.trustedProxies = prepared.trustedProxies;
    live.files = prepared.rules.files;
    if (prepared.bans !== undefined) tracker.bans.replace(prepared.bans);
    ops.front.configure(opsOptions(prepared, current));
    rules = prepared.rules;
    for (const note of rules.notes) current.warned?.(note);
  };
  use(first);
  const { stateFolder } = options;
  const state = { files: nodeStateFiles, clock };
  let secret: Uint8Array = new Uint8Array(randomBytes(16));
  if (stateFolder !== undefined) {
    secret = await trackerSecret(stateFolder, state);
    const amiss = await restoreSwarms(stateFolder, memory, state);
    if (amiss !== undefined) options.warned?.(amiss);
  }
  secret = await opened.sharedSecret(secret);
  const answersLater = options.store !== undefined;
  const frontDeps = { tracker, random, clock, secret, live, ops, answersLater };
  const started = await startFronts(options, frontDeps).catch(async error => {
    await opened.close();
    throw error;
  });
  const { address } = started;
  fronts = started.fronts;
  ops.view.isListening = true;

  const saveKeyTotals = async () => {
    if (rules.keys === undefined || current.keyTotals === undefined) return;
    await saveTotals(rules.keys, current.keyTotals);
  };
  const watching = repeat(
    options.watchMs ?? 5_000,
    async () => {
      const signature = await signatureOf(current);
      if (signature === rules.signature) return;
      await reload(current).catch(error => {
        // Told once: the same files are not tried again.
        rules = { ...rules, signature };
        throw error;
      });
    },
    sentence => current.warned?.(sentence),
  );
  const saveSnapshot = async () => {
    if (stateFolder !== undefined) await saveSwarms(stateFolder, memory, state);
  };
  const snapshots = repeat(SNAPSHOT_MS, saveSnapshot, sentence => current.warned?.(sentence));
  const saving = repeat(SAVE_MS, saveKeyTotals, sentence => current.warned?.(sentence));
  return {
    address,
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
    register: torrent => tracker.register(torrent),
    unregister: torrent => tracker.unregister(torrent),
    storeHealth: () => opened.health(),
    keyTotals: () => rules.keys?.totals() ?? new Map(),
    reload,
    drain: () => {
      ops.view.isDraining = true;
    },
    close: async () => {
      ops.view.isDraining = true;
      watching();
      saving();
      snapshots();
      await Promise.all(fronts.map(front => front.close()));
      await opened.close();
      await saveSnapshot();
      await saveKeyTotals();
    },
  };
}

/** For those who watch: whether the store beyond this process is there. */
function healthOf(health: RedisHealth | undefined): { kind: string; isReachable: boolean } {
  return { kind: 'redis', isReachable: health?.state !== 'down' };
}

interface Prepared {
  readonly trackerOptions: TrackerOptions;
  readonly rules: LoadedRules;
  readonly trustedProxies: readonly IpPrefix[];
  readonly token: string | undefined;
  readonly bans: readonly Ban[] | undefined;
}

/** All that can be wrong with options is found here, before anything is changed. */
async function prepare(
  options: StartTrackerOptions,
  deps: Parameters<typeof loadRules>[1],
  before?: LoadedRules,
): Promise<Prepared> {
  const { requestsPerSecond = 50, requestBurst = 1_000, nearShare = 0, zones = [] } = options;
  const trustedProxies = (options.trustedProxies ?? []).map(prefixOf);
  const near = { share: nearShare, zones: zones.map(zone => zone.map(prefixOf)) };
  const token = await readToken(options.apiTokenFile);
  const bans = options.bans === undefined ? undefined : await readBans(options.bans, deps.wallTime());
  const rules = await loadRules(options, deps, before);
  return {
    rules,
    token,
    bans,
    trustedProxies,
    trackerOptions: {
      ...options,
      open: rules.open,
      rateLimits: { requestsPerSecond, burst: requestBurst },
      maxPeersPerAddress: options.maxPeersPerAddress ?? 32,
      ...(nearShare > 0 && { near }),
    },
  };
}

function opsOptions({ token }: Prepared, { shows, names }: StartTrackerOptions): OpsOptions {
  return { token, ...(shows !== undefined && { shows }), ...(names !== undefined && { names }) };
}

function storeOptions(options: StartTrackerOptions): MemoryStoreOptions {
  const { intervalSeconds = 1_800 } = options;
  const maxInterval = Math.max(intervalSeconds, options.maxIntervalSeconds ?? intervalSeconds * 1.5);
  // The longest that a peer may be told, and time for a retry; the store remembers for twelve hours at most.
  const timeoutSeconds = Math.min(Math.ceil(maxInterval * 1.1 + 600), 43_200);
  // `maxPeers` is another thing here: what is kept is limited by memory.
  const { maxPeers: _, ...rest } = options;
  return { ...rest, peerTimeoutMs: timeoutSeconds * 1_000, maxPeers: Number.POSITIVE_INFINITY };
}

function prefixOf(text: string): IpPrefix {
  const prefix = parseIpPrefix(text);
  if (prefix !== undefined) return prefix;
  throw new SwarmlineError('CONFIG_INVALID', `"${text}" is no network such as 10.0.0.0/8 or 2001:db8::/32.`);
}

/** Calls again and again, one call after the other; the answer ends it. */
function repeat(everyMs: number, call: () => Promise<void>, failed: (sentence: string) => void): () => void {
  if (everyMs === 0) return () => {};
  let isOver = false;
  let cancel = () => {};
  const next = () => {
    cancel = clock.after(everyMs, () => {
      call()
        .catch(error => {
          if (!(error instanceof SwarmlineError)) throw error;
          failed(error.message);
        })
        .finally(() => {
          if (!isOver) next();
        });
    });
  };
  next();
  return () => {
    isOver = true;
    cancel();
  };
}

const SAVE_MS = 60_000;
const SNAPSHOT_MS = 300_000;
