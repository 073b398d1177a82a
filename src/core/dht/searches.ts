// The lookups that are under way. Each asks whom it may next, as long as there are turns, and waits where there are none; when it
// has found the closest it leaves with them what it is to, and has ended when those have answered. What became of a query is told
// here; what a lookup knows and finds is `search`'s and `lookup`'s.

import { equalBytes } from '../bytes/bytes.ts';
import type { Address } from '../bytes/compact-address.ts';
import type { Asking } from './asking.ts';
import type { Contact, Family } from './compact-nodes.ts';
import type { VerifySignature } from './items.ts';
import { bytesOf, type KrpcAnswer } from './krpc.ts';
import { Lookup } from './lookup.ts';
import { nodesNamed } from './named-nodes.ts';
import type { DhtNodeOptions } from './options.ts';
import type { DhtOutput } from './output.ts';
import type { OpenQuery } from './queries.ts';
import { type Question, Search } from './search.ts';

/** A node, as far as it looks for something. */
export interface SearchingNode {
  readonly id: Uint8Array;
  readonly options: DhtNodeOptions;
  readonly family: Family;
  readonly verify: VerifySignature;
  emit(output: DhtOutput): void;
}

export interface SearchesDeps {
  readonly asking: Pick<Asking, 'ask' | 'takeTurn' | 'nextTurn'>;
  /** A lookup for nodes alone has ended; of all others the node's user hears. */
  readonly nodesFound: (search: Search, now: number) => void;
}

export class Searches {
  readonly #node: SearchingNode;
  readonly #deps: SearchesDeps;
  readonly #searches = new Map<number, Search>();
  /** Those that had to wait until more queries may be sent. */
  readonly #starved = new Set<Search>();
  #last = 0;

  constructor(node: SearchingNode, deps: SearchesDeps) {
    this.#node = node;
    this.#deps = deps;
  }

  get count(): number {
    return this.#searches.size;
  }

  /** `known`: nodes to begin with; `starters`: addresses, for where there are too few of those. */
  begin(
    target: Uint8Array,
    question: Question,
    known: Iterable<Contact>,
    starters: Iterable<Address>,
  ): Search {
    const { options, family, verify } = this.#node;
    const lookup = new Lookup(++this.#last, target.slice(), options);
    const search = new Search(lookup, question, { family, limits: options, verify });
    this.#searches.set(lookup.number, search);
    for (const node of known) lookup.found(node, 0);
    for (const address of starters) lookup.startAt(address);
    // Not within the call: whoever asks is to know its number first.
    this.#starved.add(search);
    return search;
  }

  /** Nothing is told of it any more, and nothing more is asked. */
  forget(number: number): void {
    const search = this.#searches.get(number);
    if (search === undefined) return;
    search.hasEnded = true;
    this.#searches.delete(number);
    this.#starved.delete(search);
  }

  clear(): void {
    for (const search of this.#searches.values()) search.hasEnded = true;
    this.#searches.clear();
    this.#starved.clear();
  }

  /** No answer for some time. */
  late({ lookup, candidate }: OpenQuery, now: number): void {
    if (lookup === undefined || candidate === undefined) return;
    lookup.late(candidate);
    this.#go(this.#searches.get(lookup.number), now);
  }

  /** It came to nothing: no answer, a refusal, or one under another id. */
  failed({ lookup, candidate }: OpenQuery, now: number): void {
    const search = lookup && this.#searches.get(lookup.number);
    if (search === undefined) return;
    if (candidate === undefined) search.openStores--;
    else search.lookup.failed(candidate);
    this.#go(search, now);
  }

  answered(query: OpenQuery, message: KrpcAnswer, now: number): void {
    const { candidate, lookup, host } = query;
    const search = lookup && this.#searches.get(lookup.number);
    if (search === undefined) return;
    if (candidate === undefined) {
      search.openStores--;
      search.storedAt++;
      this.#go(search, now);
      return;
    }
    const token = bytesOf(message.values, 'token');
    const isToken = token !== undefined && token.length <= MAX_TOKEN_LENGTH;
    search.lookup.answered(candidate, message.id.slice(), isToken ? token.slice() : undefined);
    const addresses = search.heard(message, query);
    if (addresses.length > 0) this.#node.emit({ type: 'peers', lookup: search.lookup.number, addresses });
    for (const contact of nodesNamed(message, this.#node.family, host))
      if (!equalBytes(contact.id, this.#node.id)) search.lookup.found(contact, candidate.hops + 1);
    this.#go(search, now);
  }

  timePassed(now: number): void {
    for (const search of [...this.#starved]) this.#go(search, now);
  }

  /** Undefined: no lookup waits for a turn. */
  nextTimeout(now: number): number | undefined {
    return this.#starved.size > 0 ? this.#deps.asking.nextTurn(now) : undefined;
  }

  /** Asks whom it may ask now; stores and tells where it has found the closest. */
  #go(search: Search | undefined, now: number): void {
    if (search === undefined) return;
    this.#starved.delete(search);
    if (search.hasEnded) return;
    const { lookup } = search;
    if (search.openStores > 0) return;
    const { asking } = this.#deps;
    while (!lookup.isDone) {
      if (!lookup.hasNext) return;
      if (!asking.takeTurn(now)) {
        this.#starved.add(search);
        return;
      }
      const candidate = lookup.next()!;
      asking.ask(candidate, { method: search.method, args: search.args, lookup, candidate }, now);
    }
    if (!search.isStoring && this.#store(search, now)) return;
    this.#end(search, now);
  }

  /** True where something was left with somebody, and their answers are waited for. */
  #store(search: Search, now: number): boolean {
    search.isStoring = true;
    const { lookup } = search;
    for (const candidate of lookup.closest) {
      const query = search.storeQuery(candidate);
      if (query === undefined) continue;
      search.openStores++;
      this.#deps.asking.ask(candidate, { ...query, lookup }, now);
    }
    return search.openStores > 0;
  }

  #end(search: Search, now: number): void {
    search.hasEnded = true;
    const { number } = search.lookup;
    this.#searches.delete(number);
    if (search.question.kind === 'nodes') this.#deps.nodesFound(search, now);
    else this.#node.emit({ type: 'done', lookup: number, result: search.result() });
  }
}

const MAX_TOKEN_LENGTH = 100;
