// A session: the torrents that a program shares, one listener for all of them, and the way from an incoming handshake to
// the torrent that it names. It opens no file and decides nothing about pieces; peers are found by its torrents' trackers,
// and by whoever tells a torrent `peersFound`.

import { type Address, formatAddress } from '../core/bytes/compact-address.ts';
import type { KnownPeersBudget } from '../core/engine/known-peers.ts';
import { wholeOptions } from '../core/engine/options.ts';
import type { DhtPorts, OwnAddresses } from '../core/engine/state.ts';
import type { UploadSlots } from '../core/engine/upload-slots.ts';
import { SwarmlineError } from '../core/errors.ts';
import { wireInfoHashV2 } from '../core/metainfo/metainfo.ts';
import { parseInfo } from '../core/metainfo/parse.ts';
import type { Host } from '../host/host.ts';
import type { HttpClient } from '../host/http.ts';
import type { Stream, StreamListener } from '../host/stream.ts';
import { type AdmissionSettings, placesForOthers } from './admission.ts';
import { boundHttp } from './bound-http.ts';
import { Connections } from './connections.ts';
import { Dht } from './dht.ts';
import { DHT_DEFAULTS } from './dht-settings.ts';
import { DialWays } from './dial-ways.ts';
import { ENCRYPTION_RULES, perSecond } from './encryption.ts';
import { Events } from './events.ts';
import { ExternalIp } from './external-ip.ts';
import { type GreetingOptions, peerFacts } from './greeting.ts';
import type { Greeted } from './greeting-link.ts';
import { Greetings } from './greetings.ts';
import { checkedLimits, type SessionLimits } from './limits.ts';
import { LocalDiscovery } from './local-discovery.ts';
import { newPeerId } from './peer-id.ts';
import { PortForward, type PortForwardStatus } from './port-forward.ts';
import { Queue } from './queue.ts';
import type { RateGroupOptions } from './rate-groups.ts';
import { SessionRates } from './rate-limits.ts';
import { type Restored, restore } from './restore.ts';
import { type Remembered, ResumeStore } from './resume-store.ts';
import { Schedule } from './schedule.ts';
import type { SeedLimits } from './seed-limits.ts';
import { type AddOptions, SessionTorrent, type SessionTorrentEvents } from './session-torrent.ts';
import type { SessionTorrentDeps } from './session-torrent-deps.ts';
import { engineSettings, SESSION_DEFAULTS, type SessionOptions, type Settings } from './settings.ts';
import { TorrentNames } from './torrent-names.ts';
import { TRACKER_DEFAULTS } from './tracker-settings.ts';
import { Trackers } from './trackers.ts';
import { type Dial, Transports } from './transports.ts';
import { Turns } from './turns.ts';
import { findTwins, type TwinSource } from './twins.ts';
import { UdpDemux, udpAddresses } from './udp-demux.ts';
import { UtpNetwork, utpOptions } from './utp-network.ts';
import { WEB_SEED_DEFAULTS } from './web-seed-settings.ts';

