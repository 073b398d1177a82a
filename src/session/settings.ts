// A session's settings, with their defaults and where those come from.

import type { Address } from '../core/bytes/compact-address.ts';
import { type EngineOptions, type EngineSettings, wholeOptions } from '../core/engine/options.ts';
import type { UploadSlots } from '../core/engine/upload-slots.ts';
import type { MuxOptions } from '../core/utp/options.ts';
import type { TransportName } from '../host/stream.ts';
import type { Allocation } from './add-options.ts';
import { localHostOf } from './bound-http.ts';
import type { DhtSettings } from './dht-settings.ts';
import type { Encryption } from './encryption.ts';
import type { AddressFilter } from './ip-filter.ts';
import type { QueueLimits, SlowRule } from './queue.ts';
import type { SeedLimits } from './seed-limits.ts';
import type { TrackerSettings } from './tracker-settings.ts';
import type { WebSeedSettings } from './web-seed-settings.ts';

export interface SessionOptions extends Partial<QueueLimits>, Partial<SlowRule>, Partial<SeedLimits> {
  /**
   * Where to listen for peers; port 0 lets the system choose. `false`: nowhere, only dial.
   * @default [::]:0, which takes IPv4 too
   */
  readonly listen?: Address | false;
  /** Connections of all torrents, dialled and accepted; changed while running by `setLimits`. @default 400 (others: 200–500) */
  readonly maxConnections?: number;
  /** Dials that stand open at a time, of all torrents; changed while running. @default 100: a dead address takes ten seconds */
  readonly maxDialling?: number;
  /** New dials of all torrents, after as many at once; changed while running. @default 30 (libtorrent) */
  readonly dialsPerSecond?: number;
  /**
   * Peers that each torrent uploads to at a time, where it was given no number of its own; `rate`: as many as its uplink
   * feeds. Changed while running. @default what `engine.choker` says, else 8
   */
  readonly uploadSlots?: UploadSlots;
  /** Addresses that all torrents know together; each may know twenty anyway. @default 100,000, some 30 MB */
  readonly maxKnownPeers?: number;
  /** Of `maxConnections`, kept for our own dials; half at the most. @default 40: strangers cannot stop a download */
  readonly dialPlaces?: number;
  /** Accepted connections whose handshake has not come. @default 64: they cost nothing to whoever makes them */
  readonly maxGreeted?: number;
  /**
   * Connections of one host, from which no more are accepted; an IPv6 host is a /64. This machine may have any number.
   * @default 10: some peers share an address behind a router (libtorrent allows one)
   */
  readonly maxPerHost?: number;
  /** @default 10,000 */
  readonly dialTimeoutMs?: number;
  /**
   * How peers are connected to, and may connect: both are raced, see `transports.ts`. Without UDP on the host, TCP alone.
   * @default tcp and utp
   */
  readonly transports?: readonly TransportName[];
  /** Of uTP: its limits, and what it aims at. */
  readonly utp?: Partial<MuxOptions>;
  /** From the first byte to the last of a handshake. @default 10,000 */
  readonly handshakeTimeoutMs?: number;
  /**
   * Whether connections are hidden and enciphered (Message Stream Encryption): `off`, `allow`, `prefer` or `require`.
   * @default allow: every peer can be reached, and no time goes into ciphers that nobody asked for
   */
  readonly encryption?: Encryption;
  /**
   * Encrypted handshakes of those who dial us; more than that in a second are refused.
   * @default 100: each takes 0.6 ms, and nothing from whoever asks for it
   */
  readonly maxKeyExchangesPerSecond?: number;
  /**
   * Of all torrents together; changed while running by `Session.setLimits`. Counted are the bytes of the protocol, blocks
   * and all else. 0: no block leaves, or is asked for. @default Infinity: no limit
   */
  readonly uploadBytesPerSecond?: number;
  readonly downloadBytesPerSecond?: number;
  /**
   * The limits hold for peers on this machine and on private networks too.
   * @default true (as qBittorrent and Transmission; libtorrent by itself leaves them out)
   */
  readonly limitsLocalPeers?: boolean;
  /**
   * The headers of IP and TCP count too, 40 bytes for 1,460 both ways, as libtorrent's `rate_limit_ip_overhead` guesses.
   * @default false (as qBittorrent: what is set is what the figures show)
   */
  readonly limitsPackets?: boolean;
  /**
   * Torrents whose data is being hashed at a time; changed while running. Others wait. @default 4: small ones keep the
   * threads busy, and large ones do not send a disk from one end to the other (libtorrent: 1)
   */
  readonly maxChecking?: number;
  /**
   * What happens where a torrent has been seeded enough: it is paused, or only told of by its event `seed-limit`.
   * @default pause
   */
  readonly atSeedLimit?: 'pause' | 'tell';
  /**
   * Has the router of this network let peers in (PCP, NAT-PMP, UPnP), and takes that back at the end; needs a host with
   * `gateways`. Never where `listen` is this machine alone. @default false: a library opens nothing by itself
   */
  readonly portForward?: boolean;
  /**
   * Tells this machine's network which torrents there are, and hears who else has them (BEP 14); needs a host with
   * `multicast`. Never private torrents, never where `listen` is this machine alone. @default false: a library speaks to
   * nobody by itself
   */
  readonly localDiscovery?: boolean;
  /**
   * Peers that are neither dialled nor let in; trackers and web seeds are asked all the same. Changed while running by
   * `setIpFilter`. @default none
   */
  readonly ipFilter?: AddressFilter | undefined;
  /** What peers are told that we are. @default Swarmline 0.1.0 */
  readonly client?: string;
  /**
   * Where torrents are remembered from one run to the next, in a folder of this session's own; needs a host with
   * `stateFiles`. @default undefined: they are not
   */
  readonly stateFolder?: string | undefined;
  /**
   * From a piece to its place in the record, while there are pieces: what is lost where the power fails. Each time what
   * was written is flushed. @default 5000 (the time after which Linux writes of its own)
   */
  readonly recordMs?: number;
  /** From a change of nothing but totals, such as bytes given, to their record. @default 300,000 */
  readonly totalsMs?: number;
  /**
   * How files get their room on the disk: `sparse`, as they fill, or `full`, before anything is fetched, which writes
   * everything twice. @default sparse
   */
  readonly allocation?: Allocation;
  /** The engine's, for every torrent. */
  readonly engine?: EngineSettings;
  /** How trackers are asked. */
  readonly trackers?: Partial<TrackerSettings>;
  /**
   * How peers are found by the DHT, or that they are not; needs a host with `datagrams`.
   * @default false: it tells strangers which torrents are here, and that is for the program to say
   */
  readonly dht?: Partial<DhtSettings> | false;
  /** How web seeds are used. */
  readonly webSeeds?: Partial<WebSeedSettings>;
}

