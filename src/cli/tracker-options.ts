// The options of `swarmline tracker`, each once: as a flag, as an entry of the config file, and as what the library calls it.
// Flags come on top of the file. A file is judged whole before anything of it is used.

import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { SwarmlineError } from '../core/errors.ts';
import { describeSystemError } from '../io/file-fault.ts';
import type { StartTrackerOptions } from '../tracker.ts';
import { didYouMean } from './did-you-mean.ts';
import * as values from './option-values.ts';

type Read = (text: string) => unknown;

interface OptionRow {
  /** Without the dashes; the entry's name in the file. */
  readonly name: string;
  readonly key: keyof StartTrackerOptions;
  /** `list`: a flag that may come again, an array in the file. `switch`: without a value, true or false in the file. */
  readonly form: 'one' | 'list' | 'switch';
  readonly takes: string;
  readonly read: Read;
  readonly help: string;
}

/** Adds the flags to a command. */
export function addTrackerOptions(command: Command): Command {
  for (const { name, form, takes, read, help } of ROWS) {
    if (form === 'switch') command.option(`--${name}`, help);
    else if (form === 'list') command.option(`--${name} <${takes}>`, help, values.many(read));
    else command.option(`--${name} <${takes}>`, help, read);
  }
  return command;
}

/** What the flags say, by the library's names. `flags` are commander's. */
export function optionsOfFlags(flags: Readonly<Record<string, unknown>>): StartTrackerOptions {
  const options: Record<string, unknown> = {};
  for (const { name, key } of ROWS) {
    const value = flags[camel(name)];
    if (value !== undefined) options[key] = value;
  }
  return options as StartTrackerOptions;
}

/**
 * What the file says.
 * @throws SwarmlineError `CONFIG_UNREADABLE`, `CONFIG_INVALID`
 */
export async function readTrackerConfig(path: string): Promise<StartTrackerOptions> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new SwarmlineError(
      'CONFIG_UNREADABLE',
      `The config file "${path}" cannot be read: ${describeSystemError(cause)}.`,
      { where: path, cause },
    );
  }
  const { parse } = await import('smol-toml');
  let table: Record<string, unknown>;
  try {
    table = parse(text);
  } catch (error) {
    const { message, line } = error as Error & { line?: number };
    const fault = message.split('\n')[0]!.replace(/^Invalid TOML document: /, '');
    throw invalid(path, line === undefined ? fault : `line ${line}: ${fault}`);
  }
  return optionsOfTable(table, path);
}

