// A node of the DHT (BEP 5), of one family of addresses, as a value: without socket, clock or chance of its own. Datagrams and
// questions go in, `poll` says what is to be sent and what was found, `timePassed` is due at `nextTimeout`.
//
//   received ──query───> flood-guard ──> answers ──> send; a stranger that could have a place in the table is pinged
//        └─────answer──> queries (was it asked?) ──> table, own-address, its search: whom to ask next, or done
//
// Every machine that it hears of has been sent there by somebody: it sends nothing but small queries, at a limited rate,
// and never to a local network at the word of somebody outside it.

import { addressScope, mayName, scopeOfBytes } from '../bytes/address-scope.ts';
import { equalBytes } from '../bytes/bytes.ts';
import {
  type Address,
  addressBytes,
  decodeCompactList,
  encodeCompact,
  formatAddress,
  formatIp,
} from '../bytes/compact-address.ts';
import type { Random } from '../bytes/prng.ts';
import { ProtocolError } from '../errors.ts';
import { Answers } from './answers.ts';
import { type Contact, decodeNodes, type Family, familyOf } from './compact-nodes.ts';
import { FloodGuard } from './flood-guard.ts';
import { ItemStore } from './item-store.ts';
import { type DhtItem, mutableTarget, targetOf, type VerifySignature } from './items.ts';
import {
  bytesOf,
  decodeKrpc,
  type KrpcAnswer,
  type KrpcError,
  type KrpcMessage,
  type KrpcQuery,
} from './krpc.ts';
import { encodeQuery } from './krpc-write.ts';
import { type Candidate, Lookup } from './lookup.ts';
import { ID_LENGTH, randomIdSharing } from './node-id.ts';
import type { DhtNodeOptions } from './options.ts';
import { DHT_NODE_DEFAULTS } from './options.ts';
import type { DhtOutput } from './output.ts';
import { OwnAddress } from './own-address.ts';
import { PeerStore } from './peer-store.ts';
import { OpenQueries, type OpenQuery, transactionBytes } from './queries.ts';
import { RoutingTable } from './routing-table.ts';
import { type Question, Search } from './search.ts';
import { isSecureId, secureId } from './secure-id.ts';
import { Spending } from './spending.ts';
import { Tokens } from './tokens.ts';
import { Upkeep } from './upkeep.ts';

export interface DhtNodeDeps {
  readonly random: Random;
  /** What cannot be guessed: transaction ids, keys of tokens. */
  readonly secrets: Random;
  readonly verify: VerifySignature;
  /** The node of the other family, for who wants both. BEP 32 */
  readonly other?: () => DhtNode | undefined;
}

export class DhtNode {
  readonly options: DhtNodeOptions;
  readonly family: Family;
  readonly tokens: Tokens;
  readonly peers: PeerStore;
  readonly items: ItemStore;
  readonly verify: VerifySignature;
  table: RoutingTable;
  readonly #random: Random;
  readonly #other: () => DhtNode | undefined;
  readonly #answers: Answers;
  readonly #flood: FloodGuard;
  readonly #answerBytes: Spending;
  readonly #queryCount: Spending;
  readonly #pings: Spending;
  readonly #queries: OpenQueries;
  readonly #searches = new Map<number, Search>();
  /** Those that had to wait until more queries may be sent. */
  readonly #starved = new Set<Search>();
  readonly #own = new OwnAddress();
  readonly #upkeep: Upkeep;
  #outputs: DhtOutput[] = [];
  #polled = 0;
  #lastSearch = 0;
  #now = 0;
  /** When a datagram came last. */
  #heardAt = Number.NEGATIVE_INFINITY;