export interface SessionEvents {
  /** A listener of the program threw. Where nobody listens to this, the error is thrown once more, uncaught. */
  fault: unknown;
  /** What is believed of our own address has changed: see `externalIp`. */
  'external-ip': string;
  /** What the router of this network does for us has changed: see `portForward`. */
  'port-forward': PortForwardStatus;
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
  readonly #demux: UdpDemux | undefined;
  readonly #trackers: Trackers;
  readonly #dht: Dht | undefined;
  readonly #utp: UtpNetwork | undefined;
  readonly #transports: Transports;
  readonly #externalIp = new ExternalIp();
  readonly #store: ResumeStore | undefined;
  #uploadSlots: UploadSlots;
  /** Somebody has chosen them while it runs. */
  #areSlotsChosen = false;
  #listener: StreamListener | undefined;
  #address: Address | undefined;
  #portForward: PortForward | undefined;
  #localDiscovery: LocalDiscovery | undefined;
  /** Ours, or the one that a router has opened for it. */
  #reachablePort: number | undefined;
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
    const engine = wholeOptions(engineSettings(options));
    const webSeeds = { ...WEB_SEED_DEFAULTS, ...options.webSeeds };
    this.#settings = { ...SESSION_DEFAULTS, ...options, engine, webSeeds };
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
    const { trackers, client, listen } = this.#settings;
    this.#demux = host.datagrams && new UdpDemux(host.datagrams);
    const { clock, names, random, secrets } = host;
    const trackersHost = { clock, http: this.#http, names, random, secrets };
    this.#trackers = new Trackers(
      { ...TRACKER_DEFAULTS, ...trackers },
      { host: trackersHost, demux: this.#demux, peerId: this.peerId, userAgent: client, listen },
    );
    this.#dht = this.#newDht();
    this.#utp = this.#newUtp();
    this.#transports = this.#newTransports();
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
        if (torrent?.isStopped) return undefined;
        if (torrent === undefined) return undefined;
        const infoHashV2 = wireInfoHashV2(torrent.infoHashes);
        return { peerId: this.peerId, infoHashV2, dht: this.#dht !== undefined && torrent.usesDht };
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
    return this.#address;
  }

  /** Our own address as trackers (BEP 24) and peers (BEP 10) see it; undefined while none has said. */
  externalIp(family: 4 | 6): string | undefined {
    return this.#externalIp.best(family);
  }

  /** Whether the router of this network lets peers in. */
  get portForward(): PortForwardStatus {
    return this.#portForward?.status ?? { state: 'off' };
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
  async listen(): Promise<Address | undefined> {
    const { listen } = this.#settings;
    if (listen === false) {
      await this.#openUdp(undefined);
      this.#trackers.open(undefined);
      return undefined;
    }
    const address = await this.#listenAt(listen);
    if (this.#isClosed || address === undefined) return undefined;
    this.#address = address;
    this.#reachableAt(address.port);
    this.#trackers.open(address.port);
    this.#forwardPort(address);
    this.#discoverLocally(address);
    return address;
  }

  /** By TCP, and at the same port by UDP; or, where TCP is not wanted, by UDP alone. */
  async #listenAt(listen: Address): Promise<Address | undefined> {
    if (!this.#settings.transports.includes('tcp')) {
      const bound = await this.#openUdp(listen);
      if (bound !== undefined || this.#isClosed) return bound;
      throw new SwarmlineError('LISTEN_FAILED', `Cannot listen on ${formatAddress(listen)} (UDP).`);
    }
    const listener = await this.#host.streams.listen(listen, stream => this.#accepted(stream));
    if (this.#isClosed) {
      listener.close();
      return undefined;
    }
    this.#listener = listener;
    await this.#openUdp(listener.address);
    return listener.address;
  }

  #newUtp(): UtpNetwork | undefined {
    const demux = this.#demux;
    if (demux === undefined || !this.#settings.transports.includes('utp')) return undefined;
    const { clock, secrets, random } = this.#host;
    return new UtpNetwork(utpOptions(this.#settings.utp), {
      clock,
      schedule: this.#schedule,
      demux,
      random: secrets ?? random,
      onStream: stream => this.#accepted(stream),
    });
  }

  #newTransports(): Transports {
    const { transports } = this.#settings;
    const { clock, streams } = this.#host;
    const tcp: Dial = (...dial) => streams.dial(...dial);
    const utp = this.#utp;
    const dials = {
      ...(transports.includes('tcp') && { tcp }),
      ...(utp !== undefined && { utp: (...dial: Parameters<Dial>) => utp.dial(...dial) }),
    };
    if (Object.keys(dials).length === 0)
      throw new TypeError('A session without TCP needs uTP, and a host with datagrams.');
    return new Transports(dials, clock);
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
    if (this.#reachablePort !== undefined) torrent.listeningOn(this.#reachablePort);
    torrent.dhtOn(this.#dhtPorts);
    // BEP 27: a private torrent's are not for anybody else.
    if (torrent.usesDht) this.#dht?.torrentNodes(options.info?.nodes ?? []);
    torrent.seenAs(this.#ownAddresses);
    this.#events.emit('added', torrent);
    torrent.start(remembered);
    this.#localDiscovery?.torrentCame();
    return torrent;
  }

  /** The DHT's, as far as it is used. */
  get dht(): Dht | undefined {
    return this.#dht;
  }

  get #dhtPorts(): DhtPorts {
    return { 4: this.#dht?.port(4), 6: this.#dht?.port(6) };
  }

  /** The address of the first socket that there is. */
  async #openUdp(listening: Address | undefined): Promise<Address | undefined> {
    const bound = await this.#demux?.open(udpAddresses(listening));
    if (this.#dht === undefined || this.#isClosed) return bound;
    await this.#dht.open();
    for (const torrent of this.#torrents) torrent.dhtOn(this.#dhtPorts);
    return bound;
  }

  get #ownAddresses(): OwnAddresses {
    return { ipv4: this.externalIp(4), ipv6: this.externalIp(6) };
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
    this.#listener?.close();
    this.#listener = undefined;
    this.#address = undefined;
    this.#greetings.close();
    this.#localDiscovery?.close();
    this.#trackers.closing(this.#torrents.size);
    // The turns of those that close are for nobody else.
    this.#dht?.turns.close();
    for (const torrent of this.torrents) void torrent.close();
    this.#connections.close();
    await this.#dht?.close();
    await Promise.all([...this.#closings, this.#portForward?.close()]);
    await this.#utp?.close();
    this.#schedule.clear();
    this.#trackers.close();
    this.#demux?.close();
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
      transports: this.#transports,
      rates: this.#rates,
      queue: this.#queue,
      turns: this.#turns,
      schedule: this.#schedule,
      seedLimits: () => this.#seedLimits,
      uploadSlots: () => this.#uploadSlots,
      areSlotsChosen: () => this.#areSlotsChosen,
      trackers: this.#trackers,
      dht: this.#dht,
      externalIpFound: (address, by) => this.#externalIpFound(address, by),
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

  #newDht(): Dht | undefined {
    const { dht, stateFolder } = this.#settings;
    if (dht === false || this.#demux === undefined) return undefined;
    return new Dht(
      { ...DHT_DEFAULTS, ...dht },
      {
        host: this.#host,
        demux: this.#demux,
        schedule: this.#schedule,
        stateFolder,
        listenPort: () => this.#reachablePort,
        externalIpFound: address => this.#externalIpFound(address, 'dht'),
      },
    );
  }

  #externalIpFound(address: string, by: string): void {
    if (!this.#externalIp.vote(address, by)) return;
    for (const torrent of this.#torrents) torrent.seenAs(this.#ownAddresses);
    this.#events.emit('external-ip', address);
  }

  #forwardPort(listen: Address): void {
    const { clock, datagrams, gateways, secrets, random } = this.#host;
    if (!this.#settings.portForward || this.#isClosed || datagrams === undefined || gateways === undefined)
      return;
    this.#portForward = new PortForward(listen, {
      clock,
      datagrams,
      gateways,
      random: secrets ?? random,
      onStatus: status => {
        if (status.state === 'open') {
          const { externalHost, gateway, tcpPort = listen.port } = status;
          if (externalHost !== undefined) this.#shared.externalIpFound(externalHost, `gateway ${gateway}`);
          this.#reachableAt(tcpPort);
        } else this.#reachableAt(listen.port);
        this.#events.emit('port-forward', status);
      },
    });
  }

  #discoverLocally(listen: Address): void {
    const { clock, multicast, random } = this.#host;
    if (!this.#settings.localDiscovery || this.#isClosed || multicast === undefined) return;
    this.#localDiscovery = new LocalDiscovery(listen, {
      clock,
      multicast,
      random,
      torrents: () => this.#torrents,
      found: (infoHash, address) => {
        const torrent = this.find(infoHash);
        if (torrent !== undefined && torrent.info?.private !== true)
          torrent.peersFound([address], 'lsd', infoHash);
      },
    });
  }

  /** What peers and trackers are told from here on: a router may have opened another port than ours. */
  #reachableAt(port: number): void {
    if (port === this.#reachablePort) return;
    this.#reachablePort = port;
    this.#trackers.portChanged(port);
    this.#dht?.turns.hurryAll();
    for (const torrent of this.#torrents) torrent.listeningOn(port);
  }

  #accepted(stream: Stream): void {
    const isBlocked = stream.remote !== undefined && this.#settings.ipFilter?.blocks(stream.remote.host);
    if (this.#isClosed || isBlocked) stream.close();
    else this.#greetings.accept(stream, this.#admission);
  }

  get #admission(): AdmissionSettings {
    return { ...this.#settings, ...this.#connections.limits };
  }

  #greeted(remote: Address, greeted: Greeted): void {
    const torrent = this.find(greeted.theirs.infoHash);
    const facts = peerFacts(remote, true, greeted);
    if (torrent === undefined) greeted.stream.close();
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
