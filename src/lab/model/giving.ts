// Whom each peer gives to: the engine's own choker (`rechoke`, `rechokeSeeding`, `fedSlots`), asked as `core/engine/choking`
// asks it: once a second a look at free slots, rounds that grow to ten seconds, a peer unchoked at once where a slot is free.

import { type Random, shuffle } from '../../core/bytes/prng.ts';
import { type ChokerCandidate, rechoke } from '../../core/engine/choker.ts';
import type { EngineOptions } from '../../core/engine/options.ts';
import { rechokeSeeding, type SeedCandidate } from '../../core/engine/seed-choker.ts';
import { fedSlots } from '../../core/engine/upload-slots.ts';
import type { FirstCopies } from './first-copies.ts';
import { FINISHING, type Links, NOTHING, OPTIMISTIC, UNCHOKED } from './links.ts';
import type { Moved } from './moved.ts';
import type { Peers } from './peers.ts';
import type { Pieces } from './pieces.ts';

export interface GivingDeps {
  readonly peers: Peers;
  readonly links: Links;
  readonly pieces: Pieces;
  readonly moved: Moved;
  readonly firstCopies: ReadonlyMap<number, FirstCopies>;
  readonly random: Random;
}

export class Giving {
  /** How many each may give to. */
  readonly slots: Uint8Array;
  /** Somebody may have become interested since the last look. */
  readonly isChanged: Uint8Array;
  readonly #tickAt: Float64Array;
  readonly #roundAt: Float64Array;
  readonly #roundMs: Float64Array;
  readonly #rotationAt: Float64Array;
  readonly #options: EngineOptions;
  readonly #gives: readonly boolean[];
  readonly #pieceLength: number;
  readonly #deps: GivingDeps;

  constructor(options: EngineOptions, gives: readonly boolean[], pieceLength: number, deps: GivingDeps) {
    const { count } = deps.peers;
    this.slots = new Uint8Array(count);
    this.isChanged = new Uint8Array(count);
    this.#tickAt = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    this.#roundAt = new Float64Array(count);
    this.#roundMs = new Float64Array(count);
    this.#rotationAt = new Float64Array(count);
    this.#options = options;
    this.#gives = gives;
    this.#pieceLength = pieceLength;
    this.#deps = deps;
  }

