// A lookup with what it is for: the peers of a torrent, an item, or the nodes themselves; what it has found so far, and what
// it leaves at the closest nodes when it has found them. It gathers; the node asks.

import { type Encodable, encode, RawBencode } from '../bencode/encode.ts';
import { type AddressScope, addressScope, mayName } from '../bytes/address-scope.ts';
import { equalBytes } from '../bytes/bytes.ts';
import { type Address, decodeCompactList, formatAddress } from '../bytes/compact-address.ts';
import { estimateCount, FILTER_LENGTH, joinFilter } from './bloom-filter.ts';
import { type Family, familyOf } from './compact-nodes.ts';
import {
  type DhtItem,
  immutableTarget,
  isMutable,
  type MutableItem,
  mutableTarget,
  signedBytes,
  type VerifySignature,
} from './items.ts';
import { bytesOf, integerOf, type KrpcAnswer, listOf } from './krpc.ts';
import type { Candidate, Lookup } from './lookup.ts';

export type Question =
  | { readonly kind: 'nodes' }
  | {
      readonly kind: 'peers';
      /** We are one of them. `port` undefined: where our datagrams come from (BEP 5, "implied_port"). */
      readonly announce?: { readonly port: number | undefined; readonly isSeed: boolean };
      /** How many there are is wanted as well. BEP 33 */
      readonly scrape?: boolean;
    }
  | {
      readonly kind: 'item';
      /** Of a mutable one. @default none */
      readonly salt?: Uint8Array;
      /** To be stored. `cas`: only over one of that number. BEP 44 */
      readonly put?: DhtItem;
      readonly cas?: number;
    };

/** How many peers a torrent has, as far as nodes tell. */
export interface DhtCounts {
  readonly seeds: number;
  readonly others: number;
}

export interface LookupResult {
  readonly nodesAsked: number;
  readonly nodesAnswered: number;
  /** Peers, each once. */
  readonly peerCount: number;
  /** Nodes that have confirmed what was left with them. */
  readonly storedAt: number;
  readonly counts: DhtCounts | undefined;
  readonly item: DhtItem | undefined;
  /** The most that one of the closest was away. */
  readonly hops: number;
}

export class Search {
  readonly lookup: Lookup;
  readonly question: Question;
  /** Stores that are under way. */
  openStores = 0;
  storedAt = 0;
  /** The closest have been told. */
  isStoring = false;
  hasEnded = false;
  readonly #family: Family;
  readonly #limits: { readonly maxPeersPerAnswer: number; readonly maxPeersPerLookup: number };
  readonly #verify: VerifySignature;
  readonly #peers = new Set<string>();
  #filters: { readonly seeds: Uint8Array; readonly others: Uint8Array } | undefined;
  #item: DhtItem | undefined;
  /** Who had an item of that name. */
  readonly #holders = new Set<string>();

  constructor(
    lookup: Lookup,
    question: Question,
    deps: {
      readonly family: Family;
      readonly limits: { readonly maxPeersPerAnswer: number; readonly maxPeersPerLookup: number };
      readonly verify: VerifySignature;
    },
  ) {
    this.lookup = lookup;
    this.question = question;
    this.#family = deps.family;
    this.#limits = deps.limits;
    this.#verify = deps.verify;
  }

  get method(): string {
    const { kind } = this.question;
    return kind === 'nodes' ? 'find_node' : kind === 'peers' ? 'get_peers' : 'get';
  }

  /** Beside the id. */
  get args(): { readonly [key: string]: Encodable | undefined } {
    const { target } = this.lookup;
    if (this.question.kind !== 'peers') return { target };
    return { info_hash: target, scrape: this.question.scrape === true ? 1 : undefined };
  }

