// The receiver's side of a channel (BEP 46): asks the DHT again and again which torrent is the newest, and tells each that is
// newer than all before. What it knows it puts back, so that a channel lives on while its publisher is away (BEP 46,
// "subscribers"): the signature is the publisher's.

import type { Random } from '../core/bytes/prng.ts';
import { isMutable, type MutableItem } from '../core/dht/items.ts';
import { decodeTorrentItem, type NamedTorrent } from '../core/dht/torrent-item.ts';
import type { Clock } from '../host/clock.ts';
import { backOffMs, type ChannelDht, REPUBLISH_MS } from './channel-dht.ts';

export interface Release extends NamedTorrent {
  readonly seq: number;
}

export interface FollowerDeps {
  readonly dht: ChannelDht;
  readonly clock: Clock;
  readonly random: Random;
}

export interface FollowerCalls {
  /** A release newer than any before. `item`: what is to be remembered of it. */
  readonly release: (release: Release, item: MutableItem) => void;
  /** The channel was found: this is the newest, whether it was known before or not. */
  readonly newest?: (release: Release) => void;
  /** Nothing was found, for the `tries`th time in a row. */
  readonly silent?: (tries: number) => void;
}

export interface FollowedChannel {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  /** Between two questions. @default 300,000 */
  readonly pollMs?: number;
  /** What was remembered: nothing older is believed. */
  readonly known?: MutableItem | undefined;
}

export class Follower {
  readonly #channel: FollowedChannel;
  readonly #deps: FollowerDeps;
  readonly #calls: FollowerCalls;
  #known: MutableItem | undefined;
  #silences = 0;
  #putAt = Number.NEGATIVE_INFINITY;
  #cancel: () => void = () => {};
  #isClosed = false;

  constructor(channel: FollowedChannel, deps: FollowerDeps, calls: FollowerCalls) {
    this.#channel = channel;
    this.#deps = deps;
    this.#calls = calls;
    this.#known = channel.known;
  }

  start(): void {
    void this.#ask();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  async #ask(): Promise<void> {
    const { key, salt, pollMs = DEFAULT_POLL_MS } = this.#channel;
    const deps = this.#deps;
    const found = await deps.dht.findMutable(key, salt);
    if (this.#isClosed) return;
    if (found !== undefined && isMutable(found)) this.#found(found);
    else this.#calls.silent?.(++this.#silences);
    await this.#putBack();
    if (this.#isClosed) return;
    // Followers that began together do not ask together for ever.
    const restMs = pollMs * (0.9 + deps.random.below(201) / 1000);
    const waitMs = this.#silences === 0 ? restMs : backOffMs(this.#silences - 1, pollMs);
    this.#cancel = deps.clock.after(waitMs, () => void this.#ask());
  }

  #found(item: MutableItem): void {
    this.#silences = 0;
    const isNew = this.#known === undefined || item.seq > this.#known.seq;
    // Its owner may put there what he likes: what names no torrent is no release, and neither is what was before.
    if (isNew) this.#known = item;
    const torrent = decodeTorrentItem(this.#known!.value);
    if (torrent === undefined) return;
    const release = { ...torrent, seq: this.#known!.seq };
    if (isNew) this.#calls.release(release, item);
    this.#calls.newest?.(release);
  }

  async #putBack(): Promise<void> {
    const now = this.#deps.clock.now();
    if (this.#known === undefined || now - this.#putAt < REPUBLISH_MS) return;
    this.#putAt = now;
    await this.#deps.dht.putItem(this.#known);
  }
}

const DEFAULT_POLL_MS = 300_000;
