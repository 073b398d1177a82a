// The session's part in the DHT: a node for each family of addresses, on the port that all UDP shares; what drives them, where
// they begin, and what is remembered of them. What a node does is core/dht's; when torrents are looked up is dht-turns'.

import { type Address, addressBytes } from '../core/bytes/compact-address.ts';
import { familyOf } from '../core/dht/compact-nodes.ts';
import { type DhtItem, mutableTarget } from '../core/dht/items.ts';
import { DhtNode } from '../core/dht/node.ts';
import type { DhtOutput } from '../core/dht/output.ts';
import type { LookupResult } from '../core/dht/search.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Host } from '../host/host.ts';
import { DHT_FILE, type DhtMemory, type DhtRecord, decodeDhtRecord, encodeDhtRecord } from './dht-record.ts';
import type { DhtSettings } from './dht-settings.ts';
import { type DhtPlace, type DhtSeeker, DhtTurns, type SeekOutcome } from './dht-turns.ts';
import { NamedNodes } from './named-nodes.ts';
import { Alarm, type Schedule } from './schedule.ts';
import type { UdpDemux } from './udp-demux.ts';

export interface DhtDeps {
  readonly host: Host;
  readonly demux: UdpDemux;
  readonly schedule: Schedule;
  /** Where nodes are remembered. @default nowhere */
  readonly stateFolder: string | undefined;
  /** Where peers can dial us. */
  readonly listenPort: () => number | undefined;
  readonly externalIpFound: (host: string) => void;
}

/** What there is of the DHT, to be shown. */
export interface DhtStatus {
  /** Nodes that are known and answer. */
  readonly nodes: number;
  readonly nodesIpv4: number;
  readonly nodesIpv6: number;
  /** With those that did not answer lately; undefined where there is no node of ours of that family. */
  readonly knownIpv4: number | undefined;
  readonly knownIpv6: number | undefined;
}

interface Running {
  readonly node: DhtNode;
  readonly alarm: Alarm;
  readonly calls: Map<number, LookupCalls>;
  isDraining: boolean;
}

interface LookupCalls {
  readonly peers?: (addresses: readonly Address[]) => void;
  readonly done: (result: LookupResult) => void;
}

export class Dht {
  readonly turns: DhtTurns;
  readonly #settings: DhtSettings;
  readonly #deps: DhtDeps;
  readonly #running = new Map<4 | 6, Running>();
  readonly #saveAlarm = new Alarm(() => void this.#save());
  readonly #routerAlarm = new Alarm(() => void this.#askRouters());
  /** Told of before there were nodes to tell. */
  #early: Address[] = [];
  readonly #named: NamedNodes | undefined;
  /** Of torrents' `nodes`: what was asked for already. */
  readonly #namedByTorrents = new Set<string>();
  #routerTries = 0;
  /** Two at a time would write into one file. */
  #saving: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #isClosed = false;

  constructor(settings: DhtSettings, deps: DhtDeps) {
    const { host, schedule, demux } = deps;
    this.#settings = settings;
    this.#deps = deps;
    this.turns = new DhtTurns(settings, { clock: host.clock, random: host.random, schedule });
    this.#named = demux.relay && new NamedNodes(host.secrets ?? host.random);
    demux.add('dht', (bytes, from, port) => {
      if (this.#named?.hasAnswered(bytes, port) === true) {
        this.nodeFound({ host: from, port });
        return;
      }
      const running = this.#running.get(familyOf(from));
      if (running !== undefined) this.#tell(running, node => node.received(bytes, from, port, this.#now()));
    });
  }

  get status(): DhtStatus {
    const [nodesIpv4, nodesIpv6] = [4, 6].map(
      family => this.#running.get(family as 4 | 6)?.node.nodeCount ?? 0,
    ) as [number, number];
    return {
      nodes: nodesIpv4 + nodesIpv6,
      nodesIpv4,
      nodesIpv6,
      knownIpv4: this.#running.get(4)?.node.table.size,
      knownIpv6: this.#running.get(6)?.node.table.size,
    };
  }

