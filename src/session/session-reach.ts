// How a session and others reach one another: where it listens, by TCP and uTP; the one UDP port for all that share it; the DHT, the
// router that lets peers in, this machine's own network; the trackers that are told of it; and what is believed of its address.

import { addressScope } from '../core/bytes/address-scope.ts';
import { type Address, formatAddress } from '../core/bytes/compact-address.ts';
import type { DhtPorts, OwnAddresses } from '../core/engine/state.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Host } from '../host/host.ts';
import type { HttpClient } from '../host/http.ts';
import type { HostProxy, ProxyUdp } from '../host/proxy.ts';
import type { Stream, StreamListener } from '../host/stream.ts';
import { localHostOf } from './bound-http.ts';
import { Dht } from './dht.ts';
import { DHT_DEFAULTS } from './dht-settings.ts';
import { type AddressSource, ExternalIp } from './external-ip.ts';
import type { IpFilterStatus } from './ip-filter.ts';
import { LocalDiscovery } from './local-discovery.ts';
import { PortForward, type PortForwardStatus } from './port-forward.ts';
import type { ReachFacts, WhyNot } from './reach-facts.ts';
import type { Schedule } from './schedule.ts';
import type { AddOptions, SessionTorrent } from './session-torrent.ts';
import type { Settings } from './settings.ts';
import { TRACKER_DEFAULTS } from './tracker-settings.ts';
import { Trackers } from './trackers.ts';
import { type Dial, Transports } from './transports.ts';
import { UdpDemux, udpAddresses } from './udp-demux.ts';
import { UtpNetwork, utpOptions } from './utp-network.ts';

export interface ReachDeps {
  readonly host: Host;
  readonly http: HttpClient;
  readonly settings: Settings;
  readonly schedule: Schedule;
  readonly peerId: Uint8Array;
  readonly torrents: () => Iterable<SessionTorrent>;
  /** The torrent of a wire info hash. */
  readonly find: (infoHash: Uint8Array) => SessionTorrent | undefined;
  /** Somebody has connected. */
  readonly accepted: (stream: Stream) => void;
  readonly externalIpChanged: (host: string) => void;
  readonly portForwardChanged: (status: PortForwardStatus) => void;
  readonly proxyChanged: (udp: ProxyUdp) => void;
}

export class SessionReach {
  readonly trackers: Trackers;
  readonly dht: Dht | undefined;
  readonly transports: Transports;
  readonly #deps: ReachDeps;
  readonly #demux: UdpDemux | undefined;
  readonly #utp: UtpNetwork | undefined;
  readonly #externalIp = new ExternalIp();
  #listener: StreamListener | undefined;
  #address: Address | undefined;
  #portForward: PortForward | undefined;
  #localDiscovery: LocalDiscovery | undefined;
  /** Ours, or the one that a router has opened for it. */
  #reachablePort: number | undefined;
  /** Connections by TCP from the Internet that have come, and when the last one did. */
  #incoming = 0;
  #lastIncomingAt: number | undefined;
  #isClosed = false;

  constructor(deps: ReachDeps) {
    this.#deps = deps;
    const { host, http, settings, peerId } = deps;
    const { trackers, client, listen } = settings;
    this.#demux = host.datagrams && new UdpDemux(host.datagrams);
    const { clock, names, random, secrets } = host;
    this.trackers = new Trackers(
      { ...TRACKER_DEFAULTS, ...trackers },
      {
        host: { clock, http, names, random, secrets },
        demux: this.#demux,
        peerId,
        userAgent: client,
        listen,
      },
    );
    this.dht = this.#newDht();
    this.#utp = this.#newUtp();
    this.transports = this.#newTransports();
    if (host.proxy !== undefined)
      host.proxy.onUdp = udp => {
        if (udp.state === 'on') this.dht?.wayOpened();
        deps.proxyChanged(udp);
      };
  }

  /** Where peers can dial us; undefined before `listen` and without a listener. */
  get address(): Address | undefined {
    return this.#address;
  }

  get portForward(): PortForwardStatus {
    return this.#portForward?.status ?? { state: 'off' };
  }

  get proxy(): Pick<HostProxy, 'url' | 'udp'> | undefined {
    const { proxy } = this.#deps.host;
    return proxy && { url: proxy.url, udp: proxy.udp };
  }

  externalIp(family: 4 | 6): string | undefined {
    return this.#externalIp.best(family);
  }

