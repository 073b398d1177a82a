// One torrent and everything that its exchange takes on this machine: host, session, trackers. What `share` and `get`
// have in common; they only differ in what they show.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { PeerSource } from '../core/engine/known-peers.ts';
import { PEX_DEFAULTS } from '../core/engine/pex-options.ts';
import type { PeerStats } from '../core/engine/stats.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { MagnetPeer } from '../core/metainfo/magnet.ts';
import type { TransportName } from '../host/stream.ts';
import { describeSystemError } from '../io/file-fault.ts';
import { Line } from '../io/line.ts';
import { nodeHost } from '../io/node-host.ts';
import type { ProxyOptions } from '../io/proxy-url.ts';
import type { DhtSettings } from '../session/dht-settings.ts';
import type { Encryption } from '../session/encryption.ts';
import type { RateLimits } from '../session/rate-limits.ts';
import { Session } from '../session/session.ts';
import type { AddOptions, SessionTorrent } from '../session/session-torrent.ts';
import { SESSION_DEFAULTS } from '../session/settings.ts';
import { readIpFilter } from './ip-filter-file.ts';
import { formatPlural } from './output/figures.ts';
import { programName } from './program-name.ts';

/** An interface of this machine by which alone everything leaves. */
export interface LineChoice {
  readonly device: string;
  /** Who is asked for names. @default the machine's own, where they are not on it */
  readonly nameServers?: readonly string[] | undefined;
}

export interface ExchangeOptions {
  readonly add: AddOptions;
  readonly trackers: readonly (readonly string[])[];
  /** To be dialled at once. */
  readonly peers?: readonly MagnetPeer[];
  /** Where peers can dial us. @default 6881 where it is free, else any */
  readonly port?: number;
  /** The address to listen at. @default every one that the machine has */
  readonly bind?: string;
  /** Of connections to peers. @default allow */
  readonly encryption?: Encryption;
  /** @default tcp and utp */
  readonly transports?: readonly TransportName[];
  /** The router of this network lets peers in. @default true */
  readonly portForward?: boolean;
  /** Everything goes through it; nobody can dial us then. @default none */
  readonly proxy?: ProxyOptions | undefined;
  /** Everything leaves by it alone. @default any */
  readonly line?: LineChoice | undefined;
  /** A file of addresses that are neither dialled nor let in. @default none */
  readonly ipFilter?: string;
  /** Peers are looked for on this network. @default true */
  readonly localDiscovery?: boolean;
  /** Peers tell each other of others. @default true */
  readonly peerExchange?: boolean;
  /** Connections at a time. @default 100 */
  readonly maxPeers?: number;
  /** @default false */
  readonly dht?: Partial<DhtSettings> | false;
  /** @default none */
  readonly limits?: Partial<RateLimits>;
  /** Where it is remembered from one run to the next. @default nowhere */
  readonly stateFolder?: string;
  /** Whatever is remembered, all is hashed. @default false */
  readonly recheck?: boolean;
}

export class Exchange {
  readonly session: Session;
  readonly torrent: SessionTorrent;
  readonly #options: ExchangeOptions;
  readonly #host: ReturnType<typeof nodeHost>;
  #peerFault: string | undefined;
  readonly #startedAt = performance.now();

  private constructor(
    options: ExchangeOptions,
    host: ReturnType<typeof nodeHost>,
    session: Session,
    torrent: SessionTorrent,
  ) {
    this.#options = options;
    this.#host = host;
    this.session = session;
    this.torrent = torrent;
  }

  /**
   * Listens, adds the torrent, and asks its trackers for peers.
   * @throws SwarmlineError `LISTEN_FAILED`, and those of `Session.add`
   */
  static async start(options: ExchangeOptions): Promise<Exchange> {
    const line = options.line && (await Line.open(options.line.device, options.line.nameServers));
    const host = nodeHost({ proxy: options.proxy, line });
    let session: Session | undefined;
    try {
      session = await openSession(host, options);
      const torrent = session.add({ ...whatToAdd(options), trackers: options.trackers });
      const exchange = new Exchange(options, host, session, torrent);
      // Not waited for: what the torrent says meanwhile would be missed.
      for (const peer of options.peers ?? []) void exchange.#dialNamed(peer);
      return exchange;
    } catch (error) {
      await session?.close();
      await host.disk.close();
      throw error;
    }
  }

  /** Why no peers are found: the first tracker's error, where none of them works, or a named peer that is nowhere. */
  get fault(): string | undefined {
    const { trackers, peers = [], bind } = this.#options;
    const { knownPeerCount, outOfReachCount } = this.torrent.stats();
    if (knownPeerCount === 0 && outOfReachCount > 0)
      return `${formatPlural(outOfReachCount, 'peer is', 'peers are')} known, and none can be reached from ${bind}.`;
    const webSeeds = this.torrent.webSeeds();
    if (trackers.length + peers.length + webSeeds.length === 0 && !this.torrent.stats().isComplete)
      return this.#dhtFault;
    if (webSeeds.some(({ state }) => state === 'active')) return undefined;
    const status = this.torrent.trackers();
    if (status.some(tracker => tracker.state === 'working')) return undefined;
    const failed = status.find(tracker => tracker.error !== undefined);
    return failed?.error ?? this.#peerFault ?? webSeeds.find(({ error }) => error !== undefined)?.error;
  }

