// What a running tracker shows of itself and lets itself be told, put together: counts of its threads, its store, its
// WebSockets, its rules and this process, for `tracker/ops/front` to answer from.

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';
import { describeSystemError } from '../io/file-fault.ts';
import { replaceFile } from '../io/replace-file.ts';
import { isSameSecret } from '../io/same-secret.ts';
import { type Ban, formatBans, parseBans } from '../tracker/bans.ts';
import type { KeyDetails, ListDetails, SwarmDetails, SwarmPeers } from '../tracker/ops/admin-api.ts';
import { CensusTaking } from '../tracker/ops/census.ts';
import { countsBlock, newCountsMemory, TrackerCounts, totalsOf } from '../tracker/ops/counts.ts';
import { OpsFront, type OpsOptions } from '../tracker/ops/front.ts';
import type { StoreState, TrackerState } from '../tracker/ops/state.ts';
import type { MemoryStore, StoredPeers } from '../tracker/stores/memory.ts';
import type { Tracker } from '../tracker/tracker.ts';
import type { WsTracker } from '../tracker/ws.ts';

export interface OpsStartOptions extends Pick<OpsOptions, 'shows' | 'names'> {
  /** A file that holds the token of the admin API. @default there is no API */
  readonly apiTokenFile?: string;
  /** A file of networks that are not answered, one a line; the API writes to it. @default bans last as long as the program */
  readonly bans?: string;
  /** How long it goes on answering, and says that it is not ready, before it stops. @default 0 */
  readonly drainSeconds?: number;
  /**
   * `/ready` says yes with the store away too: for balancers that ask nobody where none is ready. @default false: after ten
   * seconds it says no, so that nodes are asked that can reach it
   */
  readonly readyWithoutStore?: boolean;
}

/** What there is to be shown, once it is there. */
export interface OpsView {
  isListening: boolean;
  isDraining: boolean;
  webSockets: WsTracker | undefined;
  httpConnections: () => number;
}

export interface OpsDeps {
  readonly tracker: Tracker;
  /** The swarms of this process; those of all, where the store is nothing beyond it. */
  readonly store: MemoryStore;
  /** How the store goes, where it is beyond this process. @default it is memory, and there */
  readonly storeHealth?: () => Pick<StoreState, 'kind' | 'isReachable' | 'awayMs'>;
  /** Ready for requests with its store away too. */
  readonly isReadyAlone: () => boolean;
  readonly clock: Clock;
  readonly mode: () => TrackerState['mode'];
  readonly lists: () => Omit<ListDetails, 'mode' | 'registered'>;
  readonly keys: () => readonly KeyDetails[];
  readonly bansFile: () => string | undefined;
  /** Tells threads of the bans that there are now. */
  readonly bansChanged: () => Promise<void>;
  /** Told of changes that were asked for by the API. */
  readonly noted: (sentence: string) => void;
  readonly reload: () => Promise<void>;
}

export interface TrackerOps {
  readonly front: OpsFront;
  readonly counts: TrackerCounts;
  /** For threads to count in: a block each, after this one's. */
  readonly countsMemory: SharedArrayBuffer;
  readonly view: OpsView;
}

/** `workers` is how many threads there are, this one among them. */
export function createOps(options: OpsOptions, deps: OpsDeps, workers = 1): TrackerOps {
  const { tracker, store, clock } = deps;
  const countsMemory = newCountsMemory(workers);
  const counts = new TrackerCounts(() => clock.now(), countsBlock(countsMemory, 0));
  const view: OpsView = {
    isListening: false,
    isDraining: false,
    webSockets: undefined,
    httpConnections: () => 0,
  };
  const startedAt = clock.wallTime();
  const census = new CensusTaking(store, () => view.webSockets?.swarms ?? [], clock);
  const changeBans = async (change: () => boolean) => {
    const before = tracker.bans.all();
    const isChanged = change();
    const file = deps.bansFile();
    if (isChanged && file !== undefined) {
      await writeBans(file, tracker.bans.all()).catch(error => {
        tracker.bans.replace(before);
        throw error;
      });
    }
    if (isChanged) await deps.bansChanged();
    return isChanged;
  };
  const front = new OpsFront(options, {
    state: () => ({
      version: programVersion(),
      platform: `Node.js ${process.versions.node}`,
      startedAt,
      wallTime: clock.wallTime(),
      mode: deps.mode(),
      isListening: view.isListening,
      isDraining: view.isDraining,
      threads: workers,
      isReadyAlone: deps.isReadyAlone(),
      store: {
        ...(deps.storeHealth?.() ?? { kind: 'memory', isReachable: true, awayMs: 0 }),
        swarms: store.swarmCount,
        peers: store.peerCount,
        seeds: store.seedCount,
        usedBytes: store.usedBytes,
        totalBytes: store.totalBytes,
      },
      webSocket: webSocketState(view.webSockets),
      httpConnections: view.httpConnections(),
      bans: tracker.bans.count,
      process: { memoryBytes: process.memoryUsage.rss(), cpuSeconds: cpuSeconds() },
      counts: totalsOf(countsMemory),
    }),
    census: () => census.take(),
    swarm: infoHash => swarmDetails(infoHash, deps, view.webSockets),
    keys: deps.keys,
    lists: () => ({ mode: deps.mode(), registered: tracker.registeredCount, ...deps.lists() }),
    bans: {
      all: () => tracker.bans.all(),
      add: async (network, note) => {
        const ban = { network, note, since: clock.wallTime() };
        if (!(await changeBans(() => tracker.bans.add(ban))))
          throw new SwarmlineError('TOO_MANY_BANS', 'There are as many bans as there may be: 100,000.');
        deps.noted(`${network} is banned${note === '' ? '' : ` (${note})`}, by the API.`);
      },
      remove: async network => {
        const wasThere = await changeBans(() => tracker.bans.remove(network));
        if (wasThere) deps.noted(`${network} is banned no more, by the API.`);
        return wasThere;
      },
    },
    reload: async () => {
      await deps.reload();
      deps.noted('Everything is read anew, by the API.');
    },
    isSameSecret,
    admits: (ip, cost) => tracker.admits(ip, clock.now(), cost),
    file: pageFile,
  });
  return { front, counts, countsMemory, view };
}

