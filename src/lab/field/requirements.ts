// What the field needs of a machine: Linux, root, and a few programs. Whoever lacks something is told what, and what to
// install, before anything is started. Looks alone.

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SwarmlineError } from '../../core/errors.ts';
import type { ClientName, SwarmPlan } from '../plan.ts';

/** What is looked at. @default this machine */
export interface Machine {
  readonly platform: string;
  readonly isRoot: boolean;
  has(program: string): boolean;
  /** A Python that has libtorrent. */
  libtorrentPython(): string | undefined;
  /** Whether namespaces can be made: a container may forbid it even to root. */
  makesNamespaces(): boolean;
}

/** @throws SwarmlineError LAB_NEEDS what is missing for this plan */
export function requireForPlan(plan: SwarmPlan, machine: Machine = THIS_MACHINE): void {
  const sentence = missingFor(plan, machine);
  if (sentence !== undefined) throw new SwarmlineError('LAB_NEEDS', sentence);
}

/** A sentence on what is missing; undefined where nothing is. */
export function missingFor(plan: SwarmPlan, machine: Machine = THIS_MACHINE): string | undefined {
  if (machine.platform !== 'linux')
    return 'The field needs Linux, for its network namespaces: run the scenario in the simulator here.';
  if (!machine.isRoot) return 'The field makes network namespaces, and needs root for it: run it by sudo.';
  const missing = [
    ...NETWORK_PROGRAMS.filter(([name]) => !machine.has(name)),
    ...missingClients(plan, machine),
  ];
  if (plan.groups.some(({ isReachable }) => isReachable === false) && !machine.has('nft'))
    missing.push(['nft', 'nftables']);
  if (missing.length > 0) {
    const names = missing.map(([name]) => name).join(', ');
    const packages = [...new Set(missing.map(([, packageName]) => packageName))].join(' ');
    return `The field needs programs that are not here: ${names}. Install them (on Debian: apt-get install ${packages}).`;
  }
  if (!machine.makesNamespaces())
    return 'This machine makes no network namespaces ("unshare --net true" fails): a container needs the capability SYS_ADMIN for it.';
  return undefined;
}

/** The system's Python first: Debian's python3-libtorrent is for that one alone. */
export function libtorrentPython(): string | undefined {
  python ??= [process.env['LIBTORRENT_PYTHON'], '/usr/bin/python3', 'python3'].find(
    candidate => candidate && spawnSync(candidate, ['-c', 'import libtorrent']).status === 0,
  );
  return python;
}

type Missing = readonly [program: string, packageName: string];

function missingClients({ groups }: SwarmPlan, machine: Machine): Missing[] {
  const wanted = new Set<ClientName>(groups.map(({ client = 'swarmline' }) => client));
  const missing: Missing[] = [];
  if (wanted.has('libtorrent') && machine.libtorrentPython() === undefined)
    missing.push(['libtorrent for Python', 'python3-libtorrent']);
  if (wanted.has('transmission') && !machine.has('transmission-daemon'))
    missing.push(['transmission-daemon', 'transmission-daemon']);
  if (wanted.has('aria2') && !machine.has('aria2c')) missing.push(['aria2c', 'aria2']);
  return missing;
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

let python: string | undefined;
const NETWORK_PROGRAMS: readonly Missing[] = [
  ['ip', 'iproute2'],
  ['tc', 'iproute2'],
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
  ['setpriv', 'util-linux'],
];
const THIS_MACHINE: Machine = {
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  has: isOnPath,
  libtorrentPython,
  makesNamespaces: () => spawnSync('unshare', ['--net', 'true']).status === 0,
};
