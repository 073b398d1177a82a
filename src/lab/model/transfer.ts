// The bytes of one step: each peer's uplink is shared evenly among those that it gives to and that can take something (what
// one cannot take is the others'), downlinks have their limits, and on each connection pieces come one after the other.

import type { FirstCopies } from './first-copies.ts';
import type { Giving } from './giving.ts';
import { FINISHING, type Links, NOTHING } from './links.ts';
import type { Moved } from './moved.ts';
import type { Parameters } from './parameters.ts';
import type { Peers } from './peers.ts';
import type { Picking } from './picking.ts';
import type { Pieces } from './pieces.ts';

export interface TransferDeps {
  readonly peers: Peers;
  readonly links: Links;
  readonly pieces: Pieces;
  readonly picking: Picking;
  readonly giving: Giving;
  readonly moved: Moved;
  readonly firstCopies: ReadonlyMap<number, FirstCopies>;
}

export class Transfer {
  /** Pieces that came whole: peer, piece and the number of the step, one after the other. To be emptied by who tells of them. */
  readonly come: number[] = [];
  readonly #parameters: Parameters;
  readonly #deps: TransferDeps;
  /** What each downlink can take yet in this step. */
  readonly #room: Float64Array;
  /** Links of the giver at hand that take something. */
  readonly #taking: Int32Array;
  readonly #links: Links;
  readonly #moved: Moved;
  readonly #latencyMs: Float32Array;
  /** What a connection can move in a step, times the latency from one end to the other. */
  readonly #windowPerLatency: number;
  #now = 0;
  /** Of the giver at hand. */
  #first: FirstCopies | undefined;
  #isSeeding = false;

  constructor(parameters: Parameters, deps: TransferDeps) {
    this.#parameters = parameters;
    this.#deps = deps;
    this.#room = new Float64Array(deps.peers.count);
    this.#links = deps.links;
    this.#moved = deps.moved;
    this.#latencyMs = deps.peers.latencyMs;
    this.#windowPerLatency = (parameters.windowBytes * parameters.stepMs) / 2;
    this.#taking = new Int32Array(deps.links.places);
  }

  begin(now: number): void {
    const { down } = this.#deps.peers;
    const { stepMs } = this.#parameters;
    this.#now = now;
    for (let peer = 0; peer < down.length; peer++) this.#room[peer] = down[peer]! * stepMs;
  }

