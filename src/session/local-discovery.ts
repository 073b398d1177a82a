// Finds peers on this machine's own network (BEP 14): says now and then which torrents it has, and hears who else does. One
// timer for all torrents; nothing is kept for any of them. Never for private torrents.

import { addressScope } from '../core/bytes/address-scope.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import { toHex } from '../core/bytes/hex.ts';
import type { Random } from '../core/bytes/prng.ts';
import { Allowance } from '../core/engine/allowance.ts';
import { SwarmlineError } from '../core/errors.ts';
import {
  encodeLocalAnnounce,
  LSD_GROUPS,
  LSD_PORT,
  MAX_LSD_HASHES,
  parseLocalAnnounce,
} from '../core/lsd/packet.ts';
import type { Clock } from '../host/clock.ts';
import type { Multicast, MulticastGroup } from '../host/multicast.ts';

/** What is asked of a torrent. */
export interface LocalTorrent {
  readonly isStopped: boolean;
  readonly info: { readonly private: boolean } | undefined;
  readonly trackerTiers: readonly unknown[];
  readonly wireInfoHashes: readonly Uint8Array[];
}

export interface LocalDiscoveryDeps {
  readonly clock: Clock;
  readonly multicast: Multicast;
  readonly random: Random;
  readonly torrents: () => Iterable<LocalTorrent>;
  /** Somebody on this network has that torrent. */
  readonly found: (infoHash: Uint8Array, address: Address) => void;
}

export class LocalDiscovery {
  readonly #deps: LocalDiscoveryDeps;
  readonly #port: number;
  readonly #cookie: string;
  readonly #groups = new Map<4 | 6, MulticastGroup>();
  /** What is still to be said of this round. */
  #queue: Uint8Array[] = [];
  /** When the next round begins; sooner where a torrent has come. */
  #roundAt = 0;
  /** When it is looked whether there are other networks, and how often it was. */
  #lookAt = 0;
  #looks = 0;
  #cancelTimer = () => {};
  readonly #heard: Allowance;
  #isClosed = false;

  /** `listen` is where peers are taken: on all networks, or at one address. */
  constructor(listen: Address, deps: LocalDiscoveryDeps) {
    this.#deps = deps;
    this.#port = listen.port;
    this.#cookie = toHex(deps.random.fill(new Uint8Array(8)));
    this.#heard = new Allowance(MAX_HEARD_PER_SECOND, MAX_HEARD_PER_SECOND, deps.clock.now());
    const scope = addressScope(listen.host);
    if (scope === 'loopback') return;
    const isAnywhere = listen.host === '::' || listen.host === '0.0.0.0';
    const families =
      listen.host === '::' ? ([4, 6] as const) : ([listen.host.includes(':') ? 6 : 4] as const);
    for (const family of families) void this.#join(family, isAnywhere ? undefined : listen.host);
  }

  /** It speaks to a network. */
  get isOn(): boolean {
    return this.#groups.size > 0;
  }

  /** A torrent has come, or goes on: it is told soon, with whatever else is to be. */
  torrentCame(): void {
    const soon = this.#deps.clock.now() + SOON_MS;
    if (this.#roundAt > soon) this.#roundAt = soon;
    this.#setTimer();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
    for (const group of this.#groups.values()) group.close();
    this.#groups.clear();
  }

  async #join(family: 4 | 6, localHost: string | undefined): Promise<void> {
    try {
      const group = await this.#deps.multicast.join(
        { host: LSD_GROUPS[family], port: LSD_PORT },
        { localHost },
      );
      if (this.#isClosed) {
        group.close();
        return;
      }
      group.onDatagram = (bytes, host) => this.#received(bytes, host);
      this.#groups.set(family, group);
      this.torrentCame();
    } catch (error) {
      // A machine without that family, or whose port another program keeps to itself: there is nobody to be found.
      if (!(error instanceof SwarmlineError)) throw error;
    }
  }

  #received(bytes: Uint8Array, host: string): void {
    const announce = parseLocalAnnounce(bytes);
    if (announce === undefined || announce.cookie === this.#cookie) return;
    // From elsewhere it is no word of this network: whoever is there cannot be asked whether it is his.
    const scope = addressScope(host);
    if (scope !== 'private' && scope !== 'loopback') return;
    for (const infoHash of announce.infoHashes) {
      if (!this.#heard.pay(1, this.#deps.clock.now())) return;
      this.#deps.found(infoHash, { host, port: announce.port });
    }
  }

  #setTimer(): void {
    if (this.#isClosed || this.#groups.size === 0) return;
    const { clock } = this.#deps;
    const at = this.#queue.length > 0 ? clock.now() + PACKET_MS : Math.min(this.#roundAt, this.#lookAt);
    this.#cancelTimer();
    this.#cancelTimer = clock.after(Math.max(0, at - clock.now()), () => this.#speak());
  }

  #speak(): void {
    const now = this.#deps.clock.now();
    if (now >= this.#lookAt) {
      this.#lookAt = now + Math.min(LOOK_MS, FIRST_LOOK_MS * 2 ** this.#looks++);
      // A cable was put in, or this machine was started a moment ago: nobody there has heard of us.
      const isNew = [...this.#groups.values()].map(group => group.refresh()).includes(true);
      if (isNew) this.#roundAt = now;
    }
    if (now >= this.#roundAt) {
      this.#roundAt = now + ROUND_MS;
      this.#queue = [...this.#deps.torrents()].flatMap(hashesToTell);
    }
    const infoHashes = this.#queue.splice(0, MAX_LSD_HASHES);
    if (infoHashes.length > 0)
      for (const [family, group] of this.#groups)
        group.send(encodeLocalAnnounce({ infoHashes, port: this.#port, cookie: this.#cookie }, family));
    this.#setTimer();
  }
}

/** A magnet's metadata may yet show that it is private (BEP 27): but such a torrent has trackers. */
function hashesToTell(torrent: LocalTorrent): readonly Uint8Array[] {
  if (torrent.isStopped || torrent.info?.private === true) return [];
  return torrent.info === undefined && torrent.trackerTiers.length > 0 ? [] : torrent.wireInfoHashes;
}

// BEP 14: "not more than once every 5 minutes" for a torrent, and one datagram a second for all of them here.
const ROUND_MS = 300_000;
const PACKET_MS = 1000;
const FIRST_LOOK_MS = 1000;
const LOOK_MS = 15_000;
const SOON_MS = 1000;
// Each is a look into a map, and at most one dial.
const MAX_HEARD_PER_SECOND = 100;
