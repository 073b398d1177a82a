// The HTTP tracker protocol's answers, both sides: bencoded dictionaries. What a client reads is bounded and fit to be
// shown; unknown keys are passed over, and of a torn peer list the whole entries are taken. What a tracker writes is
// packed already: peers go from the store into the answer without becoming objects.

import { BencodeDictionary, type BencodeValue, decode } from '../bencode/decode.ts';
import { type Encodable, encode } from '../bencode/encode.ts';
import { type Address, addressBytes, decodeCompactList, formatIp } from '../bytes/compact-address.ts';
import { encodeUtf8, toBinaryString } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import {
  type AnnounceAnswer,
  type AnnounceRefusal,
  DEFAULT_INTERVAL_SECONDS,
  type SwarmCounts,
} from './announce.ts';
import { shownText } from './shown-text.ts';

/**
 * Reads the answer to an announce.
 * @throws ProtocolError `TRACKER_ANSWER_INVALID` where it is no bencoded dictionary
 */
export function parseAnnounceAnswer(body: Uint8Array): AnnounceAnswer | AnnounceRefusal {
  const answer = dictionaryOf(body);
  const refusal = refusalIn(answer);
  if (refusal !== undefined) return refusal;
  const minIntervalSeconds = countIn(answer, 'min interval');
  const complete = countIn(answer, 'complete');
  const incomplete = countIn(answer, 'incomplete');
  const downloaded = countIn(answer, 'downloaded');
  const warning = textIn(answer, 'warning message');
  const trackerId = bytesIn(answer, 'tracker id');
  const externalIp = bytesIn(answer, 'external ip');
  return {
    kind: 'answer',
    intervalSeconds: countIn(answer, 'interval') ?? DEFAULT_INTERVAL_SECONDS,
    ...(minIntervalSeconds !== undefined && { minIntervalSeconds }),
    peers: [...peersOf(answer.get('peers'), 4), ...peersOf(answer.get('peers6'), 16)],
    ...(complete !== undefined && { complete }),
    ...(incomplete !== undefined && { incomplete }),
    ...(downloaded !== undefined && { downloaded }),
    ...(warning !== undefined && { warning }),
    ...(trackerId !== undefined && trackerId.length <= MAX_TRACKER_ID && { trackerId: trackerId.slice() }),
    ...(isIp(externalIp) && { externalIp: formatIp(externalIp) }),
  };
}

/**
 * Reads the answer to a scrape: the counts of each hash, in the order asked for; undefined where it has none.
 * @throws ProtocolError `TRACKER_ANSWER_INVALID`
 */
export function parseScrapeAnswer(
  body: Uint8Array,
  infoHashes: readonly Uint8Array[],
): (SwarmCounts | undefined)[] | AnnounceRefusal {
  const answer = dictionaryOf(body);
  const refusal = refusalIn(answer);
  if (refusal !== undefined) return refusal;
  const files = answer.get('files');
  if (!(files instanceof BencodeDictionary)) invalid('The answer has no files.');
  return infoHashes.map(infoHash => {
    const file = files.entries.get(toBinaryString(infoHash));
    if (!(file instanceof BencodeDictionary)) return undefined;
    return {
      complete: countIn(file, 'complete') ?? 0,
      incomplete: countIn(file, 'incomplete') ?? 0,
      downloaded: countIn(file, 'downloaded') ?? 0,
    };
  });
}

/** What a tracker answers an announce with. */
export interface AnnounceReply extends SwarmCounts {
  readonly intervalSeconds: number;
  readonly minIntervalSeconds: number;
  /** 6 bytes a peer. */
  readonly peers: Uint8Array;
  /** 18 bytes a peer. */
  readonly peers6: Uint8Array;
  /** 4 or 16 bytes: the asker's address. BEP 24. */
  readonly externalIp?: Uint8Array;
  readonly warning?: string;
}

/**
 * The answer to an announce. Not compact, it has each peer as a dictionary of `ip` and `port`, of both families; without
 * `peer id`, as every client that is about asks for (`no_peer_id=1`): a tracker then need not keep 20 bytes a peer.
 */
export function encodeAnnounceAnswer(reply: AnnounceReply, compact: boolean): Uint8Array<ArrayBuffer> {
  if (compact) return encodeCompactAnswer(reply);
  return encode({
    complete: reply.complete,
    downloaded: reply.downloaded,
    'external ip': reply.externalIp,
    incomplete: reply.incomplete,
    interval: reply.intervalSeconds,
    'min interval': reply.minIntervalSeconds,
    peers: [...dictionaries(reply.peers, 4), ...dictionaries(reply.peers6, 16)],
    'warning message': reply.warning,
  });
}

/** The same without an object for each value: nine of ten answers are of this kind (docs/performance.md). */
function encodeCompactAnswer(reply: AnnounceReply): Uint8Array<ArrayBuffer> {
  const { peers, peers6, externalIp } = reply;
  const start = `d8:completei${reply.complete}e10:downloadedi${reply.downloaded}e${
    externalIp === undefined ? '' : `11:external ip${externalIp.length}:`
  }`;
  const middle = `10:incompletei${reply.incomplete}e8:intervali${reply.intervalSeconds}e12:min intervali${
    reply.minIntervalSeconds
  }e5:peers${peers.length}:`;
  const before6 = peers6.length === 0 ? '' : `6:peers6${peers6.length}:`;
  const warning = reply.warning === undefined ? NOTHING : encodeUtf8(reply.warning);
  const beforeWarning = reply.warning === undefined ? '' : `15:warning message${warning.length}:`;
  const texts = start.length + middle.length + before6.length + beforeWarning.length + 1;
  const out = new Uint8Array(
    texts + (externalIp?.length ?? 0) + peers.length + peers6.length + warning.length,
  );
  let at = writeAscii(out, 0, start);
  if (externalIp !== undefined) at = writeBytes(out, at, externalIp);
  at = writeBytes(out, writeAscii(out, at, middle), peers);
  at = writeBytes(out, writeAscii(out, at, before6), peers6);
  at = writeBytes(out, writeAscii(out, at, beforeWarning), warning);
  out[at] = LETTER_E;
  return out;
}