  /** `id`: of an earlier run. @default a new one */
  constructor(
    family: Family,
    options: Partial<DhtNodeOptions>,
    deps: DhtNodeDeps,
    id: Uint8Array = deps.secrets.fill(new Uint8Array(ID_LENGTH)),
  ) {
    this.family = family;
    this.options = { ...DHT_NODE_DEFAULTS, ...options };
    this.verify = deps.verify;
    this.#random = deps.random;
    this.#other = deps.other ?? (() => undefined);
    const { queriesPerSiteSecond, queryBurst, answerBytesPerSecond, maxQueriesPerSecond, maxPingsPerSecond } =
      this.options;
    this.table = new RoutingTable(id, this.options);
    this.tokens = new Tokens(this.options.tokenMs, deps.secrets);
    this.peers = new PeerStore(this.options, () => this.id, deps.random);
    this.items = new ItemStore(this.options, () => this.id);
    this.#flood = new FloodGuard({ perSecond: queriesPerSiteSecond, burst: queryBurst }, deps.secrets);
    this.#answerBytes = new Spending(answerBytesPerSecond, answerBytesPerSecond);
    this.#queryCount = new Spending(maxQueriesPerSecond, maxQueriesPerSecond / 2);
    this.#pings = new Spending(maxPingsPerSecond, 4 * maxPingsPerSecond);
    this.#queries = new OpenQueries(this.options, deps.secrets);
    this.#answers = new Answers(this);
    this.#upkeep = new Upkeep(this, deps.random);
  }

  get id(): Uint8Array {
    return this.table.ownId;
  }

  /** Nodes that are known and have not failed. */
  get nodeCount(): number {
    return this.table.goodCount;
  }

  /** Lookups that are under way. */
  get searchCount(): number {
    return this.#searches.size;
  }

  get externalIp(): string | undefined {
    return this.#own.believed;
  }

  otherTable(): RoutingTable | undefined {
    return this.#other()?.table;
  }

  /** From here on it looks for nodes, beginning with those that it is told of. */
  start(now: number): void {
    this.#upkeep.start(this.#at(now));
  }

