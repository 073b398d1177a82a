// The sender's side of a channel (BEP 46): signs which torrent is the newest, and has the DHT keep it as long as this runs. The
// number of a release only grows; one that others have already signed with the same key is gone on from.

import { equalBytes } from '../core/bytes/bytes.ts';
import { isMutable, type MutableItem, signedBytes } from '../core/dht/items.ts';
import { encodeTorrentItem, type NamedTorrent } from '../core/dht/torrent-item.ts';
import type { Clock } from '../host/clock.ts';
import { backOffMs, type ChannelDht, REPUBLISH_MS } from './channel-dht.ts';

export interface PublisherDeps {
  readonly dht: ChannelDht;
  readonly clock: Clock;
  /** Ed25519 by the channel's own key. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

export interface PublishedRelease {
  /** The number of the release. */
  readonly seq: number;
  /** Nodes that keep it. 0: none yet, it is tried again. */
  readonly nodes: number;
}

export class Publisher {
  readonly #key: Uint8Array;
  readonly #salt: Uint8Array;
  readonly #deps: PublisherDeps;
  readonly #onPublished: (release: PublishedRelease) => void;
  #value: Uint8Array | undefined;
  #seq = 0;
  #tries = 0;
  #puts = 0;
  #cancel: () => void = () => {};
  #isClosed = false;

  /** `least`: a release before it is known to have had that number. `onPublished` is told each time that it was put. */
  constructor(
    channel: { readonly key: Uint8Array; readonly salt: Uint8Array; readonly least?: number },
    deps: PublisherDeps,
    onPublished: (release: PublishedRelease) => void,
  ) {
    this.#key = channel.key;
    this.#salt = channel.salt;
    this.#seq = channel.least ?? 0;
    this.#deps = deps;
    this.#onPublished = onPublished;
  }

  /** This torrent is the newest from now on. */
  publish(torrent: NamedTorrent): void {
    this.#value = encodeTorrentItem(torrent);
    this.#tries = this.#puts = 0;
    void this.#put();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  async #put(): Promise<void> {
    this.#cancel();
    const value = this.#value!;
    const { dht, sign } = this.#deps;
    const found = await dht.findMutable(this.#key, this.#salt);
    if (this.#isClosed || value !== this.#value) return;
    const before = found !== undefined && isMutable(found) ? found : undefined;
    const isThere = before !== undefined && equalBytes(before.value, value) && before.seq >= this.#seq;
    // Without an answer it is not known which number was the last: it is put, and looked for again.
    const seq = isThere ? before.seq : Math.max(this.#seq, before === undefined ? 0 : before.seq + 1, 1);
    const item: MutableItem = {
      key: this.#key,
      salt: this.#salt,
      seq,
      value,
      signature: sign(signedBytes(this.#salt, seq, value)),
    };
    const nodes = await dht.putItem(item, before?.seq);
    if (this.#isClosed || value !== this.#value) return;
    this.#seq = seq;
    this.#onPublished({ seq, nodes });
    // The first time few nodes may have been known, and none of those that keep a later number.
    const isFirst = nodes > 0 && this.#puts++ === 0;
    const waitMs = isFirst ? LOOK_AGAIN_MS : nodes > 0 ? REPUBLISH_MS : backOffMs(this.#tries++, MAX_WAIT_MS);
    this.#cancel = this.#deps.clock.after(waitMs, () => void this.#put());
  }
}

const MAX_WAIT_MS = 60_000;
const LOOK_AGAIN_MS = 60_000;
