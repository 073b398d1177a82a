// The WebTorrent signalling protocol as a client speaks it: what it says to a tracker, and what a tracker says, read. The tracker's
// side are ws and ws-messages. Hashes, peer ids and offer ids are binary strings, one unit a byte. Of an offer or an answer
// its two texts are read, and not what they mean.

import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import type { AnnounceEvent, AnnounceRefusal, SwarmCounts } from './announce.ts';
import { shownText } from './shown-text.ts';

export type WsTold = WsReply | WsPassedOn | WsScraped | AnnounceRefusal;

/** The answer to an announce. */
export interface WsReply {
  readonly kind: 'reply';
  readonly infoHash: string;
  readonly intervalSeconds: number | undefined;
  readonly complete: number | undefined;
  readonly incomplete: number | undefined;
}

/** Another peer's offer, or its answer to one of ours. */
export interface WsPassedOn {
  readonly kind: 'offer' | 'answer';
  readonly infoHash: string;
  readonly peerId: string;
  readonly offerId: string;
  readonly description: SessionDescription;
}

export interface WsScraped {
  readonly kind: 'scrape';
  /** By the info hash; torrents that it said nothing of are not there. */
  readonly counts: ReadonlyMap<string, SwarmCounts>;
}

/** As WebRTC has it (RTCSessionDescription). */
export interface SessionDescription {
  readonly type: string;
  readonly sdp: string;
}

/** @throws ProtocolError `TRACKER_ANSWER_INVALID` */
export function parseWsTold(message: Uint8Array): WsTold {
  const told = objectOf(parsed(message));
  const reason = told['failure reason'];
  if (reason !== undefined) return refusalOf(told, reason);
  if (told['action'] === 'scrape') return { kind: 'scrape', counts: countsOf(told['files']) };
  if (told['action'] !== 'announce') invalid('The message is of an action that nobody knows.');
  const infoHash = textOf(told, 'info_hash');
  for (const kind of ['offer', 'answer'] as const) {
    // A tracker that has nothing to say there may say null.
    if (told[kind] === undefined || told[kind] === null) continue;
    const { type, sdp } = objectOf(told[kind]);
    if (typeof type !== 'string' || typeof sdp !== 'string')
      invalid(`The ${kind} is no session description.`);
    const [peerId, offerId] = [textOf(told, 'peer_id'), textOf(told, 'offer_id')];
    return { kind, infoHash, peerId, offerId, description: { type, sdp } };
  }
  return {
    kind: 'reply',
    infoHash,
    intervalSeconds: countOf(told['interval']),
    complete: countOf(told['complete']),
    incomplete: countOf(told['incomplete']),
  };
}

export interface WsClientAnnounce {
  readonly infoHash: string;
  readonly peerId: string;
  readonly left: number;
  readonly event?: AnnounceEvent | undefined;
  /** Each goes to another peer. */
  readonly offers?: readonly { readonly offerId: string; readonly offer: SessionDescription }[];
}

export function wsAnnounceText({ infoHash, peerId, left, event, offers = [] }: WsClientAnnounce): string {
  return JSON.stringify({
    ...{ action: 'announce', info_hash: infoHash, peer_id: peerId, uploaded: 0, downloaded: 0, left, event },
    numwant: offers.length,
    offers: offers.map(({ offerId, offer }) => ({ offer_id: offerId, offer })),
  });
}

/** Our answer to an offer that was passed on to us. */
export function wsAnswerText(
  { infoHash, peerId: toPeerId, offerId }: Pick<WsPassedOn, 'infoHash' | 'peerId' | 'offerId'>,
  peerId: string,
  answer: SessionDescription,
): string {
  return JSON.stringify({
    ...{ action: 'announce', info_hash: infoHash, peer_id: peerId },
    ...{ to_peer_id: toPeerId, offer_id: offerId, answer },
  });
}

export function wsScrapeText(infoHash: string): string {
  return JSON.stringify({ action: 'scrape', info_hash: infoHash });
}

function parsed(message: Uint8Array): unknown {
  const text = decodeUtf8(message);
  try {
    return JSON.parse(text ?? '');
  } catch {
    return invalid('The message is no JSON: it is no tracker that answers there.');
  }
}

function refusalOf(told: Members, reason: unknown): AnnounceRefusal {
  const intervalSeconds = countOf(told['interval']);
  const retry = told['retry in'] === 'never' ? 'never' : countOf(told['retry in']);
  return {
    kind: 'refusal',
    reason: (typeof reason === 'string' && shownText(encodeUtf8(reason))) || 'It does not say why.',
    ...(intervalSeconds !== undefined && { intervalSeconds }),
    ...(retry !== undefined && { retryInMinutes: retry }),
  };
}

function countsOf(files: unknown): Map<string, SwarmCounts> {
  const counts = new Map<string, SwarmCounts>();
  for (const [infoHash, file] of Object.entries(objectOf(files))) {
    const swarm = objectOf(file);
    counts.set(infoHash, {
      complete: countOf(swarm['complete']) ?? 0,
      incomplete: countOf(swarm['incomplete']) ?? 0,
      downloaded: countOf(swarm['downloaded']) ?? 0,
    });
  }
  return counts;
}

type Members = Readonly<Record<string, unknown>>;

function objectOf(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    invalid('The message is not what a tracker says.');
  return value as Members;
}

function textOf(told: Members, name: string): string {
  const text = told[name];
  return typeof text === 'string' ? text : invalid(`The message has no ${name}.`);
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function invalid(sentence: string): never {
  throw new ProtocolError('TRACKER_ANSWER_INVALID', sentence);
}