  /** What one of the nodes has answered: the peers that are news. */
  heard({ values }: KrpcAnswer, from: Address & { readonly key: string }): Address[] {
    const { kind } = this.question;
    if (kind === 'item') this.#hearItem(values, from.key);
    if (kind !== 'peers') return [];
    const filters = [bytesOf(values, 'BFsd'), bytesOf(values, 'BFpe')];
    if (filters.every(filter => filter?.length === FILTER_LENGTH)) {
      this.#filters ??= { seeds: new Uint8Array(FILTER_LENGTH), others: new Uint8Array(FILTER_LENGTH) };
      joinFilter(this.#filters.seeds, filters[0]!);
      joinFilter(this.#filters.others, filters[1]!);
    }
    const width = this.#family === 4 ? 4 : 16;
    const told: Address[] = [];
    for (const value of listOf(values, 'values')) {
      if (told.length >= this.#limits.maxPeersPerAnswer) break;
      if (value instanceof Uint8Array && value.length === width + 2)
        told.push(...decodeCompactList(value, width));
    }
    return this.takePeers(told, addressScope(from.host));
  }

  /** Those that are news, and that somebody there may name. */
  takePeers(told: readonly Address[], teller: AddressScope): Address[] {
    const news: Address[] = [];
    for (const peer of told) {
      if (this.#peers.size >= this.#limits.maxPeersPerLookup) break;
      if (peer.port === 0 || familyOf(peer.host) !== this.#family) continue;
      if (!mayName(teller, addressScope(peer.host))) continue;
      const key = formatAddress(peer);
      if (this.#peers.has(key)) continue;
      this.#peers.add(key);
      news.push(peer);
    }
    return news;
  }

  /** What is to be said to one of the closest, which has given a token; undefined where nothing is to be left there. */
  storeQuery(
    candidate: Candidate,
  ):
    | { readonly method: string; readonly args: { readonly [key: string]: Encodable | undefined } }
    | undefined {
    const { token, key } = candidate;
    const { question } = this;
    if (token === undefined) return undefined;
    if (question.kind === 'peers' && question.announce !== undefined) {
      const { port, isSeed } = question.announce;
      const args = {
        implied_port: port === undefined ? 1 : 0,
        info_hash: this.lookup.target,
        // BEP 5: given all the same, for who does not know `implied_port`.
        port: port ?? 1,
        seed: isSeed ? 1 : undefined,
        token,
      };
      return { method: 'announce_peer', args };
    }
    if (question.kind !== 'item' || question.put === undefined) return undefined;
    const v = new RawBencode(question.put.value);
    if (!isMutable(question.put)) return { method: 'put', args: { token, v } };
    const { key: k, salt, seq, signature: sig } = question.put;
    // BEP 44, "CAS": not for those who have nothing.
    const cas = this.#holders.has(key) ? question.cas : undefined;
    return {
      method: 'put',
      args: { cas, k, salt: salt.length === 0 ? undefined : salt, seq, sig, token, v },
    };
  }

  result(): LookupResult {
    const { lookup } = this;
    const closest = lookup.closest;
    return {
      nodesAsked: lookup.queries,
      nodesAnswered: lookup.answers,
      peerCount: this.#peers.size,
      storedAt: this.storedAt,
      counts: this.#filters && {
        seeds: estimateCount(this.#filters.seeds),
        others: estimateCount(this.#filters.others),
      },
      item: this.#item,
      hops: closest.reduce((most, { hops }) => Math.max(most, hops + 1), 0),
    };
  }

  /** BEP 44: "the key … MUST be verified to hash to the target ID", and the signature. */
  #hearItem(values: KrpcAnswer['values'], from: string): void {
    const v = values.getBinary('v');
    const seq = integerOf(values, 'seq');
    if (v !== undefined || seq !== undefined) this.#holders.add(from);
    if (v === undefined) return;
    const value = encode(v as Encodable);
    const { target } = this.lookup;
    const key = bytesOf(values, 'k');
    if (key === undefined) {
      if (this.#item === undefined && equalBytes(immutableTarget(value), target)) this.#item = { value };
      return;
    }
    const signature = bytesOf(values, 'sig');
    const salt = (this.question.kind === 'item' && this.question.salt) || NOTHING;
    if (seq === undefined || signature === undefined || !this.#isNewer(seq)) return;
    if (!equalBytes(mutableTarget(key, salt), target)) return;
    if (!this.#verify(key, signedBytes(salt, seq, value), signature)) return;
    const item: MutableItem = { value, key: key.slice(), salt, seq, signature: signature.slice() };
    this.#item = item;
  }

  #isNewer(seq: number): boolean {
    return this.#item === undefined || (isMutable(this.#item) && seq > this.#item.seq);
  }
}

const NOTHING = new Uint8Array(0);
