// Those who receive what is shared: how much has come to each, also of those who have gone again; how many have it all, and when
// the last will. What was moved in all, beside what the seed sent of it, is the point of peer to peer.

import { type Address, formatAddress } from '../core/bytes/compact-address.ts';
import { toHex } from '../core/bytes/hex.ts';
import type { PeerStats } from '../core/engine/stats.ts';
import type { SessionTorrent } from '../session/session-torrent.ts';

export interface ReceivedFacts {
  /** Bytes that have come to receivers, whoever sent them. */
  readonly moved: number;
  readonly sent: number;
  readonly receivers: number;
  readonly complete: number;
  /** Until all that are connected have everything; undefined while that is not known, or nobody is waiting. */
  readonly leftMs: number | undefined;
}

interface Receiver {
  progress: number;
  /** Of the last seconds, per second. */
  pace: number;
  lookedAt: number;
  isConnected: boolean;
}

export class Receivers {
  readonly #torrent: Pick<SessionTorrent, 'peers' | 'stats' | 'info'>;
  readonly #all = new Set<Receiver>();
  /**
   * By each of its addresses, and by its peer ids: who dials us comes from another port than it listens at, and may be
   * heard of by IPv4 and IPv6.
   */
  readonly #byName = new Map<string, Receiver>();
  readonly #glimpsed = new Set<string>();
  readonly #onComplete: ((count: number) => void) | undefined;
  #complete = 0;

  constructor(
    torrent: Pick<SessionTorrent, 'peers' | 'stats' | 'info'>,
    onComplete?: (count: number) => void,
  ) {
    this.#torrent = torrent;
    this.#onComplete = onComplete;
  }

  /** To be called about once a second. */
  look(now: number): void {
    for (const receiver of this.#all) receiver.isConnected = false;
    for (const peer of this.#torrent.peers()) if (peer.webSeed === undefined) this.#seen(peer, now);
  }

  /** It has told the tracker whether it has all of it. Who came with everything never was a receiver. */
  announced(
    address: Address,
    { peerId, hasAll }: { readonly peerId: Uint8Array; readonly hasAll: boolean },
    now: number,
  ): void {
    const names = namesOf(address, peerId);
    const receiver = this.#find(names) ?? (hasAll ? undefined : this.#add(names, now));
    if (hasAll && receiver !== undefined) this.#progressed(receiver, 1);
  }

  facts(): ReceivedFacts {
    const length = this.#torrent.info?.layout.dataLength ?? 0;
    let moved = 0;
    let leftMs: number | undefined;
    for (const { progress, pace, isConnected } of this.#all) {
      moved += progress * length;
      if (!isConnected || progress >= 1) continue;
      leftMs = pace > 0 ? Math.max(leftMs ?? 0, ((1 - progress) / pace) * 1000) : Number.POSITIVE_INFINITY;
    }
    const sent = this.#torrent.stats().uploaded;
    return {
      // Of pieces that are not whole yet nobody but us has told.
      moved: Math.max(Math.round(moved), sent),
      sent,
      receivers: this.#all.size,
      complete: this.#complete,
      leftMs: leftMs === Number.POSITIVE_INFINITY ? undefined : leftMs,
    };
  }

  #seen({ address, peerId, progress, uploaded }: PeerStats, now: number): void {
    const names = namesOf(address, peerId);
    const [key] = names;
    let receiver = this.#find(names);
    if (receiver === undefined) {
      // A seed that came by, and took nothing; or somebody who has not said yet where it listens.
      if (uploaded === 0 && (progress >= 1 || !this.#glimpsed.has(key))) {
        if (this.#glimpsed.size >= MAX_RECEIVERS) this.#glimpsed.clear();
        this.#glimpsed.add(key);
        return;
      }
      receiver = this.#add(names, now);
      if (receiver === undefined) return;
    }
    receiver.isConnected = true;
    const seconds = (now - receiver.lookedAt) / 1000;
    if (seconds > 0) {
      const pace = Math.max(0, progress - receiver.progress) / seconds;
      receiver.pace += (pace - receiver.pace) * Math.min(1, seconds / SMOOTHED_SECONDS);
      receiver.lookedAt = now;
    }
    this.#progressed(receiver, progress);
  }

  /** Undefined where there are as many as may be. */
  #add(names: Names, now: number): Receiver | undefined {
    if (this.#all.size >= MAX_RECEIVERS) return undefined;
    const receiver = { progress: 0, pace: 0, lookedAt: now, isConnected: true };
    this.#all.add(receiver);
    for (const name of names) this.#byName.set(name, receiver);
    return receiver;
  }

  /** By any of its names; it has all of them from here on. Two that turn out to be one are one. */
  #find(names: Names): Receiver | undefined {
    const [byAddress, byId] = names.map(name => this.#byName.get(name));
    const receiver = byAddress ?? byId;
    if (receiver === undefined) return undefined;
    if (byAddress !== undefined && byId !== undefined && byAddress !== byId) {
      this.#all.delete(byId);
      if (byId.progress >= 1 && byAddress.progress >= 1) this.#complete--;
      receiver.progress = Math.max(byAddress.progress, byId.progress);
    }
    if (this.#byName.size < NAMES_EACH * MAX_RECEIVERS)
      for (const name of names) this.#byName.set(name, receiver);
    return receiver;
  }

  #progressed(receiver: Receiver, progress: number): void {
    if (progress <= receiver.progress) return;
    receiver.progress = progress;
    if (progress < 1) return;
    this.#complete++;
    this.#onComplete?.(this.#complete);
  }
}

type Names = readonly [address: string, peerId: string];

function namesOf(address: Address, peerId: Uint8Array): Names {
  return [formatAddress(address), toHex(peerId)];
}

const SMOOTHED_SECONDS = 5;
const NAMES_EACH = 4;
/** Whoever makes up more than that by announcing is not counted. */
const MAX_RECEIVERS = 100_000;
