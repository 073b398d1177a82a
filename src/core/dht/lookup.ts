// One search for the nodes next to a target (Kademlia, section 2.3), as a value: it is told of nodes and of what became of
// each, and says whom to ask next. The closest that are known are asked, several at a time; each that answers tells of
// closer ones; it ends when the closest k have all answered.
//
// Two sets of k are kept: the closest of all, and the closest whose ids follow from their addresses (BEP 42, "Enforcement").
// Who invents ids to sit around a target fills the first and not the second. A subnet has a few places among those that are
// asked or have answered, and who answers under another id than it was told of has not answered.
//
// What is only told takes nobody's place: a liar who names ids and networks of others, with addresses where nobody is, would
// keep those out.

import { type Address, addressBytes, formatAddress } from '../bytes/compact-address.ts';
import type { Contact } from './compact-nodes.ts';
import { compareDistance } from './node-id.ts';
import { isSecureId } from './secure-id.ts';
import { subnetOf } from './subnet.ts';

export interface LookupOptions {
  readonly bucketSize: number;
  readonly lookupWidth: number;
  readonly maxLookupQueries: number;
  readonly maxCandidates: number;
  readonly candidatesPerSubnet: number;
}

/** A node that a lookup knows of. */
export interface Candidate extends Address {
  /** Undefined as long as only the address is known: of a router, or of a peer that has a node. */
  id: Uint8Array | undefined;
  readonly key: string;
  isSecure: boolean;
  /** Undefined where it does not count. */
  readonly subnet: string | undefined;
  /** How many nodes told of the next until this was told of. */
  readonly hops: number;
  state: 'new' | 'asked' | 'late' | 'answered' | 'failed';
  /** What it takes to store something there. */
  token: Uint8Array | undefined;
}

export class Lookup {
  readonly number: number;
  readonly target: Uint8Array;
  queries = 0;
  answers = 0;
  /** Asked, and neither late nor over. */
  #prompt = 0;
  readonly #options: LookupOptions;
  /** The closest first. */
  readonly #candidates: Candidate[] = [];
  /** Of whom only the address is known; asked while there is nobody better. */
  readonly #starters: Candidate[] = [];
  readonly #known = new Set<string>();
  /** Of each subnet, those that are asked and not late, or have answered. */
  readonly #subnets = new Map<string, number>();

  constructor(number: number, target: Uint8Array, options: LookupOptions) {
    this.number = number;
    this.target = target;
    this.#options = options;
  }

  /** Somebody told of it, or it is in our table. `hops`: see `Candidate`. */
  found({ id, host, port }: Contact, hops: number): void {
    const key = formatAddress({ host, port });
    if (this.#known.has(key)) return;
    const at = this.#placeFor(id);
    if (at >= this.#options.maxCandidates) return;
    this.#known.add(key);
    const isSecure = isSecureId(id, addressBytes(host)!);
    const subnet = subnetOf(host);
    this.#insert({ id, host, port, key, isSecure, subnet, hops, state: 'new', token: undefined }, at);
  }

  /** An address to begin with. */
  startAt({ host, port }: Address): void {
    const key = formatAddress({ host, port });
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const unknown = { id: undefined, isSecure: false, subnet: undefined, hops: 0 };
    this.#starters.push({ ...unknown, host, port, key, state: 'new', token: undefined });
  }

  get hasNext(): boolean {
    const { lookupWidth, maxLookupQueries } = this.#options;
    if (this.#prompt >= lookupWidth || this.queries >= maxLookupQueries) return false;
    return this.#nextUnasked() !== undefined;
  }

  /** Whom to ask now; undefined where those that were asked are to be waited for. It counts as asked. */
  next(): Candidate | undefined {
    const chosen = this.hasNext ? this.#nextUnasked() : undefined;
    if (chosen === undefined) return undefined;
    chosen.state = 'asked';
    this.queries++;
    this.#prompt++;
    this.#count(chosen, 1);
    return chosen;
  }

  /** No answer for some time: others are asked beside it. */
  late(candidate: Candidate): void {
    if (candidate.state !== 'asked') return;
    candidate.state = 'late';
    this.#leavesPlace(candidate);
  }

  failed(candidate: Candidate): void {
    if (candidate.state === 'asked') this.#leavesPlace(candidate);
    candidate.state = 'failed';
  }

  /** It has answered under its id, which may be news. */
  answered(candidate: Candidate, id: Uint8Array, token: Uint8Array | undefined): void {
    if (candidate.state === 'asked') this.#leavesPlace(candidate);
    this.answers++;
    // It was late, and others of its subnet have come before it.
    if (!this.#hasPlace(candidate)) {
      candidate.state = 'failed';
      return;
    }
    candidate.state = 'answered';
    candidate.token = token;
    this.#count(candidate, 1);
    if (candidate.id !== undefined) return;
    candidate.id = id;
    candidate.isSecure = isSecureId(id, addressBytes(candidate.host)!);
    this.#insert(candidate, this.#placeFor(id));
  }

  /** Nobody is left to be asked or waited for. */
  get isDone(): boolean {
    if (this.#prompt > 0) return false;
    return this.queries >= this.#options.maxLookupQueries || this.#nextUnasked() === undefined;
  }

  /** The closest that have answered: k of all, and k of those with secure ids, the closest first. */
  get closest(): Candidate[] {
    const { bucketSize } = this.#options;
    let all = 0;
    let secure = 0;
    return this.#candidates.filter(({ state, isSecure }) => {
      if (state !== 'answered') return false;
      const isOne = all < bucketSize || (isSecure && secure < bucketSize);
      all++;
      if (isSecure) secure++;
      return isOne;
    });
  }

  #nextUnasked(): Candidate | undefined {
    const { bucketSize } = this.#options;
    let all = 0;
    let secure = 0;
    for (const candidate of this.#candidates) {
      const { state, isSecure } = candidate;
      if (state === 'failed' || state === 'late') continue;
      if (all >= bucketSize && secure >= bucketSize) return undefined;
      if (state === 'new') {
        // What has no place now may have one when others of its subnet are late.
        if (!this.#hasPlace(candidate)) continue;
        if (all < bucketSize || isSecure) return candidate;
      }
      all++;
      if (isSecure) secure++;
    }
    return all < bucketSize ? this.#starters.find(({ state }) => state === 'new') : undefined;
  }

  /** Where one of that id belongs among the candidates: behind others that are told to have it. */
  #placeFor(id: Uint8Array): number {
    let first = 0;
    let end = this.#candidates.length;
    while (first < end) {
      const middle = (first + end) >>> 1;
      const difference = compareDistance(id, this.#candidates[middle]!.id!, this.target);
      if (difference < 0) end = middle;
      else first = middle + 1;
    }
    return first;
  }

  #insert(candidate: Candidate, at: number): void {
    this.#candidates.splice(at, 0, candidate);
    if (this.#candidates.length > this.#options.maxCandidates) this.#candidates.pop();
  }

  #hasPlace({ subnet }: Candidate): boolean {
    return subnet === undefined || (this.#subnets.get(subnet) ?? 0) < this.#options.candidatesPerSubnet;
  }

  /** It was asked, and is not waited for any more. */
  #leavesPlace(candidate: Candidate): void {
    this.#prompt--;
    this.#count(candidate, -1);
  }

  #count({ subnet }: Candidate, more: 1 | -1): void {
    if (subnet !== undefined) this.#subnets.set(subnet, (this.#subnets.get(subnet) ?? 0) + more);
  }
}