/**
 * The bans of a file; none where it is not there yet.
 * @throws SwarmlineError `FILE_UNREADABLE`, `BANS_INVALID`
 */
export async function readBans(path: string, now: number): Promise<readonly Ban[]> {
  const text = await readText(path, '');
  const bans = parseBans(text, now);
  if (!('faultyLine' in bans)) return bans;
  throw new SwarmlineError(
    'BANS_INVALID',
    `Line ${bans.faultyLine} of "${path}" does not begin with a network such as 203.0.113.0/24.`,
    { where: `${path}:${bans.faultyLine}` },
  );
}

async function writeBans(path: string, bans: readonly Ban[]): Promise<void> {
  try {
    await replaceFile(path, Buffer.from(formatBans(bans)));
  } catch (cause) {
    const sentence = `The bans cannot be written to "${path}": ${describeSystemError(cause)}. Nothing was changed.`;
    throw new SwarmlineError('STATE_NOT_WRITTEN', sentence, { where: path, cause });
  }
}

async function readText(path: string, whereMissing?: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (whereMissing !== undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') return whereMissing;
    throw new SwarmlineError('FILE_UNREADABLE', `"${path}" cannot be read: ${describeSystemError(cause)}.`, {
      where: path,
      cause,
    });
  }
}

function swarmDetails(
  asked: Uint8Array,
  { tracker, store, clock }: OpsDeps,
  webSockets: WsTracker | undefined,
): SwarmDetails | undefined {
  const infoHash = tracker.swarmNameOf(asked);
  let found = { leechers: 0, downloaded: 0, peers: [] as SwarmPeers[] };
  const isThere = store.look(infoHash, clock.now(), ({ downloaded, peers4, peers6 }) => {
    const peers = [copyOf(peers4), copyOf(peers6)].filter(({ count }) => count > 0);
    found = { leechers: peers4.leechers + peers6.leechers, downloaded, peers };
  });
  const others = webSockets?.countsOf(infoHash);
  if (!isThere && others === undefined) return undefined;
  const count = found.peers.reduce((sum, peers) => sum + peers.count, 0);
  const { complete = 0, incomplete = 0, downloaded = 0 } = others ?? {};
  return {
    seeds: count - found.leechers + complete,
    leechers: found.leechers + incomplete,
    downloaded: found.downloaded + downloaded,
    webSocketPeers: complete + incomplete,
    infoHash,
    served: tracker.servedAs(infoHash),
    peers: found.peers,
  };
}

function copyOf({ count, leechers, addresses, age }: StoredPeers): SwarmPeers {
  return {
    count,
    leechers,
    addresses: addresses.slice(),
    ages: Array.from({ length: count }, (_, position) => age(position)),
  };
}

function webSocketState(webSockets: WsTracker | undefined): TrackerState['webSocket'] {
  let seeds = 0;
  let peers = 0;
  for (const swarm of webSockets?.swarms ?? []) {
    seeds += swarm.complete;
    peers += swarm.size;
  }
  return { sockets: webSockets?.socketCount ?? 0, swarms: webSockets?.swarmCount ?? 0, seeds, peers };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

function pageFile(name: string): Uint8Array | undefined {
  let file = pageFiles.get(name);
  if (file === undefined && PAGE_FILES.has(name)) {
    file = readFileSync(new URL(`web/tracker/${name}`, PACKAGE));
    pageFiles.set(name, file);
  }
  return file;
}

function programVersion(): string {
  version ??= (JSON.parse(readFileSync(new URL('package.json', PACKAGE), 'utf8')) as { version: string })
    .version;
  return version;
}

// This file is in `src/node-tracker`, `dist/node-tracker`, or joined with others in `dist/program`.
const PACKAGE = new URL('../../', import.meta.url);
const PAGE_FILES = new Set(['index.html', 'page.css', 'page.js', 'icon.svg']);
const pageFiles = new Map<string, Uint8Array>();
let version: string | undefined;
