// The tracker's front over UDP, composed: sockets of both families on one port number, in batches where the platform lets
// us; in this thread, or in several that share the port and the swarms.

import { scopeOfBytes } from '../core/bytes/address-scope.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import { addressBytes } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';
import { type DatagramServer, type DatagramServerOptions, serveDatagrams } from '../io/udp-server.ts';
import type { ConnectionIds } from '../tracker/connection-ids.ts';
import type { FrontCounts } from '../tracker/ops/counts.ts';
import type { Tracker } from '../tracker/tracker.ts';
import { UdpTracker, type UdpTrackerOptions } from '../tracker/udp.ts';

export interface UdpFrontOptions extends UdpTrackerOptions, DatagramServerOptions {
  /** The address to listen at. @default "::", which is all of this machine, IPv4 too */
  readonly host?: string;
  /** @default 0: any that is free */
  readonly port?: number;
}

export interface UdpFrontDeps {
  readonly tracker: Tracker;
  readonly connectionIds: ConnectionIds;
  readonly clock: Pick<Clock, 'now'>;
  /** The store answers later than at once, as one behind a network does. @default false */
  readonly answersLater?: boolean;
  readonly counts?: FrontCounts | undefined;
}

export interface UdpFront {
  readonly address: Address;
  /** Fit for a line of the log: how datagrams come in, and why not in batches where they do not. */
  readonly way: string;
  close(): Promise<void>;
}

/**
 * Listens at an address; at "::" with a socket for each family, as far as the machine has both.
 * @throws SwarmlineError `LISTEN_FAILED` by way of the promise
 */
export async function startUdpFront(options: UdpFrontOptions, deps: UdpFrontDeps): Promise<UdpFront> {
  const { host = '::', port = 0 } = options;
  const servers: DatagramServer[] = [];
  const listen = async (at: string, onPort: number) => {
    const server = await serve({ host: at, port: onPort }, options, deps);
    servers.push(server);
    return server.address.port;
  };
  try {
    if (host === '::') {
      const taken = await listen('0.0.0.0', port);
      // A machine may have no IPv6 at all; then there is nobody to answer over it.
      await listen('::', taken).catch(unlessThereIsNone);
    } else await listen(host, port);
  } catch (error) {
    await Promise.all(servers.map(server => server.close()));
    throw error;
  }
  const [first] = servers;
  const { isInBatches, whyNot } = first!;
  return {
    address: first!.address,
    way: isInBatches ? 'UDP in batches' : `UDP one by one (not in batches: ${whyNot ?? 'not asked for'})`,
    close: async () => {
      await Promise.all(servers.map(server => server.close()));
    },
  };
}

/**
 * The same, at a port that other threads may share and no other program.
 * @throws SwarmlineError `LISTEN_FAILED` by way of the promise
 */
export async function startSharedUdpFront(options: UdpFrontOptions, deps: UdpFrontDeps): Promise<UdpFront> {
  // Alone on the port at first, so that another program that has it is noticed.
  const alone = await startUdpFront({ ...options, isShared: false }, deps);
  await alone.close();
  return startUdpFront({ ...options, port: alone.address.port, isShared: true }, deps);
}

async function serve(
  address: Address,
  options: UdpFrontOptions,
  { tracker, connectionIds, clock, answersLater = false, counts }: UdpFrontDeps,
): Promise<DatagramServer> {
  const ip = addressBytes(address.host);
  const localIp = ip === undefined || scopeOfBytes(ip) === 'none' ? undefined : ip;
  let server: DatagramServer | undefined;
  const udp = new UdpTracker(options, {
    tracker,
    connectionIds,
    localIp,
    counts,
    ...(answersLater && {
      answered: (bytes: Uint8Array, to: Uint8Array, port: number, from: Uint8Array | undefined) =>
        server?.send(bytes, to, port, from),
    }),
  });
  server = await serveDatagrams(address, udp.handle, clock, { ...options, ahead: udp.ahead });
  return server;
}

function unlessThereIsNone(error: unknown): void {
  const code =
    error instanceof SwarmlineError ? (error.cause as { code?: string } | undefined)?.code : undefined;
  if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL') throw error;
}
