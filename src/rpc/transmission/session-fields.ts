// The fields of `session_get` and `session_set`, in the order of Transmission's specification. A field that cannot be changed
// while the daemon runs says why: to whoever sets it to what it is already, nothing; else that sentence.

import type { AlternativeLimits, WeekPlan } from '../../daemon/alternative-limits.ts';
import type { SessionLimits } from '../../session/limits.ts';
import { type Arguments, countOf, flagOf, numberOf, textOf } from './arguments.ts';
import { chosenProgram, completionProgram, setProgram, setProgramRuns } from './completion-program.ts';
import type { TransmissionDeps } from './deps.ts';
import { oldName, snakeName, withOldNames } from './names.ts';
import { RpcFault } from './rpc-fault.ts';
import type { Settings } from './settings.ts';
import { bytesPerSecond, counted, kilobytes, MS_PER_MINUTE, minutes, UNITS } from './units.ts';

export interface SessionContext extends TransmissionDeps {
  /** Who asks speaks as before 4.1. */
  readonly isOld: boolean;
}

interface SessionField {
  get(context: SessionContext): unknown;
  /** Nothing happens where the value is of another type than the field. */
  set?(context: SessionContext, value: unknown): void | Promise<void>;
  /** Why it cannot be set. */
  readonly fixed?: string;
}

export const VERSION = '4.1.1';
export const RPC_VERSION_SEMVER = '6.0.1';

const BY_CONFIGURATION = 'is set when the daemon is started';
const NOT_HERE = 'is something that Swarmline does not do';

