// Swarms that many ask for at once: some of their peers, drawn at random, are kept for seconds and answered with, so that
// the store behind the network is told of an announce and asked for nothing. Only large swarms: in a small one nobody may
// be missing. Bounded: two generations, of which the older is dropped when the younger is full.

import type { Random } from '../../core/bytes/prng.ts';
import type { SwarmAnnounce, SwarmAnswer } from '../swarm-store.ts';

export interface HotSwarmOptions {
  /** How long what was drawn is answered with; 0 keeps nothing. @default 2000 */
  readonly freshMs?: number;
  /** Announces within that time that make a swarm hot. @default 8 */
  readonly announces?: number;
  /** Smaller swarms are never hot. @default 500 */
  readonly minPeers?: number;
  /** Swarms kept, each of 5 to 25 KB. @default 1000 */
  readonly maxSwarms?: number;
}

export class HotSwarms {
  readonly #freshMs: number;
  readonly #announces: number;
  readonly #minPeers: number;
  readonly #maxSwarms: number;
  readonly #random: Random;
  #young = new Map<string, HotSwarm>();
  #old = new Map<string, HotSwarm>();
  #places: number[] = [];

  constructor(options: HotSwarmOptions, deps: { readonly random: Random }) {
    this.#freshMs = options.freshMs ?? 2_000;
    this.#announces = options.announces ?? 8;
    this.#minPeers = options.minPeers ?? 500;
    this.#maxSwarms = options.maxSwarms ?? 1_000;
    this.#random = deps.random;
  }

  /** What an announce is answered with at once, `draw` where so many more should be asked for, or nothing. */
  look(key: string, announce: SwarmAnnounce, now: number): SwarmAnswer | 'draw' | undefined {
    const swarm = this.#find(key);
    if (swarm === undefined || announce.role === 'gone') return undefined;
    if (now - swarm.since >= this.#freshMs) {
      swarm.wasHot = now - swarm.since < 2 * this.#freshMs && swarm.count >= this.#announces;
      swarm.since = now;
      swarm.count = 0;
    }
    swarm.count++;
    const { drawn } = swarm.sides[announce.role];
    if (drawn !== undefined && now - drawn.at < this.#freshMs && suffices(drawn, announce))
      return this.#answer(drawn, announce);
    return swarm.wasHot || swarm.count >= this.#announces ? 'draw' : undefined;
  }

  /** An announce was answered: the swarm may be worth looking at, and what was drawn is kept. The bytes are copied. */
  answered(key: string, { role }: SwarmAnnounce, answer: SwarmAnswer, drawn: number, now: number): void {
    if (role === 'gone' || this.#freshMs === 0) return;
    let swarm = this.#find(key);
    if (swarm === undefined) {
      if (answer.complete + answer.incomplete < this.#minPeers) return;
      swarm = { since: now, count: 1, wasHot: false, sides: { seed: {}, leecher: {} } };
      this.#young.set(key, swarm);
      if (this.#young.size > this.#maxSwarms / 2) {
        this.#old = this.#young;
        this.#young = new Map();
      }
    }
    if (drawn === 0) return;
    const { complete, incomplete, downloaded, peers, peers6 } = answer;
    const kept = { complete, incomplete, downloaded, peers: peers.slice(), peers6: peers6.slice() };
    swarm.sides[role].drawn = { ...kept, at: now, wanted: drawn };
  }

  /** What is left of a swarm where nobody can be asked, however old. */
  remembered(key: string, announce: SwarmAnnounce): SwarmAnswer | undefined {
    if (announce.role === 'gone') return undefined;
    const drawn = this.#find(key)?.sides[announce.role].drawn;
    return drawn && this.#answer(drawn, announce);
  }

  /** Some of what was drawn, as wanted. */
  choose(drawn: SwarmAnswer, announce: SwarmAnnounce): SwarmAnswer {
    return this.#answer(drawn, announce);
  }

  #answer(drawn: SwarmAnswer, { ip, port, want4, want6 }: SwarmAnnounce): SwarmAnswer {
    const { complete, incomplete, downloaded } = drawn;
    return {
      complete,
      incomplete,
      downloaded,
      peers: this.#some(drawn.peers, 4, want4, ip, port),
      peers6: this.#some(drawn.peers6, 16, want6, ip, port),
    };
  }

  #some(from: Uint8Array, width: 4 | 16, want: number, ip: Uint8Array, port: number): Uint8Array {
    const entry = width + 2;
    const count = from.length / entry;
    const places = this.#places;
    for (let i = 0; i < count; i++) places[i] = i;
    const out = new Uint8Array(Math.min(want, count) * entry);
    let length = 0;
    for (let i = 0; i < count && length < out.length; i++) {
      const j = i + this.#random.below(count - i);
      const at = places[j]! * entry;
      places[j] = places[i]!;
      if (ip.length === width && isPeer(from, at, ip, port)) continue;
      for (let k = 0; k < entry; k++) out[length + k] = from[at + k]!;
      length += entry;
    }
    return out.subarray(0, length);
  }

  #find(key: string): HotSwarm | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.#old.delete(key);
    this.#young.set(key, old);
    return old;
  }
}

interface HotSwarm {
  since: number;
  count: number;
  wasHot: boolean;
  /** For seeds and for leechers, who get different peers. */
  readonly sides: Record<'seed' | 'leecher', { drawn?: Drawn }>;
}

interface Drawn extends SwarmAnswer {
  readonly at: number;
  /** So many of each family were asked for. */
  readonly wanted: number;
}

/** Four times what is wanted, so that two who ask do not get the same; or all that there are. */
function suffices({ wanted, peers, peers6 }: Drawn, { want4, want6 }: SwarmAnnounce): boolean {
  const isEnough = (want: number, got: number) => DRAWN_FOR_ONE * want <= wanted || got < wanted;
  return isEnough(want4, peers.length / 6) && isEnough(want6, peers6.length / 18);
}

function isPeer(peers: Uint8Array, at: number, ip: Uint8Array, port: number): boolean {
  const end = at + ip.length;
  if (peers[end] !== port >>> 8 || peers[end + 1] !== (port & 0xff)) return false;
  for (let i = 0; i < ip.length; i++) if (peers[at + i] !== ip[i]) return false;
  return true;
}

/** How many to draw of each family, for one who wants so many. */
export function drawnFor({ want4, want6 }: SwarmAnnounce): number {
  return Math.min(Math.max(DRAWN_FOR_ONE * Math.max(want4, want6), 200), 800);
}

const DRAWN_FOR_ONE = 4;
