// A session: the torrents that a program shares, and the way from an incoming handshake to the torrent that it names. It opens
// no file and decides nothing about pieces; how it is reached, and how peers are found, is session-reach's.

import type { Address } from '../core/bytes/compact-address.ts';
import type { KnownPeersBudget } from '../core/engine/known-peers.ts';
import type { UploadSlots } from '../core/engine/upload-slots.ts';
import { SwarmlineError } from '../core/errors.ts';
import { wireInfoHashV2 } from '../core/metainfo/metainfo.ts';
import { parseInfo } from '../core/metainfo/parse.ts';
import type { Host } from '../host/host.ts';
import type { HttpClient } from '../host/http.ts';
import type { HostProxy, ProxyUdp } from '../host/proxy.ts';
import type { Stream } from '../host/stream.ts';
import { type AdmissionSettings, placesForOthers } from './admission.ts';
import { boundHttp } from './bound-http.ts';
import { Connections } from './connections.ts';
import type { Dht } from './dht.ts';
import { DialWays } from './dial-ways.ts';
import { ENCRYPTION_RULES, perSecond } from './encryption.ts';
import { Events } from './events.ts';
import { type GreetingOptions, peerFacts } from './greeting.ts';
import type { Greeted } from './greeting-link.ts';
import { Greetings } from './greetings.ts';
import { type AddressFilter, type IpFilterStatus, SessionIpFilter } from './ip-filter.ts';
import { checkedLimits, type SessionLimits } from './limits.ts';
import { newPeerId } from './peer-id.ts';
import type { PortForwardStatus } from './port-forward.ts';
import { Queue } from './queue.ts';
import type { RateGroupOptions } from './rate-groups.ts';
import { SessionRates } from './rate-limits.ts';
import type { ReachFacts } from './reach-facts.ts';
import { type Restored, restore } from './restore.ts';
import { type Remembered, ResumeStore } from './resume-store.ts';
import { Schedule } from './schedule.ts';
import type { SeedLimits } from './seed-limits.ts';
import { SessionReach } from './session-reach.ts';
import { type AddOptions, SessionTorrent, type SessionTorrentEvents } from './session-torrent.ts';
import type { SessionTorrentDeps } from './session-torrent-deps.ts';
import { SESSION_DEFAULTS, type SessionOptions, type Settings, wholeEngine } from './settings.ts';
import { TorrentNames } from './torrent-names.ts';
import { Turns } from './turns.ts';
import { findTwins, type TwinSource } from './twins.ts';
import { WEB_SEED_DEFAULTS } from './web-seed-settings.ts';

export interface SessionEvents {
  /** A listener of the program threw. Where nobody listens to this, the error is thrown once more, uncaught. */
  fault: unknown;
  /** What is believed of our own address has changed: see `externalIp`. */
  'external-ip': string;
  /** What the router of this network does for us has changed: see `portForward`. */
  'port-forward': PortForwardStatus;
  /** Whether UDP goes through the proxy has changed: see `proxy`. */
  proxy: ProxyUdp;
  /** Any event of any torrent: one listener for thousands of them. */
  torrent: TorrentTold;
  /** It is one of `torrents` now, or no longer. */
  added: SessionTorrent;
  removed: SessionTorrent;
}

/** Which event a torrent has emitted. */
export interface TorrentTold<Name extends keyof SessionTorrentEvents = keyof SessionTorrentEvents> {
  readonly torrent: SessionTorrent;
  readonly name: Name;
  readonly event: SessionTorrentEvents[Name];
}

export class Session {
  readonly peerId: Uint8Array;
  readonly #settings: Settings;
  readonly #ipFilter: SessionIpFilter;
  readonly #host: Host;
  readonly #http: HttpClient;
  readonly #torrents = new Set<SessionTorrent>();
  readonly #names = new TorrentNames<SessionTorrent>();
  readonly #greeting: GreetingOptions;
  readonly #rates: SessionRates;
  readonly #connections: Connections;
  readonly #knownBudget: KnownPeersBudget;
  readonly #queue: Queue;
  readonly #turns: { readonly look: Turns; readonly hash: Turns };
  readonly #schedule: Schedule;
  #seedLimits: SeedLimits;
  readonly #events = new Events<SessionEvents>(error => this.#throwLater(error));
  readonly #reach: SessionReach;
  readonly #store: ResumeStore | undefined;
  #uploadSlots: UploadSlots;
  /** Somebody has chosen them while it runs. */
  #areSlotsChosen = false;
  readonly #greetings: Greetings;
  readonly #shared: SessionTorrentDeps;
  /** For torrents that came with a signal: takes the listener away. */
  readonly #onAborts = new Map<SessionTorrent, () => void>();
  /** Of torrents that are closed and whose files are not yet, or not yet removed. */
  readonly #closings = new Set<Promise<void>>();
  /** They have their hashes until they are gone. */
  readonly #removing = new Set<SessionTorrent>();
  #lastPeer = 0;
  #isClosed = false;