  /** `by`: the tracker, the router, the DHT, or the peer's host. */
  externalIpFound(address: string, by: string, source: AddressSource): void {
    if (!this.#externalIp.vote(address, by, source)) return;
    for (const torrent of this.#deps.torrents()) torrent.seenAs(this.#ownAddresses);
    this.#deps.externalIpChanged(address);
  }

  facts(ipFilter: IpFilterStatus | undefined): ReachFacts {
    const { settings, host } = this.#deps;
    const udp = ([4, 6] as const).flatMap(family => this.#demux?.address(family) ?? []);
    const noUdp: WhyNot = host.proxy === undefined ? 'no-udp' : 'proxy';
    const isUdp = udp.length > 0 && (host.proxy === undefined || host.proxy.udp.state === 'on');
    const lease = this.#portForward?.leaseEndsAt;
    return {
      tcp: this.#listener?.address,
      udp: udp.filter(({ port }) => port !== 0),
      external: this.#externalIp.known(),
      incoming: this.#incoming,
      lastIncomingAt: this.#lastIncomingAt,
      portForward: this.#noForward ?? this.portForward,
      leaseEndsAt: lease && lease - host.clock.now() + host.clock.wallTime(),
      dht: settings.dht === false ? 'unwanted' : isUdp && this.dht !== undefined ? this.dht.status : noUdp,
      utp: !settings.transports.includes('utp') ? 'unwanted' : isUdp ? 'on' : noUdp,
      localDiscovery: this.#noLocalDiscovery ?? 'on',
      peerExchange: settings.engine.pex.isOn ? 'on' : 'unwanted',
      proxy: this.proxy,
      ipFilter,
    };
  }

  get #noForward(): WhyNot | undefined {
    const { settings, host } = this.#deps;
    if (!settings.portForward) return 'unwanted';
    if (host.proxy !== undefined) return 'proxy';
    if (this.#address === undefined) return 'not-listening';
    if (addressScope(this.#address.host) === 'loopback') return 'this-machine';
    if (this.#portForward === undefined) return 'no-routers';
    return this.#portForward.isElsewhere ? 'other-network' : undefined;
  }

  get #noLocalDiscovery(): WhyNot | undefined {
    const { settings, host } = this.#deps;
    if (!settings.localDiscovery) return 'unwanted';
    if (host.proxy !== undefined) return 'proxy';
    if (this.#address === undefined) return 'not-listening';
    if (addressScope(this.#address.host) === 'loopback') return 'this-machine';
    return this.#localDiscovery?.isOn === true ? undefined : 'no-udp';
  }

  /** See `Session.listen`. @throws SwarmlineError `LISTEN_FAILED` */
  async listen(): Promise<Address | undefined> {
    const { listen } = this.#deps.settings;
    if (listen === false) {
      await this.#openUdp(undefined);
      this.trackers.open(undefined);
      return undefined;
    }
    const address = await this.#listenAt(listen);
    if (this.#isClosed || address === undefined) return undefined;
    this.#address = address;
    this.#reachableAt(address.port);
    this.trackers.open(address.port);
    this.#forwardPort(address);
    this.#discoverLocally(address);
    return address;
  }

  /** Tells a torrent that is new what it has to know; then it starts, and `torrentStarted`. */
  torrentAdded(torrent: SessionTorrent, { info }: AddOptions): void {
    if (this.#reachablePort !== undefined) torrent.listeningOn(this.#reachablePort);
    torrent.dhtOn(this.#dhtPorts);
    // BEP 27: a private torrent's are not for anybody else.
    if (torrent.usesDht) this.dht?.torrentNodes(info?.nodes ?? []);
    torrent.seenAs(this.#ownAddresses);
  }

  torrentStarted(): void {
    this.#localDiscovery?.torrentCame();
  }

  /** Nobody is let in any more; so many torrents say goodbye. */
  closing(torrentCount: number): void {
    this.#isClosed = true;
    this.#listener?.close();
    this.#listener = undefined;
    this.#address = undefined;
    this.#localDiscovery?.close();
    this.trackers.closing(torrentCount);
    // The turns of those that close are for nobody else.
    this.dht?.turns.close();
  }

  /** When the torrents are closed, as these promises say, the sockets are too. */
  async close(torrents: Iterable<Promise<void>>): Promise<void> {
    await this.dht?.close();
    await Promise.all([...torrents, this.#portForward?.close()]);
    await this.#utp?.close();
    this.#deps.schedule.clear();
    this.trackers.close();
    this.#demux?.close();
  }

  /** By TCP, and at the same port by UDP; or, where TCP is not wanted, by UDP alone. */
  async #listenAt(listen: Address): Promise<Address | undefined> {
    if (!this.#deps.settings.transports.includes('tcp')) {
      const bound = await this.#openUdp(listen);
      if (bound !== undefined || this.#isClosed) return bound;
      throw new SwarmlineError('LISTEN_FAILED', `Cannot listen on ${formatAddress(listen)} (UDP).`);
    }
    const listener = await this.#deps.host.streams.listen(listen, stream => this.#accepted(stream));
    if (this.#isClosed) {
      listener.close();
      return undefined;
    }
    this.#listener = listener;
    await this.#openUdp(listener.address);
    return listener.address;
  }

  /**
   * Whoever comes by TCP has got through. By uTP that shows nothing: a router lets in what comes from where we sent something ourselves,
   * to a node of the DHT or to who dials us at the same time (BEP 55).
   */
  #accepted(stream: Stream): void {
    const { remote, transport } = stream;
    if (transport !== 'utp' && remote !== undefined && addressScope(remote.host) === 'public') {
      this.#incoming++;
      this.#lastIncomingAt = this.#deps.host.clock.wallTime();
    }
    this.#deps.accepted(stream);
  }

  #newUtp(): UtpNetwork | undefined {
    const demux = this.#demux;
    if (demux === undefined || !this.#deps.settings.transports.includes('utp')) return undefined;
    const { clock, secrets, random } = this.#deps.host;
    return new UtpNetwork(utpOptions(this.#deps.settings.utp), {
      clock,
      schedule: this.#deps.schedule,
      demux,
      random: secrets ?? random,
      onStream: stream => this.#accepted(stream),
    });
  }

  #newTransports(): Transports {
    const { transports } = this.#deps.settings;
    const { clock, streams } = this.#deps.host;
    const localHost = localHostOf(this.#deps.settings.listen);
    const tcp: Dial = (address, timeoutMs, done) => streams.dial(address, timeoutMs, done, localHost);
    const utp = this.#utp;
    const dials = {
      ...(transports.includes('tcp') && { tcp }),
      ...(utp !== undefined && { utp: (...dial: Parameters<Dial>) => utp.dial(...dial) }),
    };
    if (Object.keys(dials).length === 0)
      throw new TypeError('A session without TCP needs uTP, and a host with datagrams.');
    return new Transports(dials, clock);
  }

  get #dhtPorts(): DhtPorts {
    return { 4: this.dht?.port(4), 6: this.dht?.port(6) };
  }

  /** The address of the first socket that there is. */
  async #openUdp(listening: Address | undefined): Promise<Address | undefined> {
    const bound = await this.#demux?.open(udpAddresses(listening));
    if (this.dht === undefined || this.#isClosed) return bound;
    await this.dht.open();
    for (const torrent of this.#deps.torrents()) torrent.dhtOn(this.#dhtPorts);
    return bound;
  }

  get #ownAddresses(): OwnAddresses {
    return { ipv4: this.externalIp(4), ipv6: this.externalIp(6) };
  }

  #newDht(): Dht | undefined {
    const { dht, stateFolder } = this.#deps.settings;
    if (dht === false || this.#demux === undefined) return undefined;
    return new Dht(
      { ...DHT_DEFAULTS, ...dht },
      {
        host: this.#deps.host,
        demux: this.#demux,
        schedule: this.#deps.schedule,
        stateFolder,
        listenPort: () => this.#reachablePort,
        externalIpFound: address => this.externalIpFound(address, 'dht', 'dht'),
      },
    );
  }

  #forwardPort(listen: Address): void {
    const { clock, datagrams, gateways, secrets, random } = this.#deps.host;
    if (
      !this.#deps.settings.portForward ||
      this.#isClosed ||
      datagrams === undefined ||
      gateways === undefined
    )
      return;
    this.#portForward = new PortForward(listen, {
      clock,
      datagrams,
      gateways,
      random: secrets ?? random,
      onStatus: status => {
        if (status.state === 'open') {
          const { externalHost, gateway, tcpPort = listen.port } = status;
          if (externalHost !== undefined) this.externalIpFound(externalHost, `gateway ${gateway}`, 'router');
          this.#reachableAt(tcpPort);
        } else this.#reachableAt(listen.port);
        this.#deps.portForwardChanged(status);
      },
    });
  }

  #discoverLocally(listen: Address): void {
    const { clock, multicast, random } = this.#deps.host;
    if (!this.#deps.settings.localDiscovery || this.#isClosed || multicast === undefined) return;
    this.#localDiscovery = new LocalDiscovery(listen, {
      clock,
      multicast,
      random,
      torrents: this.#deps.torrents,
      found: (infoHash, address) => {
        const torrent = this.#deps.find(infoHash);
        if (torrent !== undefined && torrent.info?.private !== true)
          torrent.peersFound([address], 'lsd', infoHash);
      },
    });
  }

  /** What peers and trackers are told from here on: a router may have opened another port than ours. */
  #reachableAt(port: number): void {
    if (port === this.#reachablePort) return;
    this.#reachablePort = port;
    this.trackers.portChanged(port);
    this.dht?.turns.hurryAll();
    for (const torrent of this.#deps.torrents()) torrent.listeningOn(port);
  }
}