  /** It ends: whatever is under way comes to nothing. */
  stop(): void {
    this.#upkeep.stop();
    for (const search of this.#searches.values()) search.hasEnded = true;
    this.#searches.clear();
    this.#starved.clear();
  }

  /** An address where there may be a node: of an earlier run, of a router, of a torrent's `nodes`, of a peer. */
  nodeFound(address: Address, now: number): void {
    const at = this.#at(now);
    if (familyOf(address.host) !== this.family || address.port === 0 || addressScope(address.host) === 'none')
      return;
    if (this.table.at(formatAddress(address)) !== undefined) return;
    if (this.table.goodCount < this.options.bucketSize) this.#upkeep.starterFound(address, at);
    else this.#ping({ ...address, id: undefined }, at);
  }

  /** Looks for the peers of a torrent, and says that we are one of them where that is asked for. The number names the lookup. */
  findPeers(infoHash: Uint8Array, question: Omit<Question & { kind: 'peers' }, 'kind'>, now: number): number {
    const at = this.#at(now);
    const search = this.search(infoHash, { kind: 'peers', ...question });
    // What others have left with us, nobody else may have.
    const count = this.options.maxPeersPerAnswer;
    const own = this.peers.peersOf(infoHash, { count, leechersOnly: false, localToo: true }, at);
    const width = this.family === 4 ? 4 : 16;
    const addresses = own.flatMap(compact => decodeCompactList(compact, width));
    this.#peersFound(search, search.takePeers(addresses, 'loopback'));
    return search.lookup.number;
  }

  /** Looks for an item (BEP 44) by its target; `salt` where it is a mutable one that has one. */
  findItem(target: Uint8Array, salt?: Uint8Array): number {
    const question: Question = { kind: 'item', ...(salt && { salt }) };
    return this.search(target, question).lookup.number;
  }

  /** Of a mutable item, by its key. */
  findMutable(key: Uint8Array, salt: Uint8Array): number {
    return this.findItem(mutableTarget(key, salt), salt);
  }

  /** Leaves an item with the nodes that are closest to its target. `cas`: only over one of that number. */
  putItem(item: DhtItem, cas?: number): number {
    const salt = 'salt' in item ? { salt: item.salt } : {};
    const question: Question = { kind: 'item', put: item, ...salt, ...(cas !== undefined && { cas }) };
    return this.search(targetOf(item), question).lookup.number;
  }

  /** Its result is of no use any more: nothing is told of it, and nothing more is asked. */
  forget(lookup: number): void {
    const search = this.#searches.get(lookup);
    if (search === undefined) return;
    search.hasEnded = true;
    this.#searches.delete(lookup);
    this.#starved.delete(search);
  }

  /** A datagram has come. The bytes are lent for the call. */
  received(bytes: Uint8Array, host: string, port: number, now: number): void {
    const at = this.#at(now);
    if (familyOf(host) !== this.family || port === 0) return;
    let message: KrpcMessage;
    try {
      message = decodeKrpc(bytes);
    } catch (error) {
      if (error instanceof ProtocolError) return;
      throw error;
    }
    if (message.kind === 'query') this.#asked(message, host, port, at);
    else this.#heard(message, host, port, at);
  }

  timePassed(now: number): void {
    const at = this.#at(now);
    for (let query = this.#queries.nextSlow(at); query !== undefined; query = this.#queries.nextSlow(at)) {
      if (query.lookup === undefined || query.candidate === undefined) continue;
      query.lookup.late(query.candidate);
      this.#stepLookup(query.lookup.number, at);
    }
    for (let query = this.#queries.nextFailed(at); query !== undefined; query = this.#queries.nextFailed(at))
      this.#queryFailed(query, at);
    for (const search of [...this.#starved]) this.#step(search, at);
    this.#upkeep.timePassed(at);
  }

  nextTimeout(): number | undefined {
    const times = [this.#queries.nextTimeout(), this.#upkeep.nextTimeout()];
    if (this.#starved.size > 0) times.push(this.#queryCount.enoughAt(1, this.#now));
    let next: number | undefined;
    for (const at of times) if (at !== undefined && (next === undefined || at < next)) next = at;
    return next;
  }

  poll(): DhtOutput | undefined {
    if (this.#polled < this.#outputs.length) return this.#outputs[this.#polled++];
    this.#outputs = [];
    this.#polled = 0;
    return undefined;
  }

  // For its upkeep: see `Upkeep`.

  search(target: Uint8Array, question: Question, starters: Iterable<Address> = []): Search {
    const { options, family, verify } = this;
    const lookup = new Lookup(++this.#lastSearch, target.slice(), options);
    const search = new Search(lookup, question, { family, limits: options, verify });
    this.#searches.set(lookup.number, search);
    for (const node of this.table.closest(target, 2 * options.bucketSize)) lookup.found(node, 0);
    for (const address of starters) lookup.startAt(address);
    // Not within the call: whoever asks is to know its number first.
    this.#starved.add(search);
    return search;
  }

  /** Asks a node for others near a random id of its bucket, so that both are refreshed. */
  refresh(contact: Contact, bucket: number, now: number): void {
    const target = randomIdSharing(this.id, bucket, this.#random);
    if (this.#queryCount.spend(1, now)) this.#ask(contact, 'find_node', { target }, now);
  }

  emit(output: DhtOutput): void {
    this.#outputs.push(output);
  }

  /** Time never runs back here, whatever the clock does. */
  #at(now: number): number {
    this.#now = Math.max(this.#now, now);
    return this.#now;
  }

  #asked(query: KrpcQuery, host: string, port: number, now: number): void {
    if (this.options.isReadOnly || equalBytes(query.id, this.id)) return;
    if (!this.#flood.admits(host, now)) return;
    const compact = encodeCompact({ host, port });
    if (compact === undefined) return;
    this.#heardAt = now;
    // Looked at before: what will not be sent is not to cost time either. Addresses are free to invent.
    if (!this.#answerBytes.hasSome(now)) return;
    const bytes = this.#answers.answer(query, { host, port, compact }, now);
    this.#answerBytes.owe(bytes.length);
    this.emit({ type: 'send', host, port, bytes });
    if (query.isReadOnly) return;
    const contact = { id: query.id, host, port };
    this.table.seen(formatAddress(contact), query.id, now);
    if (this.table.wants(contact)) this.#ping({ ...contact, id: query.id.slice() }, now);
  }

  #heard(message: KrpcAnswer | KrpcError, host: string, port: number, now: number): void {
    const key = formatAddress({ host, port });
    const query = this.#queries.take(message.transaction, key);
    // Unasked, from somebody else, or played again.
    if (query === undefined) return;
    this.#heardAt = now;
    if (message.kind === 'error') {
      this.#refused(query, now);
      return;
    }
    if (query.id !== undefined && !equalBytes(query.id, message.id)) {
      const known = this.table.at(key);
      if (known !== undefined) this.table.remove(known);
      this.#ended(query, false, now);
      return;
    }
    this.#vote(message, host);
    const before = this.table.size;
    this.table.answered({ id: message.id, host, port }, now);
    this.#hearOfOthers(message, host);
    if (query.lookup !== undefined) this.#answeredIn(query, message, now);
    else if (query.method === 'find_node') this.#learn(message, query, now);
    if (this.table.size > before) this.#upkeep.tableGrew(now);
  }

  #answeredIn(query: OpenQuery, message: KrpcAnswer, now: number): void {
    const { candidate, lookup, host } = query;
    const search = this.#searches.get(lookup!.number);
    if (search === undefined) return;
    if (candidate === undefined) {
      this.#ended(query, true, now);
      return;
    }
    const token = bytesOf(message.values, 'token');
    const isToken = token !== undefined && token.length <= MAX_TOKEN_LENGTH;
    search.lookup.answered(candidate, message.id.slice(), isToken ? token.slice() : undefined);
    this.#peersFound(search, search.heard(message, { ...query, host }));
    for (const contact of this.#nodesIn(message, host)) search.lookup.found(contact, candidate.hops + 1);
    this.#step(search, now);
  }

  /** Nodes of an answer that no lookup waits for: who could have a place in the table is asked whether it is there. */
  #learn(message: KrpcAnswer, query: OpenQuery, now: number): void {
    for (const contact of this.#nodesIn(message, query.host))
      if (this.table.wants(contact)) this.#ping(contact, now);
  }

  #nodesIn({ values }: KrpcAnswer, from: string): Contact[] {
    const nodes = bytesOf(values, this.family === 4 ? 'nodes' : 'nodes6');
    if (nodes === undefined) return [];
    const scope = addressScope(from);
    return decodeNodes(nodes, this.family, MAX_NODES_TAKEN).filter(
      ({ id, host }) => !equalBytes(id, this.id) && mayName(scope, addressScope(host)),
    );
  }

  /** BEP 32: the other family's nodes, where that has too few. */
  #hearOfOthers({ values }: KrpcAnswer, from: string): void {
    const other = this.#other();
    if (other === undefined || other.table.goodCount >= other.options.bucketSize) return;
    const nodes = bytesOf(values, this.family === 4 ? 'nodes6' : 'nodes');
    if (nodes === undefined) return;
    const scope = addressScope(from);
    const addresses = decodeNodes(nodes, other.family, MAX_NODES_TAKEN).filter(({ host }) =>
      mayName(scope, addressScope(host)),
    );
    if (addresses.length > 0) this.emit({ type: 'other-nodes', addresses });
  }

  /** Each site has one vote on where we come from. */
  #vote({ id, ip }: KrpcAnswer, host: string): void {
    const width = this.family === 4 ? 4 : 16;
    if (ip?.length !== width + 2) return;
    const seen = ip.subarray(0, width);
    if (scopeOfBytes(seen) === 'none' || familyOf(formatIp(seen)) !== this.family) return;
    if (!isSecureId(id, addressBytes(host)!) || !this.#own.vote(seen, host)) return;
    const believed = this.#own.believed!;
    this.emit({ type: 'external-ip', host: believed });
    const bytes = addressBytes(believed);
    if (bytes !== undefined && !isSecureId(this.id, bytes)) this.#takeId(secureId(bytes, this.#random));
  }

  /** BEP 42, "Bootstrapping": another id, and the nodes that are known in the buckets where they belong then. */
  #takeId(id: Uint8Array): void {
    const before = this.table;
    this.table = new RoutingTable(id, this.options);
    for (const node of before.nodes) if (node.failures === 0) this.table.answered(node, node.seenAt);
    this.#upkeep.idChanged(this.#now);
  }

  #refused(query: OpenQuery, now: number): void {
    // It is there, and does not do what was asked.
    this.table.seen(query.key, query.id ?? NO_ID, now);
    this.#ended(query, false, now);
  }

  #queryFailed(query: OpenQuery, now: number): void {
    // Where nothing at all has come meanwhile, it is our own line that is down.
    if (this.#heardAt > query.sentAt) this.table.failed(query.key);
    this.#ended(query, false, now);
  }

  /** For its lookup: it has come to nothing, or has stored what it was to. */
  #ended({ lookup, candidate }: OpenQuery, isStored: boolean, now: number): void {
    const search = lookup && this.#searches.get(lookup.number);
    if (search === undefined) return;
    if (candidate !== undefined) search.lookup.failed(candidate);
    else {
      search.openStores--;
      if (isStored) search.storedAt++;
    }
    this.#step(search, now);
  }

  #stepLookup(number: number, now: number): void {
    const search = this.#searches.get(number);
    if (search !== undefined) this.#step(search, now);
  }

  /** Asks whom it may ask now; stores and tells where it has found the closest. */
  #step(search: Search, now: number): void {
    this.#starved.delete(search);
    if (search.hasEnded) return;
    const { lookup } = search;
    if (search.openStores > 0) return;
    while (!lookup.isDone) {
      if (!lookup.hasNext) return;
      if (!this.#queryCount.spend(1, now)) {
        this.#starved.add(search);
        return;
      }
      const candidate = lookup.next()!;
      this.#ask(candidate, search.method, search.args, now, lookup, candidate);
    }
    if (!search.isStoring && this.#store(search, now)) return;
    this.#finish(search, now);
  }

  /** True where something was left with somebody, and their answers are waited for. */
  #store(search: Search, now: number): boolean {
    search.isStoring = true;
    for (const candidate of search.lookup.closest) {
      const query = search.storeQuery(candidate);
      if (query === undefined) continue;
      search.openStores++;
      this.#ask(candidate, query.method, query.args, now, search.lookup);
    }
    return search.openStores > 0;
  }

  #finish(search: Search, now: number): void {
    search.hasEnded = true;
    const { number } = search.lookup;
    this.#searches.delete(number);
    if (search.question.kind === 'nodes') this.#upkeep.searchEnded(search, now);
    else this.emit({ type: 'done', lookup: number, result: search.result() });
  }

  #peersFound({ lookup }: Search, addresses: Address[]): void {
    if (addresses.length > 0) this.emit({ type: 'peers', lookup: lookup.number, addresses });
  }

