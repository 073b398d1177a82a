// The coarse model of a swarm: steps of a fraction of a second, in each of which every uplink is shared among those that its
// owner gives to. It carries the engine's own choker and seed choker, and the picker's rules, to a hundred thousand peers.
//
// What is left out, and of what size it is in the simulator (docs/lab.md has what all of it comes to):
//   messages    none is sent. A piece that has come is known to the neighbours at the end of the step, half a step later on
//               average (33 ms where a step is 65 ms); a real `have` and the request that it causes take a round trip, and on
//               a busy connection wait for what is queued before them, up to a second.
//   blocks      a piece comes from one neighbour, or from up to three that divide what is missing to the byte. The real
//               program divides by blocks, and in end game asks twice: 2 to 5 % of all bytes come in vain there, none here.
//   headers     none: 0.2 to 0.7 %.
//   slow start  a connection has its share at once; real requests grow to a second's worth within some round trips.
//   start       a peer has all its neighbours ten times its latency after it came (to the tracker, dial, greeting): real ones dial
//               twenty at a time, thirty a second.
//   snubbing, bans, allowed-fast pieces, the turnover of peers, peer exchange, disks, losses: none.

import { seededRandom } from '../../core/bytes/prng.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { arrivalTimes } from '../arrivals.ts';
import { GIVE_UP_MS, type SwarmPlan } from '../plan.ts';
import type { PopulationSample } from '../record.ts';
import { FirstCopies } from './first-copies.ts';
import { Giving } from './giving.ts';
import { Links } from './links.ts';
import { Meeting } from './meeting.ts';
import { Moved } from './moved.ts';
import type { Parameters } from './parameters.ts';
import { ABSENT, GONE, Peers, PRESENT } from './peers.ts';
import { Picking } from './picking.ts';
import { Pieces } from './pieces.ts';
import { Transfer } from './transfer.ts';

export class SwarmModel {
  readonly peers: Peers;
  readonly pieces: Pieces;
  readonly population: PopulationSample[] = [];
  now = 0;
  readonly #plan: SwarmPlan;
  readonly #parameters: Parameters;
  readonly #links: Links;
  readonly #giving: Giving;
  readonly #meeting: Meeting;
  readonly #transfer: Transfer;
  readonly #moved: Moved;
  readonly #firstCopies = new Map<number, FirstCopies>();
  /** So many steps pass between looks at what has come. */
  readonly #tellEvery: number;
  /** By time, the last first: who comes to be there, and who leaves at a time that the plan says. */
  readonly #comings: { readonly peer: number; readonly atMs: number; readonly joinsAtMs: number }[];
  readonly #leavings: { readonly peer: number; readonly atMs: number }[];
  /** Those that leave some time after they are done, by the step. */
  readonly #goings = new Map<number, number[]>();
  /** Those that leave after so many bytes. */
  readonly #givers: { readonly peer: number; readonly bytes: number }[] = [];
  /** Leechers that are to come, or have come and are not done. */
  #waitedFor = 0;

