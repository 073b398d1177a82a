// How a node keeps its table: finds the first nodes and tries again where there are none, gets to know those around its own
// id, fills buckets that are nearly empty, and asks who has been silent for long, one at a time: a node that nobody needs
// sends a few datagrams a minute.

import { type Address, formatAddress } from '../bytes/compact-address.ts';
import type { Random } from '../bytes/prng.ts';
import type { Asking } from './asking.ts';
import type { ItemStore } from './item-store.ts';
import { randomIdSharing } from './node-id.ts';
import type { DhtNodeOptions } from './options.ts';
import type { DhtOutput } from './output.ts';
import type { PeerStore } from './peer-store.ts';
import type { RoutingTable, TableNode } from './routing-table.ts';
import type { Question, Search } from './search.ts';

/** What is kept up. */
export interface KeptNode {
  readonly options: DhtNodeOptions;
  readonly table: RoutingTable;
  readonly peers: PeerStore;
  readonly items: ItemStore;
  search(target: Uint8Array, question: Question, starters?: Iterable<Address>): Search;
  emit(output: DhtOutput): void;
}

export class Upkeep {
  readonly #node: KeptNode;
  readonly #asking: Pick<Asking, 'ask' | 'takeTurn'>;
  readonly #random: Random;
  /** Where to begin; the latest last. */
  readonly #starters = new Map<string, Address>();
  #isRunning = false;
  /** Some came since the last lookup began. */
  #hasNews = false;
  /** The lookup that is under way. */
  #search: Search | undefined;
  /** Buckets that are to be filled. */
  #toFill: number[] = [];
  #nextAt = 0;
  #ownLookupAt = Number.NEGATIVE_INFINITY;
  #expiredAt = 0;
  #fails = 0;

  constructor(node: KeptNode, asking: Pick<Asking, 'ask' | 'takeTurn'>, random: Random) {
    this.#node = node;
    this.#asking = asking;
    this.#random = random;
  }

  start(now: number): void {
    this.#isRunning = true;
    this.#nextAt = now;
  }

  stop(): void {
    this.#isRunning = false;
    this.#search = undefined;
  }

  starterFound(address: Address, now: number): void {
    const key = formatAddress(address);
    const isNew = !this.#starters.delete(key);
    this.#starters.set(key, address);
    if (this.#starters.size > MAX_STARTERS)
      for (const oldest of this.#starters.keys()) {
        this.#starters.delete(oldest);
        break;
      }
    // The first look waits a moment for more of them.
    if (!isNew) return;
    this.#hasNews = true;
    this.#soon(now + GATHER_MS);
  }

  /** A node has got a place in the table. */
  tableGrew(now: number): void {
    this.#fails = 0;
    if (this.#node.table.size > this.#node.options.bucketSize) return;
    this.#node.emit({ type: 'grown' });
    // Whoever is new may know others.
    if (this.#search === undefined) this.#soon(now + GATHER_MS);
    this.#ownLookupAt = Number.NEGATIVE_INFINITY;
  }

  idChanged(now: number): void {
    this.#ownLookupAt = Number.NEGATIVE_INFINITY;
    this.#soon(now);
  }

  timePassed(now: number): void {
    if (!this.#isRunning || now < this.#nextAt) return;
    const { options, table } = this.#node;
    this.#nextAt = now + options.maintainMs;
    if (now - this.#expiredAt >= EXPIRE_MS) {
      this.#expiredAt = now;
      this.#node.peers.expire(now);
      this.#node.items.expire(now);
    }
    if (this.#search !== undefined || this.#hasNobody) return;
    if (table.goodCount === 0 || now - this.#ownLookupAt >= options.refreshMs) {
      this.#lookUpOwn(now);
      return;
    }
    const bucket = this.#toFill.pop();
    if (bucket !== undefined) {
      this.#search = this.#node.search(randomIdSharing(table.ownId, bucket, this.#random), NODES);
      return;
    }
    const stalest = table.stalest();
    if (stalest !== undefined && now - stalest.node.seenAt >= options.refreshMs) {
      // Whether it answers or not, others have their turn first.
      stalest.node.seenAt = now;
      this.#refresh(stalest.node, stalest.bucket, now);
    }
  }

  nextTimeout(): number | undefined {
    if (!this.#isRunning) return undefined;
    return this.#hasNobody && this.#search === undefined ? undefined : this.#nextAt;
  }

  /** One of its lookups has come to its end. */
  searchEnded(search: Search, now: number): void {
    if (search !== this.#search) return;
    this.#search = undefined;
    if (this.#hasNews) this.#soon(now + GATHER_MS);
    else if (this.#node.table.goodCount === 0) {
      const waitMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#fails++);
      this.#ownLookupAt = Number.NEGATIVE_INFINITY;
      this.#nextAt = now + waitMs + this.#random.below(waitMs / 4);
    } else if (this.#toFill.length > 0) this.#soon(now + FILL_MS);
  }

  #lookUpOwn(now: number): void {
    const { table, options } = this.#node;
    const isPoor = table.goodCount < options.bucketSize;
    this.#ownLookupAt = now;
    this.#hasNews = false;
    this.#search = this.#node.search(table.ownId, NODES, isPoor ? this.#starters.values() : []);
    this.#toFill = [];
    for (let i = 0; i < Math.min(table.depth, MAX_FILLED); i++)
      if (2 * table.countIn(i) < options.bucketSize) this.#toFill.push(i);
    // A table that was empty knows its depth later: the first buckets are half of all nodes and more.
    if (isPoor) this.#toFill = Array.from({ length: MAX_FILLED }, (_, i) => MAX_FILLED - 1 - i);
  }

  /** Asks a node for others near a random id of its bucket, so that both are refreshed. */
  #refresh(node: TableNode, bucket: number, now: number): void {
    const target = randomIdSharing(this.#node.table.ownId, bucket, this.#random);
    if (this.#asking.takeTurn(now)) this.#asking.ask(node, { method: 'find_node', args: { target } }, now);
  }

  get #hasNobody(): boolean {
    return this.#starters.size === 0 && this.#node.table.size === 0;
  }

  #soon(at: number): void {
    this.#nextAt = Math.min(this.#nextAt, at);
  }
}

const NODES: Question = { kind: 'nodes' };
const MAX_STARTERS = 200;
const GATHER_MS = 50;
/** Between the lookups that fill buckets. */
const FILL_MS = 500;
const MAX_FILLED = 5;
const FIRST_RETRY_MS = 5_000;
const MAX_RETRY_MS = 300_000;
const EXPIRE_MS = 60_000;
