// The options of `swarmline daemon`, each once: as a flag (`--rpc-port`), as an environment variable (`SWARMLINE_DAEMON_RPC_PORT`)
// and as an entry of the config file's table `[daemon]` (`rpc-port`). What each comes to is in daemon-config.

import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Address } from '../core/bytes/compact-address.ts';
import type { WeekPlan } from '../daemon/alternative-limits.ts';
import type { ProxyOptions } from '../io/proxy-url.ts';
import type { WatchedFolder } from '../node-daemon/watch-folder.ts';
import type { Allocation } from '../session/add-options.ts';
import type { Encryption } from '../session/encryption.ts';
import * as values from './option-values.ts';
import type { LogForm, LogLevel } from './output/log.ts';
import { weekPlan } from './week-plan.ts';

/** By the long names of the flags. What was said nowhere and has no default is not there. */
export interface DaemonConfig {
  readonly stateFolder: string;
  readonly downloadDir: string;
  readonly incompleteDir?: string;
  readonly allowFolder?: readonly string[];
  readonly rpcHost: string;
  readonly rpcPort: number;
  readonly tokenFile?: string;
  readonly allowHost?: readonly string[];
  readonly openMetrics?: boolean;
  readonly port: number;
  readonly bind: string;
  readonly interface?: string;
  readonly dns?: readonly string[];
  readonly portForward: 'on' | 'off';
  readonly proxy?: ProxyOptions;
  readonly ipFilter?: string;
  readonly lsd: 'on' | 'off';
  readonly pex: 'on' | 'off';
  readonly encryption: Encryption;
  readonly noDht?: boolean;
  readonly dhtRouter?: readonly Address[];
  readonly transport: values.Transport;
  readonly maxPeers: number;
  readonly allocate: Allocation;
  readonly limitDown: number;
  readonly limitUp: number;
  readonly alternativeDown: number;
  readonly alternativeUp: number;
  readonly alternativeSchedule: WeekPlan | 'none';
  readonly maxConnections: number;
  readonly maxDialling: number;
  readonly dialsPerSecond: number;
  readonly uploadSlots: number | 'rate';
  readonly maxActive: number;
  readonly maxActiveDownloads: number;
  readonly maxActiveSeeds: number;
  readonly maxChecking: number;
  readonly seedRatio: number;
  readonly seedTime: number;
  readonly seedIdle: number;
  readonly atSeedLimit: 'pause' | 'tell';
  readonly watch?: readonly WatchedFolder[];
  readonly watchAdded: 'rename' | 'remove';
  readonly onComplete?: string;
  readonly allowProgram?: readonly string[];
  readonly log: LogForm;
  readonly logLevel: LogLevel;
}

export interface DaemonOption {
  /** The long flag without the dashes; the entry's name in the file. */
  readonly name: string;
  readonly key: keyof DaemonConfig;
  /** `list`: a flag that may come again, an array in the file, commas in the environment. `switch`: true or false. */
  readonly form: 'one' | 'list' | 'switch';
  readonly takes: string;
  readonly read: (text: string) => unknown;
  readonly help: string;
  /** As it would be written; undefined where there is none. */
  readonly byDefault: string | undefined;
  /** It can be changed while the daemon runs: SIGHUP. */
  readonly isLive: boolean;
  readonly group: string;
}

/** Adds the flags to a command. */
export function addDaemonOptions(command: Command): Command {
  let group = '';
  for (const option of DAEMON_OPTIONS) {
    const { name, form, takes, read, help, byDefault } = option;
    if (option.group !== group) {
      group = option.group;
      command.optionsGroup(`${group}:`);
    }
    const flag = `${SHORT[name] ?? ''}--${name}`;
    const text = byDefault === undefined ? help : `${help} (default: ${byDefault})`;
    if (form === 'switch') command.option(flag, text);
    else if (form === 'list') command.option(`${flag} <${takes}>`, text, values.many(read));
    else command.option(`${flag} <${takes}>`, text, read);
  }
  return command.optionsGroup('Options:');
}