  #ping(contact: Address & { readonly id: Uint8Array | undefined }, now: number): void {
    if (this.#queries.isAsked(formatAddress(contact))) return;
    if (!this.#pings.spend(1, now) || !this.#queryCount.spend(1, now)) return;
    this.#ask(contact, 'ping', {}, now);
  }

  #ask(
    to: Address & { readonly id: Uint8Array | undefined },
    method: string,
    args: Search['args'],
    now: number,
    lookup?: Lookup,
    candidate?: Candidate,
  ): void {
    const { host, port, id } = to;
    const query = this.#queries.add({
      key: formatAddress(to),
      host,
      port,
      id,
      method,
      sentAt: now,
      lookup,
      candidate,
    });
    const want = this.#upkeep.wantsOtherFamily && method === 'find_node' ? ['n4', 'n6'] : undefined;
    const bytes = encodeQuery({
      transaction: transactionBytes(query.transaction),
      method,
      args: { ...args, id: this.id, want },
      isReadOnly: this.options.isReadOnly,
    });
    this.emit({ type: 'send', host, port, bytes });
  }
}

// Eight are asked for; some give a few more.
const MAX_NODES_TAKEN = 16;
const MAX_TOKEN_LENGTH = 100;
const NO_ID = new Uint8Array(0);