export type Settings = Required<Omit<SessionOptions, 'uploadSlots' | 'engine' | 'trackers' | 'webSeeds'>> & {
  readonly uploadSlots: UploadSlots | undefined;
  /** Made whole. */
  readonly engine: EngineOptions;
  readonly trackers: Partial<TrackerSettings>;
  readonly dht: Partial<DhtSettings> | false;
  readonly webSeeds: WebSeedSettings;
};

/** The engine's, made whole, for a session that listens there. */
export function wholeEngine(options: SessionOptions): EngineOptions {
  const engine = wholeOptions(engineSettings(options));
  const localHost = localHostOf(options.listen ?? SESSION_DEFAULTS.listen);
  return localHost === undefined ? engine : { ...engine, knownPeers: { ...engine.knownPeers, localHost } };
}

/** The engine's, with the number of upload slots that was chosen for the session. */
function engineSettings({ engine, uploadSlots }: SessionOptions): EngineSettings | undefined {
  return uploadSlots === undefined
    ? engine
    : { ...engine, choker: { ...engine?.choker, slots: uploadSlots } };
}

export const SESSION_DEFAULTS: Omit<Settings, 'engine' | 'webSeeds'> = {
  listen: { host: '::', port: 0 },
  maxConnections: 400,
  maxDialling: 100,
  dialsPerSecond: 30,
  uploadSlots: undefined,
  maxKnownPeers: 100_000,
  dialPlaces: 40,
  maxGreeted: 64,
  maxPerHost: 10,
  dialTimeoutMs: 10_000,
  transports: ['tcp', 'utp'],
  utp: {},
  handshakeTimeoutMs: 10_000,
  encryption: 'allow',
  maxKeyExchangesPerSecond: 100,
  uploadBytesPerSecond: Number.POSITIVE_INFINITY,
  downloadBytesPerSecond: Number.POSITIVE_INFINITY,
  limitsLocalPeers: true,
  limitsPackets: false,
  maxActiveDownloads: Number.POSITIVE_INFINITY,
  maxActiveSeeds: Number.POSITIVE_INFINITY,
  maxActive: Number.POSITIVE_INFINITY,
  // libtorrent, `inactive_down_rate`, `auto_manage_startup`.
  slowBytesPerSecond: 2048,
  slowAfterMs: 60_000,
  maxChecking: 4,
  seedRatio: Number.POSITIVE_INFINITY,
  seedTimeMs: Number.POSITIVE_INFINITY,
  seedIdleMs: Number.POSITIVE_INFINITY,
  atSeedLimit: 'pause',
  portForward: false,
  localDiscovery: false,
  ipFilter: undefined,
  client: 'Swarmline 0.1.0',
  stateFolder: undefined,
  recordMs: 5000,
  totalsMs: 300_000,
  allocation: 'sparse',
  trackers: {},
  dht: false,
};
