// Where a command asks for a torrent: a file, "-" for what is piped in, a magnet link, or a bare info hash. A file or a
// pipe may hold a magnet link too. What is none of these gets a sentence that says what it is.

import { open, stat } from 'node:fs/promises';
import { fromHex } from '../core/bytes/hex.ts';
import { decodeUtf8Loosely } from '../core/bytes/utf8.ts';
import { ProtocolError, SwarmlineError } from '../core/errors.ts';
import { isMagnet, type Magnet, parseMagnet } from '../core/metainfo/magnet.ts';
import type { Metainfo } from '../core/metainfo/metainfo.ts';
import { type ParseOptions, parseMetainfo } from '../core/metainfo/parse.ts';
import { describeSystemError, systemCode } from '../io/file-fault.ts';
import { nodeHash } from '../io/hash-functions.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export interface TorrentFileArgument {
  readonly kind: 'file';
  /** How to name it to the user. */
  readonly label: string;
  /** Undefined where it was piped in. */
  readonly path: string | undefined;
  readonly bytes: Uint8Array;
}

export interface MagnetArgument {
  readonly kind: 'magnet';
  readonly label: string;
  readonly magnet: Magnet;
}

export type TorrentArgument = TorrentFileArgument | MagnetArgument;

/**
 * Reads what the user named.
 * @throws SwarmlineError `FILE_NOT_FOUND`, `FILE_IS_FOLDER`, `FILE_EMPTY`, `FILE_UNREADABLE`, `FILE_TOO_LARGE`,
 *   `NOT_A_TORRENT`; ProtocolError `MAGNET_INVALID`
 */
export async function readTorrentArgument(argument: string, terminal: Terminal): Promise<TorrentArgument> {
  if (isMagnet(argument)) return { kind: 'magnet', label: 'the magnet link', magnet: parseMagnet(argument) };
  const bare = bareInfoHash(argument);
  if (bare !== undefined) return { kind: 'magnet', label: 'the info hash', magnet: bare };
  const path = argument === '-' ? undefined : argument;
  const label = path ?? 'the standard input';
  const bytes = path === undefined ? await readStdin(terminal) : await readFile(path);
  return torrentFrom(bytes, label, path);
}

/**
 * What somebody has sent or piped in: a torrent file, or a magnet link as text.
 * @throws SwarmlineError `FILE_EMPTY`, `NOT_A_TORRENT`; ProtocolError `MAGNET_INVALID`
 */
export function torrentFrom(bytes: Uint8Array, label: string, path?: string): TorrentArgument {
  if (bytes.length === 0) throw new SwarmlineError('FILE_EMPTY', `${label} is empty.`, { where: label });
  if (bytes[0] !== LETTER_D) {
    const start = decodeUtf8Loosely(bytes.subarray(0, 256)).trimStart();
    if (!isMagnet(start)) throw notATorrent(start, label);
    return { kind: 'magnet', label, magnet: parseMagnet(decodeUtf8Loosely(bytes)) };
  }
  return { kind: 'file', label, path, bytes };
}

/** The same where only a torrent file will do. @throws SwarmlineError `TORRENT_FILE_NEEDED` and as above */
export async function readTorrentFileArgument(
  argument: string,
  terminal: Terminal,
): Promise<TorrentFileArgument> {
  const read = await readTorrentArgument(argument, terminal);
  if (read.kind === 'file') return read;
  throw new SwarmlineError(
    'TORRENT_FILE_NEEDED',
    'A torrent file is needed here: a magnet link names a torrent and does not hold it.',
  );
}

export interface ParsedTorrent {
  readonly metainfo: Metainfo;
  /** What strict readers refuse it for; undefined where its bencoding is canonical. */
  readonly faultOfForm: ProtocolError | undefined;
}

/**
 * Parses a torrent file, strictly if that goes, else leniently; errors name the file.
 * @throws ProtocolError as `parseMetainfo`
 */
