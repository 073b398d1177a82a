// The fields of `torrent_set`, each with what it does to a torrent. A value of another type than the field does nothing; what
// a session cannot do is refused, unless it is so already.

import type { LibraryTorrent } from '../../daemon/library.ts';
import type { SeedLimits } from '../../session/seed-limits.ts';
import { type Arguments, countOf, flagOf, numberOf } from './arguments.ts';
import type { TransmissionDeps } from './deps.ts';
import { changedFiles } from './file-settings.ts';
import { checkedGroup } from './groups.ts';
import { setLocation } from './place.ts';
import { RpcFault } from './rpc-fault.ts';
import { addTrackers, removeTrackers, replaceTrackers, setTrackerList } from './tracker-settings.ts';
import { bytesPerSecond, kilobytes, MS_PER_MINUTE } from './units.ts';

interface Setting {
  readonly entry: LibraryTorrent;
  readonly value: unknown;
  /** All that was given. */
  readonly given: Arguments;
  readonly deps: TransmissionDeps;
}

/** In the order in which they are done: numbers before the flags that make them hold. */
export const TORRENT_SETTINGS: Readonly<Record<string, (setting: Setting) => void | Promise<void>>> = {
  labels: ({ entry, value, deps }) => {
    if (Array.isArray(value)) deps.daemon.library.setLabels(entry, checkedLabels(value));
  },
  download_limit: setting => setRateNumber(setting, 'downloadBytesPerSecond', 'downloadLimit'),
  download_limited: setting => setRateFlag(setting, 'downloadBytesPerSecond', 'downloadLimit'),
  upload_limit: setting => setRateNumber(setting, 'uploadBytesPerSecond', 'uploadLimit'),
  upload_limited: setting => setRateFlag(setting, 'uploadBytesPerSecond', 'uploadLimit'),
  honors_session_limits: ({ entry, value }) => {
    const honors = flagOf(value);
    if (honors !== undefined) entry.torrent.setHonorsSessionRates(honors);
  },
  bandwidth_priority: ({ value }) => {
    if ((numberOf(value) ?? 0) !== 0)
      throw new RpcFault(
        'INVALID_PARAMS',
        'Swarmline shares its rates equally: there is no bandwidth priority.',
      );
  },
  group: ({ entry, value }) => {
    if (typeof value !== 'string') return;
    const name = value.trim();
    entry.torrent.setRateGroup(name === '' ? undefined : checkedGroup(name));
  },
  peer_limit: ({ entry, value }) => {
    const maxPeers = countOf(value);
    if (maxPeers !== undefined) entry.torrent.setLimits({ maxPeers });
  },
  queue_position: ({ entry, value }) => {
    const position = countOf(value);
    if (position !== undefined) entry.torrent.setQueuePosition(position);
  },
  seed_ratio_limit: setting => setSeedNumber(setting, 'seedRatio', 'seedRatioLimit', 1),
  seed_ratio_mode: setting => setSeedMode(setting, 'seedRatio', 'seedRatioLimit', 1),
  seed_idle_limit: setting => setSeedNumber(setting, 'seedIdleMs', 'seedIdleLimit', MS_PER_MINUTE),
  seed_idle_mode: setting => setSeedMode(setting, 'seedIdleMs', 'seedIdleLimit', MS_PER_MINUTE),
  sequential_download: ({ entry, value }) => {
    const isSequential = flagOf(value);
    if (isSequential !== undefined) entry.torrent.setSequential(isSequential);
  },
  sequential_download_from_piece: ({ value }) => {
    if ((numberOf(value) ?? 0) !== 0)
      throw new RpcFault('INVALID_PARAMS', 'Swarmline downloads in order from the first piece alone.');
  },
  tracker_list: ({ entry, value, deps }) => {
    if (typeof value !== 'string') return;
    setTrackerList(entry, value);
    deps.register.edited(entry);
  },
  tracker_add: ({ entry, value, deps }) => {
    if (!Array.isArray(value)) return;
    addTrackers(entry, value);
    deps.register.edited(entry);
  },
  tracker_remove: ({ entry, value, deps }) => {
    if (!Array.isArray(value)) return;
    removeTrackers(entry, value, deps.register);
    deps.register.edited(entry);
  },
  tracker_replace: ({ entry, value, deps }) => {
    if (!Array.isArray(value)) return;
    replaceTrackers(entry, value, deps.register);
    deps.register.edited(entry);
  },
  location: ({ entry, value, deps }) => setLocation(entry, value, false, deps),
};