export const SESSION_FIELDS: Readonly<Record<string, SessionField>> = {
  alt_speed_down: {
    get: ({ daemon }) => kilobytes(daemon.limits.alternative.downloadBytesPerSecond),
    set: (context, value) => setAlternativeRate(context, 'downloadBytesPerSecond', value),
  },
  alt_speed_enabled: {
    get: ({ daemon }) => daemon.limits.alternative.isOn,
    set: ({ daemon }, value) => {
      const isOn = flagOf(value);
      if (isOn !== undefined) daemon.setAlternative({ isOn });
    },
  },
  alt_speed_time_begin: planField('altTimeBegin', 1439),
  alt_speed_time_day: planField('altTimeDay', 127),
  alt_speed_time_enabled: {
    get: ({ daemon }) => daemon.limits.alternative.schedule !== undefined,
    set: (context, value) => {
      const isPlanned = flagOf(value);
      if (isPlanned === undefined || isPlanned === hasPlan(context)) return;
      context.daemon.setAlternative({ schedule: isPlanned ? planOf(context.settings.all) : undefined });
    },
  },
  alt_speed_time_end: planField('altTimeEnd', 1439),
  alt_speed_up: {
    get: ({ daemon }) => kilobytes(daemon.limits.alternative.uploadBytesPerSecond),
    set: (context, value) => setAlternativeRate(context, 'uploadBytesPerSecond', value),
  },
  anti_brute_force_enabled: { get: () => false, fixed: NOT_HERE },
  blocklist_enabled: {
    get: ({ daemon }) => daemon.session.ipFilter !== undefined,
    fixed: BY_CONFIGURATION,
  },
  blocklist_size: { get: ({ daemon }) => daemon.session.ipFilter?.ranges ?? 0 },
  blocklist_url: { get: () => '', fixed: NOT_HERE },
  cache_size_mib: { get: () => 0, fixed: NOT_HERE },
  config_dir: { get: ({ daemon }) => daemon.deps.stateFolder },
  default_trackers: { get: () => '', fixed: NOT_HERE },
  dht_enabled: { get: ({ daemon }) => daemon.session.dht !== undefined, fixed: BY_CONFIGURATION },
  download_dir: {
    get: ({ daemon }) => daemon.downloadDir,
    set: async ({ daemon, isAbsolutePath }, value) => {
      const folder = textOf(value);
      if (folder === undefined) return;
      if (!isAbsolutePath(folder))
        throw new RpcFault('PATH_NOT_ABSOLUTE', 'download directory path is not absolute');
      daemon.setDownloadDir(await daemon.deps.admitFolder(folder));
    },
  },
  download_dir_free_space: {
    get: async ({ daemon }) => (await daemon.deps.freeSpace(daemon.downloadDir)) ?? -1,
  },
  download_queue_enabled: limitFlag('maxActiveDownloads', 'downloadQueueSize'),
  download_queue_size: limitNumber('maxActiveDownloads', 'downloadQueueSize'),
  encryption: {
    get: ({ facts, isOld }) =>
      facts.encryption === 'require'
        ? 'required'
        : facts.encryption === 'prefer'
          ? 'preferred'
          : isOld
            ? 'tolerated'
            : 'allowed',
    fixed: BY_CONFIGURATION,
  },
  idle_seeding_limit: limitNumber('seedIdleMs', 'idleSeedingLimit', MS_PER_MINUTE),
  idle_seeding_limit_enabled: limitFlag('seedIdleMs', 'idleSeedingLimit', MS_PER_MINUTE),
  incomplete_dir: {
    get: ({ daemon }) => daemon.incomplete.folder ?? daemon.downloadDir,
    fixed: BY_CONFIGURATION,
  },
  incomplete_dir_enabled: {
    get: ({ daemon }) => daemon.incomplete.folder !== undefined,
    fixed: BY_CONFIGURATION,
  },
  lpd_enabled: {
    get: ({ daemon }) => isWanted(daemon.session.reach.localDiscovery),
    fixed: BY_CONFIGURATION,
  },
  peer_limit_global: {
    get: ({ daemon }) => counted(daemon.session.limits.maxConnections),
    set: ({ daemon }, value) => {
      const count = countOf(value);
      if (count !== undefined) daemon.setLimits({ maxConnections: count });
    },
  },
  peer_limit_per_torrent: {
    get: ({ settings, facts }) => settings.all.peerLimitPerTorrent || counted(facts.maxPeersPerTorrent),
    set: ({ settings }, value) => {
      const count = countOf(value);
      if (count !== undefined) settings.set({ peerLimitPerTorrent: count });
    },
  },
  peer_port: { get: ({ daemon }) => daemon.session.address?.port ?? 0, fixed: BY_CONFIGURATION },
  peer_port_random_on_start: { get: ({ facts }) => facts.isPortRandom, fixed: BY_CONFIGURATION },
  pex_enabled: { get: ({ daemon }) => isWanted(daemon.session.reach.peerExchange), fixed: BY_CONFIGURATION },
  port_forwarding_enabled: {
    get: ({ daemon }) => isWanted(daemon.session.reach.portForward),
    fixed: BY_CONFIGURATION,
  },
  preferred_transports: {
    get: ({ facts }) => [...facts.transports].sort().reverse(),
    fixed: BY_CONFIGURATION,
  },
  queue_stalled_enabled: { get: () => true, fixed: BY_CONFIGURATION },
  queue_stalled_minutes: { get: ({ facts }) => minutes(facts.slowAfterMs), fixed: BY_CONFIGURATION },
  rename_partial_files: { get: () => false, fixed: NOT_HERE },
  reqq: { get: ({ facts }) => facts.maxPeerRequests, fixed: BY_CONFIGURATION },
  rpc_version: { get: () => 19 },
  rpc_version_minimum: { get: () => 14 },
  rpc_version_semver: { get: () => RPC_VERSION_SEMVER },
  script_torrent_added_enabled: { get: () => false, fixed: NOT_HERE },
  script_torrent_added_filename: { get: () => '', fixed: NOT_HERE },
  script_torrent_done_enabled: {
    get: context => completionProgram(context) !== undefined,
    set: (context, value) => setProgramRuns(context, value),
  },
  script_torrent_done_filename: {
    get: context => chosenProgram(context) ?? '',
    set: (context, value) => setProgram(context, value),
  },
  script_torrent_done_seeding_enabled: { get: () => false, fixed: NOT_HERE },
  script_torrent_done_seeding_filename: { get: () => '', fixed: NOT_HERE },
  seed_queue_enabled: limitFlag('maxActiveSeeds', 'seedQueueSize'),
  seed_queue_size: limitNumber('maxActiveSeeds', 'seedQueueSize'),
  seed_ratio_limit: limitNumber('seedRatio', 'seedRatioLimit'),
  seed_ratio_limited: limitFlag('seedRatio', 'seedRatioLimit'),
  sequential_download: settingFlag('sequentialDownload'),
  session_id: { get: ({ sessionId }) => sessionId() },
  speed_limit_down: rateNumber('downloadBytesPerSecond', 'speedLimitDown'),
  speed_limit_down_enabled: rateFlag('downloadBytesPerSecond', 'speedLimitDown'),
  speed_limit_up: rateNumber('uploadBytesPerSecond', 'speedLimitUp'),
  speed_limit_up_enabled: rateFlag('uploadBytesPerSecond', 'speedLimitUp'),
  start_added_torrents: settingFlag('startAddedTorrents'),
  tcp_enabled: { get: ({ facts }) => facts.transports.includes('tcp'), fixed: BY_CONFIGURATION },
  trash_original_torrent_files: { get: () => false, fixed: NOT_HERE },
  units: { get: () => UNITS },
  utp_enabled: { get: ({ facts }) => facts.transports.includes('utp'), fixed: BY_CONFIGURATION },
  version: { get: ({ daemon }) => `${VERSION} (Swarmline ${daemon.deps.version})` },
};

