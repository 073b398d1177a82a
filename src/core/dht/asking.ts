// What a node sends of its own accord: queries, of which there are so many a second, whatever there is to ask. Lookups wait for
// their turn; a ping that has none is not sent. What waits for an answer is noted in `queries`.

import type { Encodable } from '../bencode/encode.ts';
import { type Address, formatAddress } from '../bytes/compact-address.ts';
import { encodeQuery } from './krpc-write.ts';
import type { Candidate, Lookup } from './lookup.ts';
import type { DhtNodeOptions } from './options.ts';
import type { DhtOutput } from './output.ts';
import { type OpenQueries, transactionBytes } from './queries.ts';
import { Spending } from './spending.ts';

/** A node, as far as it asks. */
export interface AskingNode {
  readonly options: DhtNodeOptions;
  readonly id: Uint8Array;
  /** Nodes of the other family are wanted too. BEP 32, "Bootstrapping" */
  readonly wantsOtherFamily: boolean;
  emit(output: DhtOutput): void;
}

/** Whom to ask; `id` undefined where it is not known. */
export type Asked = Address & { readonly id: Uint8Array | undefined };

export interface OwnQuery {
  readonly method: string;
  /** Beside our id. */
  readonly args: { readonly [key: string]: Encodable | undefined };
  /** Of which lookup it is a part, and as which of its steps; without a candidate it leaves something there. */
  readonly lookup?: Lookup;
  readonly candidate?: Candidate;
}

export class Asking {
  readonly #node: AskingNode;
  readonly #queries: OpenQueries;
  readonly #turns: Spending;
  readonly #pings: Spending;

  constructor(node: AskingNode, queries: OpenQueries) {
    const { maxQueriesPerSecond, maxPingsPerSecond } = node.options;
    this.#node = node;
    this.#queries = queries;
    this.#turns = new Spending(maxQueriesPerSecond, maxQueriesPerSecond / 2);
    this.#pings = new Spending(maxPingsPerSecond, 4 * maxPingsPerSecond);
  }

  /** Whether a query may be sent; where it is true, one is to be. */
  takeTurn(now: number): boolean {
    return this.#turns.spend(1, now);
  }

  /** When there is a turn again. */
  nextTurn(now: number): number {
    return this.#turns.enoughAt(1, now);
  }

  /** Finds out whether a node is there; one to that address that is under way will tell as well. */
  ping(to: Asked, now: number): void {
    if (this.#queries.isAsked(formatAddress(to))) return;
    if (this.#pings.spend(1, now) && this.takeTurn(now)) this.ask(to, PING, now);
  }

  /** Who asks has a turn for it: see `takeTurn`. What is stored at the end of a lookup needs none. */
  ask(to: Asked, { method, args, lookup, candidate }: OwnQuery, now: number): void {
    const { id: ownId, options, wantsOtherFamily } = this.#node;
    const { host, port, id } = to;
    const key = formatAddress(to);
    const query = this.#queries.add({ key, host, port, id, method, sentAt: now, lookup, candidate });
    const want = method === 'find_node' && wantsOtherFamily ? BOTH_FAMILIES : undefined;
    const bytes = encodeQuery({
      transaction: transactionBytes(query.transaction),
      method,
      args: { ...args, id: ownId, want },
      isReadOnly: options.isReadOnly,
    });
    this.#node.emit({ type: 'send', host, port, bytes });
  }
}

const PING: OwnQuery = { method: 'ping', args: {} };
const BOTH_FAMILIES = ['n4', 'n6'];