  /** Where it is the only way to peers. */
  get #dhtFault(): string | undefined {
    if (!this.torrent.usesDht) return NO_WAY_TO_PEERS;
    const udp = this.session.proxy?.udp;
    if (udp !== undefined && 'reason' in udp) return `${udp.reason} ${OTHER_WAYS}`;
    const isLate = performance.now() - this.#startedAt > DHT_PATIENCE_MS;
    return isLate && this.session.dht?.status.nodes === 0 ? NO_NODES : undefined;
  }

  /** What there is of the DHT, and where peers come from: for a line of their own. Undefined without a DHT. */
  get reach(): string | undefined {
    const { dht } = this.session;
    if (dht === undefined || !this.torrent.usesDht) return undefined;
    const bySource = countBySource(this.torrent.peers());
    const peers = [...bySource].map(([source, count]) => `${SOURCE_WORDS[source]} ${count}`).join(', ');
    const nodes = formatPlural(dht.status.nodes, 'node');
    return `DHT: ${nodes}${peers === '' ? '' : `   peers by ${peers}`}`;
  }

  /** Says goodbye to the trackers and the peers, and closes the files. */
  async close(): Promise<void> {
    await this.session.close();
    await this.#host.disk.close();
  }

  async #dialNamed({ host, port }: MagnetPeer): Promise<void> {
    // A name would be looked up past the proxy.
    if (this.#options.proxy !== undefined && isIP(host) === 0) {
      this.#peerFault = `With a proxy a peer is named by its address, not as ${host}.`;
      return;
    }
    try {
      const line = this.#options.line === undefined ? undefined : this.#host.names;
      const address = line === undefined ? (await lookup(host)).address : (await line.resolve(host))[0]!;
      this.torrent.peersFound([{ host: address, port }], 'user');
    } catch (error) {
      this.#peerFault = `The peer ${host}:${port} is not found: ${describeSystemError(error)}.`;
    }
  }
}

export type SessionChoices = Omit<ExchangeOptions, 'add' | 'trackers' | 'peers' | 'recheck'>;

/** A session that listens. @throws SwarmlineError `LISTEN_FAILED` */
export async function openSession(
  host: ReturnType<typeof nodeHost>,
  {
    port,
    bind = '::',
    encryption = 'allow',
    transports,
    stateFolder,
    maxPeers,
    dht = false,
    limits = {},
    ...options
  }: SessionChoices,
): Promise<Session> {
  const ipFilter = options.ipFilter === undefined ? undefined : await readIpFilter(options.ipFilter);
  // A usual port is one that a router may have been opened for; where it is taken, any will do.
  const choices = port === undefined ? [USUAL_PORT, 0] : [port];
  for (const [i, choice] of choices.entries()) {
    const session = new Session(
      {
        listen: options.proxy === undefined && { host: bind, port: choice },
        encryption,
        dht,
        ...(transports !== undefined && { transports }),
        ipFilter,
        portForward: options.portForward ?? true,
        localDiscovery: options.localDiscovery ?? true,
        stateFolder,
        client: programName(),
        // What ends it is the command's to decide.
        atSeedLimit: 'tell',
        engine: {
          ...(maxPeers !== undefined && { maxPeers }),
          pex: { ...PEX_DEFAULTS, isOn: options.peerExchange ?? true },
        },
        ...(maxPeers !== undefined && {
          maxConnections: Math.max(maxPeers, SESSION_DEFAULTS.maxConnections),
        }),
      },
      host,
    );
    try {
      await session.listen();
      session.setLimits(limits);
      return session;
    } catch (error) {
      if (!(error instanceof SwarmlineError) || i === choices.length - 1) throw error;
    }
  }
  throw new TypeError('listen: there is no port to try');
}

/** Places are remembered by their full names: the next run may begin in another folder. */
function whatToAdd({ add, recheck = false }: ExchangeOptions): AddOptions {
  const { downloadDir, sources } = add;
  return {
    ...add,
    recheck,
    downloadDir: resolve(downloadDir),
    ...(sources === undefined ? {} : { sources: sources.map(source => resolve(source)) }),
  };
}

const USUAL_PORT = 6881;
/** How many peers came from where; those of web seeds are not peers. */
export function countBySource(peers: readonly PeerStats[]): ReadonlyMap<PeerSource, number> {
  const counts = new Map<PeerSource, number>();
  for (const { source, webSeed } of peers)
    if (webSeed === undefined) counts.set(source, (counts.get(source) ?? 0) + 1);
  return counts;
}

const SOURCE_WORDS: Readonly<Record<PeerSource, string>> = {
  tracker: 'tracker',
  user: 'name',
  incoming: 'their own call',
  pex: 'exchange',
  dht: 'DHT',
  lsd: 'local search',
  resume: 'memory',
};
const DHT_PATIENCE_MS = 10_000;
const OTHER_WAYS = 'Name a tracker with --tracker, or a peer with --peer.';
const NO_NODES =
  'No node of the DHT answers yet: name one with --dht-router, a tracker with --tracker, or a peer with --peer.';
const NO_WAY_TO_PEERS =
  'It names no tracker, the DHT is not used, and nobody on this network has it so far: name a tracker with --tracker, or a peer with --peer.';
