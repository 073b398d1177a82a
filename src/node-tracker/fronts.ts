// The fronts of a tracker: the ways in, each of which ends in the one Tracker. They share a port number: the first chooses
// it, the others take it. Where there are several threads each has them too, and the main one what only it can answer.

import { readFile } from 'node:fs/promises';
import type { Address } from '../core/bytes/compact-address.ts';
import { type IpPrefix, isInPrefix } from '../core/bytes/ip-prefix.ts';
import type { Random } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';
import type { ServerRequest, ServerResponse } from '../host/http-server.ts';
import { newPlacesMemory } from '../io/connection-places.ts';
import type { GivenConnection } from '../io/http-handover.ts';
import { serveHttp } from '../io/http-server.ts';
import { nativeKeyedHashes } from '../io/native-hashes.ts';
import { serveWebSockets } from '../io/ws-server.ts';
import { ConnectionIds } from '../tracker/connection-ids.ts';
import { handleTrackerRequest } from '../tracker/http.ts';
import { BANNED } from '../tracker/refusals.ts';
import type { Tracker } from '../tracker/tracker.ts';
import { WsTracker, type WsTrackerOptions } from '../tracker/ws.ts';
import type { TrackerOps } from './ops.ts';
import { bindSharedTcp, sharedSockets } from './shared-sockets.ts';
import { startThreads, type ThreadHttpOptions, type ThreadSettings, type Told } from './threads.ts';
import type { LoadedTls } from './tls.ts';
import { startSharedUdpFront, startUdpFront, type UdpFrontOptions } from './udp-front.ts';

export interface FrontOptions extends WsTrackerOptions {
  /** The address to listen at. @default "::", which takes IPv4 too; "0.0.0.0" where the machine has no IPv6 */
  readonly host?: string;
  /** Of every protocol. @default 0: any that is free */
  readonly port?: number;
  /** Connections of HTTP and WebSocket at one time; more are closed at once. @default 20,000 */
  readonly maxConnections?: number;
  /** Of these, from one address that is no trusted proxy. @default 256 */
  readonly maxConnectionsPerAddress?: number;
  /** Answers over UDP too. @default true */
  readonly udp?: boolean;
  /** Connections of trusted proxies begin with a PROXY v2 header. @default false */
  readonly proxyProtocol?: boolean;
}

/** One way in. */
export interface Front {
  /** The schemes of URLs that lead to it. */
  readonly schemes: readonly string[];
  readonly address: Address;
  /** What of the options can be changed while it runs. */
  configure?(options: FrontOptions): void;
  /** Tells threads of its own what has changed; resolved when all have heard. */
  tell?(what: Told): Promise<void>;
  close(): Promise<void>;
}

export interface FrontDeps {
  readonly tracker: Tracker;
  readonly random: Random;
  readonly clock: Clock;
  /** Of UDP's connection ids. */
  readonly secret: Uint8Array;
  readonly ops: TrackerOps;
  /** The store answers later than at once. @default false */
  readonly answersLater?: boolean;
  /** How many threads answer, where it is more than this one, and what others are started with. */
  readonly workers?:
    | {
        readonly count: number;
        readonly settings: Omit<ThreadSettings, 'thread' | 'udp' | 'http' | 'connectionIds'>;
      }
    | undefined;
  /** Those of the moment: they may change while it runs. */
  readonly live: {
    readonly trustedProxies: readonly IpPrefix[];
    readonly tls: LoadedTls | undefined;
    /** Torrent files for download: name to path. */
    readonly files: ReadonlyMap<string, string>;
  };
}

/**
 * Starts them all, or none: where one fails, those that listen already are closed.
 * @throws SwarmlineError `LISTEN_FAILED` by way of the promise
 */
export async function startFronts(options: FrontOptions, deps: FrontDeps): Promise<StartedFronts> {
  const { port = 0 } = options;
  // A port that the system chose for one protocol may be taken in another.
  for (let attempts = port === 0 ? PORT_ATTEMPTS : 1; ; attempts--) {
    try {
      return await startOnce(options, deps);
    } catch (error) {
      if (attempts === 1 || !(error instanceof SwarmlineError)) throw error;
    }
  }
}

export interface StartedFronts {
  readonly address: Address;
  readonly fronts: readonly Front[];
}

async function startOnce(options: FrontOptions, deps: FrontDeps): Promise<StartedFronts> {
  const fronts: Front[] = [];
  try {
    const http = await startHttp(options, deps);
    fronts.push(http.front);
    const { address } = http.front;
    const udp = options.udp === false ? undefined : await startUdp({ ...options, port: address.port }, deps);
    if (udp !== undefined) fronts.push(udp.front);
    if (deps.workers !== undefined)
      fronts.push(
        await startOthers(deps, deps.workers, {
          address,
          http: http.settings,
          udp: udp?.options,
          adopt: http.adopt,
        }),
      );
    return { address, fronts };
  } catch (error) {
    await Promise.all(fronts.map(front => front.close()));
    throw error;
  }
}

