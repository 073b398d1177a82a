// The WebTorrent signalling protocol, what a tracker is told: JSON messages over a WebSocket by which peers that can only speak
// WebRTC find each other. No BEP describes it; bittorrent-tracker and WebTorrent define it. An announce carries offers, the
// tracker passes each to another peer, and that one's answer back. Hashes and ids are binary strings, one unit a byte.
//
// Offers and answers stay the bytes that they came as, and are known by where they lie in the message: a tracker has no business
// inside them. What is said back is written by ws-messages.

import { fromBinaryString, toBinaryString } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import type { AnnounceEvent } from './announce.ts';
import { LEFT_UNKNOWN } from './announce.ts';
import { JsonReader, KnownTexts } from './json-reader.ts';

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

/** Part of a message: from its first byte to behind its last. */
export interface WsPart {
  readonly start: number;
  readonly end: number;
}

export interface WsOffer {
  readonly offerId: string;
  /** The same as JSON, as it came. */
  readonly offerIdPart: WsPart;
  /** JSON, as it came. */
  readonly offer: WsPart;
}

export interface WsAnswer {
  readonly kind: 'answer';
  readonly infoHash: string;
  readonly peerId: string;
  readonly toPeerId: string;
  readonly offerId: string;
  /** The same as JSON, as it came. */
  readonly offerIdPart: WsPart;
  /** JSON, as it came. */
  readonly answer: WsPart;
}

export interface WsScrape {
  readonly kind: 'scrape';
  readonly infoHashes: readonly string[];
}

export interface WsLimits {
  /** Offers in one announce; what is beyond them is not read. @default 20 (bittorrent-tracker's client makes 5 to 10) */
  readonly maxOffers?: number;
  /** Bytes of one offer or answer. @default 16,384; with forty candidates they have some 5,000 */
  readonly maxDescription?: number;
  /** Torrents in one scrape. @default 74 */
  readonly maxScrapeHashes?: number;
}

export class WsRequestReader {
  readonly #limits: Required<WsLimits>;
  readonly #json = new JsonReader(MAX_DEPTH);

  constructor(limits: WsLimits = {}) {
    const { maxOffers = 20, maxDescription = 16_384, maxScrapeHashes = 74 } = limits;
    this.#limits = { maxOffers, maxDescription, maxScrapeHashes };
  }

  /**
   * Reads one message, which is UTF-8.
   * @throws ProtocolError `TRACKER_REQUEST_INVALID`: its sentence is the `failure reason` to answer with
   */
  read(message: Uint8Array, maxScrapeHashes = this.#limits.maxScrapeHashes): WsRequest {
    if (message.length > MAX_MESSAGE) refuse('The message is too long.');
    const json = this.#json;
    const said = new Said();
    json.begin(message);
    for (let is = json.openObject(); is; is = json.nextInObject())
      this.#member(json.name(NAMES), said, maxScrapeHashes);
    json.end();
    return requestOf(said);
  }

