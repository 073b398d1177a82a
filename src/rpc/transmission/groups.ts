// Bandwidth groups: the session's groups of torrents that share limits, with Transmission's numbers and flags. They are
// remembered here: a session knows of a group only in the run in which it is limited.

import { type Arguments, countOf, flagOf } from './arguments.ts';
import type { TransmissionDeps } from './deps.ts';
import { RpcFault } from './rpc-fault.ts';
import { bytesPerSecond } from './units.ts';

type GroupDeps = Pick<TransmissionDeps, 'daemon' | 'settings'>;

/** As `group_get` tells it. */
export interface Group {
  readonly honors_session_limits: boolean;
  readonly name: string;
  /** kB/s. */
  readonly speed_limit_down: number;
  readonly speed_limit_down_enabled: boolean;
  readonly speed_limit_up: number;
  readonly speed_limit_up_enabled: boolean;
}

/** `name`: of one or of several; undefined: all. */
export function groupsNamed(name: unknown, { settings }: GroupDeps): Group[] {
  const groups = groupsIn(settings.all.groups);
  const names = Array.isArray(name) ? name : name === undefined ? undefined : [name];
  return names === undefined ? groups : groups.filter(group => names.includes(group.name));
}

/** What is not named stays as it is. @throws RpcFault */
export function setGroup(given: Arguments, deps: GroupDeps): void {
  const name = checkedGroup(given.text('name')?.trim() ?? '');
  const groups = groupsIn(deps.settings.all.groups);
  const before = groups.find(group => group.name === name) ?? { ...NEW_GROUP, name };
  const group: Group = {
    name,
    honors_session_limits: flagOf(given.get('honors_session_limits')) ?? before.honors_session_limits,
    speed_limit_down: countOf(given.get('speed_limit_down')) ?? before.speed_limit_down,
    speed_limit_down_enabled:
      flagOf(given.get('speed_limit_down_enabled')) ?? before.speed_limit_down_enabled,
    speed_limit_up: countOf(given.get('speed_limit_up')) ?? before.speed_limit_up,
    speed_limit_up_enabled: flagOf(given.get('speed_limit_up_enabled')) ?? before.speed_limit_up_enabled,
  };
  const others = groups.filter(each => each.name !== name);
  if (others.length >= MAX_GROUPS)
    throw new RpcFault('INVALID_PARAMS', `there are ${MAX_GROUPS} bandwidth groups at the most`);
  deps.settings.set({ groups: JSON.stringify([...others, group]) });
  apply(group, deps);
}

/** A group that a torrent is in is there. @throws RpcFault */
export function checkedGroup(name: string): string {
  if (name === '') throw new RpcFault('INVALID_PARAMS', 'No group name given');
  if (name.length > MAX_NAME)
    throw new RpcFault('INVALID_PARAMS', `a group's name has ${MAX_NAME} characters at the most`);
  return name;
}

/** Those that are remembered hold again. */
export function applyGroups(deps: GroupDeps): void {
  for (const group of groupsIn(deps.settings.all.groups)) apply(group, deps);
}

function apply(group: Group, { daemon }: GroupDeps): void {
  daemon.session.setRateGroup(group.name, {
    honorsSessionRates: group.honors_session_limits,
    downloadBytesPerSecond: rateOf(group.speed_limit_down, group.speed_limit_down_enabled),
    uploadBytesPerSecond: rateOf(group.speed_limit_up, group.speed_limit_up_enabled),
  });
}

function rateOf(kB: number, isLimited: boolean): number {
  return isLimited ? bytesPerSecond(kB) : Number.POSITIVE_INFINITY;
}

/** What cannot be understood is no group. */
function groupsIn(text: string): Group[] {
  try {
    const read: unknown = JSON.parse(text);
    return Array.isArray(read) ? read.filter(isGroup) : [];
  } catch {
    return [];
  }
}

function isGroup(value: unknown): value is Group {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  const fits = (name: string, like: unknown) => typeof fields[name] === typeof like;
  return Object.entries({ ...NEW_GROUP, name: '' }).every(([name, like]) => fits(name, like));
}

const NEW_GROUP: Omit<Group, 'name'> = {
  honors_session_limits: true,
  speed_limit_down: 0,
  speed_limit_down_enabled: false,
  speed_limit_up: 0,
  speed_limit_up_enabled: false,
};
const MAX_NAME = 100;
const MAX_GROUPS = 1000;
