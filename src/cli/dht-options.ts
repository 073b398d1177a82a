// Options of the DHT, which all commands that exchange torrents have, and where a node begins that knows nobody.

import type { Command } from 'commander';
import { addressScope } from '../core/bytes/address-scope.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { DhtSettings } from '../session/dht-settings.ts';
import * as values from './option-values.ts';

export interface DhtFlags {
  readonly dht?: boolean;
  readonly dhtRouter?: readonly Address[];
}

export function addRouterOption(command: Command): Command {
  return command.option(
    '--dht-router <host:port>',
    'begin here in the DHT, in place of the usual routers',
    values.many(values.hostAndPort),
  );
}

/** For the session: false where it is to take no part. `bind`: where it listens. */
export function dhtSettings(
  { dht = true, dhtRouter }: DhtFlags,
  bind: string,
  env: NodeJS.ProcessEnv = process.env,
): Partial<DhtSettings> | false {
  return dht && { routers: dhtRouter ?? usualRouters(bind, env) };
}

/** From loopback nobody outside can be asked. */
function usualRouters(bind: string, env: NodeJS.ProcessEnv): readonly Address[] {
  const named = env[ROUTERS_VARIABLE];
  if (named !== undefined) return named.split(',').filter(Boolean).map(values.hostAndPort);
  return addressScope(bind) === 'loopback' ? [] : USUAL_ROUTERS;
}

/** In place of the usual routers; empty for none. */
const ROUTERS_VARIABLE = 'SWARMLINE_DHT_ROUTERS';

/** What libtorrent, Transmission and µTorrent begin with. */
const USUAL_ROUTERS: readonly Address[] = [
  { host: 'router.bittorrent.com', port: 6881 },
  { host: 'dht.transmissionbt.com', port: 6881 },
  { host: 'router.utorrent.com', port: 6881 },
  { host: 'dht.libtorrent.org', port: 25401 },
];