  #member(name: number, said: Said, maxScrapeHashes: number): void {
    const json = this.#json;
    switch (name) {
      case ACTION:
        said.action = once(said.action, name, oneOf(json, ACTIONS));
        break;
      case PEER_ID:
        said.peerId = once(said.peerId, name, textOf(json));
        break;
      case TO_PEER_ID:
        said.toPeerId = once(said.toPeerId, name, textOf(json));
        break;
      case OFFER_ID: {
        const start = json.next();
        said.offerId = once(said.offerId, name, textOf(json));
        if (said.offerId !== undefined) said.offerIdPart ??= { start, end: json.at };
        break;
      }
      case EVENT:
        said.event = once(said.event, name, oneOf(json, EVENT_TEXTS));
        break;
      case UPLOADED:
        said.uploaded = once(said.uploaded, name, countOf(json));
        break;
      case DOWNLOADED:
        said.downloaded = once(said.downloaded, name, countOf(json));
        break;
      case LEFT:
        said.left = once(said.left, name, countOf(json));
        break;
      case NUMWANT:
        said.numWant = once(said.numWant, name, countOf(json));
        break;
      case INFO_HASH:
        if (json.peek() === 'array')
          said.infoHashes = once(said.infoHashes, name, this.#hashes(maxScrapeHashes));
        else said.infoHash = once(said.infoHash, name, textOf(json));
        break;
      case OFFERS:
        said.offers = once(said.offers, name, this.#offers());
        break;
      case ANSWER:
        said.answer = once(said.answer, name, this.#description());
        break;
      default:
        json.skip();
    }
  }

  #offers(): WsOffer[] {
    const json = this.#json;
    const offers: WsOffer[] = [];
    if (json.peek() !== 'array') {
      json.skip();
      return offers;
    }
    for (let is = json.openArray(); is; is = json.nextInArray()) {
      if (offers.length === this.#limits.maxOffers) json.skip();
      else offers.push(this.#offer());
    }
    return offers;
  }

  #offer(): WsOffer {
    const json = this.#json;
    let offerId: string | undefined;
    let offerIdPart: WsPart | undefined;
    let offer: WsPart | undefined;
    for (let is = json.openObject(); is; is = json.nextInObject()) {
      const name = json.name(NAMES);
      if (name === OFFER_ID) {
        const start = json.next();
        offerId = json.string();
        offerIdPart = { start, end: json.at };
      } else if (name === OFFER) offer = this.#description();
      else json.skip();
    }
    if (offer === undefined) refuse('An offer has no offer in it.');
    return { offerId: checkedOfferId(offerId), offerIdPart: offerIdPart ?? NO_PART, offer };
  }

  /** A session description: an object, whatever is in it. */
  #description(): WsPart {
    const json = this.#json;
    if (json.peek() !== 'object') refuse('An offer or an answer must be an object.');
    const start = json.skip();
    if (json.at - start > this.#limits.maxDescription) refuse('An offer or an answer is too long.');
    return { start, end: json.at };
  }

  #hashes(maxScrapeHashes: number): string[] {
    const json = this.#json;
    const hashes: string[] = [];
    for (let is = json.openArray(); is; is = json.nextInArray()) {
      if (hashes.length === maxScrapeHashes) refuse(`A scrape may name ${maxScrapeHashes} torrents at most.`);
      hashes.push(json.string());
    }
    return hashes;
  }
}

/** The 20 bytes of a hash in a message. */
export const wsHashBytes = fromBinaryString;
export const wsHashText = (bytes: Uint8Array): string => toBinaryString(bytes);

/** What a message says, name by name. */
class Said {
  action: number | undefined = undefined;
  infoHash: string | undefined = undefined;
  infoHashes: readonly string[] | undefined = undefined;
  peerId: string | undefined = undefined;
  toPeerId: string | undefined = undefined;
  offerId: string | undefined = undefined;
  offerIdPart: WsPart | undefined = undefined;
  event: number | undefined = undefined;
  uploaded: number | undefined = undefined;
  downloaded: number | undefined = undefined;
  left: number | undefined = undefined;
  numWant: number | undefined = undefined;
  offers: readonly WsOffer[] | undefined = undefined;
  answer: WsPart | undefined = undefined;
}

/** The same name twice leaves open what was meant. */
function once<Value>(before: Value | undefined, name: number, value: Value): Value {
  if (before !== undefined) refuse(`The message has ${NAME_TEXTS[name]} twice.`);
  return value;
}

function requestOf(said: Said): WsRequest {
  const { action, infoHash, offers, answer } = said;
  if (action === SCRAPE) {
    const hashes = said.infoHashes ?? (infoHash === undefined ? [] : [infoHash]);
    // As over HTTP: there is no scrape of everything.
    if (hashes.length === 0) refuse('The message has no info_hash.');
    return { kind: 'scrape', infoHashes: hashes.map(hash => twenty(hash, 'info_hash')) };
  }
  if (action !== ANNOUNCE) refuse('action must be announce or scrape.');
  const hash = twenty(infoHash, 'info_hash');
  const peerId = twenty(said.peerId, 'peer_id');
  if (answer !== undefined) {
    const toPeerId = twenty(said.toPeerId, 'to_peer_id');
    const offerId = checkedOfferId(said.offerId);
    const offerIdPart = said.offerIdPart ?? NO_PART;
    return { kind: 'answer', infoHash: hash, peerId, toPeerId, offerId, offerIdPart, answer };
  }
  return {
    kind: 'announce',
    infoHash: hash,
    peerId,
    uploaded: said.uploaded ?? 0,
    downloaded: said.downloaded ?? 0,
    left: said.left ?? LEFT_UNKNOWN,
    event: said.event === undefined ? undefined : EVENTS[said.event],
    numWant: said.numWant ?? offers?.length ?? 0,
    offers: offers ?? NO_OFFERS,
  };
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

/** Which of these texts it is, -1 where it is another, undefined where it is no text. */
function oneOf(json: JsonReader, known: KnownTexts): number | undefined {
  if (json.peek() === 'string') return json.oneOf(known);
  json.skip();
  return undefined;
}

function twenty(text: string | undefined, name: string): string {
  if (text === undefined) refuse(`The message has no ${name}.`);
  let all = 0;
  for (let i = 0; i < text.length; i++) all |= text.charCodeAt(i);
  if (text.length !== 20 || all > 0xff) refuse(`${name} must be 20 bytes, one character each.`);
  return text;
}

/** Twenty random bytes with the clients that are about; nothing here depends on that. */
function checkedOfferId(text: string | undefined): string {
  if (text === undefined || text === '') refuse('An offer or an answer has no offer_id.');
  if (text.length > MAX_OFFER_ID) refuse('An offer_id is too long.');
  return text;
}

function refuse(sentence: string): never {
  throw new ProtocolError('TRACKER_REQUEST_INVALID', sentence);
}

/** Of a message, in bytes: twenty offers of the longest kind would not fit, ten of a usual one do ten times. */
export const MAX_MESSAGE = 262_144;
const MAX_DEPTH = 8;
const MAX_OFFER_ID = 64;
const NO_OFFERS: readonly WsOffer[] = [];
const NO_PART: WsPart = { start: 0, end: 0 };
const ACTIONS = new KnownTexts(['announce', 'scrape']);
const [ANNOUNCE, SCRAPE] = [0, 1];
const EVENTS: readonly AnnounceEvent[] = ['started', 'completed', 'stopped', 'paused'];
const EVENT_TEXTS = new KnownTexts(EVENTS);
const NAME_TEXTS = [
  ...['action', 'info_hash', 'peer_id', 'to_peer_id', 'offer_id', 'event', 'uploaded', 'downloaded', 'left'],
  ...['numwant', 'offers', 'offer', 'answer'],
];
const NAMES = new KnownTexts(NAME_TEXTS);
const [ACTION, INFO_HASH, PEER_ID, TO_PEER_ID, OFFER_ID, EVENT, UPLOADED, DOWNLOADED] = [
  0, 1, 2, 3, 4, 5, 6, 7,
];
const [LEFT, NUMWANT, OFFERS, OFFER, ANSWER] = [8, 9, 10, 11, 12];
