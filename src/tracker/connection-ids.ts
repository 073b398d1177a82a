// Connection ids of the UDP tracker protocol (BEP 15, "Connect"): who has one can receive at the address that it asks from.
// An id is a tag over that address under the key of its time; nothing is kept per client, so nothing can be filled up.
//
//   | window 1 | tag 7 |     window: the number of the stretch of time, its low eight bits
//
// Each window has a key of its own, made from the secret: nodes of a cluster that have one secret accept each other's ids,
// and so does a tracker that was started again with it. Ids of this window and of the last are good. Ids whose tag is
// right and whose window is older were ours once: they may be told that they have expired. All else is forged, and gets
// no answer at all, so that nobody can make us send to somebody else.

import { type SipKey, sipHash, sipKey, wordAt } from '../core/bytes/siphash.ts';
import type { Clock } from '../host/clock.ts';
import type { KeyedHashes, MessageRow } from '../host/keyed-hashes.ts';

export interface ConnectionIdOptions {
  /** 16 bytes that nobody else knows; the same for all nodes of a cluster. */
  readonly secret: Uint8Array;
  /**
   * An id is good for one window at least and for two at most. @default 120,000: BEP 15 has clients use an id for one
   * minute and servers accept it for two. Clients that use theirs longer are told that it has expired; where many do, more.
   */
  readonly windowMs?: number;
}

export interface ConnectionIdDeps {
  readonly clock: Pick<Clock, 'wallTime'>;
  /** @default JavaScript's own, one by one */
  readonly hashes?: KeyedHashes | undefined;
}

export type IdVerdict = 'good' | 'expired' | 'forged';

export class ConnectionIds {
  readonly #windowMs: number;
  readonly #secret: SipKey;
  readonly #clock: Pick<Clock, 'wallTime'>;
  /** What makes `now` the time that all nodes share; looked up once a minute, for clocks drift. */
  #wallOffset = 0;
  #lookedUpAt = Number.NEGATIVE_INFINITY;
  // What is asked for a whole batch at one time is reckoned once.
  #reckonedAt = Number.NaN;
  #window = 0;
  // The keys of this window and of the last, under the low bit of their number.
  readonly #keys = [new Int32Array(4), new Int32Array(4)];
  readonly #keyed = [-1, -1];
  readonly #oldKey = new Int32Array(4);
  readonly #tag = new Int32Array(2);
  readonly #number = new Uint8Array(8);
  readonly #hashes: KeyedHashes | undefined;
  // Tags of a batch under the key of this window.
  readonly #tagsAhead = new Int32Array(2 * MOST_AHEAD);
  #windowAhead = -1;

  constructor(options: ConnectionIdOptions, deps: ConnectionIdDeps) {
    this.#windowMs = options.windowMs ?? 120_000;
    if (!(this.#windowMs >= 1_000))
      throw new TypeError('tracker: the window of connection ids is a second at least');
    this.#secret = sipKey(options.secret);
    this.#clock = deps.clock;
    this.#hashes = deps.hashes;
  }

  /** Writes the id of a client at `ip` (4 or 16 bytes) into `out` at `at`. `now` is the clock's. */
  write(ip: Uint8Array, now: number, out: Uint8Array, at: number): void {
    const window = this.#windowAt(now);
    sipHash(this.#keyOf(window), ip, this.#tag);
    out[at] = window & 0xff;
    writeTag(this.#tag, out, at + 1);
  }

  /** Told of addresses that are about to be judged, so that all their tags are made at once; false where they are not. */
  lookAhead(addresses: MessageRow, count: number, now: number): boolean {
    if (this.#hashes === undefined || count > MOST_AHEAD) return false;
    this.#windowAhead = this.#windowAt(now);
    this.#hashes.sip(this.#keyOf(this.#windowAhead), addresses, count, this.#tagsAhead);
    return true;
  }

  /**
   * What the id in `bytes` at `at` is worth when it comes from `ip`. `ahead` is which of the addresses that were looked at ahead that
   * is, or -1.
   */
  judge(ip: Uint8Array, now: number, bytes: Uint8Array, at: number, ahead = -1): IdVerdict {
    const current = this.#windowAt(now);
    const age = (current - bytes[at]!) & 0xff;
    if (ahead >= 0 && age === 0 && current === this.#windowAhead)
      return isTag(this.#tagsAhead, 2 * ahead, bytes, at + 1) ? 'good' : 'forged';
    // 255: a node whose clock is a little ahead of ours has begun the next window.
    const window = age === 255 ? current + 1 : current - age;
    if (window < 0) return 'forged';
    const isFresh = age <= 1 || age === 255;
    sipHash(isFresh ? this.#keyOf(window) : this.#makeKey(window, this.#oldKey), ip, this.#tag);
    if (!isTag(this.#tag, 0, bytes, at + 1)) return 'forged';
    return isFresh ? 'good' : 'expired';
  }

  #windowAt(now: number): number {
    if (now === this.#reckonedAt) return this.#window;
    if (!(now - this.#lookedUpAt < LOOK_UP_MS)) {
      this.#lookedUpAt = now;
      this.#wallOffset = this.#clock.wallTime() - now;
    }
    this.#reckonedAt = now;
    this.#window = Math.floor((now + this.#wallOffset) / this.#windowMs);
    return this.#window;
  }

  #keyOf(window: number): SipKey {
    const place = window & 1;
    const key = this.#keys[place]!;
    if (this.#keyed[place] !== window) {
      this.#makeKey(window, key);
      this.#keyed[place] = window;
    }
    return key;
  }

  /** The key of a window: two tags of its number under the secret. */
  #makeKey(window: number, key: Int32Array): SipKey {
    const number = this.#number;
    for (let i = 0; i < 7; i++) number[i] = Math.floor(window / 256 ** i);
    for (let half = 0; half < 2; half++) {
      number[7] = half;
      sipHash(this.#secret, number, this.#tag);
      key[2 * half] = this.#tag[0]!;
      key[2 * half + 1] = this.#tag[1]!;
    }
    return key;
  }
}

function writeTag(tag: Int32Array, out: Uint8Array, at: number): void {
  for (let i = 0; i < TAG_LENGTH; i++) out[at + i] = tag[i >> 2]! >>> (8 * (i & 3));
}

/** Looks at all bytes whatever they are, so that time does not tell how many were right. */
function isTag(tags: Int32Array, tag: number, bytes: Uint8Array, at: number): boolean {
  const low = wordAt(bytes, at) ^ tags[tag]!;
  const high = (wordAt(bytes, at + 3) >>> 8) ^ (tags[tag + 1]! & 0xffffff);
  return (low | high) === 0;
}

const TAG_LENGTH = 7;
const LOOK_UP_MS = 60_000;
/** As many as come in one batch of datagrams. */
const MOST_AHEAD = 64;
