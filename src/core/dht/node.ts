// A node of the DHT (BEP 5), of one family of addresses, as a value: without socket, clock or chance of its own. Datagrams and
// questions go in, `poll` says what is to be sent and what was found, `timePassed` is due at `nextTimeout`.
//
//   received ──query───> flood-guard ──> answers ──> send; a stranger that could have a place in the table is pinged
//        └─────answer──> queries (was it asked?) ──> table, own-address, searches: whom to ask next, or done ──> asking ──> send
//
// Every machine that it hears of has been sent there by somebody: it sends nothing but small queries, at a limited rate,
// and never to a local network at the word of somebody outside it.

import { addressScope } from '../bytes/address-scope.ts';
import { equalBytes } from '../bytes/bytes.ts';
import {
  type Address,
  addressBytes,
  decodeCompactList,
  encodeCompact,
  formatAddress,
} from '../bytes/compact-address.ts';
import type { Random } from '../bytes/prng.ts';
import { ProtocolError } from '../errors.ts';
import { Answers } from './answers.ts';
import { Asking } from './asking.ts';
import { type Family, familyOf } from './compact-nodes.ts';
import { FloodGuard } from './flood-guard.ts';
import { ItemStore } from './item-store.ts';
import { type DhtItem, mutableTarget, targetOf, type VerifySignature } from './items.ts';
import { decodeKrpc, type KrpcAnswer, type KrpcError, type KrpcMessage, type KrpcQuery } from './krpc.ts';
import { nodesNamed } from './named-nodes.ts';
import { ID_LENGTH } from './node-id.ts';
import type { DhtNodeOptions } from './options.ts';
import { DHT_NODE_DEFAULTS } from './options.ts';
import type { DhtOutput } from './output.ts';
import { OwnAddress } from './own-address.ts';
import { PeerStore } from './peer-store.ts';
import { OpenQueries, type OpenQuery } from './queries.ts';
import { RoutingTable } from './routing-table.ts';
import type { Question, Search } from './search.ts';
import { Searches } from './searches.ts';
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
  readonly #queries: OpenQueries;
  readonly #asking: Asking;
  readonly #searches: Searches;
  readonly #own: OwnAddress;
  readonly #upkeep: Upkeep;
  #outputs: DhtOutput[] = [];
  #polled = 0;
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
    const { queriesPerSiteSecond, queryBurst, answerBytesPerSecond } = this.options;
    this.table = new RoutingTable(id, this.options);
    this.tokens = new Tokens(this.options.tokenMs, deps.secrets);
    this.peers = new PeerStore(this.options, () => this.id, deps.random);
    this.items = new ItemStore(this.options, () => this.id);
    this.#flood = new FloodGuard({ perSecond: queriesPerSiteSecond, burst: queryBurst }, deps.secrets);
    this.#answerBytes = new Spending(answerBytesPerSecond, answerBytesPerSecond);
    this.#own = new OwnAddress(family);
    this.#queries = new OpenQueries(this.options, deps.secrets);
    this.#asking = new Asking(this, this.#queries);
    this.#searches = new Searches(this, {
      asking: this.#asking,
      nodesFound: (search, now) => this.#upkeep.searchEnded(search, now),
    });
    this.#answers = new Answers(this);
    this.#upkeep = new Upkeep(this, this.#asking, deps.random);
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
    return this.#searches.count;
  }

  get externalIp(): string | undefined {
    return this.#own.believed;
  }

  otherTable(): RoutingTable | undefined {
    return this.#other()?.table;
  }

  /** Nodes of the other family are wanted too. BEP 32, "Bootstrapping" */
  get wantsOtherFamily(): boolean {
    const other = this.otherTable();
    return other !== undefined && other.goodCount < this.options.bucketSize;
  }

  /** From here on it looks for nodes, beginning with those that it is told of. */
  start(now: number): void {
    this.#upkeep.start(this.#at(now));
  }

  /** It ends: whatever is under way comes to nothing. */
  stop(): void {
    this.#upkeep.stop();
    this.#searches.clear();
  }

  /** An address where there may be a node: of an earlier run, of a router, of a torrent's `nodes`, of a peer. */
  nodeFound(address: Address, now: number): void {
    const at = this.#at(now);
    if (familyOf(address.host) !== this.family || address.port === 0 || addressScope(address.host) === 'none')
      return;
    if (this.table.at(formatAddress(address)) !== undefined) return;
    if (this.table.goodCount < this.options.bucketSize) this.#upkeep.starterFound(address, at);
    else this.#asking.ping({ ...address, id: undefined }, at);
  }

  /** Looks for the peers of a torrent, and says that we are one of them where that is asked for. The number names the lookup. */
  findPeers(infoHash: Uint8Array, question: Omit<Question & { kind: 'peers' }, 'kind'>, now: number): number {
    const at = this.#at(now);
    const search = this.search(infoHash, { kind: 'peers', ...question });
    // What others have left with us, nobody else may have.
    const count = this.options.maxPeersPerAnswer;
    const own = this.peers.peersOf(infoHash, { count, leechersOnly: false, localToo: true }, at);
    const width = this.family === 4 ? 4 : 16;
    const told = own.flatMap(compact => decodeCompactList(compact, width));
    const addresses = search.takePeers(told, 'loopback');
    const { number: lookup } = search.lookup;
    if (addresses.length > 0) this.emit({ type: 'peers', lookup, addresses });
    return lookup;
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
    this.#searches.forget(lookup);
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
    for (let query = this.#queries.nextSlow(at); query !== undefined; query = this.#queries.nextSlow(at))
      this.#searches.late(query, at);
    for (let query = this.#queries.nextFailed(at); query !== undefined; query = this.#queries.nextFailed(at))
      this.#queryFailed(query, at);
    this.#searches.timePassed(at);
    this.#upkeep.timePassed(at);
  }

  nextTimeout(): number | undefined {
    const times = [
      this.#queries.nextTimeout(),
      this.#searches.nextTimeout(this.#now),
      this.#upkeep.nextTimeout(),
    ];
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

  // For its parts: see `KeptNode`, `SearchingNode`, `AskingNode`.

  search(target: Uint8Array, question: Question, starters: Iterable<Address> = []): Search {
    const known = this.table.closest(target, 2 * this.options.bucketSize);
    return this.#searches.begin(target, question, known, starters);
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
    if (this.table.wants(contact)) this.#asking.ping({ ...contact, id: query.id.slice() }, now);
  }

  #heard(message: KrpcAnswer | KrpcError, host: string, port: number, now: number): void {
    const key = formatAddress({ host, port });
    const query = this.#queries.take(message.transaction, key);
    // Unasked, from somebody else, or played again.
    if (query === undefined) return;
    this.#heardAt = now;
    if (message.kind === 'error') {
      // It is there, and does not do what was asked.
      this.table.seen(key, query.id ?? NO_ID, now);
      this.#searches.failed(query, now);
      return;
    }
    if (query.id !== undefined && !equalBytes(query.id, message.id)) {
      const known = this.table.at(key);
      if (known !== undefined) this.table.remove(known);
      this.#searches.failed(query, now);
      return;
    }
    this.#vote(message, host);
    const before = this.table.size;
    this.table.answered({ id: message.id, host, port }, now);
    this.#hearOfOthers(message, host);
    if (query.lookup !== undefined) this.#searches.answered(query, message, now);
    else if (query.method === 'find_node') this.#learn(message, host, now);
    if (this.table.size > before) this.#upkeep.tableGrew(now);
  }

  /** Nodes of an answer that no lookup waits for: who could have a place in the table is asked whether it is there. */
  #learn(message: KrpcAnswer, host: string, now: number): void {
    for (const contact of nodesNamed(message, this.family, host))
      if (this.table.wants(contact)) this.#asking.ping(contact, now);
  }

  /** BEP 32: the other family's nodes, where that has too few. */
  #hearOfOthers(message: KrpcAnswer, host: string): void {
    const other = this.#other();
    if (other === undefined || other.table.goodCount >= other.options.bucketSize) return;
    const addresses = nodesNamed(message, other.family, host);
    if (addresses.length > 0) this.emit({ type: 'other-nodes', addresses });
  }

  /** Each site has one vote on where we come from. */
  #vote(message: KrpcAnswer, host: string): void {
    if (!this.#own.heard(message, host)) return;
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

  #queryFailed(query: OpenQuery, now: number): void {
    // Where nothing at all has come meanwhile, it is our own line that is down.
    if (this.#heardAt > query.sentAt) this.table.failed(query.key);
    this.#searches.failed(query, now);
  }
}

const NO_ID = new Uint8Array(0);