  constructor(options: SessionOptions, host: Host) {
    // Made whole once, and shared by all torrents.
    const engine = wholeEngine(options);
    const webSeeds = { ...WEB_SEED_DEFAULTS, ...options.webSeeds };
    this.#ipFilter = new SessionIpFilter(options.ipFilter);
    this.#settings = { ...SESSION_DEFAULTS, ...options, engine, webSeeds, ipFilter: this.#ipFilter };
    this.#host = host;
    this.#http = boundHttp(host.http, this.#settings.listen);
    this.peerId = newPeerId(host.random);
    this.#uploadSlots = engine.choker.slots;
    const encryption = ENCRYPTION_RULES[this.#settings.encryption];
    this.#rates = new SessionRates(host.clock, this.#settings.limitsPackets);
    this.#rates.setLimits(this.#settings);
    this.#knownBudget = { max: this.#settings.maxKnownPeers, count: 0 };
    this.#queue = new Queue(host.clock, this.#settings);
    this.#queue.setLimits(this.#settings);
    this.#turns = { look: new Turns(MAX_LOOKING), hash: new Turns(this.#settings.maxChecking) };
    this.#schedule = new Schedule(host.clock);
    this.#seedLimits = seedLimitsOf(this.#settings);
    const { maxConnections, maxDialling, dialsPerSecond } = this.#settings;
    this.#connections = new Connections({ maxConnections, maxDialling, dialsPerSecond }, host.clock);
    this.#reach = new SessionReach({
      host,
      http: this.#http,
      settings: this.#settings,
      schedule: this.#schedule,
      peerId: this.peerId,
      torrents: () => this.#torrents,
      find: infoHash => this.find(infoHash),
      accepted: stream => this.#accepted(stream),
      externalIpChanged: address => this.#events.emit('external-ip', address),
      portForwardChanged: status => this.#events.emit('port-forward', status),
      proxyChanged: udp => this.#events.emit('proxy', udp),
    });
    this.#store = storeOf(this.#settings, host);
    this.#greeting = {
      clock: host.clock,
      timeoutMs: this.#settings.handshakeTimeoutMs,
      encryption,
      random: host.secrets ?? host.random,
      infoHashOf: mark => this.#names.infoHashOf(mark),
      mayExchangeKeys: perSecond(this.#settings.maxKeyExchangesPerSecond, host.clock),
      torrentOf: infoHash => {
        const torrent = this.find(infoHash);
        // Who is paused or waits for its turn does not answer.
        if (torrent === undefined || torrent.isStopped) return undefined;
        const infoHashV2 = wireInfoHashV2(torrent.infoHashes);
        return { peerId: this.peerId, infoHashV2, dht: this.dht !== undefined && torrent.usesDht };
      },
    };
    this.#greetings = new Greetings(this.#greeting, this.#connections, (...greeted) =>
      this.#greeted(...greeted),
    );
    this.#shared = this.#newShared(new DialWays(encryption));
  }

  /** In the order in which they were added; their places in the queue are their own: `queuePosition`. */
  get torrents(): readonly SessionTorrent[] {
    return [...this.#torrents];
  }

  /** Where peers can dial us; undefined before `listen` and without a listener. */
  get address(): Address | undefined {
    return this.#reach.address;
  }

  /** Our own address as trackers (BEP 24) and peers (BEP 10) see it; undefined while none has said. */
  externalIp(family: 4 | 6): string | undefined {
    return this.#reach.externalIp(family);
  }

  /** Whether the router of this network lets peers in. */
  get portForward(): PortForwardStatus {
    return this.#reach.portForward;
  }

  /** The proxy that the host goes through, and whether UDP goes through it too. */
  get proxy(): Pick<HostProxy, 'url' | 'udp'> | undefined {
    return this.#reach.proxy;
  }

  /** How it is reached, to be shown. */
  get reach(): ReachFacts {
    return this.#reach.facts(this.#ipFilter.status);
  }

  /** Of the addresses that are not to be spoken to; undefined where there are none. */
  get ipFilter(): IpFilterStatus | undefined {
    return this.#ipFilter.status;
  }

  /** From now on; peers that are not to be spoken to any more go. */
  setIpFilter(filter: AddressFilter | undefined): void {
    this.#ipFilter.set(filter);
    if (filter === undefined) return;
    for (const torrent of this.#torrents) torrent.leaveFiltered(host => this.#ipFilter.has(host));
  }

  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (event: SessionEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Starts to accept peers and to ask trackers, which are told where; to be called once. Undefined where the options say
   * not to listen.
   * @throws SwarmlineError `LISTEN_FAILED`
   */
  listen(): Promise<Address | undefined> {
    return this.#reach.listen();
  }

  /**
   * Adds a torrent: what is in its folder is checked, then it is exchanged.
   * @throws SwarmlineError `TORRENT_EXISTS`, `SESSION_CLOSED`; the signal's reason where that is aborted already
   */
  add(options: AddOptions): SessionTorrent {
    const { signal } = options;
    signal?.throwIfAborted();
    const torrent = this.#add(options, undefined);
    if (signal !== undefined) {
      const onAbort = () => void torrent.close();
      signal.addEventListener('abort', onAbort);
      this.#onAborts.set(torrent, () => signal.removeEventListener('abort', onAbort));
    }
    return torrent;
  }

  /**
   * Adds what is remembered in `stateFolder`, each torrent as it was.
   * @throws SwarmlineError `SESSION_CLOSED`, `STATE_UNREADABLE` where the folder cannot be read; TypeError without one
   */
  restore(): Promise<Restored<SessionTorrent>> {
    if (this.#store === undefined) throw new TypeError('The session has no stateFolder.');
    return restore(this.#store, (options, remembered) => this.#add(options, remembered));
  }

  #add(options: AddOptions, remembered: Remembered | undefined): SessionTorrent {
    if (this.#isClosed) throw new SwarmlineError('SESSION_CLOSED', 'The session is closed.');
    const torrent = new SessionTorrent(options, this.#shared);
    const conflict = this.#claim(torrent);
    if (conflict !== undefined) throw conflict;
    this.#torrents.add(torrent);
    this.#reach.torrentAdded(torrent, options);
    this.#events.emit('added', torrent);
    torrent.start(remembered);
    this.#reach.torrentStarted();
    return torrent;
  }

  /** The DHT's, as far as it is used. */
  get dht(): Dht | undefined {
    return this.#reach.dht;
  }

  get limits(): SessionLimits {
    return {
      ...this.#rates.limits,
      ...this.#connections.limits,
      ...this.#queue.limits,
      ...this.#seedLimits,
      maxChecking: this.#turns.hash.max,
      uploadSlots: this.#uploadSlots,
    };
  }

  /** Of all torrents together, from now on. What is not named stays as it is. */
  setLimits(limits: Partial<SessionLimits>): void {
    const checked = checkedLimits(limits, this.limits);
    this.#rates.setLimits(checked);
    this.#connections.setLimits(checked);
    this.#uploadSlots = checked.uploadSlots;
    this.#areSlotsChosen ||= limits.uploadSlots !== undefined;
    for (const torrent of this.#torrents) torrent.limitsChanged();
    this.#turns.hash.setMax(checked.maxChecking);
    this.#queue.setLimits(checked);
    if (!isSame(this.#seedLimits, checked)) {
      this.#seedLimits = seedLimitsOf(checked);
      for (const torrent of this.torrents) torrent.seedLimitsChanged();
    }
  }

  /** The groups of torrents that share limits, by their names. */
  get rateGroups(): ReadonlyMap<string, RateGroupOptions> {
    return new Map([...this.#rates.groups].map(([name, { options }]) => [name, options]));
  }

  /** From now on; made where there was none of that name. What is not named stays as it is. @throws TypeError */
  setRateGroup(name: string, options: Partial<RateGroupOptions>): void {
    this.#rates.group(name).set(options);
  }

  /** The torrent of a wire info hash. */
  find(infoHash: Uint8Array): SessionTorrent | undefined {
    return this.#names.find(infoHash);
  }

  /** Closes all torrents and the listener, and waits for those that were closed or removed before. The host is the caller's to close. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#queue.close();
    this.#reach.closing(this.#torrents.size);
    this.#greetings.close();
    for (const torrent of this.torrents) void torrent.close();
    this.#connections.close();
    await this.#reach.close(this.#closings);
  }

  /** Made once: ten thousand torrents have it in common. */
  #newShared(dialWays: DialWays): SessionTorrentDeps {
    const host = this.#host;
    return {
      host,
      http: this.#http,
      clock: host.clock,
      settings: this.#settings,
      peerId: this.peerId,
      store: this.#store,
      greeting: this.#greeting,
      dialWays,
      transports: this.#reach.transports,
      rates: this.#rates,
      queue: this.#queue,
      turns: this.#turns,
      schedule: this.#schedule,
      seedLimits: () => this.#seedLimits,
      uploadSlots: () => this.#uploadSlots,
      areSlotsChosen: () => this.#areSlotsChosen,
      trackers: this.#reach.trackers,
      dht: this.dht,
      externalIpFound: (...found) => this.#reach.externalIpFound(...found),
      nextPeerNumber: () => ++this.#lastPeer,
      connections: this.#connections,
      knownBudget: this.#knownBudget,
      parseInfo: raw => parseInfo(raw, { hash: host.hash }),
      claim: torrent => this.#claim(torrent),
      twins: (torrent, isLacking) => findTwins(torrent.info!, isLacking, this.#twinSources(torrent)),
      onClosing: (torrent, closing) => this.#forget(torrent, closing),
      onRemoving: (torrent, removing) => this.#remove(torrent, removing),
      onEvent: (torrent, name, event) => this.#events.emit('torrent', { torrent, name, event }),
      onListenerFault: error => {
        if (!this.#events.emit('fault', error)) this.#throwLater(error);
      },
    };
  }

  *#twinSources(of: SessionTorrent): Iterable<TwinSource> {
    // The newest first: it is likely to have most in common.
    for (const torrent of this.torrents.toReversed()) {
      const source = torrent === of ? undefined : torrent.twinSource;
      if (source !== undefined) yield source;
    }
  }

  #accepted(stream: Stream): void {
    const isBlocked = stream.remote !== undefined && this.#ipFilter.blocks(stream.remote.host);
    if (this.#isClosed || isBlocked) stream.close();
    else this.#greetings.accept(stream, this.#admission);
  }

  get #admission(): AdmissionSettings {
    return { ...this.#settings, ...this.#connections.limits };
  }

  #greeted(remote: Address, greeted: Greeted): void {
    const torrent = this.find(greeted.theirs.infoHash);
    const facts = peerFacts(remote, true, greeted);
    // The filter may be another than when he came.
    if (torrent === undefined || this.#ipFilter.blocks(remote.host)) greeted.stream.close();
    else torrent.peerGreeted(greeted.stream, facts, greeted.rest, placesForOthers(this.#admission));
  }

  /** A hybrid that came by one of its hashes is found by both. BEP 52, "upgrade path" */
  #claim(torrent: SessionTorrent): SwarmlineError | undefined {
    return this.#names.claim(torrent, torrent.wireInfoHashes);
  }

  /** A bug of the program's: outside of the exchange, which goes on, and where the platform reports what is uncaught. */
  #throwLater(error: unknown): void {
    this.#host.clock.after(0, () => {
      throw error;
    });
  }

  #forget(torrent: SessionTorrent, closing: Promise<void>): void {
    this.#waitFor(closing);
    this.#torrents.delete(torrent);
    this.#onAborts.get(torrent)?.();
    this.#onAborts.delete(torrent);
    if (!this.#removing.has(torrent)) this.#names.release(torrent);
    this.#events.emit('removed', torrent);
  }

  /** One that is added again meanwhile would lose its files and its record. */
  #remove(torrent: SessionTorrent, removing: Promise<void>): SwarmlineError | undefined {
    const conflict = this.#claim(torrent);
    if (conflict !== undefined) return conflict;
    this.#removing.add(torrent);
    const gone = removing.then(() => {
      this.#removing.delete(torrent);
      this.#names.release(torrent);
    });
    this.#waitFor(gone);
    return undefined;
  }

  #waitFor(closing: Promise<void>): void {
    this.#closings.add(closing);
    void closing.then(() => this.#closings.delete(closing));
  }
}

function seedLimitsOf({ seedRatio, seedTimeMs, seedIdleMs }: SeedLimits): SeedLimits {
  return { seedRatio, seedTimeMs, seedIdleMs };
}

function isSame(before: SeedLimits, { seedRatio, seedTimeMs, seedIdleMs }: SeedLimits): boolean {
  return (
    before.seedRatio === seedRatio && before.seedTimeMs === seedTimeMs && before.seedIdleMs === seedIdleMs
  );
}

function storeOf({ stateFolder }: Settings, { stateFiles, hash }: Host): ResumeStore | undefined {
  if (stateFolder === undefined) return undefined;
  if (stateFiles === undefined)
    throw new TypeError('A session with a stateFolder needs a host with stateFiles.');
  return new ResumeStore(stateFolder, stateFiles, hash);
}

// A look is a few questions to the file system, and takes no turn of those that hash for hours.
const MAX_LOOKING = 64;