  /** Where others find our node of that family; undefined where there is none, or they cannot. */
  port(family: 4 | 6): number | undefined {
    const port = this.#running.has(family) ? this.#deps.demux.address(family)?.port : undefined;
    return port === 0 ? undefined : port;
  }

  /** By which others know our node of that family. */
  id(family: 4 | 6): Uint8Array | undefined {
    return this.#running.get(family)?.node.id;
  }

  /** The sockets are there: looks for nodes, beginning with those of an earlier run. */
  async open(): Promise<void> {
    const record = await this.#load();
    if (this.#isClosed) return;
    for (const family of [4, 6] as const) this.#start(family, record[family]);
    for (const address of this.#early.splice(0)) this.nodeFound(address);
    this.turns.open();
    const known = record[4].nodes.length + record[6].nodes.length;
    this.#set(this.#routerAlarm, known < FEW_NODES ? 0 : ROUTERS_AFTER_MS);
    if (this.#deps.stateFolder !== undefined) this.#set(this.#saveAlarm, FIRST_SAVE_MS);
  }

  /** What stood between us and the others is gone: who knows no nodes looks for some now. */
  wayOpened(): void {
    if (this.#running.size === 0) return;
    this.#routerTries = 0;
    this.#set(this.#routerAlarm, 0);
  }

  /** There may be a node: a peer has said so, or a torrent's `nodes`. */
  nodeFound(address: Address): void {
    const running = this.#running.get(familyOf(address.host));
    if (running !== undefined) this.#tell(running, node => node.nodeFound(address, this.#now()));
    else if (this.#running.size === 0 && this.#early.length < MAX_EARLY) this.#early.push(address);
  }

  /**
   * A torrent's `nodes` (BEP 5): ten thousand torrents name the same few, and one that names ten thousand does not mean well. Each
   * name keeps the system's resolver busy for a while.
   */
  torrentNodes(nodes: readonly Address[]): void {
    for (const node of nodes.slice(0, MAX_TORRENT_NODES)) {
      const key = `${node.host} ${node.port}`;
      if (this.#isClosed || this.#namedByTorrents.size >= MAX_NAMED || this.#namedByTorrents.has(key))
        continue;
      this.#namedByTorrents.add(key);
      void this.nodeNamed(node);
    }
  }

  /** The same, where it may be a name. One that is not found is passed over. */
  async nodeNamed({ host, port }: Address): Promise<void> {
    if (this.#named !== undefined && addressBytes(host) === undefined) {
      const id = this.id(4);
      if (id !== undefined) this.#deps.demux.send(this.#named.ping({ host, port }, id), host, port);
      return;
    }
    try {
      const addresses = (await this.#deps.host.names?.resolve(host)) ?? [host];
      for (const address of addresses) this.nodeFound({ host: address, port });
    } catch (error) {
      if (!(error instanceof SwarmlineError)) throw error;
      // The next torrent that names it may have it tried again.
      this.#namedByTorrents.delete(`${host} ${port}`);
    }
  }

  join(seeker: DhtSeeker): DhtPlace {
    return this.turns.join(seeker);
  }

  /**
   * Looks for the peers of a torrent in both families and announces us; peers come while it goes on. What it gives ends that:
   * nothing more is told of it, and nobody is told of us.
   */
  findPeers(
    infoHash: Uint8Array,
    isSeed: boolean,
    peers: (addresses: readonly Address[]) => void,
    done: (outcome: SeekOutcome) => void,
  ): () => void {
    const port = this.#deps.listenPort();
    const question = port === undefined ? {} : { announce: { port, isSeed } };
    return this.#inEach(
      node => node.findPeers(infoHash, question, this.#now()),
      peers,
      results => {
        const stored = Math.max(0, ...results.map(({ storedAt }) => storedAt));
        done({
          isStoredWell:
            stored >= FEW_NODES || (port === undefined && results.some(one => one.nodesAnswered > 0)),
        });
      },
    );
  }

  /** An item by its target: what it is now, the newest where several were found. BEP 44 */
  findItem(target: Uint8Array, salt?: Uint8Array): Promise<DhtItem | undefined> {
    return new Promise(resolve => {
      this.#inEach(
        node => node.findItem(target, salt),
        undefined,
        results => resolve(newest(results.map(({ item }) => item))),
      );
    });
  }

  /** A mutable item by its key. */
  findMutable(key: Uint8Array, salt: Uint8Array): Promise<DhtItem | undefined> {
    return this.findItem(mutableTarget(key, salt), salt);
  }

  /** How many nodes keep it now. `cas`: only in the place of one of that number. */
  putItem(item: DhtItem, cas?: number): Promise<number> {
    return new Promise(resolve => {
      this.#inEach(
        node => node.putItem(item, cas),
        undefined,
        results => resolve(results.reduce((sum, { storedAt }) => sum + storedAt, 0)),
      );
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.turns.close();
    await this.#save();
    this.#isClosed = true;
    for (const alarm of [this.#saveAlarm, this.#routerAlarm]) this.#deps.schedule.set(alarm, undefined);
    const open: LookupCalls[] = [];
    for (const { node, alarm, calls } of this.#running.values()) {
      node.stop();
      open.push(...calls.values());
      calls.clear();
      this.#deps.schedule.set(alarm, undefined);
    }
    this.#running.clear();
    // Whoever waits for one is not to wait for ever.
    for (const call of open) call.done(NOTHING_FOUND);
  }

  #start(family: 4 | 6, memory: DhtMemory): void {
    const { host, demux } = this.#deps;
    const address = demux.address(family);
    if (address === undefined) return;
    const { random, secrets = random, signatures } = host;
    const node = new DhtNode(
      family,
      // Nobody can ask who is behind a relay: others are not to take it for a node of theirs. BEP 43
      demux.relay === undefined ? this.#settings.node : { ...this.#settings.node, isReadOnly: true },
      {
        random,
        secrets,
        verify: signatures?.verify ?? (() => false),
        other: () => this.#running.get(family === 4 ? 6 : 4)?.node,
      },
      // Another process may have the other port, and that id.
      memory.port === address.port ? memory.id : undefined,
    );
    const running: Running = {
      node,
      alarm: new Alarm(() => this.#tell(running, due => due.timePassed(this.#now()))),
      calls: new Map(),
      isDraining: false,
    };
    this.#running.set(family, running);
    this.#tell(running, started => {
      started.start(this.#now());
      for (const known of memory.nodes) started.nodeFound(known, this.#now());
    });
  }

  /** One question to the nodes of both families; `done` when all have answered. What it gives ends it without. */
  #inEach(
    start: (node: DhtNode) => number,
    peers: LookupCalls['peers'],
    done: (results: readonly LookupResult[]) => void,
  ): () => void {
    const all = [...this.#running.values()];
    const results: LookupResult[] = [];
    const forgets: (() => void)[] = [];
    let left = all.length;
    if (left === 0) return this.#deps.host.clock.after(0, () => done([]));
    for (const running of all) {
      this.#tell(running, node => {
        const calls: LookupCalls = {
          ...(peers && { peers }),
          done: result => {
            results.push(result);
            if (--left === 0) done(results);
          },
        };
        const lookup = start(node);
        running.calls.set(lookup, calls);
        forgets.push(() => {
          if (running.calls.delete(lookup)) node.forget(lookup);
        });
      });
    }
    return () => {
      for (const forget of forgets) forget();
    };
  }

  /** One fact, then all that follows from it. What that brings about within is drained by the same round. */
  #tell(running: Running, fact: (node: DhtNode) => void): void {
    const { node, alarm } = running;
    fact(node);
    if (running.isDraining) return;
    running.isDraining = true;
    try {
      for (let output = node.poll(); output !== undefined; output = node.poll()) this.#do(running, output);
    } finally {
      running.isDraining = false;
    }
    if (!this.#isClosed) this.#deps.schedule.set(alarm, node.nextTimeout());
  }

  #do({ calls }: Running, output: DhtOutput): void {
    switch (output.type) {
      case 'send':
        this.#deps.demux.send(output.bytes, output.host, output.port);
        return;
      case 'peers':
        calls.get(output.lookup)?.peers?.(output.addresses);
        return;
      case 'done': {
        const call = calls.get(output.lookup);
        calls.delete(output.lookup);
        call?.done(output.result);
        return;
      }
      case 'grown':
        this.turns.grown();
        return;
      case 'external-ip':
        this.#deps.externalIpFound(output.host);
        return;
      case 'other-nodes':
        for (const address of output.addresses) this.nodeFound(address);
        return;
      default:
        output satisfies never;
    }
  }

  /** As long as there are few nodes, less and less often; and where there are enough it is looked now and then whether there still are. */
  async #askRouters(): Promise<void> {
    const { routers } = this.#settings;
    if (routers.length === 0 || this.#isClosed) return;
    if (this.status.nodes >= FEW_NODES) {
      this.#routerTries = 0;
      this.#set(this.#routerAlarm, MAX_ROUTER_MS);
      return;
    }
    const waitMs = Math.min(MAX_ROUTER_MS, FIRST_ROUTER_MS * 2 ** this.#routerTries++);
    this.#set(this.#routerAlarm, waitMs);
    await Promise.all(routers.map(router => this.nodeNamed(router)));
  }

  async #load(): Promise<DhtRecord> {
    const { host, stateFolder } = this.#deps;
    if (stateFolder === undefined || host.stateFiles === undefined) return decodeDhtRecord(undefined);
    // What cannot be read is found anew.
    const bytes = await host.stateFiles.read(stateFolder, DHT_FILE).catch(passSwarmlineError);
    return decodeDhtRecord(bytes ?? undefined);
  }

  async #save(): Promise<void> {
    const { host, stateFolder } = this.#deps;
    if (stateFolder === undefined || host.stateFiles === undefined || this.#isClosed) return;
    this.#set(this.#saveAlarm, this.#settings.saveMs);
    // Those of an earlier run are worth more than none.
    if (this.status.nodes === 0) return;
    const record = encodeDhtRecord({ 4: this.#memoryOf(4), 6: this.#memoryOf(6) });
    const { stateFiles } = host;
    const write = () => stateFiles.write(stateFolder, DHT_FILE, record).catch(passSwarmlineError);
    this.#saving = this.#saving.then(write);
    await this.#saving;
  }

  #memoryOf(family: 4 | 6): DhtMemory {
    const node = this.#running.get(family)?.node;
    const nodes = node === undefined ? [] : [...node.table.nodes].filter(({ failures }) => failures === 0);
    return { id: node?.id, port: this.port(family), nodes };
  }

  #set(alarm: Alarm, delayMs: number): void {
    this.#deps.schedule.set(alarm, this.#now() + delayMs);
  }

  #now(): number {
    return this.#deps.host.clock.now();
  }
}

function newest(items: readonly (DhtItem | undefined)[]): DhtItem | undefined {
  const seqOf = (item: DhtItem) => ('seq' in item ? item.seq : 0);
  return items.reduce(
    (best, item) => (best === undefined || (item !== undefined && seqOf(item) > seqOf(best)) ? item : best),
    undefined,
  );
}

function passSwarmlineError(error: unknown): undefined {
  if (!(error instanceof SwarmlineError)) throw error;
}

const NOTHING_FOUND: LookupResult = {
  nodesAsked: 0,
  nodesAnswered: 0,
  peerCount: 0,
  storedAt: 0,
  counts: undefined,
  item: undefined,
  hops: 0,
};
/** k: with fewer a node knows next to nobody, and what is stored is with too few. */
const FEW_NODES = 8;
const MAX_EARLY = 200;
/** Torrents have three to six. */
const MAX_TORRENT_NODES = 20;
/** In one run; each is forgotten with it. */
const MAX_NAMED = 1000;
const ROUTERS_AFTER_MS = 15_000;
const FIRST_ROUTER_MS = 30_000;
const MAX_ROUTER_MS = 1_800_000;
const FIRST_SAVE_MS = 60_000;