/** `names`: those that are wanted; undefined: all. What nobody knows is passed over. */
export async function readSession(
  names: readonly unknown[] | undefined,
  context: SessionContext,
): Promise<Record<string, unknown>> {
  const read: Record<string, unknown> = {};
  for (const asked of names ?? Object.keys(SESSION_FIELDS)) {
    const name = typeof asked === 'string' ? fieldName(asked) : '';
    if (!Object.hasOwn(SESSION_FIELDS, name)) continue;
    const value = await SESSION_FIELDS[name]!.get(context);
    if (context.isOld) read[oldName(name, 'hyphens')] = withOldNames(value, 'hyphens');
    else read[name] = value;
  }
  return read;
}

/** What can be set is, before it is said what cannot. Numbers before the flags that make them hold. @throws RpcFault */
export async function writeSession(given: Arguments, context: SessionContext): Promise<void> {
  const refused: string[] = [];
  const names = [...given.names()].sort((a, b) => Number(isFlag(a)) - Number(isFlag(b)));
  for (const asked of names) {
    const name = fieldName(asked);
    if (!Object.hasOwn(SESSION_FIELDS, name)) continue;
    const field = SESSION_FIELDS[name]!;
    const value = given.get(asked);
    if (field.set !== undefined) await field.set(context, value);
    else if (field.fixed !== undefined && !isSame(await field.get(context), value))
      refused.push(`"${context.isOld ? oldName(name, 'hyphens') : name}" ${field.fixed}.`);
  }
  if (refused.length > 0) throw new RpcFault('INVALID_PARAMS', refused.join(' '));
}

function isFlag(name: string): boolean {
  return /_(enabled|limited)$/.test(name);
}

function fieldName(asked: string): string {
  const name = snakeName(asked);
  return name === 'cache_size_mb' ? 'cache_size_mib' : name;
}

function isSame(is: unknown, wanted: unknown): boolean {
  if (typeof is === 'boolean') return flagOf(wanted) === undefined || flagOf(wanted) === is;
  if (Array.isArray(is))
    return Array.isArray(wanted) && is.length === wanted.length && is.every((item, i) => item === wanted[i]);
  if (is === 'tolerated' || is === 'allowed') return wanted === 'tolerated' || wanted === 'allowed';
  return typeof is !== typeof wanted || is === wanted;
}

type Rate = 'downloadBytesPerSecond' | 'uploadBytesPerSecond';
type RateSetting = 'speedLimitDown' | 'speedLimitUp';

/** The number holds where the flag beside it is set; else it is kept for when it is. */
function rateNumber(limit: Rate, setting: RateSetting): SessionField {
  return {
    get: ({ daemon, settings }) => {
      const rate = daemon.limits.usual[limit];
      return rate === Number.POSITIVE_INFINITY ? settings.all[setting] : kilobytes(rate);
    },
    set: ({ daemon, settings }, value) => {
      const kB = countOf(value);
      if (kB === undefined) return;
      settings.set({ [setting]: kB });
      if (daemon.limits.usual[limit] !== Number.POSITIVE_INFINITY)
        daemon.setLimits({ [limit]: bytesPerSecond(kB) });
    },
  };
}

function rateFlag(limit: Rate, setting: RateSetting): SessionField {
  const isLimited = ({ daemon }: SessionContext) => daemon.limits.usual[limit] !== Number.POSITIVE_INFINITY;
  return {
    get: isLimited,
    set: (context, value) => {
      const { daemon, settings } = context;
      const wanted = flagOf(value);
      if (wanted === undefined || wanted === isLimited(context)) return;
      if (!wanted) settings.set({ [setting]: kilobytes(daemon.limits.usual[limit]) });
      daemon.setLimits({
        [limit]: wanted ? bytesPerSecond(settings.all[setting]) : Number.POSITIVE_INFINITY,
      });
    },
  };
}