function writeAscii(out: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}

function writeBytes(out: Uint8Array, at: number, bytes: Uint8Array): number {
  out.set(bytes, at);
  return at + bytes.length;
}

/** A refusal. `retry in` (BEP 31) is for those who know it; libtorrent reads `interval` instead. */
export function encodeRefusal(refusal: Omit<AnnounceRefusal, 'kind'>): Uint8Array<ArrayBuffer> {
  return encode({
    'failure reason': refusal.reason,
    interval: refusal.intervalSeconds,
    'retry in': refusal.retryInMinutes,
  });
}

/** The answer to a scrape: `counts` belong to `infoHashes` one by one; those undefined are left out. */
export function encodeScrapeAnswer(
  infoHashes: readonly Uint8Array[],
  counts: readonly (SwarmCounts | undefined)[],
): Uint8Array<ArrayBuffer> {
  const files = new Map<string, Encodable>();
  for (const [i, infoHash] of infoHashes.entries()) {
    const swarm = counts[i];
    if (swarm === undefined) continue;
    const { complete, downloaded, downloaders, incomplete } = swarm;
    files.set(toBinaryString(infoHash), { complete, downloaded, downloaders, incomplete });
  }
  return encode({ files });
}

function dictionaryOf(body: Uint8Array): BencodeDictionary {
  let value: BencodeValue;
  try {
    // Trackers written as scripts sort no keys and end with a line feed.
    value = decode(body, { lenient: true, maxDepth: 10, maxValues: MAX_VALUES });
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError(
      'TRACKER_ANSWER_INVALID',
      'The answer is not bencoded: it is no tracker that answers there.',
      {
        cause: error,
      },
    );
  }
  return value instanceof BencodeDictionary ? value : invalid('The answer is not a dictionary.');
}

function refusalIn(answer: BencodeDictionary): AnnounceRefusal | undefined {
  if (answer.get('failure reason') === undefined) return undefined;
  const retryInMinutes = retryIn(answer.get('retry in'));
  const intervalSeconds = countIn(answer, 'interval');
  return {
    kind: 'refusal',
    reason: textIn(answer, 'failure reason') ?? 'It gave no reason.',
    ...(retryInMinutes !== undefined && { retryInMinutes }),
    ...(intervalSeconds !== undefined && { intervalSeconds }),
  };
}

/** BEP 31 says "a positive integer", and its example has one in a string. */
function retryIn(value: BencodeValue | undefined): number | 'never' | undefined {
  const text = value instanceof Uint8Array ? toBinaryString(value.subarray(0, 20)) : value;
  if (text === 'never') return 'never';
  const minutes = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : text;
  return typeof minutes === 'number' && minutes > 0 ? minutes : undefined;
}

function peersOf(value: BencodeValue | undefined, width: 4 | 16): Address[] {
  if (value instanceof Uint8Array)
    return decodeCompactList(value.subarray(0, MAX_PEERS * (width + 2)), width);
  if (!Array.isArray(value)) return [];
  const peers: Address[] = [];
  for (const entry of value.slice(0, MAX_PEERS)) {
    if (!(entry instanceof BencodeDictionary)) continue;
    const ip = entry.get('ip');
    const port = entry.get('port');
    if (!(ip instanceof Uint8Array) || ip.length > 45 || typeof port !== 'number') continue;
    // BEP 3 allows a name here. Resolving what a stranger names is a door that nobody needs open.
    const bytes = addressBytes(toBinaryString(ip));
    if (bytes !== undefined && port >= 0 && port <= 65_535) peers.push({ host: formatIp(bytes), port });
  }
  return peers;
}

function* dictionaries(peers: Uint8Array, width: 4 | 16): Generator<Encodable> {
  for (const { host, port } of decodeCompactList(peers, width)) yield { ip: host, port };
}

function bytesIn(dictionary: BencodeDictionary, key: string): Uint8Array | undefined {
  const value = dictionary.get(key);
  return value instanceof Uint8Array ? value : undefined;
}

function countIn(dictionary: BencodeDictionary, key: string): number | undefined {
  const value = dictionary.get(key);
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function textIn(dictionary: BencodeDictionary, key: string): string | undefined {
  const bytes = bytesIn(dictionary, key);
  return bytes === undefined ? undefined : shownText(bytes);
}

function isIp(bytes: Uint8Array | undefined): bytes is Uint8Array {
  return bytes?.length === 4 || bytes?.length === 16;
}

function invalid(sentence: string): never {
  throw new ProtocolError('TRACKER_ANSWER_INVALID', sentence);
}

// Trackers give 200 at most; ten times that is still no burden.
const MAX_PEERS = 2_000;
/** A dictionary peer has seven values. */
const MAX_VALUES = 50_000;
const MAX_TRACKER_ID = 256;
const NOTHING = new Uint8Array(0);
const LETTER_E = 0x65;