export function environmentName({ name }: Pick<DaemonOption, 'name'>): string {
  return `${ENVIRONMENT}${name.toUpperCase().replaceAll('-', '_')}`;
}

/** What the names of all of them begin with. */
export const ENVIRONMENT = 'SWARMLINE_DAEMON_';

const text = (given: string): string => {
  if (given === '') throw new InvalidArgumentError('It should not be empty.');
  return given;
};
const path = (given: string): string => resolve(text(given));
const hostName = (given: string): string => text(given).toLowerCase();

function watched(given: string): WatchedFolder {
  // The label is what stands behind the last "=": names of folders may have one too.
  const at = given.lastIndexOf('=');
  const label = at < 0 ? '' : given.slice(at + 1).trim();
  const isLabel = label !== '' && !label.includes('/');
  return { folder: path(isLabel ? given.slice(0, at) : given), label: isLabel ? label : undefined };
}

interface More {
  readonly byDefault?: string;
  readonly form?: DaemonOption['form'];
  readonly isLive?: boolean;
}

function option(
  name: string,
  takes: string,
  read: (text: string) => unknown,
  help: string,
  { byDefault, form = 'one', isLive = false }: More = {},
): DaemonOption {
  const key = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()) as keyof DaemonConfig;
  return { name, key, form, takes, read, help, byDefault, isLive, group: '' };
}

function groupOf(name: string, options: readonly DaemonOption[]): readonly DaemonOption[] {
  return options.map(each => ({ ...each, group: name }));
}

const LIVE = { isLive: true } as const;
const LIVE_LIST = { isLive: true, form: 'list' } as const;
const live = (byDefault: string): More => ({ byDefault, isLive: true });

const SHORT: Readonly<Record<string, string>> = { 'download-dir': '-d, ', port: '-p, ' };