type Limit = 'maxActiveDownloads' | 'maxActiveSeeds' | 'seedRatio' | 'seedIdleMs';
type LimitSetting = 'downloadQueueSize' | 'seedQueueSize' | 'seedRatioLimit' | 'idleSeedingLimit';

function limitNumber(limit: Limit, setting: LimitSetting, unit = 1): SessionField {
  const read = limit === 'seedRatio' ? ratioOf : countOf;
  return {
    get: ({ daemon, settings }) => {
      const value = daemon.session.limits[limit];
      return value === Number.POSITIVE_INFINITY ? settings.all[setting] : value / unit;
    },
    set: ({ daemon, settings }, value) => {
      const number = read(value);
      if (number === undefined) return;
      settings.set({ [setting]: number });
      if (daemon.session.limits[limit] !== Number.POSITIVE_INFINITY)
        daemon.setLimits({ [limit]: number * unit } as Partial<SessionLimits>);
    },
  };
}

function limitFlag(limit: Limit, setting: LimitSetting, unit = 1): SessionField {
  const isLimited = ({ daemon }: SessionContext) => daemon.session.limits[limit] !== Number.POSITIVE_INFINITY;
  return {
    get: isLimited,
    set: (context, value) => {
      const { daemon, settings } = context;
      const wanted = flagOf(value);
      if (wanted === undefined || wanted === isLimited(context)) return;
      if (!wanted) settings.set({ [setting]: daemon.session.limits[limit] / unit });
      const number = wanted ? settings.all[setting] * unit : Number.POSITIVE_INFINITY;
      daemon.setLimits({ [limit]: number } as Partial<SessionLimits>);
    },
  };
}

function settingFlag(setting: 'startAddedTorrents' | 'sequentialDownload'): SessionField {
  return {
    get: ({ settings }) => settings.all[setting],
    set: ({ settings }, value) => {
      const wanted = flagOf(value);
      if (wanted !== undefined) settings.set({ [setting]: wanted });
    },
  };
}

function planField(setting: 'altTimeBegin' | 'altTimeEnd' | 'altTimeDay', max: number): SessionField {
  return {
    get: context => {
      const { schedule } = context.daemon.limits.alternative;
      return (schedule === undefined ? context.settings.all : settingsOf(schedule))[setting];
    },
    set: (context, value) => {
      const count = countOf(value);
      if (count === undefined) return;
      const { daemon, settings } = context;
      const { schedule } = daemon.limits.alternative;
      settings.set({ ...(schedule && settingsOf(schedule)), [setting]: Math.min(max, count) });
      if (schedule !== undefined) daemon.setAlternative({ schedule: planOf(settings.all) });
    },
  };
}

/** Turned on, whether or not anything comes of it. */
function isWanted(way: unknown): boolean {
  return way !== 'unwanted';
}

function hasPlan({ daemon }: SessionContext): boolean {
  return daemon.limits.alternative.schedule !== undefined;
}

/** A bit a day, the lowest for Sunday. */
function planOf({ altTimeBegin, altTimeEnd, altTimeDay }: Readonly<Settings>): WeekPlan {
  const days = [0, 1, 2, 3, 4, 5, 6].filter(day => (altTimeDay & (1 << day)) !== 0);
  return { beginMinute: altTimeBegin, endMinute: altTimeEnd, days };
}

function settingsOf({ beginMinute, endMinute, days }: WeekPlan) {
  let altTimeDay = 0;
  for (const day of days) altTimeDay |= 1 << day;
  return { altTimeBegin: beginMinute, altTimeEnd: endMinute, altTimeDay };
}

function setAlternativeRate({ daemon }: SessionContext, rate: Rate, value: unknown): void {
  const kB = countOf(value);
  if (kB === undefined) return;
  daemon.setAlternative({ [rate]: bytesPerSecond(kB) } satisfies Partial<AlternativeLimits>);
}

function ratioOf(value: unknown): number | undefined {
  const ratio = numberOf(value);
  return ratio === undefined ? undefined : Math.max(0, ratio);
}
