// What a tracker says over WebSocket (core/tracker/ws has what it is told): JSON, written as bytes into one place that is used
// again. Offers and answers go in as the bytes that they came as; what else comes from others are binary strings, which are
// written as JSON.stringify writes them.

import { encodeUtf8 } from '../bytes/utf8.ts';
import type { AnnounceRefusal, SwarmCounts } from './announce.ts';
import type { WsAnswer, WsOffer, WsPart } from './ws.ts';

/** Each message is lent until the next. */
export class WsMessageWriter {
  #bytes = new Uint8Array(4_096);
  #length = 0;
  /** How a message about this peer and torrent ends: the offers of one announce go to several. */
  #tail = new Uint8Array(0);
  #tailPeerId = '';
  #tailInfoHash = '';

  /** An announce's answer. */
  announceReply(
    infoHash: string,
    counts: Pick<SwarmCounts, 'complete' | 'incomplete'>,
    intervalSeconds: number,
  ): Uint8Array {
    this.#begin(0);
    this.#put(REPLY);
    this.#number(intervalSeconds);
    this.#put(INFO_HASH);
    this.#binaryString(infoHash);
    this.#put(COMPLETE);
    this.#number(counts.complete);
    this.#put(INCOMPLETE);
    this.#number(counts.incomplete);
    this.#put(END);
    return this.#message();
  }

  /** Another peer's offer, which lies in what that one said, for the peer that it was chosen for. */
  offer(infoHash: string, fromPeerId: string, { offerIdPart, offer }: WsOffer, said: Uint8Array): Uint8Array {
    return this.#passedOn(OFFER, offer, offerIdPart, said, fromPeerId, infoHash);
  }

  /** The answer to an offer, for the peer that made it; that one knows the torrent as `infoHash`. */
  answer(infoHash: string, { peerId, offerIdPart, answer }: WsAnswer, said: Uint8Array): Uint8Array {
    return this.#passedOn(ANSWER, answer, offerIdPart, said, peerId, infoHash);
  }

  #passedOn(
    head: Uint8Array,
    description: WsPart,
    offerId: WsPart,
    said: Uint8Array,
    peerId: string,
    infoHash: string,
  ): Uint8Array {
    this.#begin(description.end - description.start + offerId.end - offerId.start);
    this.#put(head);
    this.#put(said.subarray(description.start, description.end));
    this.#put(OFFER_ID);
    for (let i = offerId.start; i < offerId.end; i++) this.#bytes[this.#length++] = said[i]!;
    if (this.#tailPeerId === peerId && this.#tailInfoHash === infoHash) this.#put(this.#tail);
    else {
      const start = this.#length;
      this.#put(PEER_ID);
      this.#binaryString(peerId);
      this.#put(INFO_HASH);
      this.#binaryString(infoHash);
      this.#put(END);
      this.#tail = this.#bytes.slice(start, this.#length);
      this.#tailPeerId = peerId;
      this.#tailInfoHash = infoHash;
    }
    return this.#message();
  }

  /** Room for so many bytes and for everything that is not passed on. */
  #begin(passedOn: number): void {
    const needed = passedOn + MAX_OWN;
    if (needed > this.#bytes.length) this.#bytes = new Uint8Array(2 * needed);
    this.#length = 0;
  }

  #message(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #put(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A whole number that is not negative. */
  #number(value: number): void {
    if (value < 10) {
      this.#bytes[this.#length++] = 0x30 + value;
      return;
    }
    const digits = String(value);
    for (let i = 0; i < digits.length; i++) this.#bytes[this.#length++] = digits.charCodeAt(i);
  }

  #binaryString(text: string): void {
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) {
        bytes[at++] = 0xc0 | (unit >> 6);
        bytes[at++] = 0x80 | (unit & 0x3f);
      } else if (unit >= 0x20 && unit !== QUOTE && unit !== BACKSLASH) bytes[at++] = unit;
      else {
        const letters = ESCAPES[unit]!;
        for (let k = 0; k < letters.length; k++) bytes[at++] = letters[k]!;
      }
    }
    bytes[at++] = QUOTE;
    this.#length = at;
  }
}

/** BEP 48 in JSON, as bittorrent-tracker writes it; counts that are undefined are left out. */
export function wsScrapeReply(
  infoHashes: readonly string[],
  counts: readonly (SwarmCounts | undefined)[],
  minIntervalSeconds: number,
): Uint8Array {
  const files = infoHashes.flatMap((infoHash, i) => {
    const swarm = counts[i];
    if (swarm === undefined) return [];
    const { complete, incomplete, downloaded } = swarm;
    return [`${JSON.stringify(infoHash)}:${JSON.stringify({ complete, incomplete, downloaded })}`];
  });
  return encodeUtf8(
    `{"action":"scrape","files":{${files.join(',')}},"flags":{"min_request_interval":${minIntervalSeconds}}}`,
  );
}

/** `interval` beside a failure is for those who honour it. */
export function wsRefusal(
  refusal: Omit<AnnounceRefusal, 'kind'>,
  action: 'announce' | 'scrape',
  infoHash?: string,
): Uint8Array {
  return encodeUtf8(
    JSON.stringify({
      action,
      ...(infoHash !== undefined && { info_hash: infoHash }),
      'failure reason': refusal.reason,
      ...(refusal.intervalSeconds !== undefined && { interval: refusal.intervalSeconds }),
      ...(refusal.retryInMinutes !== undefined && { 'retry in': refusal.retryInMinutes }),
    }),
  );
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const REPLY = encodeUtf8('{"action":"announce","interval":');
const OFFER = encodeUtf8('{"action":"announce","offer":');
const ANSWER = encodeUtf8('{"action":"announce","answer":');
const OFFER_ID = encodeUtf8(',"offer_id":');
const PEER_ID = encodeUtf8(',"peer_id":');
const INFO_HASH = encodeUtf8(',"info_hash":');
const COMPLETE = encodeUtf8(',"complete":');
const INCOMPLETE = encodeUtf8(',"incomplete":');
const END = encodeUtf8('}');
// Of the characters that JSON does not have in a string as they are.
const ESCAPES = Array.from({ length: 0x60 }, (_, unit) =>
  encodeUtf8(JSON.stringify(String.fromCharCode(unit)).slice(1, -1)),
);
// Names, numbers, and twice twenty units of six bytes at the most.
const MAX_OWN = 512;
