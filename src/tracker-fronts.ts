// The fronts of a tracker: the ways in, each of which ends in the one Tracker. They share a port number: the first chooses
// it, the others take it. A new protocol is one more entry of FRONTS.

import type { Address } from './core/bytes/compact-address.ts';
import type { Random } from './core/bytes/prng.ts';
import { nodeClock } from './io/clock.ts';
import { serveHttp } from './io/http-server.ts';
import { serveWebSockets } from './io/ws-server.ts';
import { handleTrackerRequest } from './tracker/http.ts';
import type { Tracker } from './tracker/tracker.ts';
import { WsTracker, type WsTrackerOptions } from './tracker/ws.ts';

export interface FrontOptions extends WsTrackerOptions {
  /** The address to listen at. @default "::", which takes IPv4 too; "0.0.0.0" where the machine has no IPv6 */
  readonly host?: string;
  /** Of every protocol. @default 0: any that is free */
  readonly port?: number;
}

/** One protocol that the tracker is asked by. */
export interface Front {
  /** The schemes of URLs that lead to it. */
  readonly schemes: readonly string[];
  readonly address: Address;
  close(): Promise<void>;
}

export interface FrontDeps {
  readonly tracker: Tracker;
  readonly random: Random;
}

/**
 * Starts them all, or none: where one fails, those that listen already are closed.
 * @throws SwarmlineError `LISTEN_FAILED` by way of the promise
 */
export async function startFronts(
  options: FrontOptions,
  deps: FrontDeps,
): Promise<{ readonly address: Address; readonly fronts: readonly Front[] }> {
  const fronts: Front[] = [];
  let { port } = options;
  try {
    for (const start of FRONTS) {
      const front = await start({ ...options, ...(port !== undefined && { port }) }, deps);
      fronts.push(front);
      port = front.address.port;
    }
  } catch (error) {
    await Promise.all(fronts.map(front => front.close()));
    throw error;
  }
  return { address: fronts[0]!.address, fronts };
}

/** HTTP, and WebSocket on the same port, for it begins as HTTP. */
async function startHttp(options: FrontOptions, { tracker, random }: FrontDeps): Promise<Front> {
  const ws = new WsTracker(options, { tracker, random, now: () => nodeClock.now() });
  const sockets = serveWebSockets({ connected: socket => ws.connected(socket) });
  const server = await serveHttp({
    ...options,
    handle: (request, respond) => handleTrackerRequest(tracker, request, nodeClock.now(), respond),
    upgrade: request => sockets.upgrade(request),
  });
  return {
    schemes: ['http', 'ws'],
    address: server.address,
    close: async () => {
      ws.close();
      const closed = server.close();
      sockets.close();
      await closed;
    },
  };
}

const FRONTS = [startHttp];
