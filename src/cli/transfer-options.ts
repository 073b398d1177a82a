// Options of every command that exchanges a torrent: how peers are found and reached, and how it is shown.

import type { Command } from 'commander';
import { type ProxyOptions, reachedFrom } from '../io/proxy-url.ts';
import type { Encryption } from '../session/encryption.ts';
import type { SeedLimits } from '../session/seed-limits.ts';
import { addRouterOption, type DhtFlags, dhtSettings } from './dht-options.ts';
import type { ExchangeOptions, LineChoice } from './exchange.ts';
import * as values from './option-values.ts';
import { stateFolderFor } from './state-folder.ts';
import { UsageError } from './usage-error.ts';

export interface NetworkFlags extends DhtFlags {
  readonly port?: number;
  readonly bind?: string;
  readonly interface?: string;
  readonly dns?: readonly string[];
  readonly encryption?: Encryption;
  readonly transport?: values.Transport;
  readonly limitDown?: number;
  readonly limitUp?: number;
  readonly maxPeers?: number;
  readonly portForward: boolean;
  readonly proxy?: ProxyOptions;
  readonly ipFilter?: string;
  readonly lsd: boolean;
  readonly pex: boolean;
}

/** How long is seeded. */
export interface SeedFlags {
  readonly seedRatio?: number;
  readonly seedTime?: number;
  readonly seedIdle?: number;
}

export interface TransferFlags extends NetworkFlags, SeedFlags {
  readonly peer?: readonly { host: string; port: number }[];
  readonly tracker?: readonly string[];
  readonly recheck?: boolean;
  readonly resume: boolean;
  readonly json?: boolean;
}

export function addTransferOptions(command: Command): Command {
  command
    .option('--peer <host:port>', 'a peer to ask at once', values.many(values.hostAndPort))
    .option(
      '-t, --tracker <url>',
      'one more tracker',
      values.many(values.urlWith(...values.TRACKER_SCHEMES)),
    );
  const withNetwork = addRouterOption(
    addNetworkOptions(command).option('--no-dht', 'find no peers by the DHT, and tell nobody there'),
  );
  return addSeedOptions(withNetwork)
    .option('--recheck', 'hash all that is there, also what has not changed since it was checked')
    .option('--no-resume', 'remember nothing of this, and use nothing that is remembered')
    .option('--json', 'events for a program, one JSON object a line');
}

/** How this end is reached, and how fast it is. */
export function addNetworkOptions(command: Command): Command {
  return command
    .option(
      '--port <port>',
      'where peers can reach this one (default: 6881, or any that is free)',
      values.portNumber,
    )
    .option(
      '--bind <address>',
      'listen at this address alone, such as 127.0.0.1, and let everything leave from it (default: every one)',
      values.ipAddress,
    )
    .option(
      '--interface <name>',
      'let nothing leave but by this network interface, such as tun0 (Linux; default: as the routes say)',
    )
    .option(
      '--dns <address>',
      "with --interface: a server to ask for names (default: the machine's, where it is another machine)",
      values.many(values.ipAddress),
    )
    .option(
      '--encryption <how>',
      'of connections: off, allow, prefer or require (default: allow)',
      values.encryption,
    )
    .option('--transport <how>', 'to peers: tcp, utp or tcp,utp (default: tcp,utp)', values.transport)
    .option('--limit-down <rate>', 'receive no faster, in bytes a second: 500K, 2M', values.rate)
    .option('--limit-up <rate>', 'give no faster', values.rate)
    .option('--no-port-forward', 'do not ask the router to let peers in (UPnP, NAT-PMP, PCP)')
    .option('--proxy <url>', 'reach everything through it alone: socks5://… or http://…', values.proxy)
    .option('--ip-filter <file>', 'peers not to be spoken to: eMule .dat, P2P text, or CIDR, a range a line')
    .option('--no-lsd', 'do not look for peers on this network (BEP 14)')
    .option('--no-pex', 'do not tell peers of each other, or listen to what they tell (BEP 11)')
    .option('--max-peers <count>', 'connections at a time (default: 100)', values.positiveCount);
}

