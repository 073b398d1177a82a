// The WebTorrent signalling protocol, the tracker's side: JSON messages over a WebSocket by which peers that can only speak
// WebRTC find each other. No BEP describes it; bittorrent-tracker and WebTorrent define it. An announce carries offers, the
// tracker passes each to another peer, and that one's answer back. Hashes and ids are binary strings, one unit a byte.
//
// Offers and answers are passed on as the text that they came as: a tracker has no business inside them.

import { fromBinaryString, toBinaryString } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import type { AnnounceEvent, AnnounceRefusal, SwarmCounts } from './announce.ts';
import { LEFT_UNKNOWN } from './announce.ts';
import { JsonReader } from './json-reader.ts';

export type WsRequest = WsAnnounce | WsAnswer | WsScrape;

export interface WsAnnounce {
  readonly kind: 'announce';
  /** Binary strings of 20 units. */
  readonly infoHash: string;
  readonly peerId: string;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
  readonly event: AnnounceEvent | undefined;
  /** How many peers its offers shall go to. */
  readonly numWant: number;
  readonly offers: readonly WsOffer[];
}

export interface WsOffer {
  readonly offerId: string;
  /** JSON, as it came. */
  readonly offer: string;
}

export interface WsAnswer {
  readonly kind: 'answer';
  readonly infoHash: string;
  readonly peerId: string;
  readonly toPeerId: string;
  readonly offerId: string;
  /** JSON, as it came. */
  readonly answer: string;
}

export interface WsScrape {
  readonly kind: 'scrape';
  readonly infoHashes: readonly string[];
}

export interface WsLimits {
  /** Offers in one announce; what is beyond them is not read. @default 20 (bittorrent-tracker's client makes 5 to 10) */
  readonly maxOffers?: number;
  /** Characters of one offer or answer. @default 16,384; with forty candidates they have some 5,000 */
  readonly maxDescription?: number;
  /** Torrents in one scrape. @default 74 */
  readonly maxScrapeHashes?: number;
}

/**
 * Reads one message.
 * @throws ProtocolError `TRACKER_REQUEST_INVALID`: its sentence is the `failure reason` to answer with
 */
export function parseWsRequest(text: string, limits: WsLimits = {}): WsRequest {
  const { maxOffers = 20, maxDescription = 16_384, maxScrapeHashes = 74 } = limits;
  if (text.length > MAX_MESSAGE) refuse('The message is too long.');
  const json = new JsonReader(text, MAX_DEPTH);
  const said = new Said();
  json.object(name => {
    switch (name) {
      case 'action':
      case 'peer_id':
      case 'to_peer_id':
      case 'offer_id':
      case 'event':
        said[name] = once(said[name], name, textOf(json));
        break;
      case 'uploaded':
      case 'downloaded':
      case 'left':
      case 'numwant':
        said[name] = once(said[name], name, countOf(json));
        break;
      case 'info_hash':
        if (json.peek() === 'array') {
          said.infoHashes = once(said.infoHashes, name, hashesOf(json, maxScrapeHashes));
        } else said.info_hash = once(said.info_hash, name, textOf(json));
        break;
      case 'offers':
        said.offers = once(said.offers, name, offersOf(json, maxOffers, maxDescription));
        break;
      case 'answer':
        said.answer = once(said.answer, name, description(json, maxDescription));
        break;
      default:
        json.skip();
    }
  });
  json.end();
  return requestOf(said);
}

/** An announce's answer. `interval` beside a failure is for those who honour it. */
export function wsAnnounceReply(
  infoHash: string,
  counts: Pick<SwarmCounts, 'complete' | 'incomplete'>,
  intervalSeconds: number,
): string {
  const { complete, incomplete } = counts;
  return `{"action":"announce","interval":${intervalSeconds},"info_hash":${JSON.stringify(infoHash)},"complete":${complete},"incomplete":${incomplete}}`;
}

/** Another peer's offer, for the peer that it was chosen for. */
export function wsOfferMessage(infoHash: string, fromPeerId: string, { offerId, offer }: WsOffer): string {
  return `{"action":"announce","offer":${offer},"offer_id":${JSON.stringify(offerId)},"peer_id":${JSON.stringify(fromPeerId)},"info_hash":${JSON.stringify(infoHash)}}`;
}

/** The answer to an offer, for the peer that made it. */
export function wsAnswerMessage({ infoHash, peerId, offerId, answer }: WsAnswer): string {
  return `{"action":"announce","answer":${answer},"offer_id":${JSON.stringify(offerId)},"peer_id":${JSON.stringify(peerId)},"info_hash":${JSON.stringify(infoHash)}}`;
}

/** BEP 48 in JSON, as bittorrent-tracker writes it; counts that are undefined are left out. */
export function wsScrapeReply(
  infoHashes: readonly string[],
  counts: readonly (SwarmCounts | undefined)[],
  minIntervalSeconds: number,
): string {
  const files = infoHashes.flatMap((infoHash, i) => {
    const swarm = counts[i];
    if (swarm === undefined) return [];
    const { complete, incomplete, downloaded } = swarm;
    return [`${JSON.stringify(infoHash)}:${JSON.stringify({ complete, incomplete, downloaded })}`];
  });
  return `{"action":"scrape","files":{${files.join(',')}},"flags":{"min_request_interval":${minIntervalSeconds}}}`;
}

export function wsRefusal(
  refusal: Omit<AnnounceRefusal, 'kind'>,
  action: 'announce' | 'scrape',
  infoHash?: string,
): string {
  return JSON.stringify({
    action,
    ...(infoHash !== undefined && { info_hash: infoHash }),
    'failure reason': refusal.reason,
    ...(refusal.intervalSeconds !== undefined && { interval: refusal.intervalSeconds }),
    ...(refusal.retryInMinutes !== undefined && { 'retry in': refusal.retryInMinutes }),
  });
}

