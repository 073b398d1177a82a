// Who gets to know whom: a peer that comes is told of others by luck, as a tracker does it, and connects to them while both
// have places. Where all are full, a newcomer takes a place between two that know each other, so that the graph stays one
// drawn by luck. Those that are both complete part.

import type { Random } from '../../core/bytes/prng.ts';
import type { Giving } from './giving.ts';
import type { Links } from './links.ts';
import type { Peers } from './peers.ts';
import type { Pieces } from './pieces.ts';

export interface MeetingDeps {
  readonly peers: Peers;
  readonly links: Links;
  readonly pieces: Pieces;
  readonly giving: Giving;
  readonly random: Random;
}

export class Meeting {
  /** Those that are there and have not everything; those that have. */
  readonly leechers: PeerSet;
  readonly seeds: PeerSet;
  readonly #deps: MeetingDeps;

  constructor(deps: MeetingDeps) {
    this.#deps = deps;
    this.leechers = new PeerSet(deps.peers.count);
    this.seeds = new PeerSet(deps.peers.count);
  }

  /** They come at once: each meets one, then each meets another, until all places are taken or nobody new is found. */
  joined(newcomers: readonly number[], now: number): void {
    const { peers } = this.#deps;
    for (const peer of newcomers) (peers.isComplete(peer) ? this.seeds : this.leechers).add(peer);
    let seeking = newcomers;
    for (let round = 0; seeking.length > 0 && round < 2 * this.#deps.links.places; round++)
      seeking = seeking.filter(peer => this.#meet(peer, now));
    for (const peer of newcomers) if (this.#isLonely(peer)) this.#squeezeIn(peer, now);
  }

  /** Has lost neighbours: some more. */
  seek(peer: number, now: number): void {
    if (!this.#isLonely(peer)) return;
    for (let i = 0; i < LOOKS_AT_ONCE && this.#meet(peer, now); i++);
  }

  /** It needs nobody any more that needs nothing either. */
  completed(peer: number): void {
    const { peers, links } = this.#deps;
    this.leechers.delete(peer);
    this.seeds.add(peer);
    for (let place = links.degree[peer]! - 1; place >= 0; place--)
      if (peers.isComplete(links.neighbour[peer * links.places + place]!)) this.#part(peer, place);
  }

  left(peer: number): void {
    const { links, giving } = this.#deps;
    this.leechers.delete(peer);
    this.seeds.delete(peer);
    while (links.degree[peer]! > 0) this.#part(peer, links.degree[peer]! - 1);
    giving.ends(peer);
  }

  /** False: it has all that it can have. */
  #meet(peer: number, now: number): boolean {
    const { links, peers, random } = this.#deps;
    if (links.degree[peer] === links.places) return false;
    const among = this.leechers.count + (peers.isComplete(peer) ? 0 : this.seeds.count);
    if (links.degree[peer]! >= among - 1) return false;
    // Once around from a place drawn by luck, or a few draws where there are many.
    const looks = among <= FEW ? among : LOOKS;
    let drawn = random.below(among);
    for (let look = 0; look < looks; look++) {
      const { count } = this.leechers;
      const other = drawn < count ? this.leechers.at(drawn) : this.seeds.at(drawn - count);
      if (other !== peer && links.degree[other] !== links.places && !links.areNeighbours(peer, other)) {
        this.#connect(peer, other, now);
        return true;
      }
      drawn = among <= FEW ? (drawn + 1) % among : random.below(among);
    }
    return false;
  }

  #squeezeIn(peer: number, now: number): void {
    const { links, random } = this.#deps;
    for (let look = 0; look < 2 * links.places && links.degree[peer]! + 2 <= links.places; look++) {
      if (this.leechers.count < 2) return;
      const one = this.leechers.at(random.below(this.leechers.count));
      if (one === peer || links.degree[one] !== links.places || links.areNeighbours(peer, one)) continue;
      const place = links.anyPlace(one, random);
      const other = links.neighbour[one * links.places + place]!;
      if (other === peer || links.areNeighbours(peer, other)) continue;
      this.#part(one, place);
      this.#connect(peer, one, now);
      this.#connect(peer, other, now);
      if (!this.#isLonely(peer)) return;
    }
  }

  #isLonely(peer: number): boolean {
    const { links } = this.#deps;
    return 2 * links.degree[peer]! < Math.min(links.places, this.leechers.count + this.seeds.count - 1);
  }

  #connect(a: number, b: number, now: number): void {
    const { links, peers, pieces, giving } = this.#deps;
    links.connect(a, b);
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      if (peers.isSeed[other] === 1) pieces.seeds[one]!++;
      else pieces.count(one, other, 1);
      giving.begins(one, now);
    }
  }

  #part(a: number, place: number): void {
    const { links, peers, pieces, giving } = this.#deps;
    const link = a * links.places + place;
    const b = links.neighbour[link]!;
    for (const [one, at, other] of [
      [a, link, b],
      [b, links.reverse(link), a],
    ] as const) {
      giving.release(one, at);
      giving.stop(one, at - one * links.places);
      // Who has everything does not choose any more.
      if (peers.completedAt[one]! >= 0) continue;
      if (peers.isSeed[other] === 1) pieces.seeds[one]!--;
      else pieces.count(one, other, -1);
    }
    links.disconnect(a, place);
  }
}

/** Some of the peers, to draw from. */
class PeerSet {
  count = 0;
  readonly #members: Int32Array;
  readonly #places: Int32Array;

  constructor(peers: number) {
    this.#members = new Int32Array(peers);
    this.#places = new Int32Array(peers).fill(-1);
  }

  at(place: number): number {
    return this.#members[place]!;
  }

  add(peer: number): void {
    if (this.#places[peer]! >= 0) return;
    this.#places[peer] = this.count;
    this.#members[this.count++] = peer;
  }

  delete(peer: number): void {
    const place = this.#places[peer]!;
    if (place < 0) return;
    const last = this.#members[--this.count]!;
    this.#members[place] = last;
    this.#places[last] = place;
    this.#places[peer] = -1;
  }
}

const FEW = 300;
/** Draws for one neighbour, and neighbours that are looked for at once. */
const LOOKS = 12;
const LOOKS_AT_ONCE = 8;
