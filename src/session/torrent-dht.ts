// One torrent in the DHT: looked for and announced while it exchanges or looks for its metadata. Never where it is private
// (BEP 27); of a magnet that is known only when its metadata has come.

import type { Address } from '../core/bytes/compact-address.ts';
import type { Dht } from './dht.ts';
import type { DhtPlace, DhtSeeker, SeekOutcome } from './dht-turns.ts';
import type { SessionTorrentState } from './session-torrent-events.ts';

/** The torrent that is looked for. */
export interface DhtTorrent {
  /** A hybrid is in two swarms. */
  readonly wireInfoHashes: readonly Uint8Array[];
  /** All of it is here. */
  isSeed(): boolean;
  hasPeers(): boolean;
  dhtPeersFound(addresses: readonly Address[], infoHash: Uint8Array): void;
}

export class TorrentDht implements DhtSeeker {
  readonly #torrent: DhtTorrent;
  readonly #dht: Dht;
  readonly #place: DhtPlace;
  #state: SessionTorrentState | undefined;
  #isPrivate: boolean;
  /** Ends the lookups that are under way. */
  #giveUp: (() => void) | undefined;

  constructor(torrent: DhtTorrent, isPrivate: boolean, dht: Dht) {
    this.#torrent = torrent;
    this.#isPrivate = isPrivate;
    this.#dht = dht;
    this.#place = dht.join(this);
  }

  /** Whether peers are told that there is a node of ours. */
  get isUsed(): boolean {
    return !this.#isPrivate;
  }

  /** The torrent is in that state now. */
  follow(state: SessionTorrentState): void {
    this.#state = state;
    // A magnet whose metadata has come is checked in between.
    if (state === 'checking' || state === 'allocating') return;
    const isActive = state === 'metadata' || state === 'downloading' || state === 'seeding';
    if (isActive && !this.#isPrivate) this.#dht.turns.start(this.#place);
    else this.#stop();
  }

  /** A magnet's metadata has come. */
  infoKnown(isPrivate: boolean): void {
    this.#isPrivate = isPrivate;
    if (isPrivate) this.#stop();
  }

  announceNow(): void {
    this.#dht.turns.hurry(this.#place);
  }

  close(): void {
    this.#stop();
  }

  // For its turns: see `DhtSeeker`.

  isInNeed(): boolean {
    return this.#state !== 'seeding' && !this.#torrent.hasPeers();
  }

  seek(done: (outcome: SeekOutcome) => void): void {
    const hashes = this.#torrent.wireInfoHashes;
    let left = hashes.length;
    let isStoredWell = true;
    const cancels = hashes.map(infoHash =>
      this.#dht.findPeers(
        infoHash,
        this.#torrent.isSeed(),
        addresses => this.#torrent.dhtPeersFound(addresses, infoHash),
        outcome => {
          isStoredWell &&= outcome.isStoredWell;
          if (--left > 0) return;
          this.#giveUp = undefined;
          done({ isStoredWell });
        },
      ),
    );
    this.#giveUp = () => {
      for (const cancel of cancels) cancel();
      done({ isStoredWell: false });
    };
  }

  /** At once: at its end a lookup announces, and who has stopped or turned out to be private must not be. BEP 27 */
  #stop(): void {
    this.#dht.turns.stop(this.#place);
    const giveUp = this.#giveUp;
    this.#giveUp = undefined;
    giveUp?.();
  }
}