  constructor(plan: SwarmPlan, parameters: Parameters, seed: number) {
    const { groups } = plan;
    const { length, pieceLength, engine, stepMs } = parameters;
    this.#plan = plan;
    this.#parameters = parameters;
    this.#tellEvery = Math.max(1, Math.round((engine.havesWaitMs ?? 0) / stepMs));
    this.peers = new Peers(groups);
    const { count } = this.peers;
    const random = seededRandom(seed);
    this.#links = new Links(count, parameters.maxNeighbours);
    this.pieces = new Pieces(count, length, pieceLength, Math.min(254, 2 * parameters.maxNeighbours + 2));
    this.#moved = new Moved(count, this.#links, stepMs);
    const shared = { peers: this.peers, links: this.#links, pieces: this.pieces, moved: this.#moved, random };
    const deps = { ...shared, firstCopies: this.#firstCopies };
    this.#giving = new Giving(
      engine,
      groups.map(({ gives = true }) => gives),
      pieceLength,
      deps,
    );
    this.#meeting = new Meeting({ ...shared, giving: this.#giving });
    const orders = groups.map(({ picks = 'rarest-first' as const }) => picks);
    const picking = new Picking(
      this.pieces,
      this.peers,
      this.#links,
      this.#firstCopies,
      { randomFirstPieces: engine.randomFirstPieces, pieceLength, orders },
      random,
    );
    this.#transfer = new Transfer(parameters, { ...deps, picking, giving: this.#giving });
    this.#comings = this.#plannedComings(seed);
    this.#leavings = this.#plannedLeavings();
    this.#waitedFor = this.#comings.filter(({ peer }) => !this.peers.isSeed[peer]).length;
    for (let peer = 0; peer < count; peer++)
      if (this.peers.isSeed[peer]) this.#addSeed(peer, random.below(2 ** 32));
  }

  /** Runs to the end that the plan says. @throws SwarmlineError LAB_FAILED where that does not come */
  run(): void {
    const { endsAtMs } = this.#plan;
    const { stepMs } = this.#parameters;
    while (endsAtMs === undefined ? this.#waitedFor > 0 : this.now < endsAtMs) {
      if (this.now > GIVE_UP_MS && endsAtMs === undefined) {
        const sentence = `${this.#waitedFor} peers have not everything after an hour.`;
        throw new SwarmlineError('LAB_FAILED', sentence);
      }
      this.#step();
      this.now += stepMs;
      this.#moved.step++;
    }
    this.#sample();
  }

  #step(): void {
    const { count, state } = this.peers;
    this.#peopleCome();
    this.#peopleGo();
    if (this.now >= (this.population.at(-1)?.atMs ?? -SAMPLE_MS) + SAMPLE_MS) this.#sample();
    const { slots } = this.#giving;
    for (let peer = 0; peer < count; peer++)
      if (state[peer] === PRESENT) this.#giving.timePassed(peer, this.now);
    this.#transfer.begin(this.now);
    // From a place that moves on, so that nobody is always the first at a downlink.
    const offset = (this.#moved.step * STRIDE) % count;
    for (let i = 0; i < count; i++) {
      const peer = i + offset < count ? i + offset : i + offset - count;
      if (slots[peer]! > 0 || this.#links.givingCount[peer]! > 0) this.#transfer.give(peer);
    }
    this.#tell();
  }

  #peopleCome(): void {
    const { startedAt, state } = this.peers;
    const come: number[] = [];
    for (
      let next = this.#comings.at(-1);
      next !== undefined && next.joinsAtMs <= this.now;
      next = this.#comings.at(-1)
    ) {
      this.#comings.pop();
      if (state[next.peer] !== ABSENT) continue;
      startedAt[next.peer] = next.atMs;
      state[next.peer] = PRESENT;
      come.push(next.peer);
    }
    if (come.length > 0) this.#meeting.joined(come, this.now);
  }

  #peopleGo(): void {
    for (
      let next = this.#leavings.at(-1);
      next !== undefined && next.atMs <= this.now;
      next = this.#leavings.at(-1)
    ) {
      this.#leavings.pop();
      this.#leave(next.peer);
    }
    for (const peer of this.#goings.get(this.#moved.step) ?? []) this.#leave(peer);
    this.#goings.delete(this.#moved.step);
    for (let i = this.#givers.length - 1; i >= 0; i--) {
      const { peer, bytes } = this.#givers[i]!;
      if (this.peers.uploaded[peer]! < bytes) continue;
      this.#leave(peer);
      this.#givers.splice(i, 1);
    }
  }

  #leave(peer: number): void {
    const { state, leftAt } = this.peers;
    if (state[peer] === GONE) return;
    if (!this.peers.isComplete(peer)) this.#waitedFor--;
    if (state[peer] === PRESENT) {
      leftAt[peer] = this.now;
      const links = this.#links;
      const neighbours = Array.from(
        links.neighbour.subarray(peer * links.places, peer * links.places + links.degree[peer]!),
      );
      this.#meeting.left(peer);
      for (const neighbour of neighbours) this.#meeting.seek(neighbour, this.now);
    }
    state[peer] = GONE;
  }