/** Of one torrent. @throws RpcFault, SwarmlineError */
export async function setTorrent(
  entry: LibraryTorrent,
  given: Arguments,
  deps: TransmissionDeps,
): Promise<void> {
  setFiles(entry, given, deps);
  let fault: unknown;
  for (const [name, set] of Object.entries(TORRENT_SETTINGS)) {
    if (!given.has(name)) continue;
    try {
      await set({ entry, value: given.get(name), given, deps });
    } catch (error) {
      // The rest is done all the same.
      fault ??= error;
    }
  }
  deps.daemon.library.touch(entry);
  if (fault !== undefined) throw fault;
}

/** While a magnet's files are not known there is nothing to choose from. @throws RpcFault */
export function setFiles(entry: LibraryTorrent, given: Arguments, { register }: TransmissionDeps): void {
  const { torrent } = entry;
  const { filePriorities: kept } = register.notesOf(entry);
  const before = torrent.filePriorities ?? torrent.files.map(() => 'normal' as const);
  const changed = changedFiles(given, before, kept);
  if (changed === undefined || torrent.info === undefined) return;
  torrent.setFilePriorities(changed.priorities);
  kept.clear();
  for (const [file, priority] of changed.kept) kept.set(file, priority);
}

/** @throws RpcFault */
export function checkedLabels(labels: readonly unknown[]): string[] {
  if (labels.length > MAX_LABELS)
    throw new RpcFault('INVALID_PARAMS', `a torrent has ${MAX_LABELS} labels at the most`);
  return labels.map(label => {
    const text = typeof label === 'string' ? label.trim() : '';
    if (text === '') throw new RpcFault('INVALID_PARAMS', 'labels cannot be empty');
    if (text.includes(',')) throw new RpcFault('INVALID_PARAMS', 'labels cannot contain comma (,) character');
    if (text.length > MAX_LABEL)
      throw new RpcFault('INVALID_PARAMS', `labels have ${MAX_LABEL} characters at the most`);
    return text;
  });
}

type Rate = 'downloadBytesPerSecond' | 'uploadBytesPerSecond';
type NotedLimit = 'downloadLimit' | 'uploadLimit';

function setRateNumber({ entry, value, deps }: Setting, rate: Rate, noted: NotedLimit): void {
  const kB = countOf(value);
  if (kB === undefined) return;
  deps.register.notesOf(entry)[noted] = kB;
  const { torrent } = entry;
  if (torrent.limits[rate] !== Number.POSITIVE_INFINITY) torrent.setLimits({ [rate]: bytesPerSecond(kB) });
}

function setRateFlag({ entry, value, deps }: Setting, rate: Rate, noted: NotedLimit): void {
  const wanted = flagOf(value);
  const { torrent } = entry;
  const before = torrent.limits[rate];
  if (wanted === undefined || wanted === (before !== Number.POSITIVE_INFINITY)) return;
  const notes = deps.register.notesOf(entry);
  if (!wanted) notes[noted] = kilobytes(before);
  const { speedLimitDown, speedLimitUp } = deps.settings.all;
  const kB = notes[noted] ?? (noted === 'downloadLimit' ? speedLimitDown : speedLimitUp);
  torrent.setLimits({ [rate]: wanted ? bytesPerSecond(kB) : Number.POSITIVE_INFINITY });
}

type SeedLimitName = 'seedRatio' | 'seedIdleMs';
type NotedSeedLimit = 'seedRatioLimit' | 'seedIdleLimit';

function setSeedNumber(
  { entry, value, deps }: Setting,
  name: SeedLimitName,
  noted: NotedSeedLimit,
  unit: number,
): void {
  const number = numberOf(value);
  if (number === undefined) return;
  deps.register.notesOf(entry)[noted] = Math.max(0, number);
  const own = entry.torrent.ownSeedLimits;
  if (own[name] === undefined || own[name] === Number.POSITIVE_INFINITY) return;
  entry.torrent.setSeedLimits({ ...own, [name]: Math.max(0, number) * unit });
}

/** 0: as the session has it; 1: its own; 2: none. */
function setSeedMode(
  { entry, value, deps }: Setting,
  name: SeedLimitName,
  noted: NotedSeedLimit,
  unit: number,
): void {
  const mode = numberOf(value);
  const { [name]: before, ...others } = entry.torrent.ownSeedLimits;
  let own: number | undefined;
  if (mode === 1) {
    const { seedRatioLimit, idleSeedingLimit } = deps.settings.all;
    const usual = noted === 'seedRatioLimit' ? seedRatioLimit : idleSeedingLimit;
    own = (deps.register.notesOf(entry)[noted] ?? usual) * unit;
    if (before !== undefined && before !== Number.POSITIVE_INFINITY) own = before;
  } else if (mode === 2) own = Number.POSITIVE_INFINITY;
  else if (mode !== 0) return;
  entry.torrent.setSeedLimits({
    ...others,
    ...(own !== undefined && { [name]: own }),
  } as Partial<SeedLimits>);
}

// As in the daemon's own API.
const MAX_LABEL = 100;
const MAX_LABELS = 100;