  /** All that one peer sends in the step. */
  give(giver: number): void {
    const { peers, moved } = this.#deps;
    const { stepMs } = this.#parameters;
    this.#first = this.#deps.firstCopies.get(giver);
    this.#isSeeding = peers.isComplete(giver);
    let left = peers.up[giver]! * stepMs;
    let count = this.#findTakers(giver);
    let sent = 0;
    for (let pass = 0; pass < MAX_PASSES && count > 0 && left > 1; pass++) {
      const before = count;
      const share = left / before;
      count = 0;
      for (let i = 0; i < before; i++) {
        const link = this.#taking[i]!;
        const bytes = this.#move(giver, link, share);
        sent += bytes;
        // It would take more.
        if (bytes >= share - 1) this.#taking[count++] = link;
      }
      // All had an even share of all.
      if (count === before) break;
      left = peers.up[giver]! * stepMs - sent;
    }
    if (sent === 0) return;
    peers.uploaded[giver]! += sent;
    moved.sent(giver, sent, this.#now);
  }

  /** Sees to it that each link has something to give, and ends those that do not want anything. */
  #findTakers(giver: number): number {
    const { links, pieces, picking, giving, moved, peers } = this.#deps;
    const { current, readyAt } = links;
    const row = giver * links.places;
    const asked = (1000 * peers.up[giver]!) / Math.max(1, links.givingCount[giver]!);
    let count = 0;
    for (let k = links.givingCount[giver]! - 1; k >= 0; k--) {
      const place = links.giving[row + k]!;
      const link = row + place;
      if (readyAt[link]! > this.#now) continue;
      if (current[link] === NOTHING && !this.#advance(giver, link)) {
        const taker = links.neighbour[link]!;
        if ((links.flags[link]! & FINISHING) !== 0 || !pieces.isInterested(taker, giver)) {
          giving.stop(giver, place);
          giving.isChanged[giver] = 1;
          continue;
        }
        // A seed holds back what others are to get first.
        if (this.#first !== undefined) continue;
        const shared = picking.pickShared(giver, taker, link, asked, moved.step);
        if (shared === NOTHING) continue;
        current[link] = shared;
        links.currentLeft[link] = picking.bytes;
      }
      this.#taking[count++] = link;
    }
    return count;
  }

  /** Moves up to so many bytes over a link. */
  #move(giver: number, link: number, share: number): number {
    const { current, currentLeft, next, neighbour, turnBytes } = this.#links;
    const taker = neighbour[link]!;
    const window = this.#windowPerLatency / Math.max(0.5, this.#latencyMs[giver]! + this.#latencyMs[taker]!);
    const most = Math.min(share, this.#room[taker]!, window);
    const left = currentLeft[link]! - most;
    let bytes = most;
    if (left > 0.5) currentLeft[link] = left;
    else if (current[link] === NOTHING) return 0;
    else bytes = this.#finish(giver, link, most);
    if (next[link] === NOTHING) this.#askAhead(giver, link, bytes);
    this.#room[taker]! -= bytes;
    if (this.#isSeeding) turnBytes[link]! += bytes;
    else this.#moved.add(link, bytes);
    return bytes;
  }

  /** The same where the piece in flight comes to its end. */
  #finish(giver: number, link: number, most: number): number {
    const { links, pieces, peers } = this.#deps;
    const taker = links.neighbour[link]!;
    let left = most;
    for (;;) {
      const had = links.currentLeft[link]!;
      if (left < had - 0.5) {
        links.currentLeft[link] = had - left;
        return most;
      }
      left = Math.max(0, left - had);
      const place = links.current[link]!;
      const piece = pieces.begun[taker * pieces.rows + place]!;
      this.#first?.came(piece);
      if (pieces.leave(taker, place, 0)) {
        this.come.push(taker, piece, this.#moved.step);
        peers.downloaded[taker]! += pieces.lengthOf(piece);
      }
      links.current[link] = NOTHING;
      links.currentLeft[link] = 0;
      if (!this.#advance(giver, link)) return most - left;
    }
  }

  /** What was asked for ahead, or something new. False: there is nothing. */
  #advance(giver: number, link: number): boolean {
    const { links } = this.#deps;
    if (links.next[link] !== NOTHING) {
      links.current[link] = links.next[link]!;
      links.currentLeft[link] = links.nextLeft[link]!;
      links.next[link] = NOTHING;
      return true;
    }
    if ((links.flags[link]! & FINISHING) !== 0) return false;
    const place = this.#pick(giver, link);
    if (place === NOTHING) return false;
    links.current[link] = place;
    links.currentLeft[link] = this.#deps.picking.bytes;
    return true;
  }

  /** A peer asks for about what comes in a second, four blocks at least: so the next piece is begun before the last is here. */
  #askAhead(giver: number, link: number, bytes: number): void {
    const { links, picking } = this.#deps;
    if (links.current[link] === NOTHING || (links.flags[link]! & FINISHING) !== 0) return;
    if (links.currentLeft[link]! >= Math.max(MIN_ASKED, (1000 * bytes) / this.#parameters.stepMs)) return;
    const place = this.#pick(giver, link);
    links.next[link] = place;
    if (place !== NOTHING) links.nextLeft[link] = picking.bytes;
  }

  /** Not asked again before the giver has something new, or something was left lying. */
  #pick(giver: number, link: number): number {
    const { links, picking, pieces, moved } = this.#deps;
    const taker = links.neighbour[link]!;
    const fruitless = links.fruitlessStep[link]!;
    if (fruitless > pieces.toldStep[giver]! && pieces.lying[taker] === 0 && this.#first === undefined)
      return NOTHING;
    const place = picking.pick(giver, taker, link, this.#now);
    links.fruitlessStep[link] = place === NOTHING ? moved.step : 0;
    return place;
  }
}

const MAX_PASSES = 3;
/** Four blocks of 16 KiB: `PIPELINE_DEFAULTS`. */
const MIN_ASKED = 65_536;