  /** What has come is known to all neighbours from the next step on, or a little later where haves wait for others. */
  #tell(): void {
    if (this.#moved.step % this.#tellEvery !== 0) return;
    const { come } = this.#transfer;
    const { peers, pieces } = this;
    const { neighbour, degree, places } = this.#links;
    const { isChanged } = this.#giving;
    const { availability, pieceCount } = pieces;
    for (let i = 0; i < come.length; i += 3) {
      const peer = come[i]!;
      const piece = come[i + 1]!;
      const atMs = come[i + 2]! * this.#parameters.stepMs;
      if (peers.state[peer] !== PRESENT) continue;
      pieces.add(peer, piece, this.#moved.step);
      isChanged[peer] = 1;
      const row = peer * places;
      const end = row + degree[peer]!;
      for (let link = row; link < end; link++) availability[neighbour[link]! * pieceCount + piece]!++;
      if (pieces.held[peer] === 1) peers.firstPieceAt[peer] = atMs;
      if (pieces.held[peer] === pieceCount) this.#completed(peer, atMs);
    }
    come.length = 0;
  }

  #completed(peer: number, atMs: number): void {
    this.peers.completedAt[peer] = atMs;
    this.#waitedFor--;
    this.#meeting.completed(peer);
    const { leaves } = this.#plan.groups[this.peers.group[peer]!]!;
    if (leaves?.kind !== 'when done') return;
    const step = this.#moved.step + 1 + Math.round(leaves.afterMs / this.#parameters.stepMs);
    const goings = this.#goings.get(step);
    if (goings === undefined) this.#goings.set(step, [peer]);
    else goings.push(peer);
  }

  #plannedComings(
    seed: number,
  ): { readonly peer: number; readonly atMs: number; readonly joinsAtMs: number }[] {
    // As the simulator draws them.
    const random = seededRandom(2 ** 31 + seed);
    const arrivals = this.#plan.groups.flatMap(group =>
      group.has === 'everything' ? Array<number>(group.count).fill(0) : arrivalTimes(group, random),
    );
    return arrivals
      .map((atMs, peer) => ({
        peer,
        atMs,
        joinsAtMs: this.peers.isSeed[peer] ? 0 : atMs + this.#joinMs(peer),
      }))
      .sort((a, b) => b.joinsAtMs - a.joinsAtMs);
  }

  #plannedLeavings(): { readonly peer: number; readonly atMs: number }[] {
    const found: { readonly peer: number; readonly atMs: number }[] = [];
    for (let peer = 0; peer < this.peers.count; peer++) {
      const { leaves } = this.#plan.groups[this.peers.group[peer]!]!;
      if (leaves?.kind === 'at') found.push({ peer, atMs: leaves.atMs });
      if (leaves?.kind === 'after copies')
        this.#givers.push({ peer, bytes: leaves.copies * this.#parameters.length });
    }
    return found.sort((a, b) => b.atMs - a.atMs);
  }

  #addSeed(peer: number, seed: number): void {
    const { pieces } = this;
    pieces.fill(peer);
    const { superSeeds = false } = this.#plan.groups[this.peers.group[peer]!]!;
    const row = peer * pieces.pieceCount;
    const availability = pieces.availability.subarray(row, row + pieces.pieceCount);
    this.#firstCopies.set(peer, new FirstCopies(availability, superSeeds, seededRandom(seed)));
  }

  /** Asking the tracker, dialling, the handshakes and what each has, interest. */
  #joinMs(peer: number): number {
    return JOIN_WAYS * this.peers.latencyMs[peer]!;
  }

  #sample(): void {
    const { leechers, seeds } = this.#meeting;
    this.population.push({ atMs: this.now, leechers: leechers.count, seeds: seeds.count });
  }
}

// A round trip to the tracker in the middle of the network; to a peer of like latency one to dial and half a one to be greeted,
// half a one until it knows of our interest.
const JOIN_WAYS = 2 + 4 + 2 + 2;
const SAMPLE_MS = 1000;
// A prime, far from a divisor of the numbers that people choose.
const STRIDE = 7919;
