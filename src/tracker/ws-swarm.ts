// The sockets of one swarm: who is in it, as a seed or a leecher, and which offers wait for an answer. Leechers stand before
// seeds, so that either choice is a range, as in the packed tables of peers that have addresses.

import type { Random } from '../core/bytes/prng.ts';
import { fromBinaryString } from '../core/bytes/utf8.ts';

/** One peer of one swarm; a socket may carry several, one a torrent. */
export class WsMember<Socket> {
  readonly socket: Socket;
  readonly swarm: WsSwarm<Socket>;
  readonly peerId: string;
  /** The hash by which its socket knows the swarm: of a hybrid's two the one that it announced. */
  readonly infoHash: string;
  /** Where it stands among the members. */
  position = 0;
  hasLeft = false;
  /** Offers that were passed on to it: it may answer each once. A ring, once there are as many as there may be. */
  readonly #offered: Offered<Socket>[] = [];
  #oldest = 0;

  constructor(socket: Socket, swarm: WsSwarm<Socket>, peerId: string, infoHash: string) {
    this.socket = socket;
    this.swarm = swarm;
    this.peerId = peerId;
    this.infoHash = infoHash;
  }

  offerPassedOn(offerId: string, from: WsMember<Socket>, now: number): void {
    if (this.#offered.length < MAX_OFFERED) {
      this.#offered.push({ from, offerId, at: now });
      return;
    }
    const offered = this.#offered[this.#oldest]!;
    offered.from = from;
    offered.offerId = offerId;
    offered.at = now;
    this.#oldest = (this.#oldest + 1) % MAX_OFFERED;
  }

  /** Who made the offer that it answers, where there is one that waits; it waits no longer then. */
  takeOffer(toPeerId: string, offerId: string, now: number): WsMember<Socket> | undefined {
    let newest: Offered<Socket> | undefined;
    let from: WsMember<Socket> | undefined;
    // Answers are few, and offers are many: what waits is looked through here, so that to note one costs next to nothing.
    for (const offered of this.#offered) {
      if (offered.offerId !== offerId || offered.from?.peerId !== toPeerId) continue;
      // The same one may have been passed on twice.
      if (newest === undefined || offered.at >= newest.at) {
        newest = offered;
        from = offered.from;
      }
      offered.from = undefined;
    }
    if (newest === undefined || from === undefined) return undefined;
    return from.hasLeft || now - newest.at > OFFER_LIFE_MS ? undefined : from;
  }
}

export class WsSwarm<Socket> {
  /** The hash that names it, as a binary string. */
  readonly name: string;
  readonly nameBytes: Uint8Array;
  downloaded = 0;
  readonly #members: WsMember<Socket>[] = [];
  #leechers = 0;

  constructor(name: string) {
    this.name = name;
    this.nameBytes = fromBinaryString(name);
  }

  get size(): number {
    return this.#members.length;
  }

  get complete(): number {
    return this.#members.length - this.#leechers;
  }

  get incomplete(): number {
    return this.#leechers;
  }

  isSeed(member: WsMember<Socket>): boolean {
    return member.position >= this.#leechers;
  }

  add(member: WsMember<Socket>, isSeed: boolean): void {
    member.position = this.#members.length;
    this.#members.push(member);
    if (!isSeed) this.#swap(member.position, this.#leechers++);
  }

  /** It has become a seed, or is none any more. */
  setSeed(member: WsMember<Socket>, isSeed: boolean): void {
    if (isSeed === this.isSeed(member)) return;
    if (isSeed) this.#swap(member.position, --this.#leechers);
    else this.#swap(member.position, this.#leechers++);
  }

  remove(member: WsMember<Socket>): void {
    if (!this.isSeed(member)) this.#swap(member.position, --this.#leechers);
    this.#swap(member.position, this.#members.length - 1);
    this.#members.pop();
    member.hasLeft = true;
  }

  /**
   * Up to `want` others, each as likely as any, leechers alone for a seed. One out of each of `want` equal stretches of a
   * ring: nobody can come twice.
   */
  choose(asker: WsMember<Socket>, want: number, random: Random): WsMember<Socket>[] {
    const range = this.isSeed(asker) ? this.#leechers : this.#members.length;
    const choices = asker.position < range ? range - 1 : range;
    const count = Math.min(want, choices);
    const chosen: WsMember<Socket>[] = [];
    if (count <= 0) return chosen;
    const turn = count < choices ? random.below(choices) : 0;
    for (let i = 0; i < count; i++) {
      const from = Math.floor((i * choices) / count);
      const stretch = Math.floor(((i + 1) * choices) / count) - from;
      let position = (from + (stretch > 1 ? random.below(stretch) : 0) + turn) % choices;
      if (choices < range && position >= asker.position) position++;
      chosen.push(this.#members[position]!);
    }
    return chosen;
  }

  #swap(a: number, b: number): void {
    if (a === b) return;
    const held = this.#members[a]!;
    this.#members[a] = this.#members[b]!;
    this.#members[b] = held;
    this.#members[a]!.position = a;
    held.position = b;
  }
}

interface Offered<Socket> {
  /** Undefined once it was answered. */
  from: WsMember<Socket> | undefined;
  offerId: string;
  at: number;
}

// A new peer of a large swarm is offered some ten; an old one a few a minute.
const MAX_OFFERED = 64;
// bittorrent-tracker's client gives an offer up after 50 s.
const OFFER_LIFE_MS = 120_000;