/** The 20 bytes of a hash in a message. */
export const wsHashBytes = fromBinaryString;
export const wsHashText = (bytes: Uint8Array): string => toBinaryString(bytes);

/** What a message says, name by name. */
class Said {
  action: string | undefined = undefined;
  info_hash: string | undefined = undefined;
  infoHashes: readonly string[] | undefined = undefined;
  peer_id: string | undefined = undefined;
  to_peer_id: string | undefined = undefined;
  offer_id: string | undefined = undefined;
  event: string | undefined = undefined;
  uploaded: number | undefined = undefined;
  downloaded: number | undefined = undefined;
  left: number | undefined = undefined;
  numwant: number | undefined = undefined;
  offers: readonly WsOffer[] | undefined = undefined;
  answer: string | undefined = undefined;
}

/** The same name twice leaves open what was meant. */
function once<Value>(before: Value | undefined, name: string, value: Value): Value {
  if (before !== undefined) refuse(`The message has ${name} twice.`);
  return value;
}

function requestOf(said: Said): WsRequest {
  const { action, info_hash: infoHash, offers, answer } = said;
  if (action === 'scrape') {
    const hashes = said.infoHashes ?? (infoHash === undefined ? [] : [infoHash]);
    // As over HTTP: there is no scrape of everything.
    if (hashes.length === 0) refuse('The message has no info_hash.');
    return { kind: 'scrape', infoHashes: hashes.map(hash => twenty(hash, 'info_hash')) };
  }
  if (action !== 'announce') refuse('action must be announce or scrape.');
  const hash = twenty(infoHash, 'info_hash');
  const peerId = twenty(said.peer_id, 'peer_id');
  if (answer !== undefined) {
    const toPeerId = twenty(said.to_peer_id, 'to_peer_id');
    return { kind: 'answer', infoHash: hash, peerId, toPeerId, offerId: offerIdOf(said.offer_id), answer };
  }
  const event = said.event === undefined ? undefined : EVENTS.find(known => known === said.event);
  return {
    kind: 'announce',
    infoHash: hash,
    peerId,
    uploaded: said.uploaded ?? 0,
    downloaded: said.downloaded ?? 0,
    left: said.left ?? LEFT_UNKNOWN,
    event,
    numWant: said.numwant ?? offers?.length ?? 0,
    offers: offers ?? NO_OFFERS,
  };
}

function offersOf(json: JsonReader, maxOffers: number, maxLength: number): WsOffer[] {
  const offers: WsOffer[] = [];
  if (json.peek() !== 'array') {
    json.skip();
    return offers;
  }
  json.array(() => {
    if (offers.length === maxOffers) {
      json.skip();
      return;
    }
    let offerId: string | undefined;
    let offer: string | undefined;
    json.object(name => {
      if (name === 'offer_id') offerId = json.string();
      else if (name === 'offer') offer = description(json, maxLength);
      else json.skip();
    });
    if (offer === undefined) refuse('An offer has no offer in it.');
    offers.push({ offerId: offerIdOf(offerId), offer });
  });
  return offers;
}

/** A session description: an object, whatever is in it. */
function description(json: JsonReader, maxLength: number): string {
  if (json.peek() !== 'object') refuse('An offer or an answer must be an object.');
  const text = json.raw();
  if (text.length > maxLength) refuse('An offer or an answer is too long.');
  return text;
}

function hashesOf(json: JsonReader, maxHashes: number): string[] {
  const hashes: string[] = [];
  json.array(() => {
    if (hashes.length === maxHashes) refuse(`A scrape may name ${maxHashes} torrents at most.`);
    hashes.push(json.string());
  });
  return hashes;
}

/** Undefined where it says nothing of use: clients send null, -1 and fractions, and mean no harm. */
function countOf(json: JsonReader): number | undefined {
  if (json.peek() !== 'number') {
    json.skip();
    return undefined;
  }
  const count = json.number();
  return count >= 0 ? Math.min(Math.floor(count), Number.MAX_SAFE_INTEGER) : undefined;
}

/** Undefined where it is no text: `null` is said for what is not known. */
function textOf(json: JsonReader): string | undefined {
  if (json.peek() === 'string') return json.string();
  json.skip();
  return undefined;
}

function twenty(text: string | undefined, name: string): string {
  if (text === undefined) refuse(`The message has no ${name}.`);
  if (text.length !== 20 || !BYTES.test(text)) refuse(`${name} must be 20 bytes, one character each.`);
  return text;
}

/** Twenty random bytes with the clients that are about; nothing here depends on that. */
function offerIdOf(text: string | undefined): string {
  if (text === undefined || text === '') refuse('An offer or an answer has no offer_id.');
  if (text.length > MAX_OFFER_ID) refuse('An offer_id is too long.');
  return text;
}

function refuse(sentence: string): never {
  throw new ProtocolError('TRACKER_REQUEST_INVALID', sentence);
}

/** Of a message, in characters: twenty offers of the longest kind would not fit, ten of a usual one do ten times. */
export const MAX_MESSAGE = 262_144;
const MAX_DEPTH = 8;
const MAX_OFFER_ID = 64;
// biome-ignore lint/suspicious/noControlCharactersInRegex: any byte may be one of a hash.
const BYTES = /^[\u0000-\u00ff]*$/;
const EVENTS: readonly AnnounceEvent[] = ['started', 'completed', 'stopped', 'paused'];
const NO_OFFERS: readonly WsOffer[] = [];