/** @throws SwarmlineError `CONFIG_INVALID` */
export function optionsOfTable(table: Readonly<Record<string, unknown>>, path: string): StartTrackerOptions {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(table)) {
    const row = ROWS.find(known => known.name === name);
    if (row === undefined) {
      const meant = didYouMean(
        name,
        ROWS.map(known => known.name),
      );
      throw invalid(
        path,
        `there is no option "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
      );
    }
    options[row.key] = entryValue(row, value, path);
  }
  return options as StartTrackerOptions;
}

function entryValue({ name, form, read }: OptionRow, value: unknown, path: string): unknown {
  if (form === 'switch') {
    if (typeof value !== 'boolean') throw invalid(path, `"${name}" should be true or false`);
    return value;
  }
  if (form === 'list') {
    const list = Array.isArray(value) ? value : [value];
    // A list in a list is what commas are on the command line.
    return list.map(item => readText(name, read, Array.isArray(item) ? item.join(',') : item, path));
  }
  return readText(name, read, value, path);
}

function readText(name: string, read: Read, value: unknown, path: string): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw invalid(path, `"${name}" should be a text or a number`);
  }
  try {
    return read(`${value}`);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw invalid(path, `"${name}" is ${JSON.stringify(value)}. ${error.message.replace(/\.$/, '')}`);
  }
}

function invalid(path: string, fault: string): SwarmlineError {
  const end = fault.endsWith('?') ? '' : '.';
  return new SwarmlineError('CONFIG_INVALID', `The config file "${path}" is not valid: ${fault}${end}`, {
    where: path,
  });
}

function camel(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const asIs: Read = text => {
  if (text === '') throw new InvalidArgumentError('It should not be empty.');
  return text;
};
/** A whole number, 0 included. */
const count: Read = text => {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('It should be a whole number.');
  }
  return number;
};
/** `1800`, `30m`, `2h`. */
const seconds: Read = text => {
  const match = /^(\d{1,7})\s*(s|m|min|h)?$/.exec(text);
  const number = Number(match?.[1]) * ({ m: 60, min: 60, h: 3_600 }[match?.[2] ?? ''] ?? 1);
  if (match === null || number < 5 || number > 604_800) {
    throw new InvalidArgumentError('It should be a time such as 1800, 30m or 2h, from 5 s to a week.');
  }
  return number;
};
/** The same, from nothing on. */
const wait: Read = text => {
  const match = /^(\d{1,4})\s*s?$/.exec(text);
  if (match === null || Number(match[1]) > 600) {
    throw new InvalidArgumentError('It should be a time such as 10s, 600 s at most.');
  }
  return Number(match[1]);
};
const share: Read = text => {
  const number = Number(text);
  if (!/^0?\.?\d+$/.test(text) || number > 0.9) {
    throw new InvalidArgumentError('It should be a share of 0 to 0.9.');
  }
  return number;
};
const zone: Read = text => text.split(',').map(network => network.trim());
const row = (
  name: string,
  key: keyof StartTrackerOptions,
  takes: string,
  read: Read,
  help: string,
  form: OptionRow['form'] = 'one',
): OptionRow => ({ name, key, form, takes, read, help });

// biome-ignore format: a table
const ROWS: readonly OptionRow[] = [
  row('host', 'host', 'address', values.ipAddress, 'listen at this address alone (default: all of this machine)'),
  row('port', 'port', 'port', values.portNumber, 'of every protocol (default: 6969)'),
  row('workers', 'workers', 'count', values.positiveCount, 'threads that answer announces (default: one a core; 1 with --store)'),
  row('mode', 'mode', 'mode', values.oneOf('open', 'listed', 'private'), 'open, listed or private (default: "listed" with --allow or --torrents, else "open")'),
  row('allow', 'allow', 'file', asIs, 'serve the info hashes in this file, one a line', 'list'),
  row('deny', 'deny', 'file', asIs, 'never serve the info hashes in this file', 'list'),
  row('torrents', 'torrents', 'folder', asIs, 'serve the torrents in this folder, and hand their files out'),
  row('keys', 'keys', 'file', asIs, 'who may announce, for --mode private: a TOML file'),
  row('key-totals', 'keyTotals', 'file', asIs, 'keep the totals of the keys in this file'),
  row('interval', 'intervalSeconds', 'time', seconds, 'when peers shall come again (default: 30m)'),
  row('min-interval', 'minIntervalSeconds', 'time', seconds, 'the earliest that they may (default: 5m)'),
  row('max-interval', 'maxIntervalSeconds', 'time', seconds, 'as long as it may become under load (default: 45m)'),
  row('busy', 'busyAnnouncesPerSecond', 'count', values.positiveCount, 'announces a second from which on peers shall come less often (default: 20000)'),
  row('default-peers', 'defaultPeers', 'count', count, 'peers for one that does not say how many (default: 50)'),
  row('max-peers', 'maxPeers', 'count', count, 'IPv4 peers in one answer (default: 200)'),
  row('max-peers6', 'maxPeers6', 'count', count, 'IPv6 peers in one answer (default: 66)'),
  row('api-token-file', 'apiTokenFile', 'file', asIs, 'switch the admin API on, for whoever has the token in this file'),
  row('show', 'shows', 'what', values.oneOf('nothing', 'totals', 'swarms'), 'what everybody may see at / and /metrics: nothing, totals or swarms (default: totals)'),
  row('name', 'names', 'host', asIs, 'a name of this tracker, by which its page and API may be asked for', 'list'),
  row('bans', 'bans', 'file', asIs, 'do not answer the networks in this file, one a line'),
  row('drain', 'drainSeconds', 'time', wait, 'on SIGTERM, answer on for so long but say "not ready" (default: 0s)'),
  row('state', 'stateFolder', 'folder', asIs, 'keep the swarms in this folder from one run to the next'),
  row('store', 'store', 'url', asIs, 'share the swarms with other trackers by Redis or Valkey: redis://HOST, redis+cluster://HOST,HOST, redis+sentinel://HOST/NAME'),
  row('secret-file', 'secretFile', 'file', asIs, 'share the secret of UDP’s connection ids with other trackers: in this file, or SWARMLINE_TRACKER_SECRET'),
  row('tls-cert', 'tlsCert', 'file', asIs, 'speak HTTPS and wss too, on the same port: the certificate and its chain, in PEM'),
  row('tls-key', 'tlsKey', 'file', asIs, 'the key of the certificate, in PEM'),
  row('ready-without-store', 'readyWithoutStore', '', asIs, 'say that it is ready though the store cannot be reached', 'switch'),
  row('near-share', 'nearShare', 'share', share, 'how much of an answer may be peers of the same network or zone (default: 0)'),
  row('zones', 'zones', 'networks', zone, 'networks that are near one another, such as 10.0.0.0/8,192.168.0.0/16', 'list'),
  row('full-scrape', 'fullScrape', '', asIs, 'answer a scrape of everything', 'switch'),
  row('max-scrape', 'maxScrapeHashes', 'count', values.positiveCount, 'torrents in one scrape (default: 74)'),
  row('rate', 'requestsPerSecond', 'count', count, 'requests of one address in a second; 0 is no limit (default: 50)'),
  row('burst', 'requestBurst', 'count', values.positiveCount, 'and at once (default: 1000)'),
  row('peers-per-address', 'maxPeersPerAddress', 'count', count, 'peers of one address in one swarm, about; 0 is no limit (default: 32)'),
  row('trusted-proxy', 'trustedProxies', 'network', asIs, 'believe this proxy, or network of proxies, whom it asks for', 'list'),
  row('proxy-protocol', 'proxyProtocol', '', asIs, 'their connections begin with a PROXY v2 header', 'switch'),
  row('connections', 'maxConnections', 'count', values.positiveCount, 'at one time (default: 20000)'),
  row('connections-per-address', 'maxConnectionsPerAddress', 'count', values.positiveCount, 'of these, from one address (default: 256)'),
  row('ws-interval', 'wsIntervalSeconds', 'time', seconds, 'when peers by WebSocket shall come again (default: 120)'),
  row('ws-offers', 'maxOffers', 'count', count, 'offers of one announce that are passed on (default: 10)'),
  row('ws-rate', 'wsMessagesPerSecond', 'count', values.positiveCount, 'messages of one WebSocket in a second (default: 20)'),
  row('ws-per-address', 'maxSocketsPerAddress', 'count', values.positiveCount, 'WebSockets of one address (default: 64)'),
  row('memory', 'memoryBytes', 'size', values.byteCount, 'for swarms and peers, about (default: 256MiB)'),
  row('max-swarms', 'maxSwarms', 'count', values.positiveCount, 'at one time (default: 1000000)'),
  row('max-swarm-peers', 'maxPeersPerSwarm', 'count', values.positiveCount, 'peers of one swarm and family (default: 100000)'),
];