/** When there has been enough of it; whichever comes first. */
export function addSeedOptions(command: Command): Command {
  return command
    .option(
      '--seed-ratio <times>',
      'end when so many times the data has been given: 2, 1.5 (0: when all is there)',
      values.ratio,
    )
    .option('--seed-time <time>', 'end when it was seeded for so long: 30m, 2h, 7d', values.duration)
    .option('--seed-idle <time>', 'end when nobody has wanted anything for so long', values.duration);
}

/** Of commands that begin with everything. */
export function addSuperSeedOption(command: Command): Command {
  return command.option(
    '--super-seed',
    'as the first and only seed: show each piece to one peer, until others have everything (BEP 16)',
  );
}

export interface SuperSeedFlags {
  readonly superSeed?: boolean;
}

/** What of them is the same for any torrent. @throws UsageError */
export function networkOptions(flags: NetworkFlags): NetworkOptions {
  if (flags.proxy?.kind === 'http' && flags.transport === 'utp')
    throw new UsageError(
      'A proxy by HTTP carries no uTP: leave --transport out, or name a proxy by SOCKS 5.',
    );
  const { port, bind, encryption, transport, limitDown, limitUp, maxPeers } = flags;
  return {
    ...(port === undefined ? {} : { port }),
    ...(bind === undefined ? {} : { bind }),
    ...(encryption === undefined ? {} : { encryption }),
    ...(transport === undefined ? {} : { transports: values.transportNames(transport) }),
    ...(maxPeers === undefined ? {} : { maxPeers }),
    dht: dhtSettings(flags, bind ?? '::'),
    ...(flags.proxy === undefined ? {} : { proxy: reachedFrom(flags.proxy, bind ?? '::') }),
    line: lineChoice(flags),
    ...(flags.ipFilter === undefined ? {} : { ipFilter: flags.ipFilter }),
    localDiscovery: flags.lsd && process.env['SWARMLINE_LSD'] !== 'off',
    peerExchange: flags.pex,
    portForward: flags.portForward && process.env['SWARMLINE_PORT_FORWARD'] !== 'off',
    limits: {
      ...(limitDown === undefined ? {} : { downloadBytesPerSecond: limitDown }),
      ...(limitUp === undefined ? {} : { uploadBytesPerSecond: limitUp }),
    },
  };
}

type NetworkOptions = Pick<
  ExchangeOptions,
  | 'port'
  | 'bind'
  | 'encryption'
  | 'transports'
  | 'maxPeers'
  | 'dht'
  | 'portForward'
  | 'localDiscovery'
  | 'peerExchange'
  | 'proxy'
  | 'line'
  | 'ipFilter'
  | 'limits'
>;

/** @throws UsageError */
export function lineChoice({ interface: device, dns, proxy }: LineFlags): LineChoice | undefined {
  if (device === undefined) {
    if (dns !== undefined)
      throw new UsageError('--dns is for --interface: else the system looks names up as it does for all.');
    return undefined;
  }
  if (proxy !== undefined)
    throw new UsageError('A proxy is not reached by --interface yet: leave one of them out.');
  return { device, nameServers: dns };
}

type LineFlags = Pick<NetworkFlags, 'interface' | 'dns' | 'proxy'>;

/** What has been reached in an earlier run counts. */
export function seedLimits({ seedRatio, seedTime, seedIdle }: SeedFlags): Partial<SeedLimits> {
  return {
    ...(seedRatio === undefined ? {} : { seedRatio }),
    ...(seedTime === undefined ? {} : { seedTimeMs: seedTime }),
    ...(seedIdle === undefined ? {} : { seedIdleMs: seedIdle }),
  };
}

/** Of the torrent whose data lies in `downloadDir`. */
export function resumeOptions({ recheck, resume }: TransferFlags, downloadDir: string): ResumeOptions {
  return {
    ...(resume ? { stateFolder: stateFolderFor(downloadDir) } : {}),
    ...(recheck === true ? { recheck } : {}),
  };
}

type ResumeOptions = Pick<ExchangeOptions, 'stateFolder' | 'recheck'>;