// biome-ignore format: a table
export const DAEMON_OPTIONS: readonly DaemonOption[] = [
  ...groupOf('Folders', [
    option('download-dir', 'folder', path, 'where torrents go that name no other place (default: ~/Downloads)'),
    option('incomplete-dir', 'folder', path, 'where they are until all of them is there', LIVE),
    option('allow-folder', 'folder', path, 'where clients may put torrents, beside the download folder', LIVE_LIST),
    option('state-folder', 'folder', path, 'where everything is remembered (default: where the system keeps such)'),
    option('watch', 'folder[=label]', watched, 'add the torrent files and .magnet files that are put there', LIVE_LIST),
    option('watch-added', 'what', values.oneOf('rename', 'remove'), 'what becomes of such a file: rename (to NAME.added) or remove', live('rename')),
    option('on-complete', 'program', path, 'run it when a torrent is complete; SWARMLINE_NAME and others say which', LIVE),
    option('allow-program', 'program', path, 'what clients of Transmission may choose to be run in its place', LIVE_LIST),
  ]),
  ...groupOf('API and page', [
    option('rpc-host', 'address', values.ipAddress, 'where to answer; beyond this machine clients need a token', { byDefault: '127.0.0.1' }),
    option('rpc-port', 'port', values.portNumber, 'of the page and the API', { byDefault: '9797' }),
    option('token-file', 'file', path, 'a file with the token that clients must know', LIVE),
    option('allow-host', 'name', hostName, 'a name under which the daemon is asked', LIVE_LIST),
    option('open-metrics', '', text, 'answer /metrics without the token', { form: 'switch', isLive: true }),
  ]),
  ...groupOf('Peers', [
    option('port', 'port', values.portNumber, 'where peers can reach this one; 0 is any that is free, as where the default is taken', { byDefault: '6881' }),
    option('bind', 'address', values.ipAddress, 'listen for peers at this address alone, and let everything leave from it', { byDefault: '::' }),
    option('interface', 'name', text, 'let nothing leave but by this network interface, such as tun0 (Linux)'),
    option('dns', 'address', values.ipAddress, 'with an interface: a server to ask for names', { form: 'list' }),
    option('port-forward', 'whether', values.oneOf('on', 'off'), 'have the router let peers in, by PCP, NAT-PMP or UPnP', { byDefault: 'on' }),
    option('lsd', 'whether', values.oneOf('on', 'off'), 'look for peers on this network (BEP 14)', { byDefault: 'on' }),
    option('pex', 'whether', values.oneOf('on', 'off'), 'peers tell each other of others (BEP 11)', { byDefault: 'on' }),
    option('proxy', 'url', values.proxy, 'reach everything through it alone: socks5://… or http://…'),
    option('ip-filter', 'file', path, 'peers not to be spoken to: eMule .dat, P2P text, or CIDR, a range a line', LIVE),
    option('encryption', 'how', values.encryption, 'of connections: off, allow, prefer or require', { byDefault: 'allow' }),
    option('no-dht', '', text, 'find no peers by the DHT, and tell nobody there', { form: 'switch' }),
    option('dht-router', 'host:port', values.hostAndPort, 'begin here in the DHT, in place of the usual routers', { form: 'list' }),
    option('transport', 'how', values.transport, 'to peers: tcp, utp or tcp,utp', { byDefault: 'tcp,utp' }),
    option('max-connections', 'count', values.countLimit, 'of all torrents', live('400')),
    option('max-peers', 'count', values.positiveCount, 'connections of one torrent', { byDefault: '100' }),
    option('max-dialling', 'count', values.countLimit, 'dials that stand open at a time', live('100')),
    option('dials-per-second', 'count', values.countLimit, 'new dials in a second', live('30')),
    option('upload-slots', 'count', values.uploadSlots, 'peers that one torrent gives to at a time; "rate": as many as the uplink feeds', live('8')),
    option('allocate', 'how', values.allocation, 'room on the disk: sparse or full', { byDefault: 'sparse' }),
  ]),
  ...groupOf('Limits ("none" is no limit)', [
    option('limit-down', 'rate', values.rateLimit, 'receive no faster, in bytes a second: 500K, 2M', live('none')),
    option('limit-up', 'rate', values.rateLimit, 'give no faster', live('none')),
    option('alternative-down', 'rate', values.rateLimit, 'the same while the alternative limits are on', live('500K')),
    option('alternative-up', 'rate', values.rateLimit, 'likewise', live('100K')),
    option('alternative-schedule', 'when', weekPlan, 'when they are on by themselves: "mon-fri 08:00-18:00"', live('none')),
    option('max-active', 'count', values.countLimit, 'torrents that are active at a time', live('none')),
    option('max-active-downloads', 'count', values.countLimit, 'of these, that download', live('none')),
    option('max-active-seeds', 'count', values.countLimit, 'of these, that seed', live('none')),
    option('max-checking', 'count', values.countLimit, 'torrents whose data is being hashed at a time', live('4')),
    option('seed-ratio', 'times', values.ratioLimit, 'seed until so many times the data was given', live('none')),
    option('seed-time', 'time', values.durationLimit, 'seed for so long: 30m, 2h, 7d', live('none')),
    option('seed-idle', 'time', values.durationLimit, 'seed until nobody has wanted anything for so long', live('none')),
    option('at-seed-limit', 'what', values.oneOf('pause', 'tell'), 'what a torrent does there: pause, or tell and go on', { byDefault: 'pause' }),
  ]),
  ...groupOf('Log', [
    option('log', 'form', values.oneOf('text', 'json'), 'lines as text or json', { byDefault: 'text' }),
    option('log-level', 'level', values.oneOf('error', 'warn', 'info', 'debug'), 'error: it does not serve; warn: not as it was told to; info: it has changed; debug: what torrents say', live('info')),
  ]),
];