export function parseTorrentFile(file: TorrentFileArgument, options: ParseOptions = {}): ParsedTorrent {
  const parse = (lenient: boolean) => parseMetainfo(file.bytes, { hash: nodeHash, ...options, lenient });
  try {
    try {
      return { metainfo: parse(false), faultOfForm: undefined };
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code !== 'BENCODE_INVALID') throw error;
      return { metainfo: parse(true), faultOfForm: error };
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const where = error.where === undefined ? {} : { where: error.where };
    throw new ProtocolError(error.code, `${file.label}: ${error.message}`, { ...where, cause: error });
  }
}

/** 40 hexadecimal digits are a v1 info hash, 64 a v2 one. A file of such a name is meant with "./" before it. */
function bareInfoHash(text: string): Magnet | undefined {
  const hash = text.length === 40 || text.length === 64 ? fromHex(text) : undefined;
  if (hash === undefined) return undefined;
  const empty = { trackers: [], webSeeds: [], exactSources: [], acceptableSources: [], peers: [] };
  return hash.length === 20 ? { infoHashV1: hash, ...empty } : { infoHashV2: hash, ...empty };
}

async function readStdin(terminal: Terminal): Promise<Uint8Array> {
  if (terminal.stdinIsTerminal)
    throw new UsageError('"-" reads a torrent from a pipe, and nothing is piped in.');
  return readAll(terminal.stdin, 'the standard input');
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      if ((await file.stat()).isDirectory()) throw folderFault(path);
      // As a stream: a pipe or a device has no size to ask for.
      return await readAll(file.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 }), path);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof SwarmlineError ? error : await fileFault(path, error);
  }
}

async function readAll(stream: AsyncIterable<Uint8Array>, label: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    parts.push(part);
    length += part.length;
    if (length > MAX_BYTES) throw tooLarge(label);
  }
  return Buffer.concat(parts);
}

async function fileFault(path: string, error: unknown): Promise<SwarmlineError> {
  const details = { where: path, cause: error };
  const code = systemCode(error);
  if (code === 'EISDIR') return folderFault(path);
  if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ENAMETOOLONG') {
    return new SwarmlineError(
      'FILE_UNREADABLE',
      `${path} cannot be read: ${describeSystemError(error)}.`,
      details,
    );
  }
  if (/^https?:/i.test(path)) {
    return new SwarmlineError(
      'FILE_NOT_FOUND',
      `${path} is an address: fetch the torrent file first.`,
      details,
    );
  }
  const hint = await hintFor(path);
  return new SwarmlineError('FILE_NOT_FOUND', `There is no file ${path}.${hint}`, details);
}

/** What may have been meant, in a sentence with a space before it. */
async function hintFor(path: string): Promise<string> {
  const withSuffix = await stat(`${path}.torrent`).catch(() => undefined);
  if (withSuffix?.isFile() === true) return ` Did you mean ${path}.torrent?`;
  if (/^[\w.-]+:\d{1,5}(?:\/|$)/.test(path)) return ` Did you mean http://${path}?`;
  if (/^[\da-f]{32,}$/i.test(path))
    return ` An info hash has 40 hexadecimal digits, or 64, and this has ${path.length}.`;
  return '';
}

function folderFault(path: string): SwarmlineError {
  return new SwarmlineError(
    'FILE_IS_FOLDER',
    `${path} is a folder, not a torrent file; "swarmline create" makes a torrent of it.`,
    { where: path },
  );
}

function tooLarge(label: string): SwarmlineError {
  return new SwarmlineError(
    'FILE_TOO_LARGE',
    `${label} is larger than ${MAX_BYTES / 1024 / 1024} MiB, and no torrent file is.`,
    { where: label },
  );
}

function notATorrent(start: string, label: string): SwarmlineError {
  const kind = /^<(?:!doctype|html|\?xml|head|body)/i.test(start)
    ? 'is a web page, not a torrent file; the site may want a login, or its link leads to a page about the torrent'
    : 'is not a torrent file';
  return new SwarmlineError('NOT_A_TORRENT', `${label} ${kind}.`, { where: label });
}

const LETTER_D = 0x64;
/** As `parseMetainfo` has it. */
const MAX_BYTES = 64 * 1024 * 1024;
