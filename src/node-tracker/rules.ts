// What a tracker serves and whom, read from files: lists of info hashes, a folder of torrents, keys. All of it is read before
// anything is changed, so that what cannot be read changes nothing.

import type { Stats } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ProtocolError, SwarmlineError } from '../core/errors.ts';
import { parseMetainfo } from '../core/metainfo/parse.ts';
import { describeSystemError, systemCode } from '../io/file-fault.ts';
import { nodeHash } from '../io/hash-functions.ts';
import { AccessList, type ListText } from '../tracker/access-list.ts';
import type { KeyTotals } from '../tracker/key-table.ts';
import { type Passkey, Passkeys, type PasskeysDeps } from '../tracker/passkeys.ts';
import type { TorrentHashes } from '../tracker/served-torrents.ts';
import type { TrackerRules } from '../tracker/tracker.ts';
import type { TlsOptions } from './tls.ts';

export interface AccessOptions {
  /**
   * `open` serves every torrent; `listed` those of `allow` and `torrents`; `private` asks for a key in the URL, and serves
   * what is listed, where something is, or every torrent. @default "listed" where `allow` or `torrents` is given, else "open"
   */
  readonly mode?: 'open' | 'listed' | 'private';
  /** Files with info hashes that are served, one a line. */
  readonly allow?: readonly string[];
  /** Files with info hashes that are not, whatever else is said. */
  readonly deny?: readonly string[];
  /** A folder whose torrent files are served: their torrents, and the files themselves for download. */
  readonly torrents?: string;
  /** A TOML file of keys: a table each, by the owner's name. Needed in the mode "private". */
  readonly keys?: string;
  /** A file in which the keys' totals are kept from one run to the next. @default they are not */
  readonly keyTotals?: string;
}

export interface LoadedRules extends Required<Pick<TrackerRules, 'list'>> {
  readonly mode: 'open' | 'listed' | 'private';
  readonly open: boolean;
  readonly list: AccessList;
  readonly keys: Passkeys | undefined;
  readonly torrents: readonly TorrentHashes[];
  /** Torrent files for download: name to path. */
  readonly files: ReadonlyMap<string, string>;
  /** What was passed over, and why, in sentences. */
  readonly notes: readonly string[];
  /** Changes with the files that this was read from. */
  readonly signature: string;
}

/**
 * @throws SwarmlineError `FILE_UNREADABLE`, `LIST_INVALID`, `KEYS_INVALID`, `CONFIG_INVALID`
 */
export async function loadRules(
  options: AccessOptions & TlsOptions,
  deps: PasskeysDeps,
  before?: LoadedRules,
): Promise<LoadedRules> {
  const { allow, deny = [], torrents, keys } = options;
  const hasList = allow !== undefined || torrents !== undefined;
  const mode = options.mode ?? (hasList ? 'listed' : 'open');
  if (mode === 'listed' && !hasList)
    throw optionsInvalid('The mode "listed" needs "allow" or "torrents": else nothing would be served.');
  if (mode === 'private' && keys === undefined) throw optionsInvalid('The mode "private" needs "keys".');
  if (mode !== 'private' && keys !== undefined)
    throw optionsInvalid('"keys" are asked for in the mode "private" alone.');
  const signature = await signatureOf(options);
  const allowed = allow === undefined ? undefined : await Promise.all(allow.map(readList));
  const list = AccessList.of(allowed, await Promise.all(deny.map(readList)), deps);
  const folder = torrents === undefined ? NO_FOLDER : await readTorrents(torrents);
  const read = keys === undefined ? undefined : await readKeys(keys);
  return {
    mode,
    open: mode === 'open' || (mode === 'private' && !hasList),
    list,
    keys: read === undefined ? undefined : Passkeys.of(read, deps, before?.keys),
    ...folder,
    signature,
  };
}

/** Changes when one of the files does, or the folder; does not fail. */
export async function signatureOf({
  allow = [],
  deny = [],
  torrents,
  keys,
  tlsCert,
  tlsKey,
}: AccessOptions & TlsOptions): Promise<string> {
  const paths = [...allow, ...deny, ...[keys, tlsCert, tlsKey].filter(path => path !== undefined)];
  if (torrents !== undefined) paths.push(...(await torrentsIn(torrents).catch(() => [])));
  const facts = await Promise.all(
    paths.map(path =>
      stat(path).then(({ mtimeMs, size, ino }: Stats) => `${mtimeMs} ${size} ${ino}`, systemCode),
    ),
  );
  return paths.map((path, i) => `${path} ${facts[i]}`).join('\n');
}

/** @throws SwarmlineError `STATE_UNREADABLE` */
export async function restoreTotals(keys: Passkeys, path: string): Promise<void> {
  try {
    const saved = JSON.parse(await readFile(path, 'utf8')) as Record<string, KeyTotals>;
    const totals = new Map<string, KeyTotals>();
    for (const [name, known] of Object.entries(saved)) if (isTotals(known)) totals.set(name, known);
    keys.restore(totals);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return;
    const why = cause instanceof SyntaxError ? 'it is not JSON' : describeSystemError(cause);
    throw new SwarmlineError('STATE_UNREADABLE', `The keys' totals in "${path}" cannot be read: ${why}.`, {
      where: path,
      cause,
    });
  }
}

