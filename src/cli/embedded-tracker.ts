// The tracker that `share` brings along: swarms in memory, over HTTP, UDP and WebSocket on one port number, for one torrent; it
// hands out the torrent file too.

import { randomBytes } from 'node:crypto';
import { type Address, formatIp } from '../core/bytes/compact-address.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Info } from '../core/metainfo/metainfo.ts';
import type { HttpHandler } from '../host/http-server.ts';
import { nodeClock } from '../io/clock.ts';
import { serveHttp } from '../io/http-server.ts';
import { serveWebSockets } from '../io/ws-server.ts';
import { startUdpFront } from '../node-tracker/udp-front.ts';
import { ConnectionIds } from '../tracker/connection-ids.ts';
import { handleTrackerRequest } from '../tracker/http.ts';
import { MemoryStore } from '../tracker/stores/memory.ts';
import { Tracker } from '../tracker/tracker.ts';
import { WsTracker } from '../tracker/ws.ts';
import { inUrl } from './own-address.ts';

export interface EmbeddedTracker {
  readonly port: number;
  /** Its URLs under this name or address: HTTP first, which needs no second port number to be open. */
  urls(host: string): readonly string[];
  /** Serves the tracker for this torrent, and its file at a path such as `/album.torrent`; at `/` too, for who types less. */
  publish(info: Info, path: string, torrentFile: Uint8Array): void;
  close(): Promise<void>;
}

export interface AnnouncedFacts {
  /** Lent for the call. */
  readonly peerId: Uint8Array;
  readonly hasAll: boolean;
  readonly isLeaving: boolean;
}

export interface EmbeddedTrackerOptions {
  /** @default 6969, the usual port of trackers, or any where that is taken */
  readonly port: number | undefined;
  /** The address to listen at. @default every one that the machine has */
  readonly bind: string | undefined;
}

/**
 * Starts a tracker; it serves nothing until `publish`. Peers are told to `announced` as they announce: the seed dials them, so
 * that they reach it behind a router too.
 * @throws SwarmlineError `LISTEN_FAILED`
 */
export async function startEmbeddedTracker(
  { port, bind }: EmbeddedTrackerOptions,
  announced: (address: Address, facts: AnnouncedFacts) => void,
): Promise<EmbeddedTracker> {
  const random = seededRandom(randomBytes(4).readUInt32LE());
  const tracker = new Tracker(
    { open: false, intervalSeconds: INTERVAL_SECONDS },
    {
      store: new MemoryStore({ memoryBytes: MEMORY }, { random }),
      random,
      announced: (_, ip, peerPort, facts) => announced({ host: formatIp(ip), port: peerPort }, facts),
    },
  );
  const routes = new Map<string, HttpHandler>();
  const fronts = await startFronts(port, bind, { tracker, random, routes });
  return {
    port: fronts.port,
    urls: host => ['http', 'udp', 'ws'].map(scheme => `${scheme}://${inUrl(host)}:${fronts.port}/announce`),
    publish: (info, path, torrentFile) => {
      tracker.register(info);
      const headers = {
        'content-type': 'application/x-bittorrent',
        'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(path.slice(1))}`,
      };
      for (const place of [path, '/'])
        routes.set(place, (_, respond) => respond({ status: 200, headers, body: torrentFile }));
    },
    close: fronts.close,
  };
}

interface FrontDeps {
  readonly tracker: Tracker;
  readonly random: ReturnType<typeof seededRandom>;
  readonly routes: ReadonlyMap<string, HttpHandler>;
}

interface Fronts {
  readonly port: number;
  close(): Promise<void>;
}

async function startFronts(
  port: number | undefined,
  bind: string | undefined,
  deps: FrontDeps,
): Promise<Fronts> {
  if (port !== undefined) return startOn(port, bind, deps);
  // The usual one may be taken, and any other for one of the protocols too.
  for (const choice of [USUAL_PORT, 0, 0, 0]) {
    try {
      return await startOn(choice, bind, deps);
    } catch (error) {
      if (!(error instanceof SwarmlineError)) throw error;
    }
  }
  return startOn(0, bind, deps);
}

/** All of them, or none. */
async function startOn(
  port: number,
  bind: string | undefined,
  { tracker, random, routes }: FrontDeps,
): Promise<Fronts> {
  const now = () => nodeClock.now();
  const host = bind === undefined ? {} : { host: bind };
  const webSocket = new WsTracker({}, { tracker, random, now });
  const sockets = serveWebSockets({ connected: socket => webSocket.connected(socket), moved: () => {} });
  const http = await serveHttp({
    ...host,
    port,
    routes,
    handle: (request, respond) => handleTrackerRequest(tracker, request, now(), respond),
    upgrade: request => sockets.upgrade(request),
  });
  const close = async () => {
    webSocket.close();
    const closed = http.close();
    sockets.close();
    await closed;
  };
  const taken = http.address.port;
  const connectionIds = new ConnectionIds({ secret: new Uint8Array(randomBytes(16)) }, { clock: nodeClock });
  try {
    const udp = await startUdpFront(
      { ...host, port: taken, inBatches: false },
      { tracker, connectionIds, clock: nodeClock },
    );
    return {
      port: taken,
      close: async () => {
        await Promise.all([close(), udp.close()]);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const USUAL_PORT = 6969;
// A shared folder has a small, lively swarm: peers hear of one another sooner than on a public tracker.
const INTERVAL_SECONDS = 60;
/** One torrent, and as many peers as a swarm may have. */
const MEMORY = 16 * 1024 * 1024;
