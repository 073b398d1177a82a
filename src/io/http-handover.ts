// A connection from one thread to another: by a second number for the same socket of the system, with what has been read and not
// answered. It is what lets threads that accept at one port leave to one of them what only that one can answer.

import type { Socket } from 'node:net';
import type { RequestHead } from '../core/http/request-head.ts';
import type { ConnectionPlaces } from './connection-places.ts';
import type { ConnectionPeer } from './http-opening.ts';

/** Cloned on its way. */
export interface GivenConnection {
  readonly fd: number;
  readonly bytes: Uint8Array;
  readonly peer: ConnectionPeer;
  /** Of `ConnectionPlaces`: it is kept on the way. */
  readonly place: number;
}

export interface HandOver {
  /** True for a request that another thread is to answer. */
  wants(head: RequestHead): boolean;
  /** True where connections by TLS are another thread's. */
  takesTls(): boolean;
  /** A second number for a socket; below zero where there is none. */
  duplicate(fd: number): number;
  give(connection: GivenConnection): void;
}

/** The socket is nobody's any more, and paused; what it has still to send is sent first. */
export function handOver(
  socket: Socket,
  bytes: Uint8Array,
  peer: ConnectionPeer,
  { duplicate, give }: HandOver,
  places: ConnectionPlaces,
): void {
  socket.on('error', () => {});
  const go = () => {
    const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null };
    const fd = handle?.fd ?? -1;
    if (!socket.destroyed && fd >= 0) {
      const more = socket.read() as Buffer | null;
      const copy = duplicate(fd);
      const all = more === null ? bytes : Buffer.concat([bytes, more]);
      if (copy >= 0) give({ fd: copy, bytes: all, peer, place: places.leave(socket) });
    }
    socket.destroy();
  };
  if (socket.writableLength === 0) go();
  else socket.write(NOTHING, go);
}

const NOTHING = new Uint8Array(0);
