// From the configuration of a daemon to what `startDaemon` takes.

import { PEX_DEFAULTS } from '../core/engine/pex-options.ts';
import { SwarmlineError } from '../core/errors.ts';
import { reachedFrom } from '../io/proxy-url.ts';
import type { LiveDaemonOptions, StartDaemonOptions } from '../node-daemon/start.ts';
import type { SessionLimits } from '../session/limits.ts';
import type { DaemonConfig } from './daemon-options.ts';
import { dhtSettings } from './dht-options.ts';
import { transportNames } from './option-values.ts';

export function startOptions(
  config: DaemonConfig,
): Pick<StartDaemonOptions, 'stateFolder' | 'downloadDir' | 'rpc' | 'line' | 'proxy' | 'session'> {
  const {
    stateFolder,
    downloadDir,
    rpcHost,
    rpcPort,
    bind,
    port,
    encryption,
    transport,
    allocate,
    atSeedLimit,
    dhtRouter,
    proxy,
  } = config;
  if (proxy?.kind === 'http' && transport === 'utp')
    throw new SwarmlineError('CONFIG_INVALID', 'A proxy by HTTP carries no uTP, and "transport" is "utp".');
  if (proxy !== undefined && config.interface !== undefined)
    throw new SwarmlineError(
      'CONFIG_INVALID',
      'There is a "proxy" and an "interface": what goes through the proxy is not bound to a line. Take one of them.',
    );
  return {
    stateFolder,
    downloadDir,
    rpc: { host: rpcHost, port: rpcPort },
    line: config.interface === undefined ? undefined : { device: config.interface, nameServers: config.dns },
    proxy: reachedFrom(proxy, bind),
    session: {
      // Who dialled us would be answered past the proxy.
      listen: proxy === undefined && { host: bind, port },
      encryption,
      transports: transportNames(transport),
      portForward: config.portForward === 'on',
      localDiscovery: config.lsd === 'on',
      allocation: allocate,
      atSeedLimit,
      dht: dhtSettings(
        { dht: config.noDht !== true, ...(dhtRouter && { dhtRouter }) },
        proxy === undefined ? bind : '::',
      ),
      engine: { maxPeers: config.maxPeers, pex: { ...PEX_DEFAULTS, isOn: config.pex === 'on' } },
      ...sessionLimits(config),
    },
  };
}

/** What can be another while it runs, without what is in files: the token, the IP filter. */
export function liveOptions(config: DaemonConfig): LiveDaemonOptions {
  const { allowFolder = [], allowHost = [], allowProgram = [], alternativeSchedule } = config;
  return {
    allowedFolders: allowFolder,
    incompleteDir: config.incompleteDir,
    onComplete: config.onComplete,
    allowedPrograms: allowProgram,
    watch: config.watch ?? [],
    watchAdded: config.watchAdded,
    allowedHosts: allowHost,
    openMetrics: config.openMetrics ?? false,
    alternative: {
      downloadBytesPerSecond: config.alternativeDown,
      uploadBytesPerSecond: config.alternativeUp,
      schedule: alternativeSchedule === 'none' ? undefined : alternativeSchedule,
    },
  };
}

export function sessionLimits(config: DaemonConfig): SessionLimits {
  return {
    downloadBytesPerSecond: config.limitDown,
    uploadBytesPerSecond: config.limitUp,
    maxConnections: config.maxConnections,
    maxDialling: config.maxDialling,
    dialsPerSecond: config.dialsPerSecond,
    maxActive: config.maxActive,
    maxActiveDownloads: config.maxActiveDownloads,
    maxActiveSeeds: config.maxActiveSeeds,
    maxChecking: config.maxChecking,
    uploadSlots: config.uploadSlots,
    seedRatio: config.seedRatio,
    seedTimeMs: config.seedTime,
    seedIdleMs: config.seedIdle,
  };
}
