// The options of a tracker, from what a user may say to what its parts are given. All that can be wrong with them, and with the
// files that they name, is found here, before anything is changed.

import { type IpPrefix, parseIpPrefix } from '../core/bytes/ip-prefix.ts';
import { SwarmlineError } from '../core/errors.ts';
import { readToken } from '../io/token-file.ts';
import type { Ban } from '../tracker/bans.ts';
import type { OpsOptions } from '../tracker/ops/front.ts';
import type { TrackerOptions } from '../tracker/options.ts';
import type { PasskeysDeps } from '../tracker/passkeys.ts';
import { MOST_MEMORY, UNIT } from '../tracker/stores/arena.ts';
import { DEFAULT_MEMORY, type MemoryStoreOptions } from '../tracker/stores/memory.ts';
import type { FrontOptions } from './fronts.ts';
import { type OpsStartOptions, readBans } from './ops.ts';
import { type AccessOptions, type LoadedRules, loadRules } from './rules.ts';
import type { SecretOptions } from './state.ts';
import { type LoadedTls, loadTls, type TlsOptions } from './tls.ts';
import type { WorkerOptions } from './workers.ts';

export interface StartTrackerOptions
  extends Omit<TrackerOptions, 'open' | 'near' | 'rateLimits'>,
    Omit<MemoryStoreOptions, 'peerTimeoutMs' | 'maxPeers'>,
    FrontOptions,
    OpsStartOptions,
    WorkerOptions,
    SecretOptions,
    TlsOptions,
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

/** Options that are judged already, and all that they name in files. */
export interface Prepared {
  readonly trackerOptions: TrackerOptions;
  readonly rules: LoadedRules;
  readonly trustedProxies: readonly IpPrefix[];
  readonly tls: LoadedTls | undefined;
  readonly token: string | undefined;
  readonly bans: readonly Ban[] | undefined;
}

/** All that can be wrong with options is found here, before anything is changed. */
export async function prepare(
  options: StartTrackerOptions,
  deps: PasskeysDeps,
  before?: LoadedRules,
): Promise<Prepared> {
  const { requestsPerSecond = 50, requestBurst = 1_000, nearShare = 0, zones = [] } = options;
  const trustedProxies = (options.trustedProxies ?? []).map(prefixOf);
  if (zones.length > 0 && nearShare === 0)
    throw new SwarmlineError(
      'CONFIG_INVALID',
      '"zones" change nothing without "near-share": it is how much of an answer may be of one zone, such as 0.5.',
    );
  const near = { share: nearShare, zones: zones.map(zone => zone.map(prefixOf)) };
  const tls = await loadTls(options);
  const token = options.apiTokenFile === undefined ? undefined : await readToken(options.apiTokenFile);
  const bans = options.bans === undefined ? undefined : await readBans(options.bans, deps.wallTime());
  const rules = await loadRules(options, deps, before);
  return {
    rules,
    tls,
    token,
    bans,
    trustedProxies,
    trackerOptions: {
      ...cloneable(options),
      open: rules.open,
      rateLimits: { requestsPerSecond, burst: requestBurst },
      maxPeersPerAddress: options.maxPeersPerAddress ?? 32,
      ...(nearShare > 0 && { near }),
    },
  };
}

export function opsOptions({ token }: Prepared, { shows, names }: StartTrackerOptions): OpsOptions {
  return { token, ...(shows !== undefined && { shows }), ...(names !== undefined && { names }) };
}

export function storeOptions(options: StartTrackerOptions): MemoryStoreOptions {
  const { intervalSeconds = 1_800 } = options;
  const maxInterval = Math.max(intervalSeconds, options.maxIntervalSeconds ?? intervalSeconds * 1.5);
  // The longest that a peer may be told, and time for a retry; the store remembers for twelve hours at most.
  const timeoutSeconds = Math.min(Math.ceil(maxInterval * 1.1 + 600), 43_200);
  // `maxPeers` is another thing here: what is kept is limited by memory.
  const { maxPeers: _, ...rest } = cloneable(options);
  return {
    ...rest,
    memoryBytes: usableMemory(options.memoryBytes ?? DEFAULT_MEMORY),
    peerTimeoutMs: timeoutSeconds * 1_000,
    maxPeers: Number.POSITIVE_INFINITY,
  };
}

function usableMemory(bytes: number): number {
  if (bytes >= LEAST_MEMORY && bytes <= MOST_MEMORY) return Math.floor(bytes / UNIT) * UNIT;
  throw new SwarmlineError(
    'CONFIG_INVALID',
    '"memory" should be 1 MiB to 2 GiB: in 2 GiB there is room for a hundred million peers.',
  );
}

function prefixOf(text: string): IpPrefix {
  const prefix = parseIpPrefix(text);
  if (prefix !== undefined) return prefix;
  throw new SwarmlineError('CONFIG_INVALID', `"${text}" is no network such as 10.0.0.0/8 or 2001:db8::/32.`);
}

/** What can be told to another thread. */
function cloneable({ warned: _, noted: _1, reread: _2, ...data }: StartTrackerOptions) {
  return data;
}

const LEAST_MEMORY = 1024 * 1024;
