// What a daemon is to be, put together: a flag comes before an environment variable, that before the config file, that before
// the default. It is known of each value where it comes from. What is wrong anywhere is said before anything is used.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { SwarmlineError } from '../core/errors.ts';
import { configInvalid, defaultConfigPath, isTable, readConfig } from './config-file.ts';
import {
  DAEMON_OPTIONS,
  type DaemonConfig,
  type DaemonOption,
  ENVIRONMENT,
  environmentName,
} from './daemon-options.ts';
import { didYouMean } from './did-you-mean.ts';
import { systemStateFolder } from './state-folder.ts';
import { UsageError } from './usage-error.ts';

export type ConfigSource = 'flag' | 'environment' | 'file' | 'default';

export interface ResolvedConfig {
  readonly config: DaemonConfig;
  /** By the options' names. */
  readonly sources: ReadonlyMap<string, ConfigSource>;
  /** The config file; undefined where there is none. */
  readonly file: string | undefined;
}

export interface ConfigGiven {
  /** commander's, by their camel-cased names. */
  readonly flags?: object;
  readonly env?: NodeJS.ProcessEnv;
  /** It has to be there. @default the user's, where there is one */
  readonly path?: string | undefined;
}

/** @throws SwarmlineError `CONFIG_UNREADABLE`, `CONFIG_INVALID` */
export async function resolveDaemonConfig(given: ConfigGiven = {}): Promise<ResolvedConfig> {
  const { env = process.env, flags = {} } = given;
  const { table, file } = await daemonTable(given, env);
  checkEnvironment(env);
  const config: Record<string, unknown> = {};
  const sources = new Map<string, ConfigSource>();
  for (const option of DAEMON_OPTIONS) {
    const { name, key } = option;
    const flag = flagOf(option, flags as Record<string, unknown>);
    const variable = env[environmentName(option)];
    // Judged in any case: what is wrong must not come to light when a flag is left out one day.
    const inFile = Object.hasOwn(table, name) ? entryValue(option, table[name], file!) : undefined;
    const inEnvironment = variable === undefined ? undefined : environmentValue(option, variable);
    let source: ConfigSource = 'default';
    if (flag !== undefined) source = 'flag';
    else if (variable !== undefined) source = 'environment';
    else if (Object.hasOwn(table, name)) source = 'file';
    const value = { flag, environment: inEnvironment, file: inFile, default: defaultValue(option, env) }[
      source
    ];
    if (value !== undefined) config[key] = value;
    sources.set(name, source);
  }
  return { config: config as unknown as DaemonConfig, sources, file };
}

async function daemonTable(
  { path }: ConfigGiven,
  env: NodeJS.ProcessEnv,
): Promise<{ table: Record<string, unknown>; file: string | undefined }> {
  const file = path ?? defaultConfigPath(env);
  const isNamed = path !== undefined || Boolean(env['SWARMLINE_CONFIG']);
  let whole: Record<string, unknown>;
  try {
    whole = await readConfig(file);
  } catch (error) {
    const isMissing = error instanceof SwarmlineError && isNotThere(error.cause);
    if (isMissing && !isNamed) return { table: {}, file: undefined };
    throw error;
  }
  for (const name of Object.keys(whole)) checkName(name, TABLES, 'table', file);
  const table = whole['daemon'] ?? {};
  if (!isTable(table)) throw configInvalid(file, '"daemon" should be a table of options');
  for (const name of Object.keys(table)) checkName(name, NAMES, 'option of the daemon', file);
  return { table, file };
}

/** Of `--no-dht` commander makes a `dht` that is false. */
function flagOf({ name, key }: DaemonOption, flags: Record<string, unknown>): unknown {
  if (!name.startsWith('no-')) return flags[key];
  return flags[name.slice('no-'.length)] === false ? true : undefined;
}

function checkName(name: string, known: readonly string[], what: string, file: string): void {
  if (known.includes(name)) return;
  const meant = didYouMean(name, known);
  throw configInvalid(
    file,
    `there is no ${what} "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
  );
}

function checkEnvironment(env: NodeJS.ProcessEnv): void {
  const known = DAEMON_OPTIONS.map(environmentName);
  for (const name of Object.keys(env)) {
    if (!name.startsWith(ENVIRONMENT) || known.includes(name)) continue;
    const meant = didYouMean(
      name.slice(ENVIRONMENT.length),
      known.map(each => each.slice(ENVIRONMENT.length).toLowerCase()),
    );
    const hint = meant === undefined ? '.' : `: did you mean ${ENVIRONMENT}${meant.toUpperCase()}?`;
    throw new SwarmlineError(
      'CONFIG_INVALID',
      `The environment variable ${name} is no option of the daemon${hint}`,
      {
        where: name,
      },
    );
  }
}

function entryValue(option: DaemonOption, value: unknown, file: string): unknown {
  const { name, form } = option;
  if (form === 'switch') {
    if (typeof value !== 'boolean') throw configInvalid(file, `"${name}" should be true or false`);
    return value;
  }
  const fault = (what: string) => configInvalid(file, `"${name}" ${what}`);
  if (form === 'list')
    return (Array.isArray(value) ? value : [value]).map(item => readValue(option, item, fault));
  return readValue(option, value, fault);
}

function environmentValue(option: DaemonOption, value: string): unknown {
  const where = environmentName(option);
  const fault = (what: string) =>
    new SwarmlineError('CONFIG_INVALID', `The environment variable ${where} ${what}.`, { where });
  if (option.form === 'switch') {
    if (/^(?:1|true|yes)$/i.test(value)) return true;
    if (/^(?:0|false|no)?$/i.test(value)) return false;
    throw fault('should be true or false');
  }
  if (option.form === 'one') return readValue(option, value, fault);
  const parts = value.split(',').map(part => part.trim());
  return parts.filter(part => part !== '').map(part => readValue(option, part, fault));
}

function readValue({ read }: DaemonOption, value: unknown, fault: (what: string) => SwarmlineError): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') throw fault('should be a text or a number');
  try {
    return read(`${value}`);
  } catch (error) {
    // It says what is wrong without what was given.
    if (error instanceof UsageError) throw fault(`is none: ${error.message.replace(/\.$/, '')}`);
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw fault(`is ${JSON.stringify(value)}. ${error.message.replace(/\.$/, '')}`);
  }
}

function defaultValue(option: DaemonOption, env: NodeJS.ProcessEnv): unknown {
  if (option.key === 'stateFolder') return join(systemStateFolder(env), 'daemon');
  if (option.key === 'downloadDir') return join(homedir(), 'Downloads');
  return option.byDefault === undefined ? undefined : option.read(option.byDefault);
}

function isNotThere(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
}

const NAMES = DAEMON_OPTIONS.map(({ name }) => name);
const TABLES = ['presets', 'daemon'];