/** HTTP and HTTPS, and WebSocket on the same port, for it begins as HTTP. */
async function startHttp(options: FrontOptions, deps: FrontDeps): Promise<StartedHttp> {
  const { tracker, random, live, clock, ops } = deps;
  const { counts, view } = ops;
  const ws = new WsTracker(options, { tracker, random, now: () => clock.now(), counts: counts.ws });
  const sockets = serveWebSockets({
    connected: socket => ws.connected(socket),
    moved: (received, sent) => counts.ws.moved(received, sent),
  });
  const { host, port = 0, maxConnections = 20_000, proxyProtocol = false } = options;
  const settings = {
    ...{ maxConnections, maxConnectionsPerHost: options.maxConnectionsPerAddress ?? 256, proxyProtocol },
    placesMemory: newPlacesMemory(random.below(2 ** 32)),
  };
  const libc = deps.workers === undefined ? undefined : await sharedSockets();
  const at =
    libc === undefined ? { port, ...(host !== undefined && { host }) } : bindSharedTcp(libc, host, port);
  const server = await serveHttp({
    ...at,
    ...settings,
    isTrustedProxy: ip => live.trustedProxies.some(prefix => isInPrefix(ip, prefix)),
    handle: (request, respond) => {
      if (ops.front.owns(request.path)) ops.front.handle(request, respond);
      else if (request.path.includes(TORRENTS)) serveTorrent(request, deps, respond);
      else handleTrackerRequest(tracker, request, clock.now(), respond, counts.http);
    },
    secureContext: () => live.tls?.context,
    // Who is banned gets no further; a handshake counts as a request.
    admitsHandshake: ip => !tracker.bans.has(ip) && tracker.admits(ip, clock.now()),
    takesChanges: path => ops.front.takesChanges(path),
    moved: (received, sent) => counts.http.moved(received, sent),
    upgrade: request => sockets.upgrade(request),
  });
  view.webSockets = ws;
  view.httpConnections = () => server.connectionCount;
  const front: Front = {
    get schemes() {
      return live.tls === undefined ? ['http', 'ws'] : ['https', 'wss', 'http', 'ws'];
    },
    address: server.address,
    configure: changed => ws.configure(changed),
    close: async () => {
      ws.close();
      const closed = server.close();
      sockets.close();
      await closed;
    },
  };
  return { front, settings, adopt: connection => server.adopt(connection) };
}

/** UDP. The path of a URL is read (BEP 41), for keys stand there. */
async function startUdp({ host, port }: FrontOptions, deps: FrontDeps) {
  const { tracker, clock, secret, ops, answersLater = false, workers } = deps;
  const connectionIds = new ConnectionIds({ secret }, { clock, hashes: nativeKeyedHashes() });
  const options = {
    readsUrl: true,
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
  };
  const udpDeps = { tracker, connectionIds, clock, answersLater, counts: ops.counts.udp };
  const start = workers === undefined ? startUdpFront : startSharedUdpFront;
  return { front: { schemes: ['udp'], ...(await start(options, udpDeps)) }, options };
}

/** The other threads: no way in of their own, but more hands at those that there are. */
async function startOthers(
  { tracker, clock, secret }: FrontDeps,
  { count, settings }: NonNullable<FrontDeps['workers']>,
  main: {
    readonly address: Address;
    readonly http: StartedHttp['settings'];
    readonly udp: UdpFrontOptions | undefined;
    readonly adopt: StartedHttp['adopt'];
  },
): Promise<Front> {
  const { address, http, udp } = main;
  const threads = await startThreads(
    count - 1,
    {
      ...settings,
      ...{ connectionIds: { secret }, http: { ...http, address } },
      udp: udp === undefined ? undefined : { ...udp, isShared: true },
    },
    {
      connectionGiven: main.adopt,
      partialSeedTold: (infoHash, ip, port, isPartial) =>
        tracker.partialSeedTold(infoHash, ip, port, isPartial, clock.now()),
      failed: error => {
        // As a fault of this thread would: a tracker that answers some only is not found out.
        throw error;
      },
    },
  );
  return { schemes: [], address, tell: threads.tell, close: threads.close };
}

interface StartedHttp {
  readonly front: Front;
  /** For other threads. */
  readonly settings: Omit<ThreadHttpOptions, 'address'>;
  adopt(connection: GivenConnection): void;
}

/** `/torrents/NAME.torrent`, with a key before it where there are keys. Only names of the folder lead to a file. */
function serveTorrent(
  { path, remoteIp }: ServerRequest,
  { tracker, live, clock }: FrontDeps,
  respond: (response: ServerResponse) => void,
): void {
  const at = path.indexOf(TORRENTS);
  const mayAsk = tracker.asksForKeys ? tracker.scrapeRefusal(path) === undefined : at === 0;
  const file = mayAsk ? live.files.get(decoded(path.slice(at + TORRENTS.length))) : undefined;
  if (remoteIp !== undefined && tracker.bans.has(remoteIp)) respond(plain(403, `${BANNED.reason}\n`));
  else if (remoteIp !== undefined && !tracker.admits(remoteIp, clock.now())) {
    respond(plain(429, 'Your address asks too often.\n'));
  } else if (file === undefined) respond(plain(404, 'There is no such torrent here.\n'));
  else {
    readFile(file).then(
      body => respond({ status: 200, headers: { 'content-type': 'application/x-bittorrent' }, body }),
      () => respond(plain(404, 'This torrent is here no more.\n')),
    );
  }
}

function plain(status: number, text: string): ServerResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body: Buffer.from(text) };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return '';
  }
}

const TORRENTS = '/torrents/';
const PORT_ATTEMPTS = 5;