  /** It has its first neighbour, or more of them. */
  begins(peer: number, now: number): void {
    this.isChanged[peer] = 1;
    if (this.#tickAt[peer] !== Number.POSITIVE_INFINITY) return;
    this.#tickAt[peer] = now + TICK_MS;
    this.slots[peer] = this.#slotsOf(peer, now);
  }

  ends(peer: number): void {
    this.#tickAt[peer] = Number.POSITIVE_INFINITY;
    this.slots[peer] = 0;
  }

  /** To be called in every step. */
  timePassed(peer: number, now: number): void {
    if (now >= this.#tickAt[peer]!) this.#tick(peer, now);
    else if (this.isChanged[peer] === 1) this.#fill(peer, false, now);
    this.isChanged[peer] = 0;
  }

  /** The neighbour wants nothing any more, or has left; what is in flight there has been seen to. */
  stop(peer: number, place: number): void {
    const { links } = this.#deps;
    const row = peer * links.places;
    const link = row + place;
    if ((links.flags[link]! & FINISHING) !== 0) links.finishingCount[peer]!--;
    links.flags[link] = 0;
    for (let k = 0; k < links.givingCount[peer]!; k++) {
      if (links.giving[row + k] !== place) continue;
      links.giving[row + k] = links.giving[row + --links.givingCount[peer]!]!;
      return;
    }
  }

  /** What the neighbour had in flight is for others to give. */
  release(peer: number, link: number): void {
    const { links, pieces } = this.#deps;
    const taker = links.neighbour[link]!;
    const first = this.#deps.firstCopies.get(peer);
    for (const [column, left] of [
      [links.current, links.currentLeft],
      [links.next, links.nextLeft],
    ] as const) {
      const place = column[link]!;
      if (place === NOTHING) continue;
      first?.cameToNothing(pieces.begun[taker * pieces.rows + place]!);
      pieces.leave(taker, place, Math.max(1, left[link]!));
      column[link] = NOTHING;
    }
  }

  #tick(peer: number, now: number): void {
    const { rechokeMs, optimisticMs } = this.#options;
    this.#tickAt[peer]! += TICK_MS;
    this.slots[peer] = this.#slotsOf(peer, now);
    if (now < this.#roundAt[peer]!) {
      this.#fill(peer, true, now);
      return;
    }
    const rotate = now >= this.#rotationAt[peer]!;
    this.#roundMs[peer] = Math.min(rechokeMs, 2 * this.#roundMs[peer]! || TICK_MS);
    this.#roundAt[peer] = now + this.#roundMs[peer]!;
    if (rotate) this.#rotationAt[peer] = now + optimisticMs;
    this.#round(peer, rotate, now);
  }

  #slotsOf(peer: number, now: number): number {
    const { peers, firstCopies, moved, links } = this.#deps;
    const { slots, maxFedSlots, maxFedSeedSlots } = this.#options.choker;
    if (!this.#gives[peers.group[peer]!]) return 0;
    const most = Math.min(slots as number, links.places);
    if (firstCopies.get(peer)?.isSuperSeed) return most;
    const max = Math.min(peers.isComplete(peer) ? maxFedSeedSlots : maxFedSlots, links.places);
    return fedSlots(most, max, 1000 * moved.sentPerMs(peer, now), this.#pieceLength);
  }

  /** Gives free slots to those that want something. `byWorth`: the best of them; else whoever is found first. */
  #fill(peer: number, byWorth: boolean, now: number): void {
    const { links, pieces, random, moved } = this.#deps;
    let free = this.slots[peer]! + links.finishingCount[peer]! - links.givingCount[peer]!;
    const degree = links.degree[peer]!;
    if (free <= 0 || degree === 0 || pieces.held[peer] === 0) return;
    const row = peer * links.places;
    const isWaiting = (place: number) =>
      (links.flags[row + place]! & UNCHOKED) === 0 &&
      pieces.isInterested(links.neighbour[row + place]!, peer);
    const offset = random.below(degree);
    if (!byWorth) {
      for (let i = 0; i < degree && free > 0; i++) {
        const place = i + offset < degree ? i + offset : i + offset - degree;
        if (!isWaiting(place)) continue;
        this.#unchoke(peer, place, now);
        free--;
      }
      return;
    }
    const waiting: number[] = [];
    for (let i = 0; i < degree; i++) if (isWaiting(i)) waiting.push(i);
    if (waiting.length === 0) return;
    if (waiting.length > free) {
      const worth = (place: number) => moved.lately(links.reverse(row + place));
      shuffle(waiting, random).sort(
        (a, b) => worth(b) - worth(a) || links.unchokedAt[row + a]! - links.unchokedAt[row + b]!,
      );
    }
    for (const place of waiting) if (free-- > 0) this.#unchoke(peer, place, now);
  }

  #round(peer: number, rotate: boolean, now: number): void {
    const { links, pieces, random, peers } = this.#deps;
    const row = peer * links.places;
    const interested: number[] = [];
    for (let place = 0; place < links.degree[peer]!; place++)
      if (pieces.isInterested(links.neighbour[row + place]!, peer)) interested.push(place);
    const slots = this.slots[peer]!;
    let unchoked: ReadonlySet<number>;
    let optimistic: ReadonlySet<number> = NOBODY;
    if (interested.length <= slots) unchoked = new Set(interested);
    else if (peers.isComplete(peer)) {
      const { turnPieces, turnMs } = this.#options.choker;
      const turn = { bytes: turnPieces * this.#pieceLength, ms: turnMs };
      const candidates = interested.map(place => this.#seedCandidate(row + place, place));
      unchoked = rechokeSeeding(candidates, slots, turn, random, now);
    } else {
      const candidates = interested.map(place => this.#candidate(row + place, place));
      const { optimisticEvery } = this.#options.choker;
      ({ unchoked, optimistic } = rechoke(candidates, slots, rotate, optimisticEvery, random));
    }
    for (let place = 0; place < links.degree[peer]!; place++) {
      const link = row + place;
      if (unchoked.has(place)) this.#unchoke(peer, place, now);
      else if ((links.flags[link]! & (UNCHOKED | FINISHING)) !== 0) this.#choke(peer, place);
      links.flags[link] = (links.flags[link]! & ~OPTIMISTIC) | (optimistic.has(place) ? OPTIMISTIC : 0);
    }
  }

  #candidate(link: number, number: number): ChokerCandidate {
    const { links, peers, pieces, moved } = this.#deps;
    return {
      number,
      isInterested: true,
      isOptimistic: (links.flags[link]! & OPTIMISTIC) !== 0,
      isSnubbed: false,
      // Who never gives: after the first piece the engine knows it.
      isTaker: !this.#gives[peers.group[links.neighbour[link]!]!],
      rateBytesPerSecond: moved.lately(links.reverse(link)),
      pieces: pieces.held[links.neighbour[link]!]!,
    };
  }

  #seedCandidate(link: number, number: number): SeedCandidate {
    const { links } = this.#deps;
    return {
      number,
      isInterested: true,
      isUnchoked: (links.flags[link]! & UNCHOKED) !== 0,
      unchokedAt: links.unchokedAt[link]!,
      turnBytes: links.turnBytes[link]!,
    };
  }

  #unchoke(peer: number, place: number, now: number): void {
    const { links, peers } = this.#deps;
    const row = peer * links.places;
    const link = row + place;
    const flags = links.flags[link]!;
    if ((flags & UNCHOKED) !== 0) return;
    if ((flags & FINISHING) === 0) {
      links.giving[row + links.givingCount[peer]!++] = place;
      // The unchoke goes there and the request comes back.
      const taker = links.neighbour[link]!;
      links.readyAt[link] = now + 2 * (peers.latencyMs[peer]! + peers.latencyMs[taker]!);
    } else links.finishingCount[peer]!--;
    links.flags[link] = UNCHOKED;
    links.unchokedAt[link] = now;
    links.turnBytes[link] = 0;
  }

  /** A first copy may be finished; but not for longer than a round. */
  #choke(peer: number, place: number): void {
    const { links, pieces } = this.#deps;
    const link = peer * links.places + place;
    const first = this.#deps.firstCopies.get(peer);
    const at = links.current[link]!;
    const piece = at === NOTHING ? -1 : pieces.begun[links.neighbour[link]! * pieces.rows + at]!;
    if ((links.flags[link]! & FINISHING) === 0 && piece >= 0 && first?.isGoingOut(piece)) {
      links.flags[link] = FINISHING;
      links.finishingCount[peer]!++;
      return;
    }
    this.release(peer, link);
    this.stop(peer, place);
  }
}

const TICK_MS = 1000;
const NOBODY: ReadonlySet<number> = new Set();