/** @throws SwarmlineError `STATE_NOT_WRITTEN` */
export async function saveTotals(keys: Passkeys, path: string): Promise<void> {
  const text = `${JSON.stringify(Object.fromEntries(keys.totals()), undefined, 1)}\n`;
  try {
    const { rename } = await import('node:fs/promises');
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  } catch (cause) {
    const sentence = `The keys' totals cannot be written to "${path}": ${describeSystemError(cause)}.`;
    throw new SwarmlineError('STATE_NOT_WRITTEN', sentence, { where: path, cause });
  }
}

async function readList(path: string): Promise<ListText> {
  return { label: path, text: (await read(path)).toString('latin1') };
}

async function readTorrents(folder: string): Promise<Pick<LoadedRules, 'torrents' | 'files' | 'notes'>> {
  const torrents: TorrentHashes[] = [];
  const files = new Map<string, string>();
  const notes: string[] = [];
  for (const path of await torrentsIn(folder)) {
    try {
      // To read a pipe that lies there is to wait for whoever writes into it.
      const bytes = await read(path, true);
      const { infoHashV1, infoHashV2 } = parseMetainfo(bytes, { hash: nodeHash, lenient: true });
      torrents.push({ infoHashV1, infoHashV2 });
      files.set(basename(path), path);
    } catch (error) {
      // One that is still being copied, or no torrent at all, is no reason to stop serving the others.
      if (!(error instanceof ProtocolError) && !(error instanceof SwarmlineError)) throw error;
      notes.push(`"${path}" is not served: ${error.message}`);
    }
  }
  return { torrents, files, notes };
}

async function torrentsIn(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter(name => name.endsWith('.torrent'))
      .sort()
      .map(name => join(folder, name));
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

/**
 *   [alice]
 *   key = "5f2b…"
 *   max-peers = 20
 */
async function readKeys(path: string): Promise<Passkey[]> {
  const { parse } = await import('smol-toml');
  let tables: Record<string, unknown>;
  try {
    tables = parse((await read(path)).toString('utf8'));
  } catch (error) {
    if (error instanceof SwarmlineError) throw error;
    const first = (error as Error).message.split('\n')[0]!;
    throw keysInvalid(path, first.replace(/^Invalid TOML document: /, ''));
  }
  const seen = new Map<string, string>();
  return Object.entries(tables).map(([name, table]) => {
    const passkey = passkeyOf(name, table, path);
    const other = seen.get(passkey.key);
    if (other !== undefined) throw keysInvalid(path, `"${name}" has the same key as "${other}"`);
    seen.set(passkey.key, name);
    return passkey;
  });
}

function passkeyOf(name: string, table: unknown, path: string): Passkey {
  if (typeof table !== 'object' || table === null || Array.isArray(table) || table instanceof Date)
    throw keysInvalid(path, `"${name}" should be a table with a "key"`);
  const said = new Map(Object.entries(table));
  const count = (field: string): number | undefined => {
    const value = said.get(field);
    said.delete(field);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw keysInvalid(path, `"${field}" of "${name}" should be a whole number`);
    return value;
  };
  const key = said.get('key');
  if (typeof key !== 'string' || !/^[0-9A-Za-z]{8,64}$/.test(key))
    throw keysInvalid(path, `the key of "${name}" should be 8 to 64 letters and digits`);
  const expires = said.get('expires');
  if (expires !== undefined && !(expires instanceof Date))
    throw keysInvalid(path, `"expires" of "${name}" should be a date, such as 2027-01-31`);
  for (const field of ['key', 'expires']) said.delete(field);
  const passkey = {
    name,
    key,
    maxPeers: count('max-peers'),
    maxAddresses: count('max-addresses'),
    maxAnnouncesPerHour: count('max-announces-per-hour'),
    expiresAt: expires?.getTime(),
  };
  const [unknown] = said.keys();
  if (unknown !== undefined) throw keysInvalid(path, `"${name}" has a field "${unknown}" that means nothing`);
  return passkey;
}

function isTotals(value: unknown): value is KeyTotals {
  if (typeof value !== 'object' || value === null) return false;
  const known = value as Record<string, unknown>;
  return ['uploaded', 'downloaded', 'announces', 'completed', 'lastSeen'].every(name =>
    Number.isFinite(known[name]),
  );
}

async function read(path: string, onlyFiles = false): Promise<Buffer> {
  try {
    const facts = await stat(path);
    if (onlyFiles && !facts.isFile())
      throw new SwarmlineError('FILE_UNREADABLE', `"${path}" is no file.`, { where: path });
    if (facts.size > MAX_FILE_LENGTH) {
      throw new SwarmlineError('FILE_UNREADABLE', `"${path}" is larger than 256 MiB.`, { where: path });
    }
    return await readFile(path);
  } catch (cause) {
    throw cause instanceof SwarmlineError ? cause : unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): SwarmlineError {
  return new SwarmlineError('FILE_UNREADABLE', `"${path}" cannot be read: ${describeSystemError(cause)}.`, {
    where: path,
    cause,
  });
}

function keysInvalid(path: string, fault: string): SwarmlineError {
  return new SwarmlineError('KEYS_INVALID', `The keys in "${path}" are not valid: ${fault}.`, {
    where: path,
  });
}

function optionsInvalid(sentence: string): SwarmlineError {
  return new SwarmlineError('CONFIG_INVALID', sentence);
}

const NO_FOLDER = { torrents: [], files: new Map<string, string>(), notes: [] };
const MAX_FILE_LENGTH = 268_435_456;
