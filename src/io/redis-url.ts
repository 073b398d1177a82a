// Where a Redis or Valkey is, as one URL. With several hosts it is no URL that the platform would read.
//
//   redis://[[user]:password@]host[:6379][/database]                       one server; rediss:// by TLS
//   redis+sentinel://[…@]host[:26379][,host…]/name[/database]              the master that Sentinels call by that name
//   redis+cluster://[…@]host[:6379][,host…]                                a cluster; some of its machines are enough
//   redis+unix:///path/to/socket[?database=0]
//
// `valkey` means the same as `redis`. After a `?`: ca, cert and key name files for TLS; sentinel-user, sentinel-password.

import { SwarmlineError } from '../core/errors.ts';

export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

export interface RedisPlace {
  readonly kind: 'single' | 'sentinel' | 'cluster' | 'unix';
  readonly hosts: readonly RedisHost[];
  readonly isTls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
  /** Of a master, as the Sentinels know it. */
  readonly masterName: string;
  /** Of a socket. */
  readonly path: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  /** For messages: without the password. */
  readonly shown: string;
}

/** @throws SwarmlineError `STORE_URL_INVALID` */
export function parseRedisUrl(url: string): RedisPlace {
  const match = URL_FORM.exec(url);
  if (match === null)
    invalid('it begins with redis://, rediss://, redis+sentinel://, redis+cluster:// or redis+unix://');
  const [, tls, kindName = '', user, hostList = '', path = '', query = ''] = match;
  const kind = kindName === '' ? 'single' : (kindName.slice(1) as 'sentinel' | 'cluster' | 'unix');
  const parts = path.split('/').filter(part => part !== '');
  const settings = readSettings(query);
  const hosts =
    kind === 'unix'
      ? []
      : hostList.split(',').map(text => hostOf(text, kind === 'sentinel' ? 26_379 : 6_379));
  if (kind === 'single' && hosts.length !== 1)
    invalid('several hosts are for redis+sentinel:// and redis+cluster://');
  if (kind === 'unix' && (hostList !== '' || path === '')) invalid('redis+unix:// has the path of a socket');
  const masterName = kind === 'sentinel' ? text(parts.shift() ?? '') : '';
  if (kind === 'sentinel' && masterName === '')
    invalid('redis+sentinel:// has the name of a master after its hosts: …/mymaster');
  const database = databaseOf(kind === 'unix' ? settings.get('database') : parts.shift());
  if (kind === 'cluster' && database !== 0) invalid('a cluster has no databases but 0');
  if (kind !== 'unix' && parts.length > 0) invalid('there is too much after the hosts');
  const colon = user?.indexOf(':') ?? -1;
  const username = user === undefined ? undefined : text(colon < 0 ? user : user.slice(0, colon));
  const password = user === undefined || colon < 0 ? undefined : text(user.slice(colon + 1));
  const shownHosts = kind === 'unix' ? path : hosts.map(({ host, port }) => shownHost(host, port)).join(',');
  return {
    kind,
    hosts,
    isTls: tls === 's',
    ...(username !== undefined && username !== '' && { username }),
    ...(password !== undefined && { password }),
    database,
    masterName,
    path: kind === 'unix' ? text(path) : '',
    ...fileSettings(settings),
    shown: shownHosts,
  };
}

function readSettings(query: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const pair of query.split('&').filter(part => part !== '')) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (!SETTINGS.includes(name)) invalid(`it has no setting of that name; there are ${SETTINGS.join(', ')}`);
    settings.set(name, text(equals < 0 ? '' : pair.slice(equals + 1)));
  }
  return settings;
}

function fileSettings(settings: ReadonlyMap<string, string>): Partial<RedisPlace> {
  const [caFile, certFile, keyFile] = ['ca', 'cert', 'key'].map(name => settings.get(name));
  const sentinelUsername = settings.get('sentinel-user');
  const sentinelPassword = settings.get('sentinel-password');
  return {
    ...(caFile !== undefined && { caFile }),
    ...(certFile !== undefined && { certFile }),
    ...(keyFile !== undefined && { keyFile }),
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
  };
}

function hostOf(given: string, usualPort: number): RedisHost {
  const match = HOST_FORM.exec(given);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) invalid('a host of it is missing or misspelt');
  const port = match?.[3] === undefined ? usualPort : Number(match[3]);
  if (!(port >= 1 && port <= 65_535)) invalid('a port is 1…65535');
  return { host, port };
}

function databaseOf(given: string | undefined): number {
  if (given === undefined || given === '') return 0;
  if (!/^\d{1,6}$/.test(given)) invalid('the database is a number');
  return Number(given);
}

function text(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    invalid('it has a broken percent-encoding');
  }
}

function shownHost(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Without the URL itself: there may be a password in it. */
function invalid(why: string): never {
  throw new SwarmlineError('STORE_URL_INVALID', `The URL of the tracker’s store cannot be used: ${why}.`);
}

const URL_FORM =
  /^(?:redis|valkey)(s)?(\+sentinel|\+cluster|\+unix)?:\/\/(?:([^@/?]*)@)?([^/?]*)(\/[^?]*)?(?:\?(.*))?$/;
const HOST_FORM = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:@\s]+))(?::(\d{1,5}))?$/;
const SETTINGS = ['ca', 'cert', 'key', 'database', 'sentinel-user', 'sentinel-password'];
