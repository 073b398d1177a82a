// The tracker that `share` brings along: swarms in memory, over HTTP, for one torrent; it hands out the torrent file too.

import { randomBytes } from 'node:crypto';
import { type Address, formatIp } from '../core/bytes/compact-address.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Info } from '../core/metainfo/metainfo.ts';
import type { HttpHandler } from '../host/http-server.ts';
import { nodeClock } from '../io/clock.ts';
import { type HttpServer, serveHttp } from '../io/http-server.ts';
import { handleTrackerRequest } from '../tracker/http.ts';
import { MemoryStore } from '../tracker/stores/memory.ts';
import { Tracker } from '../tracker/tracker.ts';

export interface EmbeddedTracker {
  readonly port: number;
  /** Serves the tracker for this torrent, and its file at a path such as `/album.torrent`. */
  publish(info: Info, path: string, torrentFile: Uint8Array): void;
  close(): Promise<void>;
}

/**
 * Starts a tracker; it serves nothing until `publish`. On 6969, the usual port of trackers, or on any where that is taken.
 * Peers are told to `peerFound` as they announce: the seed dials them, so that they reach it behind a router too.
 * @throws SwarmlineError `LISTEN_FAILED`
 */
export async function startEmbeddedTracker(
  { port, bind }: { readonly port: number | undefined; readonly bind: string | undefined },
  peerFound: (address: Address) => void,
): Promise<EmbeddedTracker> {
  const random = seededRandom(randomBytes(4).readUInt32LE());
  const tracker = new Tracker(
    { open: false, intervalSeconds: INTERVAL_SECONDS },
    {
      store: new MemoryStore({ memoryBytes: MEMORY }, { random }),
      random,
      announced: (_, ip, port) => peerFound({ host: formatIp(ip), port }),
    },
  );
  const routes = new Map<string, HttpHandler>();
  const handle: HttpHandler = (request, respond) =>
    handleTrackerRequest(tracker, request, nodeClock.now(), respond);
  const server = await serve(port, { handle, routes, ...(bind === undefined ? {} : { host: bind }) });
  return {
    port: server.address.port,
    publish: (info, path, torrentFile) => {
      tracker.register(info);
      routes.set(path, (_, respond) => {
        respond({ status: 200, headers: { 'content-type': 'application/x-bittorrent' }, body: torrentFile });
      });
    },
    close: () => server.close(),
  };
}

async function serve(
  port: number | undefined,
  options: {
    readonly handle: HttpHandler;
    readonly routes: ReadonlyMap<string, HttpHandler>;
    readonly host?: string;
  },
): Promise<HttpServer> {
  if (port !== undefined) return serveHttp({ ...options, port });
  try {
    return await serveHttp({ ...options, port: USUAL_PORT });
  } catch (error) {
    if (!(error instanceof SwarmlineError)) throw error;
    return serveHttp({ ...options, port: 0 });
  }
}

const USUAL_PORT = 6969;
// A shared folder has a small, lively swarm: peers hear of one another sooner than on a public tracker.
const INTERVAL_SECONDS = 60;
/** One torrent, and as many peers as a swarm may have. */
const MEMORY = 16 * 1024 * 1024;
